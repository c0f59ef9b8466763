#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "closures/average_measure.hpp"
#include "muonphase/closures/linear/coefficients.hpp"

namespace muonphase {
namespace {

Problem signsvd_problem(double n_out, double n_in, double batch, double alpha_out, double alpha_in) {
  Problem p{.output = power_law_spectrum(n_out, alpha_out),
            .input = power_law_spectrum(n_in, alpha_in),
            .batch = batch,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0);
  return p;
}

// Values of an independent implementation, good to 1e−10 but for the diffusion of isotropic_square (exactly 1/64).
TEST(SignSvd, CoefficientsMatchTheReferenceTable) {
  std::ifstream file(std::string(MUONPHASE_TEST_DATA) + "/coefficients.txt");
  std::string line;
  int checked = 0;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) continue;
    std::istringstream row(line);
    std::string name;
    double n_out, n_in, batch, alpha_out, alpha_in, drift, diffusion;
    int k, j;
    row >> name >> n_out >> n_in >> batch >> alpha_out >> alpha_in >> k >> j >> drift >> diffusion;
    ASSERT_TRUE(row) << line;
    const Coefficients c = signsvd_coefficients(signsvd_problem(n_out, n_in, batch, alpha_out, alpha_in));
    if (name == "isotropic_square") diffusion = 1.0 / 64;
    EXPECT_NEAR(c.drift(k, j) / drift, 1, 1e-8) << line;
    EXPECT_NEAR(c.diffusion(k, j) / diffusion, 1, 1e-8) << line;
    ++checked;
  }
  EXPECT_EQ(checked, 30);
}

TEST(SignSvd, DiffusionSumsToTheRank) {
  for (double batch : {1.0, 7.0, 30.0, 55.0, 300.0, 1e5, infinite_batch})
    for (auto [n_out, n_in] : {std::pair{40.0, 60.0}, {60.0, 40.0}, {80.0, 25.0}})
      for (auto [alpha_out, alpha_in] : {std::pair{0.0, 1.4}, {1.0, 0.0}, {0.8, 1.2}, {2.0, 2.6}}) {
        const Problem p = signsvd_problem(n_out, n_in, batch, alpha_out, alpha_in);
        const double rank = std::min({n_out, n_in, batch});
        EXPECT_NEAR(total(p, signsvd_coefficients(p).diffusion) / rank, 1, 1e-9)
            << n_out << "x" << n_in << " B=" << batch << " " << alpha_out << " " << alpha_in;
      }
}

// Hard edges converge slowly in s; the positive form of Γ's denominator holds there too.
TEST(SignSvd, DiffusionSumsToTheRankAtHardEdges) {
  for (auto [n_out, n_in, batch] :
       {std::tuple{40.0, 40.0, 40.0}, {40.0, 40.0, 90.0}, {60.0, 40.0, 40.0}, {40.0, 60.0, 40.0}}) {
    const Problem p = signsvd_problem(n_out, n_in, batch, 0.8, 1.2);
    EXPECT_NEAR(total(p, signsvd_coefficients(p).diffusion) / 40, 1, 1e-6) << n_out << " " << n_in << " " << batch;
  }
}

// With an isotropic side the double integral must give the one-point limit: an almost isotropic output takes the long
// way.
TEST(SignSvd, DoubleIntegralAgreesWithTheOnePointLimit) {
  for (double batch : {20.0, 200.0}) {
    Problem one = signsvd_problem(50, 40, batch, 0, 1.6);
    Problem two = one;
    two.output.eigenvalue(0) *= 1 + 1e-12;
    const Coefficients a = signsvd_coefficients(one), b = signsvd_coefficients(two);
    EXPECT_LT(((a.diffusion - b.diffusion) / a.diffusion).abs().maxCoeff(), 1e-9);
    EXPECT_LT(((a.drift - b.drift) / a.drift).abs().maxCoeff(), 1e-9);
  }
}

TEST(SignSvd, TransposingTheProblemTransposesTheCoefficients) {
  const Coefficients a = signsvd_coefficients(signsvd_problem(30, 50, 40, 0.6, 1.8));
  const Coefficients b = signsvd_coefficients(signsvd_problem(50, 30, 40, 1.8, 0.6));
  EXPECT_LT((a.drift - b.drift.transpose()).abs().maxCoeff() / a.drift.maxCoeff(), 1e-12);
  EXPECT_LT((a.diffusion - b.diffusion.transpose()).abs().maxCoeff() / a.diffusion.maxCoeff(), 1e-9);
}

