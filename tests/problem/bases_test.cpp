// One rule says who sees which basis.
#include <gtest/gtest.h>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

Problem with_bases(const Spectrum& output, const Spectrum& input, Basis out, Basis in) {
  Problem p{.output = output, .input = input, .batch = 8, .output_basis = out, .input_basis = in, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

TEST(SeenBases, AnIsotropicSideGoesWithAnyOther) {
  const Spectrum flat = isotropic_spectrum(12), steep = power_law_spectrum(10, 1.0);
  EXPECT_FALSE(seen_bases(with_bases(flat, steep, Basis::generic, Basis::haar)).flat);
  EXPECT_TRUE(seen_bases(with_bases(flat, steep, Basis::haar, Basis::haar)).random());
  EXPECT_TRUE(seen_bases(with_bases(flat, steep, Basis::eigen, Basis::generic)).flat);
  EXPECT_FALSE(seen_bases(with_bases(flat, steep, Basis::haar, Basis::eigen)).random());
  // Equal eigenvalues on both sides: the eigenbasis where modes are kept, the flat limit where they are not.
  EXPECT_FALSE(seen_bases(with_bases(flat, power_law_spectrum(10, 0), Basis::haar, Basis::generic)).flat);
  EXPECT_TRUE(seen_bases(with_bases(flat, isotropic_spectrum(10), Basis::haar, Basis::haar)).flat);
}

// Equal eigenvalues leave the target's energies their basis: signs meet it, and nothing jumps at α = 0.
TEST(SeenBases, EqualEigenvaluesKeepTheBasisOfTheTarget) {
  const auto risk_at = [](double alpha, Basis basis) {
    Problem p = with_bases(isotropic_spectrum(24), power_law_spectrum(16, alpha), Basis::generic, basis);
    p.model = Model::linear_layer;
    p.batch = 64;
    p.energy = power_law_energy(p.output, p.input, 2.0);
    const OdeOptions options{.closure = Closure::full, .bases = 2, .seed = 5};
    return ode_curve(p, make_optimizer("signsgd"), ConstantRate{0.004}, recorded_steps(40, 2), options).risk.tail(1)(0);
  };
  for (const Basis basis : {Basis::haar, Basis::hadamard})
    EXPECT_NEAR(risk_at(0, basis) / risk_at(1e-6, basis), 1, 1e-3);
  EXPECT_GT(std::abs(std::log(risk_at(0, Basis::eigen) / risk_at(0, Basis::haar))), 0.01);
}

TEST(SeenBases, GenericAndExplicitDoNotMix) {
  const Spectrum steep = power_law_spectrum(10, 1.0);
  try {
    seen_bases(with_bases(steep, steep, Basis::haar, Basis::generic));
    FAIL();
  } catch (const UnsupportedError& error) {
    EXPECT_EQ(error.key, "problem.input.basis");
  }
}

// The eigenbasis needs no matrix, and no modes one by one.
TEST(SeenBases, TheEigenbasisIsItsMatrix) {
  const Problem p = with_bases(isotropic_spectrum(12), power_law_spectrum(10, 1.0), Basis::haar, Basis::eigen);
  const Coefficients none = linear_coefficients(p, make_optimizer("signsgd")).front();
  const Coefficients matrix = signsgd_coefficients(p, {}, Eigen::MatrixXd::Identity(10, 10));
  EXPECT_LT((none.drift / matrix.drift - 1).abs().maxCoeff(), 1e-13);
  EXPECT_LT((none.diffusion / matrix.diffusion - 1).abs().maxCoeff(), 1e-13);
  const Problem large = with_bases(isotropic_spectrum(1e6), power_law_spectrum(1e6, 1.0), Basis::haar, Basis::eigen);
  EXPECT_TRUE(linear_coefficients(large, make_optimizer("signsgd")).front().drift.isFinite().all());
}

// At one output and one input the polar factor is the sign.
TEST(SeenBases, OneNumberHasOneSign) {
  const Problem p = with_bases(isotropic_spectrum(1), power_law_spectrum(1, 1.0), Basis::eigen, Basis::eigen);
  const Eigen::ArrayXd recorded = recorded_steps(30, 6);
  for (const Closure closure : {Closure::linear, Closure::full}) {
    const RiskCurve svd = ode_curve(p, make_optimizer("signsvd"), ConstantRate{0.02}, recorded, {.closure = closure});
    const RiskCurve sign = ode_curve(p, make_optimizer("signsgd"), ConstantRate{0.02}, recorded, {.closure = closure});
    EXPECT_TRUE((svd.risk == sign.risk).all());
  }
}

}  // namespace
}  // namespace muonphase
