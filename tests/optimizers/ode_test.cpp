// Which closure a curve takes, and the mean over bases.
#include "muonphase/optimizers/ode.hpp"

#include <gtest/gtest.h>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem steep() {
  Problem p{.output = isotropic_spectrum(16), .input = power_law_spectrum(12, 1.4), .batch = 16, .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

double largest_difference(const RiskCurve& a, const Eigen::ArrayXd& b) {
  return (a.risk / b - 1).abs().maxCoeff();
}

// One mode holds much of the risk: the closures part, and each curve is that of the closure it names.
TEST(OdeCurve, TakesTheClosureThatIsNamed) {
  const Problem p = steep();
  const Eigen::ArrayXd recorded = recorded_steps(60, 8);
  for (const auto& name : {"signsvd", "sgd"}) {
    const Optimizer optimizer = make_optimizer(name);
    const ConstantRate rate{0.02};
    const RiskCurve linear = ode_curve(p, optimizer, rate, recorded, {.closure = Closure::linear}),
                    full = ode_curve(p, optimizer, rate, recorded, {.closure = Closure::full});
    EXPECT_GT(largest_difference(linear, full.risk), 0.01) << name;
    EXPECT_EQ(largest_difference(full, full_curve(p, optimizer, rate, recorded, {.closure = Closure::full}).risk), 0);
    const Coefficients coefficients = linear_coefficients(p, optimizer, {}).front();
    EXPECT_EQ(
        largest_difference(linear, LinearCurve(p, optimizer, coefficients).risk(rate, recorded, {.tolerance = 1e-6})),
        0);
  }
  EXPECT_THROW(ode_curve(p, make_optimizer("shampoo"), ConstantRate{0.02}, recorded), StudyError);
}

TEST(OdeCurve, IsTheMeanOverBases) {
  Problem p = steep();
  p.input_basis = Basis::haar;
  const Optimizer signsgd = make_optimizer("signsgd");
  const Eigen::ArrayXd recorded = recorded_steps(60, 8);
  const ConstantRate rate{0.004};
  constexpr int bases = 3;
  for (const Closure closure : {Closure::linear, Closure::full}) {
    const OdeOptions options{.closure = closure, .bases = bases, .seed = 5};
    Eigen::ArrayXXd each(recorded.size(), bases);
    if (closure == Closure::full) {
      for (int k = 0; k < bases; ++k)
        each.col(k) = full_curve(p, signsgd, rate, recorded, options, static_cast<std::uint64_t>(k)).risk;
    } else {
      const auto coefficients = linear_coefficients(p, signsgd, {.draws = {bases, 5}});
      ASSERT_EQ(coefficients.size(), 3u);
      for (int k = 0; k < bases; ++k)
        each.col(k) = LinearCurve(p, signsgd, coefficients[static_cast<std::size_t>(k)])
                          .risk(rate, recorded, {.tolerance = options.tolerance});
    }
    EXPECT_LT(largest_difference(ode_curve(p, signsgd, rate, recorded, options), each.rowwise().mean()), 1e-12);
    EXPECT_GT((each.col(0) / each.col(1) - 1).abs().maxCoeff(), 1e-3);  // the bases do differ
  }
}

}  // namespace
}  // namespace muonphase
