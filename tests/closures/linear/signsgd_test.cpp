#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

Problem signsgd_problem(double n_out, double n_in, double batch, double alpha_out, double alpha_in) {
  Problem p{.output = power_law_spectrum(n_out, alpha_out),
            .input = power_law_spectrum(n_in, alpha_in),
            .batch = batch,
            .energy = {}};
  if (alpha_out == 0) p.output = isotropic_spectrum(n_out);
  p.energy = power_law_energy(p.output, p.input, 0);
  return p;
}

TEST(Basis, IsOrthonormalAndReproducible) {
  for (Basis kind : {Basis::eigen, Basis::haar, Basis::hadamard})
    for (Eigen::Index d : {1, 2, 7, 64, 96}) {
      const Eigen::MatrixXd q = draw_basis(kind, d, 3, 5);
      EXPECT_LT((q.transpose() * q - Eigen::MatrixXd::Identity(d, d)).cwiseAbs().maxCoeff(), 1e-13);
      EXPECT_EQ(q, draw_basis(kind, d, 3, 5));
      if (kind != Basis::eigen && d > 2) {
        EXPECT_NE(q, draw_basis(kind, d, 3, 6));
      }
    }
  EXPECT_THROW(draw_basis(Basis::generic, 4, 1, 1), StudyError);
}

TEST(Basis, HadamardOfAPowerOfTwoHasAFlatDiagonal) {
  const Spectrum s = power_law_spectrum(64, 2);
  const Eigen::MatrixXd q = draw_basis(Basis::hadamard, 64, 1, 0);
  const Eigen::VectorXd diagonal = (q * s.eigenvalue.matrix().asDiagonal() * q.transpose()).diagonal();
  EXPECT_LT((diagonal.array() / (s.trace() / 64) - 1).abs().maxCoeff(), 1e-13);
}

// No preconditioning: f ∝ λ at every batch size.
TEST(SignSgd, GenericDriftIsProportionalToTheEigenvalue) {
  for (double batch : {1.0, 8.0, 1e6, infinite_batch}) {
    const Problem p = signsgd_problem(50, 80, batch, 0, 1.8);
    const Coefficients c = signsgd_generic_coefficients(p);
    const Eigen::ArrayXd ratio = c.drift.row(0).transpose() / p.input.eigenvalue;
    EXPECT_LT((ratio / ratio(0) - 1).abs().maxCoeff(), 1e-14);
    const double mean = p.input.trace() / 80;
    const double chi_b = batch == infinite_batch ? 1 : chi(batch);
    EXPECT_NEAR(ratio(0), std::sqrt(2 / M_PI) * chi_b / std::sqrt(mean), 1e-12 * ratio(0));
  }
}

TEST(SignSgd, DiffusionSumsToTheNumberOfEntries) {
  for (Basis basis : {Basis::eigen, Basis::haar, Basis::hadamard}) {
    const Problem p = signsgd_problem(24, 40, 16, 1.0, 1.6);
    const Coefficients c = signsgd_coefficients(p, draw_basis(basis, 24, 1, 0), draw_basis(basis, 40, 1, 1));
    EXPECT_NEAR(c.diffusion.sum() / (24 * 40), 1, 1e-12);
  }
  EXPECT_NEAR(signsgd_generic_coefficients(signsgd_problem(24, 40, 16, 1.0, 1.6)).diffusion.sum() / (24 * 40), 1,
              1e-12);
}

// Eigenbasis: diagonal preconditioning, f ∝ √λ, V = 1.
TEST(SignSgd, EigenbasisIsDiagonalPreconditioning) {
  const Problem p = signsgd_problem(10, 30, 64, 0, 2.0);
  const Coefficients c = signsgd_coefficients(p, {}, Eigen::MatrixXd::Identity(30, 30));
  EXPECT_LT(
      (c.drift.row(0).transpose() / (std::sqrt(2 / M_PI) * chi(64) * p.input.eigenvalue.sqrt()) - 1).abs().maxCoeff(),
      1e-12);
  EXPECT_LT((c.diffusion - 1).abs().maxCoeff(), 1e-12);
}

