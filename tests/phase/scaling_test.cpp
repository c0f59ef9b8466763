// Asymptotic classes, refined boundaries and least risk for a compute against independent computations.
#include "muonphase/phase/scaling.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/phase/compute_optimal.hpp"
#include "muonphase/phase/prediction.hpp"
#include "muonphase/phase/refine.hpp"
#include "phase/array.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXd decades(double last, int count) {
  return Eigen::ArrayXd::LinSpaced(count, 0, last * std::log(10.0)).exp();
}

TEST(Prediction, LinesAndExponents) {
  EXPECT_EQ(late_boundary(0.4), 1);
  EXPECT_NEAR(late_boundary(1.6), 2.2, 1e-12);
  EXPECT_NEAR(late_boundary(2.4), 3.4, 1e-12);
  for (const double alpha : {1.1, 1.4, 1.9}) {
    EXPECT_NEAR(predict(alpha, 2 * alpha - 1).late_exponent, 0, 1e-12);
    EXPECT_LT(predict(alpha, 2 * alpha - 1.2).late_exponent, 0);
    EXPECT_GT(predict(alpha, 2 * alpha - 0.8).late_exponent, 0);
  }
  EXPECT_EQ(predict(0.6, 0.8).late_exponent, 0);
  EXPECT_GT(predict(0.6, 1.2).late_exponent, 0);
  EXPECT_EQ(predict(0.6, 1.2).phase, Phase::second);
  EXPECT_EQ(predict(1.4, 0.6).phase, Phase::first);
  EXPECT_EQ(predict(0.2, 0.2).phase, Phase::indistinguishable);
  EXPECT_TRUE(predict(0.4, 0.4).second_leads_early);
  EXPECT_FALSE(predict(0.4, 0.1).second_leads_early);
  EXPECT_FALSE(predict(1.2, 2).second_leads_early);
  EXPECT_NEAR(*decay_exponent("signsvd", 1, 1), 2, 1e-12);
  EXPECT_NEAR(*decay_exponent("signsgd", 1, 1), 1, 1e-12);
  EXPECT_FALSE(decay_exponent("signsvd", 0.4, 0.4));
}

TEST(Scaling, FitsAPowerWithACorrectionThatDies) {
  const Eigen::ArrayXd d = array({1e4, 1e6, 1e8, 1e10, 1e12});
  const Eigen::ArrayXd log_ratio = 0.4 * d.log() + 1.3 + 5 * d.pow(-0.25);
  const FittedExponent fit = fit_exponent(d, log_ratio);
  EXPECT_NEAR(fit.value, 0.4, 1e-4);
  EXPECT_LT(std::abs(fit.value - 0.4), fit.error);
  // A logarithm has no power: the slopes go on falling, and the error says so.
  const FittedExponent slow = fit_exponent(d, d.log().log());
  EXPECT_LT(slow.value, 0.04);
  EXPECT_GT(slow.error, 0.2 * slow.value);
}

// R T² of the tuned constant rate at a horizon beyond all memory is that of the formula for T → ∞.
TEST(Scaling, LateConstantIsTheLimitOfTunedRates) {
  PhaseOptions options;
  options.dimension = 1e4;
  options.horizon = array({1});
  const Problem problem = phase_problem(options, {1.6, 1.2, 0});
  for (const bool svd : {true, false}) {
    const ModeEquation eq =
        mode_equation(problem, svd ? signsvd_coefficients(problem) : signsgd_generic_coefficients(problem));
    const double horizon = 1e13;
    const double risk = best_constant_rate(eq, array({1, horizon})).risk(1);
    // The bias dies out as the noise sets in, which costs a logarithm of the horizon.
    EXPECT_NEAR(std::log(risk * 2) / 2 + std::log(horizon), log_late_constant(eq), 0.15);
  }
}

