#include "muonphase/closures/full/full_sgd.hpp"

#include <gtest/gtest.h>

#include <random>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// Sampled gradients of a small two-sided problem with a given Δ.
TEST(FullSgd, SecondMomentMatchesSampledGradients) {
  constexpr int n = 3, d = 2, batch = 2, samples = 200000;
  Eigen::Matrix<double, n, d> delta;
  delta << 1.0, -0.4, 0.3, 0.8, -0.6, 0.2;
  Problem p{.output = power_law_spectrum(n, 0.8),
            .input = power_law_spectrum(d, 1.6),
            .batch = batch,
            .label_noise = 0.3,
            .energy = {}};
  p.energy = energy_of(p.output, p.input, delta);
  const Eigen::ArrayXd root_out = p.output.eigenvalue.sqrt(), root_in = p.input.eigenvalue.sqrt();
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  Eigen::ArrayXXd sum = Eigen::ArrayXXd::Zero(n, d);
  for (int s = 0; s < samples; ++s) {
    Eigen::MatrixXd gradient = Eigen::MatrixXd::Zero(n, d);
    for (int b = 0; b < batch; ++b) {
      Eigen::VectorXd out(n), in(d);
      for (int k = 0; k < n; ++k) out(k) = root_out(k) * normal(engine);
      for (int j = 0; j < d; ++j) in(j) = root_in(j) * normal(engine);
      const double residual = out.dot(delta * in) - p.label_noise * normal(engine);
      gradient += residual / batch * out * in.transpose();
    }
    sum += gradient.array().square();
  }
  const Eigen::ArrayXXd exact = gradient_second_moment(p, p.energy);
  EXPECT_LT((sum / samples / exact - 1).abs().maxCoeff(), 0.04);
  EXPECT_TRUE((FullSgd(p)(p.energy).diffusion == exact).all());
}

// One node of weight n stands for n output modes.
TEST(FullSgd, IsotropicNodeStandsForItsModes) {
  Problem one{.output = isotropic_spectrum(5),
              .input = power_law_spectrum(4, 1.0),
              .batch = 3,
              .label_noise = 0.2,
              .energy = {}};
  one.energy = power_law_energy(one.output, one.input, 0.6);
  Problem each = one;
  each.output = power_law_spectrum(5, 0);
  each.energy = power_law_energy(each.output, each.input, 0.6);
  const Eigen::ArrayXXd a = gradient_second_moment(one, one.energy), b = gradient_second_moment(each, each.energy);
  EXPECT_LT((b.rowwise() / a.row(0) - 1).abs().maxCoeff(), 1e-13);
}

TEST(FullSgd, RefusesAnInfiniteBatch) {
  Problem p{
      .output = isotropic_spectrum(5), .input = power_law_spectrum(4, 1.0), .batch = infinite_batch, .energy = {}};
  EXPECT_THROW(FullSgd{p}, StudyError);
}

}  // namespace
}  // namespace muonphase
