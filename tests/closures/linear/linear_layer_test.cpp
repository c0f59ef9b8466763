#include <gtest/gtest.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <tuple>

#include "closures/power_law.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/spectral.hpp"
#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/simulation/measured_coefficients.hpp"

namespace muonphase {
namespace {

Problem layer(double n, double d, double batch, double alpha_out, double alpha, double noise = 1) {
  Problem p{.output = power_law_spectrum(n, alpha_out),
            .input = power_law_spectrum(d, alpha),
            .batch = batch,
            .label_noise = noise,
            .energy = {},
            .model = Model::linear_layer};
  p.energy = power_law_energy(p.output, p.input, 0.5);
  return p;
}

double sum_over_entries(const Problem& p, const Eigen::ArrayXXd& entries) {
  return (entries * (p.output.weight.matrix() * p.input.weight.matrix().transpose()).array()).sum();
}

TEST(LinearLayer, DiffusionSumsToTheRank) {
  for (double batch : {1.0, 7.0, 30.0, 40.0, 55.0, 300.0})
    for (auto [n, d] : {std::pair{40.0, 60.0}, {60.0, 40.0}, {40.0, 40.0}})
      for (auto [alpha_out, alpha] : {std::pair{0.0, 1.4}, {1.0, 0.0}, {0.8, 1.2}}) {
        const Problem p = layer(n, d, batch, alpha_out, alpha);
        // A label noise of one output at a time leaves its covariance to the residuals only where it dominates.
        EXPECT_NEAR(sum_over_entries(p, signsvd_coefficients(p).diffusion) / std::min({n, d, batch}), 1, 1e-8)
            << n << "x" << d << " B=" << batch << " " << alpha_out << " " << alpha;
      }
}

// One sample: Φ = e xᵀ/(|e| |x|), whose mean signal is λ_j/√(n tr Σ) for many effective dimensions.
TEST(LinearLayer, OneSampleIsTheNormalisedGradient) {
  const Problem p = layer(4000, 4000, 1, 0, 0.5);
  const Eigen::ArrayXd expected = p.input.eigenvalue / std::sqrt(p.input.trace());
  EXPECT_LT((signsvd_coefficients(p).drift.row(0).transpose() / expected - 1).abs().maxCoeff(), 0.01);
}

// B → ∞, n ≫ d: f = √(λB/n) in units of a residual's variance; without limits of B, the bilinear problem in its own units.
TEST(LinearLayer, LargeBatchesAreTheBilinearProblem) {
  const Problem wide = layer(1e7, 100, 1e9, 0, 1.0);
  const Eigen::ArrayXd expected = (wide.input.eigenvalue * wide.batch).sqrt();
  EXPECT_LT((signsvd_coefficients(wide).drift.row(0).transpose() / expected - 1).abs().maxCoeff(), 1e-3);
  Problem p = layer(60, 90, infinite_batch, 0, 1.2, 0), bilinear = p;
  bilinear.model = Model::bilinear;
  for (const char* name : {"signsvd", "signsgd", "muon", "signum", "sgd"}) {
    const Optimizer optimizer = make_optimizer(name);
    const Coefficients a = linear_coefficients(p, optimizer).front(), b = linear_coefficients(bilinear, optimizer).front();
    EXPECT_LT((a.drift / b.drift - 1).abs().maxCoeff(), 1e-12) << name;
    EXPECT_LT((a.diffusion / b.diffusion - 1).abs().maxCoeff(), 1e-12) << name;
  }
  // At a large finite one √n_out apart in the drift, as 2R is n_out residuals' here.
  p.batch = bilinear.batch = 1e7;
  const Coefficients a = signsvd_coefficients(p), b = signsvd_coefficients(bilinear);
  EXPECT_LT((a.drift / (std::sqrt(60.0) * b.drift) - 1).abs().maxCoeff(), 1e-4);
  EXPECT_LT((a.diffusion / b.diffusion - 1).abs().maxCoeff(), 1e-4);
}

TEST(LinearLayer, ChiIsThatOfAChiVariable) {
  for (double batch : {1.0, 2.0, 16.0, 1000.0})
    EXPECT_NEAR(chi(batch, sample_window({}, 0, Residual::unit)) /
                    (std::sqrt(2.0) / boost::math::tgamma_delta_ratio(batch / 2, 0.5)),
                1, 1e-9);
}

// A map that is the sign but for tiny singular values, through the complex resolvent.
TEST(LinearLayer, PolesAgreeWithTheExactSign) {
  const Problem p = layer(50, 40, 60, 0.6, 0.8);
  const Coefficients exact = signsvd_coefficients(p),
                     fitted = spectral_coefficients(p, {{}, spectral_poles(tempered_map(1e-5))});
  EXPECT_LT((fitted.drift / exact.drift - 1).abs().maxCoeff(), 2e-3);
  EXPECT_LT((fitted.diffusion / exact.diffusion - 1).abs().maxCoeff(), 5e-3);
}

// At a noise that hides the signal. Sums over modes: 5 standard errors, and the closure's own 1/n.
TEST(LinearLayer, CoefficientsAreThoseOfBatches) {
  for (auto [n, d, batch, alpha_out, alpha] :
       {std::tuple{60.0, 40.0, 50.0, 0.0, 1.0}, {40.0, 60.0, 30.0, 0.0, 1.6}, {40.0, 40.0, 120.0, 0.8, 0.4}}) {
    Problem p = layer(n, d, batch, alpha_out, alpha, 10 / std::sqrt(n));
    p.energy *= 1 / (2 * population_risk(p, p.energy) - p.noise_variance());  // signal of one: as batches are measured
    for (const char* name : {"signsvd", "signsgd", "sgd"}) {
      const Optimizer optimizer = make_optimizer(name);
      const Coefficients theory = linear_coefficients(p, optimizer, {.draws = {1, 3}}).front();
      const MeasuredCoefficients measured = measure_coefficients(p, optimizer, 800, 3);
      const Eigen::ArrayXXd weight = risk_weight(p);
      const auto compare = [&](const Eigen::ArrayXXd& predicted, const Eigen::ArrayXXd& mean, const Eigen::ArrayXXd& sem) {
        const double found = (weight * mean).sum(), error = std::sqrt((weight * sem).square().sum());
        EXPECT_NEAR((weight * predicted).sum() / found, 1, 5 * error / found + 0.02) << name << " at " << n << " × " << d;
        EXPECT_LT(error / found, 0.05);
      };
      compare(theory.drift, measured.drift, measured.drift_sem);
      compare(theory.diffusion, measured.diffusion, measured.diffusion_sem);
    }
  }
}

}  // namespace
}  // namespace muonphase
