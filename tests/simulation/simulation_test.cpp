#include "muonphase/simulation/simulation.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <Eigen/Core>
#include <atomic>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

SimulationProblem power_law(double n, double d, double batch, double alpha, double beta) {
  SimulationProblem problem;
  problem.model.output = isotropic_spectrum(n);
  problem.model.input = power_law_spectrum(d, alpha);
  problem.model.batch = batch;
  problem.model.input_basis = Basis::haar;
  problem.target_variance = power_law_energy(problem.model.output, problem.model.input, beta);
  return problem;
}

std::vector<OptimizerRun> both(double eta_svd, double eta_sgd) {
  return {{"signsvd", make_optimizer("signsvd"), ConstantRate{eta_svd}},
          {"signsgd", make_optimizer("signsgd"), ConstantRate{eta_sgd}}};
}

bool same(const SimulationState& a, const SimulationState& b) {
  if (a.trials.size() != b.trials.size()) return false;
  for (std::size_t i = 0; i < a.trials.size(); ++i)
    if (a.trials[i].risk != b.trials[i].risk || a.trials[i].step != b.trials[i].step) return false;
  return true;
}

class WithThreads {
 public:
  explicit WithThreads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~WithThreads() { omp_set_num_threads(before_); }

 private:
  int before_;
};

TEST(Simulation, SameBitsForAnyThreadsAndNumberOfTrials) {
  const auto problem = power_law(40, 30, 25, 1.2, 0.6);
  auto runs = both(0.01, 0.002);
  runs.push_back({"muon", make_optimizer("muon"), ConstantRate{0.01}});
  SimulationOptions options{.steps = 12, .record = 6, .trials = 3};
  const SimulationState one = [&] { return WithThreads(1), simulate(problem, runs, options); }();
  const SimulationState four = [&] { return WithThreads(4), simulate(problem, runs, options); }();
  EXPECT_TRUE(same(one, four));
  options.trials = 1;
  const SimulationState few = simulate(problem, runs, options);
  for (std::size_t i = 0; i < runs.size(); ++i) EXPECT_EQ(few.trials[i].risk, one.trials[3 * i].risk);
  EXPECT_NE(one.trials[0].risk, one.trials[1].risk);
}

TEST(Simulation, ResumedEqualsUndisturbed) {
  const auto problem = power_law(20, 24, 30, 1.0, 0.6);
  for (const auto precision : {Precision::double_, Precision::single_}) {
    std::vector<OptimizerRun> runs = both(0.01, 0.002);
    runs.push_back({"adam", make_optimizer("adam"), ConstantRate{0.001}});
    runs.push_back({"shampoo", make_optimizer("shampoo"), ConstantRate{0.01}});
    SimulationOptions options{.steps = 30, .record = 10, .trials = 2, .precision = precision};
    const SimulationState whole = simulate(problem, runs, options);
    std::atomic<int> asked{0};
    SimulationState kept;
    const Monitor monitor{.progress = {}, .interrupted = [&] { return ++asked > 150; }};
    EXPECT_THROW(simulate(problem, runs, options, {}, monitor, [&](const SimulationState& s) { kept = s; }),
                 Interrupted);
    std::size_t steps = 0;
    for (const auto& trial : kept.trials) steps += static_cast<std::size_t>(trial.step);
    EXPECT_GT(steps, 30u);
    EXPECT_LT(steps, 8 * 30u);
    EXPECT_TRUE(same(simulate(problem, runs, options, kept), whole));
    // A checkpoint after every step of every trial changes nothing either.
    options.checkpoint_seconds = 0;
    EXPECT_TRUE(same(simulate(problem, runs, options), whole));
  }
}

TEST(Simulation, AStepOnLargeMatricesEndsInItsMiddleAndIsTakenAgain) {
  SimulationProblem problem = power_law(1024, 1024, 24, 1.0, 0.6);
  problem.model.input_basis = Basis::eigen;
  const std::vector<OptimizerRun> runs = {{"muon", make_optimizer("muon", {{"steps", std::int64_t{1}}}), ConstantRate{0.01}}};
  const SimulationOptions options{.steps = 2, .record = 2, .trials = 1};
  for (const int threads : {1, 2}) {
    const WithThreads scope(threads);
    std::atomic<int> asked{0}, allowed{1 << 30};
    const Monitor monitor{.progress = {}, .interrupted = [&] { return ++asked > allowed; }};
    const SimulationState whole = simulate(problem, runs, options, {}, monitor);
    ASSERT_GT(asked, 40) << "looks up often within a step";
    allowed = 3 * asked / 4;  // after the first step, and before the end of the second
    asked = 0;
    SimulationState kept;
    EXPECT_THROW(simulate(problem, runs, options, {}, monitor, [&](const SimulationState& s) { kept = s; }),
                 Interrupted);
    ASSERT_EQ(kept.trials.size(), 1u);
    EXPECT_EQ(kept.trials[0].step, 1);
    EXPECT_FALSE(kept.trials[0].diverged);
    EXPECT_TRUE(same(simulate(problem, runs, options, kept), whole));
  }
}

