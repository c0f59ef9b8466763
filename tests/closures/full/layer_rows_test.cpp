#include "muonphase/closures/full/layer_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/full/layer_signsvd.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "muonphase/validation/validation.hpp"

namespace muonphase {
namespace {

// Rows as no Gaussian has them: heavy tails, and residuals whose size depends on the inputs.
Problem heavy_data(double batch) {
  const Eigen::Index samples = 400, d = 12, n = 5;
  Eigen::MatrixXd x = normals<double>({1, 0, 0, Purpose::batch_in}, samples, d);
  for (Eigen::Index j = 0; j < d; ++j)
    x.col(j) = (x.col(j).array() * x.col(j).array().abs().pow(0.3) * std::pow(static_cast<double>(j + 1), -0.5)).matrix();
  const Eigen::MatrixXd target = normals<double>({1, 0, 0, Purpose::target}, n, d) / std::sqrt(5.0);
  Eigen::MatrixXd y = x * target.transpose();
  const Eigen::MatrixXd noise = normals<double>({1, 0, 0, Purpose::label_noise}, samples, n);
  for (Eigen::Index k = 0; k < n; ++k)
    y.col(k) += (0.4 / std::sqrt(k + 1.0) * noise.col(k).array() * (0.7 + 0.5 * x.col(1).array().abs())).matrix();
  Problem problem;
  problem.model = Model::linear_layer;
  problem.data = std::make_shared<const DataRows>(data_rows(sample_arrays(x, y, false), Preprocess::none));
  problem.sample_rows = true;
  problem.batch = batch;
  problem.input = spectrum_of(problem.data->eigenvalue);
  problem.output = spectrum_of(problem.data->noise);
  problem.label_noise = std::sqrt(problem.data->noise.mean());
  problem.input_basis = problem.output_basis = Basis::data;
  problem.energy = energy_of(problem.output, problem.input, problem.data->target);
  return problem;
}

// The drift and diffusion of the risk at the start, against batches of rows.
TEST(LayerRows, DriftIsThatOfBatches) {
  for (const int batch : {8, 40}) {
    const Problem p = heavy_data(batch);
    const SampleRows& rows = p.data->rows;
    const Eigen::MatrixXd delta = -p.data->target;
    LayerRowsSignSvd closure(rows, p.data->eigenvalue, batch);
    const DeltaRates now = closure(delta);
    const Eigen::VectorXd lambda = p.data->eigenvalue.matrix();
    const Eigen::MatrixXd errors = rows.inputs * delta.transpose() - rows.residuals;
    const int batches = 1500;
    double sum = 0, square = 0, kick = 0;
    Eigen::MatrixXd outer = Eigen::MatrixXd::Zero(5, 5);
    const Optimizer optimizer = make_optimizer("signsvd");
    for (int i = 0; i < batches; ++i) {
      const auto words = random_words({7, static_cast<std::uint64_t>(i), 0, Purpose::rows}, static_cast<std::size_t>(batch));
      Matrix<double> gradient = Matrix<double>::Zero(5, 12);
      for (const auto word : words) {
        const auto row = static_cast<Eigen::Index>(word % 400);
        gradient += errors.row(row).transpose() * rows.inputs.row(row) / batch;
      }
      OptimizerState<double> state;
      const Eigen::MatrixXd update = optimizer.update<double>(state, gradient);
      const double fall = lambda.dot(update.cwiseProduct(delta).colwise().sum().transpose());
      sum += fall;
      square += fall * fall;
      kick += lambda.dot(update.colwise().squaredNorm().transpose());
      outer += update * update.transpose() / batches;
    }
    const double mean = sum / batches, error = std::sqrt((square / batches - mean * mean) / batches) / mean;
    const double fall = lambda.dot(now.mean.cwiseProduct(delta).colwise().sum().transpose());
    EXPECT_NEAR(fall / mean, 1, 4 * error + 0.02) << "B = " << batch;
    EXPECT_NEAR(lambda.dot(now.inner.diagonal()) / (kick / batches), 1, 0.04) << "B = " << batch;
    EXPECT_LT((now.outer - outer).norm() / outer.norm(), 0.03) << "B = " << batch;
  }
}

// Gaussian rows of isotropic noise: the closure that knows M = ΔᵀΔ alone.
TEST(LayerRows, GaussianRowsAreTheGaussianClosure) {
  Problem p;
  p.model = Model::linear_layer;
  p.output = isotropic_spectrum(10);
  p.input = power_law_spectrum(14, 1.0);
  p.batch = 20;
  p.label_noise = 0.3;
  p.energy = power_law_energy(p.output, p.input, 0.5);
  const Eigen::MatrixXd delta = draw_entries(p.energy, 10, 3, 0), moment = delta.transpose() * delta;
  LayerSignSvd by_moment(p);
  const MomentRates expected = by_moment(moment);
  LayerRowsSignSvd by_rows(gaussian_rows(p.input.eigenvalue, Eigen::ArrayXd::Constant(10, 0.09), 4096),
                           p.input.eigenvalue, p.batch);
  const DeltaRates now = by_rows(delta);
  const Eigen::VectorXd lambda = p.input.eigenvalue.matrix();
  const double fall = lambda.dot((expected.drift * moment).diagonal());
  EXPECT_NEAR(lambda.dot((delta.transpose() * now.mean).diagonal()) / fall, 1, 0.01);
  EXPECT_NEAR(lambda.dot(now.inner.diagonal()) / lambda.dot(expected.diffusion.diagonal()), 1, 0.01);
}

// Curves against training on the rows, at a batch whose sum is nearly Gaussian: 32 trials, 3 standard errors (odds of a
// false alarm below 2 % for each of 12 records that hang together) and 3 %.
TEST(LayerRows, CurvesAreThoseOfTraining) {
  SimulationProblem problem{.model = heavy_data(48), .target_variance = {}, .offset = {}};
  problem.offset = -problem.model.data->target;
  const std::vector<OptimizerRun> runs{{"signsvd", make_optimizer("signsvd"), ConstantRate{0.03}},
                                       {"signsgd", make_optimizer("signsgd"), ConstantRate{0.01}},
                                       {"sgd", make_optimizer("sgd", {{"weight_decay", 0.1}}), ConstantRate{0.02}}};
  const SimulationOptions options{.steps = 60, .record = 4, .trials = 32, .seed = 5};
  const auto simulated = simulated_curves(runs, options, simulate(problem, runs, options));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RiskCurve& mc = simulated[i].mean;
    const RiskCurve theory = ode_curve(problem.model, runs[i].optimizer, runs[i].rate, mc.step,
                                       {.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 2, .seed = 5});
    for (Eigen::Index t = 0; t < mc.step.size(); ++t)
      EXPECT_NEAR(theory.risk(t), mc.risk(t), 3 * simulated[i].risk_sem(t) + 0.03 * mc.risk(t))
          << runs[i].name << " at step " << mc.step(t);
  }
}

// Small matrices at a large rate, from far away to the floor in a few steps: no stretch carries what it saw before over
// what it has not seen. 32 trials, 3 standard errors and 35 %, where an extrapolation would be off by thousands.
TEST(LayerRows, ReachesTheFloorAtALargeRate) {
  SimulationProblem problem{.model = heavy_data(128), .target_variance = {}, .offset = {}};
  problem.offset = -problem.model.data->target;
  const std::vector<OptimizerRun> runs{{"signsvd", make_optimizer("signsvd"), ConstantRate{0.25}}};
  const SimulationOptions options{.steps = 40, .record = 5, .trials = 32, .seed = 5};
  const auto simulated = simulated_curves(runs, options, simulate(problem, runs, options));
  const RiskCurve& mc = simulated.front().mean;
  const RiskCurve theory = ode_curve(problem.model, runs[0].optimizer, runs[0].rate, mc.step,
                                     {.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 3, .seed = 5});
  for (Eigen::Index t = 0; t < mc.step.size(); ++t)
    EXPECT_NEAR(theory.risk(t), mc.risk(t), 3 * simulated.front().risk_sem(t) + 0.35 * mc.risk(t)) << mc.step(t);
}

// A few outputs and a batch that is nearly all signal: averages over the moment of Δ have no solution there, those over
// sampled rows do.
TEST(LayerRows, StandInWhereMomentsHaveNoSolution) {
  Problem p;
  p.model = Model::linear_layer;
  p.output = isotropic_spectrum(3);
  p.input = power_law_spectrum(6, 0);
  p.batch = 128;
  p.label_noise = 0.1;
  p.energy = power_law_energy(p.output, p.input, 0.5);
  const RiskCurve curve = ode_curve(p, make_optimizer("signsvd"), ConstantRate{0.2}, recorded_steps(12, 3),
                                    {.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 2, .seed = 5});
  EXPECT_TRUE(curve.risk.isFinite().all());
  EXPECT_LT(curve.risk.tail(1)(0), curve.risk(0));
}

// One node for all outputs and a node for each are one problem.
TEST(LayerRows, IsotropicOutputsAreAllThere) {
  Problem one;
  one.model = Model::linear_layer;
  one.output = isotropic_spectrum(5);
  one.input = power_law_spectrum(4, 1.0);
  one.batch = 16;
  one.label_noise = 0.3;
  one.energy = Eigen::ArrayXXd::Constant(1, 4, 0.1);
  Problem each = one;
  each.output = spectrum_of(Eigen::ArrayXd::Ones(5));
  each.energy = Eigen::ArrayXXd::Constant(5, 4, 0.1);
  one.weights = each.weights = Eigen::MatrixXd::Constant(5, 4, std::sqrt(0.1));
  const Optimizer decayed = make_optimizer("signsvd", {{"weight_decay", 0.1}});
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 1};
  const RiskCurve a = ode_curve(one, decayed, ConstantRate{0.02}, recorded_steps(60, 6), options);
  const RiskCurve b = ode_curve(each, decayed, ConstantRate{0.02}, recorded_steps(60, 6), options);
  for (Eigen::Index i = 0; i < a.risk.size(); ++i) EXPECT_NEAR(a.risk(i) / b.risk(i), 1, 1e-9) << i;
}

}  // namespace
}  // namespace muonphase
