#include <gtest/gtest.h>

#include <Eigen/Core>
#include <cmath>

#include "muonphase/core/random.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

SimulationProblem noisy_layer() {
  SimulationProblem problem;
  problem.model.output = power_law_spectrum(7, 0.5);
  problem.model.input = power_law_spectrum(9, 1.0);
  problem.model.batch = 5;
  problem.model.label_noise = 0.3;
  problem.model.input_basis = problem.model.output_basis = Basis::eigen;
  problem.model.model = Model::linear_layer;
  problem.model.energy = problem.target_variance = power_law_energy(problem.model.output, problem.model.input, 0.6);
  return problem;
}

// One step written out: residual vectors Δx − σξ, their mean product with the inputs, and the risk with all its noise.
TEST(LinearLayerSimulation, OneStepIsTheFormula) {
  const SimulationProblem problem = noisy_layer();
  const SimulationOptions options{.steps = 1, .record = 2, .trials = 1, .seed = 5};
  const Eigen::ArrayXd lambda = problem.model.input.eigenvalue;
  const Eigen::ArrayXd xi = problem.model.output.eigenvalue * (7 / problem.model.output.eigenvalue.sum());
  const Eigen::MatrixXd start = trial_start(problem, 5, 0);
  const Eigen::MatrixXd x = normals<double>({5, 0, 0, Purpose::batch_in}, 5, 9) * lambda.sqrt().matrix().asDiagonal();
  const Eigen::MatrixXd noise =
      normals<double>({5, 0, 0, Purpose::label_noise}, 5, 7) * xi.sqrt().matrix().asDiagonal();
  Eigen::MatrixXd gradient = Eigen::MatrixXd::Zero(7, 9);
  for (int b = 0; b < 5; ++b) {
    const Eigen::VectorXd e = start * x.row(b).transpose() - 0.3 * noise.row(b).transpose();
    gradient += e * x.row(b) / 5;
  }
  const auto risk = [&](const Eigen::MatrixXd& delta) {
    return 0.5 * ((delta * lambda.matrix().asDiagonal() * delta.transpose()).trace() + 7 * 0.3 * 0.3);
  };
  const ReferenceSvd svd = reference_svd(gradient);
  const Eigen::MatrixXd polar = svd.left.leftCols(5) * svd.right.leftCols(5).transpose();
  const Eigen::MatrixXd sign = gradient.unaryExpr([](double g) { return g > 0 ? 1.0 : -1.0; });
  const std::vector<OptimizerRun> runs = {{"sgd", make_optimizer("sgd"), ConstantRate{0.02}},
                                          {"signsvd", make_optimizer("signsvd"), ConstantRate{0.02}},
                                          {"signsgd", make_optimizer("signsgd"), ConstantRate{0.02}}};
  const auto curves = simulated_curves(runs, options, simulate(problem, runs, options));
  const Eigen::MatrixXd updates[] = {gradient, polar, sign};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(curves[i].mean.risk(0), risk(start), 1e-12);
    EXPECT_NEAR(curves[i].mean.risk(1), risk(start - 0.02 * updates[i]), 1e-10) << runs[i].name;
  }
  EXPECT_NEAR(population_risk(problem.model, start.array().square()), risk(start), 1e-12);
}

// A target of two outputs' rank leaves gradients of that rank: nothing is made of round-off.
TEST(LinearLayerSimulation, PolarFactorOfALowRankGradientHasItsRank) {
  SimulationProblem problem = noisy_layer();
  problem.model.label_noise = 0;
  problem.target_variance.resize(0, 0);
  problem.offset = Eigen::MatrixXd::Zero(7, 9);
  problem.offset.topRows(2) = Eigen::MatrixXd::Random(2, 9);
  const std::vector<OptimizerRun> runs = {{"signsvd", make_optimizer("signsvd"), ConstantRate{0.01}}};
  const SimulationOptions options{.steps = 1, .record = 2, .trials = 1, .seed = 5, .mode_energy = true};
  const auto curve = simulated_curves(runs, options, simulate(problem, runs, options)).front();
  // Rows that start at zero and get nothing stay there: the energy moves by two rows' unit singular values at most.
  const double before = problem.offset.norm();
  EXPECT_LE(std::abs(std::sqrt(curve.mean.mode_energy.row(1).sum()) - before), 0.01 * std::sqrt(2.0) + 1e-9);
  EXPECT_LT(curve.mean.risk(1), curve.mean.risk(0));
}

}  // namespace
}  // namespace muonphase