TEST(Scaling, LateExponentsFollowThePrediction) {
  PhaseOptions options;
  ScalingOptions scaling;
  scaling.dimension = array({1e4, 1e6, 1e8, 1e10, 1e12});
  scaling.tau = array({0.5, std::numeric_limits<double>::infinity()});
  const std::vector<PhasePoint> points = {{1.4, 0.6, 0}, {1.4, 2.8, 0}, {0.4, 2.0, 0}};
  const std::vector<ScalingCell> cells = compute_scaling(options, points, scaling);
  for (std::size_t c = 0; c < points.size(); ++c) {
    const double predicted = predict(points[c].alpha, points[c].beta).late_exponent;
    EXPECT_NEAR(cells[c].exponent(1), predicted, 0.03 + cells[c].error(1)) << c;
  }
  EXPECT_NEAR(cells[0].decay[0].value, *decay_exponent("signsvd", 1.4, 0.6), 0.1);
  EXPECT_NEAR(cells[0].decay[1].value, *decay_exponent("signsgd", 1.4, 0.6), 0.1);
  EXPECT_EQ(cells[2].phase, Phase::second);
  scaling.dimension = array({1e4, 1e6});
  EXPECT_THROW(compute_scaling(options, points, scaling), StudyError);
}

TEST(Refine, IsTheDenseMapAlongItsBoundaries) {
  PhaseOptions options;
  options.alpha = Eigen::ArrayXd::LinSpaced(3, 1.2, 2.0);
  options.beta = Eigen::ArrayXd::LinSpaced(3, 0.8, 2.4);
  options.horizon = decades(8, 9);
  options.dimension = 1e5;
  const PhaseMap map = compute_phase_map(options);
  const RefinedPhases refined = refine_boundaries(map, options, 1.25, 2);
  PhaseOptions dense = options;
  dense.alpha = refined.alpha;
  dense.beta = refined.beta;
  ASSERT_EQ(dense.alpha.size(), 9);
  EXPECT_NEAR(dense.alpha(1) - dense.alpha(0), 0.1, 1e-12);
  const PhaseMap all = compute_phase_map(dense);
  int different = 0;
  for (Eigen::Index i = 0; i < 9; ++i)
    for (Eigen::Index j = 0; j < 9; ++j) {
      const auto exact = static_cast<std::uint8_t>(classify(all.cell(i, j).log_ratio(), 1.25));
      different += refined.phase(i, j) != exact;
      if (refined.computed(i, j)) {
        EXPECT_EQ(refined.phase(i, j), exact) << i << ' ' << j;
      }
    }
  EXPECT_LE(different, 2);
  EXPECT_LT((refined.computed == 1).count(), 60);
  EXPECT_GT((refined.computed == 1).count(), 9);
}

// One mode size for mode size: the envelope is below every model, and touches some.
TEST(ComputeOptimal, IsTheEnvelopeOverSizes) {
  PhaseOptions options;
  options.horizon = array({1});
  options.alpha = array({0.6, 1.6});
  options.beta = array({0.2, 1.2});
  const Eigen::ArrayXd dimension = decades(4, 9) * 100;
  const ComputeOptimal result = compute_optimal(options, dimension.round());
  ASSERT_EQ(result.cells.size(), 4u);
  EXPECT_TRUE(std::isnan(result.cells[0][0].slope.value));  // α + β < 1
  const auto& cell = result.cells[3];                       // α = 1.6, β = 1.2
  PhaseOptions one = options;
  one.third_axis = ThirdAxis::label_noise;
  one.horizon = decades(8, 9);
  for (const double size : {1e3, 1e5}) {
    one.dimension = size;
    double unseen = 0;
    for (double j = 1e7; j > size; --j) unseen += std::pow(j, -2.8);
    const PhaseCell direct = compute_phase_cells(one, {{1.6, 1.2, std::sqrt(unseen)}}).front();
    for (std::size_t k = 0; k < 2; ++k)
      for (Eigen::Index h = 0; h < 9; ++h) {
        const double log_c = std::log(one.horizon(h) * size * size * size);
        for (Eigen::Index c = 0; c + 1 < result.compute.size(); ++c) {
          if (std::log(result.compute(c)) < log_c) continue;
          EXPECT_LT(cell[k].risk(c), 1.03 * direct.tuned[k].risk(h)) << size << ' ' << h;
          break;
        }
      }
  }
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_NEAR(cell[k].slope.value, compute_slopes(1.6, 1.2)[k], 0.03);
    EXPECT_LT(cell[k].slope.error, 0.5 * cell[k].slope.value);
    const Eigen::ArrayXd& risk = cell[k].risk;
    EXPECT_TRUE((risk.tail(risk.size() - 1) <= risk.head(risk.size() - 1) * (1 + 1e-3)).all());
  }
}

}  // namespace
}  // namespace muonphase
