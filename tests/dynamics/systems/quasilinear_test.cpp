#include "muonphase/dynamics/systems/quasilinear.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {
namespace {

Problem small_problem() {
  Problem p{.output = isotropic_spectrum(20),
            .input = power_law_spectrum(12, 1.2),
            .batch = 10,
            .label_noise = 0.1,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, 0.6);
  return p;
}

// Rates like those of a scale-invariant optimizer.
ModeRates sign_like(const Problem& p, const Eigen::ArrayXXd& energy) {
  const double root = std::sqrt(2 * population_risk(p, energy));
  const Eigen::ArrayXXd lambda = p.input.eigenvalue.transpose();
  return {lambda.sqrt() / root, Eigen::ArrayXXd::Constant(1, lambda.cols(), 0.05)};
}

// The recursion itself, one step at a time.
template <class Rates>
Eigen::ArrayXd stepped_risk(const Problem& p, Rates rates, const LearningRate& schedule, const Eigen::ArrayXd& record) {
  Eigen::ArrayXd risk(record.size());
  Eigen::ArrayXXd v = p.energy;
  Eigen::Index next = 0;
  for (double t = 0;; ++t) {
    if (t == record(next)) risk(next++) = population_risk(p, v);
    if (next == record.size()) return risk;
    const ModeRates now = rates(v);
    double eta;
    if (const auto* greedy = std::get_if<GreedyRate>(&schedule))
      eta = greedy->scale * (risk_weight(p) * now.rate * v).sum() / (risk_weight(p) * now.diffusion).sum();
    else
      eta = rate_at(schedule, t, record(record.size() - 1));
    v = (1 - 2 * eta * now.rate) * v + eta * eta * now.diffusion;
  }
}

// Stretches of steps against the recursions A ← A − η step, N ← (1 − η rate)² N + η² noise, one step at a time.
TEST(Quasilinear, AGivenMeanIsFollowedStepByStep) {
  Problem p = small_problem();
  p.output = power_law_spectrum(20, 0.6);
  p.energy = power_law_energy(p.output, p.input, 0.6);
  const Eigen::MatrixXd start = p.energy.sqrt().matrix();
  const Eigen::ArrayXXd weight = risk_weight(p);
  const auto rates = [&](const EntryMoments& now) -> EntryRates {
    const Eigen::ArrayXXd energy = now.mean.array().square() + now.variance,
                          rate = weight.sqrt() / std::sqrt(2 * population_risk(p, energy));
    const Eigen::MatrixXd step = (rate * now.mean.array()).matrix() + 0.1 * now.mean.colwise().reverse();
    return {step, rate, step.array().square() + rate.square() * now.variance + 0.02};
  };
  const Eigen::ArrayXd record = recorded_steps(400, 12);
  const double eta = 0.005;
  const RiskCurve curve = integrate_entry_moments(p, start, rates, 0, ConstantRate{eta}, record, {.tolerance = 1e-5});
  EntryMoments now{start, Eigen::ArrayXXd::Zero(20, 12)};
  double t = 0;
  for (Eigen::Index i = 0; i < record.size(); ++i) {
    for (; t < record(i); ++t) {
      const EntryRates at = rates(now);
      now.mean -= eta * at.step;
      now.variance = (1 - eta * at.rate).square() * now.variance + eta * eta * 0.02;
    }
    const double risk = population_risk(p, now.mean.array().square() + now.variance);
    EXPECT_NEAR(curve.risk(i) / risk, 1, 1e-3) << record(i);
  }
  EXPECT_LT(curve.risk(record.size() - 1), 0.1 * curve.risk(0));
}

// Fast modes fall by more than their own size in a step, η rate = 1.2, and jump about zero: E[Φ²] is mostly the drift's
// own square there. Energies stay positive, on stretches of many steps.
TEST(Quasilinear, ModesThatOvershootStayPositive) {
  const Problem p = small_problem();
  const Eigen::ArrayXd record = recorded_steps(2000, 20);
  const double eta = 0.01;
  int evaluations = 0;
  const auto rates = [&](const Eigen::ArrayXXd& v) -> ModeRates {
    ++evaluations;
    EXPECT_GT(v.minCoeff(), 0);
    const Eigen::ArrayXXd rate = 120 * p.input.eigenvalue.transpose();
    return {rate, rate.square() * v + 0.05};
  };
  const Eigen::ArrayXd expected = stepped_risk(p, rates, ConstantRate{eta}, record);
  evaluations = 0;
  const RiskCurve curve = integrate_quasilinear(p, rates, ConstantRate{eta}, record, {.tolerance = 1e-4});
  EXPECT_LT((curve.risk / expected).log().abs().maxCoeff(), 1e-3);
  EXPECT_LT(evaluations, 100);
}

TEST(Quasilinear, ReproducesTheRecursionUnderEverySchedule) {
  const Problem p = small_problem();
  const Eigen::ArrayXd record = recorded_steps(3000, 40);
  TableRate table{Eigen::ArrayXd::LinSpaced(4, 0, 3000), Eigen::ArrayXd(4)};
  table.rate << 0.01, 0.02, 0.005, 0.002;
  for (const LearningRate& schedule :
       {LearningRate{ConstantRate{0.01}}, LearningRate{PowerRate{0.05, 20, 0.7}}, LearningRate{WsdRate{0.02, 0.1, 0.3}},
        LearningRate{table}, LearningRate{GreedyRate{0.8}}}) {
    int evaluations = 0;
    const auto rates = [&](const Eigen::ArrayXXd& v) {
      ++evaluations;
      return sign_like(p, v);
    };
    const RiskCurve curve = integrate_quasilinear(p, rates, schedule, record);
    const int used = evaluations;
    const Eigen::ArrayXd reference = stepped_risk(p, rates, schedule, record);
    EXPECT_LT((curve.risk / reference).log().abs().maxCoeff(), 4e-3) << schedule.index();
    EXPECT_LT(used, 250) << schedule.index();
    EXPECT_NEAR((curve.mode_energy.row(5) * p.input.eigenvalue.transpose()).sum(), 2 * curve.risk(5) - 0.01, 1e-12);
  }
}

// The first mode jumps about zero, √v → √v − 0.8 η and some noise: at its floor it follows its rate within a step, and
// the rate follows it, while the others still fall.
TEST(Quasilinear, AModeAtItsFloorLetsStretchesBeLong) {
  const Problem p = small_problem();
  const Eigen::ArrayXd record = recorded_steps(20000, 30);
  int evaluations = 0;
  const auto rates = [&](const Eigen::ArrayXXd& v) -> ModeRates {
    ++evaluations;
    const double size = std::sqrt((p.input.eigenvalue.transpose() * v).sum());
    Eigen::ArrayXXd rate = 0.1 * p.input.eigenvalue.transpose() / size;
    Eigen::ArrayXXd diffusion = rate.square() * v + 0.1;
    rate(0) = 0.8 / std::sqrt(v(0));
    diffusion(0) = 1;
    return {rate, diffusion};
  };
  const ConstantRate schedule{0.001};
  const RiskCurve curve = integrate_quasilinear(p, rates, schedule, record);
  const int used = evaluations;
  EXPECT_LT(used, 300);
  EXPECT_LT((curve.risk / stepped_risk(p, rates, schedule, record)).log().abs().maxCoeff(), 4e-3);
  EXPECT_LT(curve.risk(record.size() - 1), 0.02 * curve.risk(0));
}

TEST(Quasilinear, SgdIsTheExactRecursion) {
  const Problem p = small_problem();
  const Eigen::ArrayXd record = recorded_steps(2000, 30);
  const FullSgd rates(p);
  const RiskCurve curve = integrate_quasilinear(p, rates, ConstantRate{0.05}, record, {.tolerance = 1e-6});
  const Eigen::ArrayXd reference = stepped_risk(p, rates, ConstantRate{0.05}, record);
  EXPECT_LT((curve.risk / reference).log().abs().maxCoeff(), 1e-4);
}

TEST(Quasilinear, ErrorFallsWithTheTolerance) {
  const Problem p = small_problem();
  const Eigen::ArrayXd record = recorded_steps(3000, 20);
  const auto rates = [&](const Eigen::ArrayXXd& v) { return sign_like(p, v); };
  const Eigen::ArrayXd reference = stepped_risk(p, rates, ConstantRate{0.01}, record);
  const auto error = [&](double tolerance) {
    const RiskCurve curve = integrate_quasilinear(p, rates, ConstantRate{0.01}, record, {.tolerance = tolerance});
    return (curve.risk / reference).log().abs().maxCoeff();
  };
  EXPECT_LT(error(1e-6), 0.1 * error(1e-3));
  EXPECT_LT(error(1e-8), 1e-6);
}

TEST(Quasilinear, ReportsADivergingRun) {
  const Problem p = small_problem();
  EXPECT_THROW(integrate_quasilinear(p, FullSgd(p), ConstantRate{50}, recorded_steps(1e5, 10)), NumericalError);
}

// Coupled modes against the matrix recursion one step at a time.
TEST(SecondMoment, ReproducesTheRecursion) {
  const Problem p = small_problem();
  const Eigen::Index d = p.input.nodes();
  const Eigen::ArrayXd record = recorded_steps(2000, 30);
  const Eigen::MatrixXd mixing = Eigen::MatrixXd::NullaryExpr(
      d, d, [](Eigen::Index i, Eigen::Index j) { return 0.1 * std::sin(3.0 * i + 7.0 * j); });
  const auto rates = [&](const Eigen::MatrixXd& m) -> MomentRates {
    const double root = std::sqrt(m.diagonal().dot(p.input.eigenvalue.matrix()) + 0.01);
    const auto half = p.input.eigenvalue.sqrt().matrix().asDiagonal();
    const Eigen::MatrixXd plain = Eigen::MatrixXd::Identity(d, d) + mixing;
    return {plain * half / root, 0.6 * (plain + plain.transpose())};
  };
  for (const LearningRate& schedule :
       {LearningRate{ConstantRate{0.01}}, LearningRate{WsdRate{0.02, 0.1, 0.3}}, LearningRate{GreedyRate{1}}}) {
    const RiskCurve curve = integrate_second_moment(p, initial_moment(p), rates, {}, schedule, record);
    Eigen::MatrixXd m = initial_moment(p);
    Eigen::Index next = 0;
    for (double t = 0; next < record.size(); ++t) {
      const MomentRates now = rates(m);
      double eta;
      if (std::holds_alternative<GreedyRate>(schedule))
        eta = p.input.eigenvalue.matrix().dot((now.drift * m).diagonal()) /
              p.input.eigenvalue.matrix().dot(now.diffusion.diagonal());
      else
        eta = rate_at(schedule, t, 2000);
      if (t == record(next)) {
        EXPECT_NEAR(curve.risk(next) / (0.5 * (m.diagonal().dot(p.input.eigenvalue.matrix()) + 0.01)), 1, 3e-3)
            << schedule.index() << " " << t;
        ++next;
      }
      m = (m - eta * (now.drift * m + m * now.drift.transpose()) + eta * eta * now.diffusion).eval();
    }
  }
}

}  // namespace
}  // namespace muonphase
