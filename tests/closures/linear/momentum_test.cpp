#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "closures/average_measure.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/polar.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

TEST(Momentum, WindowFillsTheRank) {
  for (double batch : {3.0, 10.0, 40.0, 200.0, infinite_batch})
    for (auto [alpha_out, alpha_in] : {std::pair{0.0, 1.4}, {0.8, 1.2}}) {
      const Problem p = problem_of(30, 20, batch, alpha_out, alpha_in);
      EXPECT_NEAR(total(p, signsvd_lagged_diffusion(p, 0, momentum_window(0.8))) / 20, 1, 1e-5) << batch;
    }
}

// Without saturation an average of weights ω is a batch (Σω)²/Σω² = (1 + μ)/(1 − μ) times larger.
TEST(Momentum, InNoiseItIsALargerBatch) {
  const Problem p = problem_of(50, 30, infinite_batch, 0.6, 1.4);
  const Coefficients plain = signsvd_coefficients(p), with = signsvd_coefficients(p, {}, momentum_window(0.8));
  EXPECT_LT((with.drift / plain.drift / 3 - 1).abs().maxCoeff(), 1e-6);
  const Coefficients signs = signsgd_generic_coefficients(p), signum = signsgd_generic_coefficients(p, momentum_window(0.8));
  EXPECT_LT((signum.drift / signs.drift / 3 - 1).abs().maxCoeff(), 1e-6);
}

// At a lag the double integral has no one-point limit; a lag of nearly zero must approach it.
TEST(Momentum, LagsAndTheOnePointLimitMeet) {
  const Problem p = problem_of(30, 20, 15, 0, 1.4);
  const Window momentum = momentum_window(0.9);
  const Eigen::ArrayXXd instant = signsvd_lagged_diffusion(p, 0, momentum);
  const Eigen::ArrayXXd soon = signsvd_lagged_diffusion(p, 1e-9, momentum);
  EXPECT_LT((soon / instant - 1).abs().maxCoeff(), 2e-3);
  EXPECT_LT(total(p, signsvd_lagged_diffusion(p, 1, momentum)), total(p, instant));
}

TEST(Momentum, LaggedDiffusionMatchesMonteCarlo) {
  for (const auto& [p, momentum] : {std::pair{problem_of(24, 16, 4, 0, 1.0), momentum_window(0.8)},
                                    {problem_of(20, 20, 16, 0.6, 1.0), momentum_window(0.8)},
                                    {problem_of(24, 16, 8, 0, 1.0), momentum_window(0.7, true)}}) {
    const std::vector<int> lags{0, 1, 3, 8};
    const std::vector<Eigen::ArrayXXd> measured = measure(
        p, momentum, lags, 3000, [](const Eigen::MatrixXd& m) { return polar_factor<double>(m, PolarMethod::qdwh); });
    for (std::size_t i = 0; i < lags.size(); ++i) {
      const Eigen::ArrayXXd theory = signsvd_lagged_diffusion(p, lags[i], momentum);
      EXPECT_NEAR(total(p, theory), measured[i].sum(), 0.02 * measured[0].sum()) << "lag " << lags[i];
      const Eigen::ArrayXd columns = p.output.weight.matrix().transpose() * theory.matrix();
      EXPECT_LT((columns - measured[i].colwise().sum().transpose()).abs().maxCoeff(),
                0.05 * measured[0].colwise().sum().maxCoeff())
          << "lag " << lags[i];
    }
  }
}

// Signs in the eigenbasis, one-sided: E[sign sign] at a lag is (2/π) arcsin of the lagged correlation; the diffusion
// sums it over all lags.
TEST(Momentum, SignumMatchesMonteCarlo) {
  const Problem p = problem_of(32, 32, 32, 0, 1.0);
  const Window momentum = momentum_window(0.6);
  std::vector<int> lags;
  for (int lag = 0; lag <= 12; ++lag) lags.push_back(lag);
  const std::vector<Eigen::ArrayXXd> measured =
      measure(p, momentum, lags, 4000, [](const Eigen::MatrixXd& m) -> Eigen::MatrixXd { return m.array().sign(); });
  double sum = 0;
  for (std::size_t i = 0; i < lags.size(); ++i) sum += (i == 0 ? 1 : 2) * measured[i].mean();
  const Coefficients c = signsgd_coefficients(p, {}, Eigen::MatrixXd::Identity(32, 32), momentum);
  EXPECT_NEAR(c.diffusion.mean() / sum, 1, 0.02);
}

// χ_B against its own definition.
TEST(Momentum, ChiMatchesMonteCarlo) {
  const SampleWindow window = sample_window(momentum_window(0.5), 0);
  const int batch = 2, ages = 30, draws = 20000;
  double sum = 0;
  for (int k = 0; k < draws; ++k) {
    const auto trial = static_cast<std::uint64_t>(k);
    const Eigen::ArrayXXd z = normals<double>({3, trial, 0, Purpose::batch_out}, ages, batch).array();
    const Eigen::ArrayXXd w = normals<double>({3, trial, 0, Purpose::batch_in}, ages, batch).array();
    const Eigen::ArrayXd s = (z * w).square().rowwise().sum();
    double first = 0, second = 0;
    for (int a = 0; a < ages; ++a) {
      const double weight = sample_weight(window.window, a);
      first += weight * s(a);
      second += weight * weight * s(a);
    }
    sum += first / std::sqrt(second);
  }
  EXPECT_NEAR(chi(batch, window) / (sum / draws), 1, 0.015);
}

}  // namespace
}  // namespace muonphase