// The whole K = (2/π) arcsin(C_out ⊗ C_in), formed entry by entry.
TEST(SignSgd, TwoSidedDiffusionAgainstTheKroneckerProduct) {
  const Eigen::Index n = 6, d = 9;
  const Problem p = signsgd_problem(n, d, 5, 1.4, 2.4);
  const Eigen::MatrixXd qo = draw_basis(Basis::haar, n, 7, 0), qi = draw_basis(Basis::haar, d, 7, 1);
  const auto correlation = [](const Eigen::MatrixXd& q, const Eigen::ArrayXd& lambda) {
    const Eigen::MatrixXd s = q * lambda.matrix().asDiagonal() * q.transpose();
    const Eigen::VectorXd r = s.diagonal().array().rsqrt();
    return Eigen::MatrixXd(r.asDiagonal() * s * r.asDiagonal());
  };
  const Eigen::MatrixXd co = correlation(qo, p.output.eigenvalue), ci = correlation(qi, p.input.eigenvalue);
  const Coefficients c = signsgd_coefficients(p, qo, qi);
  for (Eigen::Index k = 0; k < n; ++k)
    for (Eigen::Index j = 0; j < d; ++j) {
      double sum = 0;
      for (Eigen::Index a = 0; a < n; ++a)
        for (Eigen::Index b = 0; b < n; ++b)
          for (Eigen::Index x = 0; x < d; ++x)
            for (Eigen::Index y = 0; y < d; ++y)
              sum += qo(a, k) * qo(b, k) * qi(x, j) * qi(y, j) * std::asin(std::min(1.0, co(a, b) * ci(x, y)));
      EXPECT_NEAR(c.diffusion(k, j), 2 / M_PI * sum, 1e-7 * c.diffusion(k, j)) << k << j;
    }
}

// A flat diagonal with small correlations is the generic limit, up to the cubic term of the arcsine.
TEST(SignSgd, HadamardBasisIsCloseToGeneric) {
  const Problem p = signsgd_problem(10, 256, 64, 0, 0.4);
  const Coefficients a = signsgd_coefficients(p, {}, draw_basis(Basis::hadamard, 256, 1, 0)),
                     b = signsgd_generic_coefficients(p);
  EXPECT_LT((a.drift / b.drift - 1).abs().maxCoeff(), 1e-12);
  EXPECT_LT((a.diffusion / b.diffusion - 1).abs().maxCoeff(), 1e-2);
}

// Isotropic data: both drifts are constant, and the figure of merit f²/ΣV has ratio π/2 at n ≫ d, large batch.
TEST(SignSgd, IsotropicFigureOfMeritIsPiOverTwo) {
  Problem p = signsgd_problem(1e7, 20, infinite_batch, 0, 0);
  const Coefficients svd = signsvd_coefficients(p), sgd = signsgd_generic_coefficients(p);
  EXPECT_LT((svd.drift / svd.drift(0, 0) - 1).abs().maxCoeff(), 1e-12);
  const double merit_svd = svd.drift(0, 0) * svd.drift(0, 0) / svd.diffusion(0, 0);
  const double merit_sgd = sgd.drift(0, 0) * sgd.drift(0, 0) / sgd.diffusion(0, 0);
  EXPECT_NEAR(merit_svd / merit_sgd, M_PI / 2, 1e-3);
}

TEST(Sgd, LeadingMoments) {
  const Problem p = signsgd_problem(4, 6, 8, 0.6, 1.0);
  const Coefficients c = sgd_coefficients(p);
  EXPECT_DOUBLE_EQ(c.drift(2, 3), std::pow(3, -0.6) * std::pow(4, -1.0));
  EXPECT_DOUBLE_EQ(c.diffusion(2, 3), c.drift(2, 3) / 8);
  EXPECT_FALSE(c.scale_invariant);
}

}  // namespace
}  // namespace muonphase