TEST(Simulation, RiskAtTheStartIsThePopulationRisk) {
  SimulationProblem problem;
  problem.model.output = spectrum_of(Eigen::ArrayXd{{2.0, 1.0, 0.5}});
  problem.model.input = power_law_spectrum(4, 1.0);
  problem.model.batch = 5;
  problem.model.label_noise = 0.3;
  problem.model.output_basis = problem.model.input_basis = Basis::haar;
  problem.offset = (Eigen::MatrixXd(3, 4) << 1, -2, 0.5, 3, 0, 1, 1, -1, 2, 0.25, 0, 1).finished();
  const Eigen::MatrixXd out = problem.model.output.eigenvalue.matrix().asDiagonal();
  const Eigen::MatrixXd in = problem.model.input.eigenvalue.matrix().asDiagonal();
  const double expected = 0.5 * ((problem.offset.transpose() * out * problem.offset * in).trace() + 0.09);
  SimulationOptions options{.steps = 1, .record = 2, .trials = 2, .mode_energy = true};
  const auto runs = both(0, 0);
  const auto state = simulate(problem, runs, options);
  for (const auto& trial : state.trials) {
    for (const double risk : trial.risk) EXPECT_NEAR(risk, expected, 1e-12);
    EXPECT_LT((trial.mode_energy.back().matrix() - problem.offset.colwise().squaredNorm().transpose()).norm(), 1e-12);
  }
}

// E[Δ_1] = Δ_0 − η Σ_out Δ_0 Σ_in and the exact second moment of the gradient (docs/theory.md §2) give E R_1.
TEST(Simulation, OneStepOfSgdHasItsExactMeanRisk) {
  auto problem = power_law(3, 4, 2, 0.8, 0);
  problem.target_variance.resize(0, 0);
  problem.model.label_noise = 0.5;
  problem.offset = (Eigen::MatrixXd(3, 4) << 1, -2, 0.5, 3, 0, 1, 1, -1, 2, 0.25, 0, 1).finished();
  const Eigen::ArrayXd lambda = problem.model.input.eigenvalue;
  const Eigen::ArrayXXd shares = problem.offset.array().square().rowwise() * lambda.transpose();
  const double eta = 0.05, batch = 2, twice_risk = shares.sum() + 0.25;
  double expected = 0.25;
  for (int k = 0; k < 3; ++k)
    for (int j = 0; j < 4; ++j) {
      const double l = lambda(j), v = std::pow(problem.offset(k, j), 2);
      const double second =
          l / batch * (twice_risk + 2 * shares.col(j).sum() + 2 * shares.row(k).sum() + 4 * shares(k, j)) +
          (1 - 1 / batch) * l * l * v;
      expected += l * (v - 2 * eta * l * v + eta * eta * second);
    }
  SimulationOptions options{.steps = 1, .record = 2, .trials = 20000};
  const std::vector<OptimizerRun> runs{{"sgd", make_optimizer("sgd"), ConstantRate{eta}}};
  const auto curve = simulated_curves(runs, options, simulate(problem, runs, options)).front();
  EXPECT_NEAR(curve.mean.risk(1), expected / 2, 4 * curve.risk_sem(1));
  EXPECT_LT(curve.risk_sem(1), 0.02 * expected);
}

TEST(Simulation, EquivariantOptimizersDoNotSeeTheBasisAndSignSgdDoes) {
  auto problem = power_law(16, 16, 20, 1.6, 0.4);
  const SimulationOptions options{.steps = 5, .record = 5, .trials = 1};
  const auto runs = both(0.01, 0.01);
  const auto haar = simulate(problem, runs, options);
  problem.model.input_basis = Basis::eigen;
  const auto eigen = simulate(problem, runs, options);
  EXPECT_EQ(haar.trials[0].risk, eigen.trials[0].risk);
  EXPECT_NE(haar.trials[1].risk.back(), eigen.trials[1].risk.back());
  EXPECT_NEAR(haar.trials[1].risk.front(), eigen.trials[1].risk.front(), 1e-12);
}

TEST(Simulation, DivergenceIsReportedAndTheRestIsKept) {
  const auto problem = power_law(8, 8, 4, 1.0, 0.6);
  const std::vector<OptimizerRun> runs{{"sgd", make_optimizer("sgd"), ConstantRate{1e6}},
                                       {"signsgd", make_optimizer("signsgd"), ConstantRate{1e-3}}};
  const SimulationOptions options{.steps = 200, .record = 100, .trials = 2, .precision = Precision::single_};
  const auto curves = simulated_curves(runs, options, simulate(problem, runs, options));
  ASSERT_EQ(curves[0].divergences.size(), 2u);
  EXPECT_GT(curves[0].divergences[0].step, 1);
  EXPECT_LT(curves[0].divergences[0].step, 100);
  EXPECT_TRUE(std::isfinite(curves[0].mean.risk(1)));
  EXPECT_TRUE(std::isnan(curves[0].mean.risk(curves[0].mean.risk.size() - 1)));
  EXPECT_TRUE(curves[1].divergences.empty());
  EXPECT_TRUE(curves[1].mean.risk.isFinite().all());
}

TEST(Simulation, RefusesWhatHasNoSamples) {
  const std::vector<OptimizerRun> runs{{"sgd", make_optimizer("sgd"), ConstantRate{0.1}}};
  auto problem = power_law(8, 8, infinite_batch, 1.0, 0.6);
  EXPECT_THROW(simulate(problem, runs, {}), StudyError);
  problem.model.batch = 8;
  problem.model.input_basis = Basis::generic;
  EXPECT_THROW(simulate(problem, runs, {}), StudyError);
  problem.model.input_basis = Basis::eigen;
  EXPECT_THROW(simulate(problem, {{"sgd", make_optimizer("sgd"), GreedyRate{}}}, {}), StudyError);
}

}  // namespace
}  // namespace muonphase