// Large batch, n ≫ d: f_j = √(λ_j B/n), V_j = 1: square-root preconditioning.
TEST(SignSvd, SquareRootPreconditioning) {
  const double n = 1e9, batch = 1e12;
  Problem p = signsvd_problem(1, 100, batch, 0, 1.6);
  p.output = isotropic_spectrum(n);
  const Coefficients c = signsvd_coefficients(p);
  const Eigen::ArrayXd expected = (p.input.eigenvalue * batch / n).sqrt();
  EXPECT_LT((c.drift.row(0).transpose() / expected - 1).abs().maxCoeff(), 1e-3);
  EXPECT_LT((c.diffusion * n - 1).abs().maxCoeff(), 1e-9);
  // The noise-dominated limit is the same in its own units, where f = √λ.
  p.batch = infinite_batch;
  const Coefficients limit = signsvd_coefficients(p);
  EXPECT_LT((limit.drift.row(0).transpose() / p.input.eigenvalue.sqrt() - 1).abs().maxCoeff(), 1e-3);
}

TEST(SignSvd, InfiniteBatchIsTheLimitOfLargeOnes) {
  for (double n : {40.0, 100.0}) {
    Problem p = signsvd_problem(n, 60, 1e10, 0.4, 1.4);
    const Coefficients large = signsvd_coefficients(p);
    p.batch = infinite_batch;
    const Coefficients limit = signsvd_coefficients(p);
    EXPECT_LT((large.drift * std::sqrt(n / 1e10) / limit.drift - 1).abs().maxCoeff(), 1e-6);
    EXPECT_LT((large.diffusion / limit.diffusion - 1).abs().maxCoeff(), 1e-6);
  }
}

// B < d: the modes in the tail behave like SGD, f_j ∝ λ_j.
TEST(SignSvd, SmallBatchTailIsLikeSgd) {
  const Problem p = signsvd_problem(2000, 2000, 20, 0, 2.0);
  const Coefficients c = signsvd_coefficients(p);
  const auto slope = [&](int a, int b) {
    return std::log(c.drift(0, a) / c.drift(0, b)) / std::log(p.input.eigenvalue(a) / p.input.eigenvalue(b));
  };
  EXPECT_NEAR(slope(1000, 1999), 1, 2e-3);
  EXPECT_LT(slope(0, 2), 0.7);
}

// B = 1: sign(G) = G/‖G‖, so f_kj → λ_kλ_j E|z| E[1/…]… with large effective dimension √(tr Σ_out tr Σ_in) is the norm:
// f = λ_kλ_j √(2/π)/√(tr tr).
TEST(SignSvd, SingleSampleIsNormalisedSgd) {
  const Problem p = signsvd_problem(3000, 3000, 1, 0, 0.2);
  const Coefficients c = signsvd_coefficients(p);
  const double norm = std::sqrt(p.output.trace() * p.input.trace());
  const double expected = std::sqrt(2 / M_PI) / norm;
  EXPECT_NEAR(c.drift(0, 0) / expected, 1, 5e-3);
  EXPECT_NEAR(c.drift(0, 2999) / (expected * p.input.eigenvalue(2999)), 1, 5e-3);
}

TEST(SignSvd, BinnedModesMatchExactModes) {
  for (double batch : {500.0, 1e5, infinite_batch})
    for (double n : {2e3, 2e4}) {
      Problem exact = signsvd_problem(1, 2e4, batch, 0, 1.8);
      exact.output = isotropic_spectrum(n);
      Problem binned = exact;
      binned.input = power_law_spectrum(2e4, 1.8, ModeRule::binned);
      const Coefficients a = signsvd_coefficients(exact), b = signsvd_coefficients(binned);
      for (int j = 0; j < 32; ++j) EXPECT_NEAR(b.drift(0, j) / a.drift(0, j), 1, 1e-7) << batch << " " << n << " " << j;
      EXPECT_NEAR((b.drift.row(0).transpose() * binned.input.weight).sum() / a.drift.sum(), 1, 1e-7);
      EXPECT_NEAR((b.diffusion.row(0).transpose() * binned.input.weight).sum() / a.diffusion.sum(), 1, 1e-7);
    }
}

// The node count of a fast sweep (80) keeps 1e−6 at a million modes.
TEST(SignSvd, EightyNodesAreEnoughForSweeps) {
  Problem p = signsvd_problem(1, 1e6, infinite_batch, 0, 2.0);
  p.output = isotropic_spectrum(1e6);
  const Coefficients fine = signsvd_coefficients(p), fast = signsvd_coefficients(p, {.nodes = 80});
  EXPECT_LT((fast.drift / fine.drift - 1).abs().maxCoeff(), 1e-6);
}

}  // namespace
}  // namespace muonphase
