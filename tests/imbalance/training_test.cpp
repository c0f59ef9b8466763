#include "muonphase/imbalance/training.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "imbalance/example_mixture.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/closed_form.hpp"
#include "muonphase/imbalance/loss.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

struct Population {
  Mixture mixture = example_mixture(12);
  Eigen::MatrixXd directions = Draws{3, 0}.directions(mixture);
  Moments moments = population_moments(mixture, directions);

  LeastSquaresCurve run(const std::string& optimizer, double eta, double steps, int depth = 1, double start = 0,
                        const OptimizerOptions& options = {}) const {
    return train_least_squares(mixture, directions, moments, balanced_layers(directions, depth, start),
                               {make_optimizer(optimizer, options), eta, recorded_steps(steps, 60)});
  }
};

double largest_difference(const Eigen::ArrayXXd& a, const Eigen::ArrayXXd& b) {
  return (a - b).abs().maxCoeff();
}

TEST(PopulationRun, GradientDescentEqualsItsClosedForm) {
  const Population population;
  const auto curve = population.run("sgd", 0.05, 400);
  EXPECT_LT(largest_difference(curve.component, gradient_descent_components(population.mixture, 0.05, curve.step)),
            1e-12);
  EXPECT_LT(curve.off_diagonal.maxCoeff(), 1e-14);
  // Losses along the run are those of the components.
  EXPECT_LT(largest_difference(curve.class_loss, class_loss(population.mixture, curve.component)), 1e-12);
  EXPECT_LT((curve.train_loss - total_loss(population.mixture, curve.class_loss)).abs().maxCoeff(), 1e-12);
}

TEST(PopulationRun, SpecGdEqualsItsClosedFormThenStaysWithinAStep) {
  const Population population;
  const double eta = 0.0013;
  const auto curve = population.run("signsvd", eta, 800);
  const Eigen::ArrayXXd closed = spectral_flow_components(population.mixture, eta * curve.step);
  const Eigen::ArrayXd optimum = population.mixture.optimum();
  int before = 0, after = 0;
  for (Eigen::Index i = 0; i < curve.step.size(); ++i)
    for (Eigen::Index c = 0; c < 4; ++c) {
      const double error = std::abs(curve.component(i, c) - closed(i, c));
      const bool saturated = eta * (curve.step(i) + 1) > optimum(c);
      EXPECT_LT(error, saturated ? eta * (1 + 1e-9) : 1e-10) << "step " << curve.step(i) << ", component " << c;
      ++(saturated ? after : before);
    }
  EXPECT_GT(before, 50);
  EXPECT_GT(after, 3);
}

/// Largest distance from the flow, with step η up to time 0.5.
template <typename Flow>
double distance(const Population& population, const std::string& optimizer, Flow flow, double eta, int depth,
                double start) {
  const auto curve = population.run(optimizer, eta, std::round(0.5 / eta), depth, start);
  return largest_difference(curve.component, flow(Eigen::ArrayXd(eta * curve.step)));
}

TEST(PopulationRun, StepsConvergeToFlowsAtFirstOrder) {
  const Population population;
  const Mixture& mixture = population.mixture;
  const auto order = [&](const std::string& optimizer, auto flow, int depth = 1, double start = 0) {
    const double coarse = distance(population, optimizer, flow, 0.005, depth, start);
    const double fine = distance(population, optimizer, flow, 0.00125, depth, start);
    EXPECT_GT(coarse, 1e-6) << optimizer;
    return std::log(coarse / fine) / std::log(4.0);
  };
  EXPECT_NEAR(order("sgd", [&](const auto& t) { return gradient_flow_components(mixture, t); }), 1, 0.1);
  EXPECT_NEAR(order("ngd", [&](const auto& t) { return normalized_flow_components(mixture, t); }), 1, 0.1);
  for (int depth : {2, 3})
    EXPECT_NEAR(
        order(
            "sgd", [&](const auto& t) { return deep_gradient_flow_components(mixture, depth, 0.5, t); }, depth, 0.5),
        1, 0.1);
}

TEST(PopulationRun, DeepSpecGdSaturatesWhenDepthSays) {
  const Population population;
  const double eta = 0.0007, start = 0.05;
  const Eigen::ArrayXd optimum = population.mixture.optimum();
  for (int depth : {2, 3, 4}) {
    const auto curve = train_least_squares(population.mixture, population.directions, population.moments,
                                           balanced_layers(population.directions, depth, start),
                                           {make_optimizer("signsvd"), eta, Eigen::ArrayXd::LinSpaced(1401, 0, 1400)});
    const Eigen::ArrayXXd closed = deep_spectral_flow_components(population.mixture, depth, start, eta * curve.step);
    EXPECT_LT(largest_difference(curve.component, closed), 1.01 * depth * eta) << "depth " << depth;
    const Eigen::ArrayXd found = saturation_times(eta * curve.step, curve.component, optimum, 0.99);
    const Eigen::ArrayXd predicted = (0.99 * optimum).pow(1.0 / depth) - start;
    EXPECT_LT((found - predicted).abs().maxCoeff(), 2 * eta);
  }
}

TEST(PopulationRun, EveryOptimizerEndsAtTheSamePoint) {
  const Population population;
  for (const auto& name : optimizer_names()) {
    const OptimizerOptions options =
        name == "muon" ? OptimizerOptions{{"orthogonalization", std::string("exact")}} : OptimizerOptions{};
    const bool first_order = name == "sgd";
    const auto curve = population.run(name, first_order ? 0.5 : 0.0005, first_order ? 300 : 5000, 1, 0, options);
    const double error = (curve.component.bottomRows(1).transpose() - population.mixture.optimum()).abs().maxCoeff();
    EXPECT_LT(error, 0.01) << name;
  }
}

TEST(PopulationRun, MuonFollowsSpecGdAndSignsTakeTimeToAlign) {
  const Population population;
  const double eta = 0.001;
  const auto spec = population.run("signsvd", eta, 200);
  const auto muon = population.run("muon", eta, 200, 1, 0, {{"momentum", 0.9}, {"orthogonalization", "exact"}});
  EXPECT_LT(largest_difference(muon.component, spec.component),
            1e-12);  // before anything saturates the polar is constant
  const auto sign = population.run("signsgd", eta, 2000);
  EXPECT_GT(sign.off_diagonal(1), 0.1);
  EXPECT_LT(sign.off_diagonal(sign.step.size() - 1), 0.01);
}

TEST(FiniteSampleRun, FollowsThePopulation) {
  const Population population;
  const Draws draws{11, 2};
  const Sample sample = draws.sample(population.mixture, population.directions, 40000);
  const Moments moments = sample_moments(sample, 4);
  for (const char* optimizer : {"sgd", "signsvd"}) {
    const Training training{make_optimizer(optimizer), 0.002, recorded_steps(300, 40)};
    const auto exact = train_least_squares(population.mixture, population.directions, population.moments,
                                           balanced_layers(population.directions, 1, 0), training);
    const auto sampled =
        train_least_squares(population.mixture, population.directions, moments, draws.start({12, 4}, 1e-3), training);
    EXPECT_LT(largest_difference(sampled.component, exact.component), 0.02) << optimizer;
    EXPECT_GT(largest_difference(sampled.component, exact.component), 1e-4) << optimizer;
  }
}

TEST(Training, ReportsDivergence) {
  const Population population;
  EXPECT_THROW(population.run("sgd", 1e3, 2000), NumericalError);
}

TEST(Training, ThreadsDoNotChangeTheBits) {
  const Population population;
  const auto run = [&](int threads) {
    return train_least_squares(population.mixture, population.directions, population.moments,
                               balanced_layers(population.directions, 2, 0.1),
                               {make_optimizer("muon"), 0.01, recorded_steps(30, 5), PolarMethod::automatic, threads});
  };
  EXPECT_TRUE((run(1).component == run(3).component).all());
}

}  // namespace
}  // namespace muonphase
