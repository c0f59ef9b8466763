// Tuned policies against independent minimisations and against each other. R has a kink at its minimum in η_0, which a
// grid of rates meets to half its spacing.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/phase/optimal_schedule.hpp"
#include "muonphase/phase/wsd_rate.hpp"
#include "muonphase/phase/yardstick.hpp"

namespace muonphase {
namespace {

ModeEquation cell(double d, double alpha, double beta, bool svd, double noise = 0) {
  Problem p{.output = isotropic_spectrum(d),
            .input = power_law_spectrum(d, alpha, ModeRule::binned),
            .batch = infinite_batch,
            .label_noise = noise,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, beta);
  return mode_equation(p, svd ? signsvd_coefficients(p) : signsgd_generic_coefficients(p));
}

double risk_of(const ModeEquation& eq, const LearningRate& schedule, double horizon, double tolerance = 1e-6) {
  return integrate(eq, schedule, (Eigen::ArrayXd(2) << 0, horizon).finished(), {.tolerance = tolerance}).risk(1);
}

Eigen::ArrayXd decades(double last) {
  return Eigen::ArrayXd::LinSpaced(static_cast<Eigen::Index>(last) + 1, 0, last * std::log(10.0)).exp();
}

const ModeEquation& easy() {
  static const ModeEquation equation = cell(1e4, 1.4, 0.6, true);
  return equation;
}
const ModeEquation& hard() {  // late noise of SignSGD's strong modes
  static const ModeEquation equation = cell(1e4, 2.0, 1.6, false);
  return equation;
}

TEST(PowerRate, TunedToTheMinimumOverBothNumbers) {
  const Eigen::ArrayXd horizons = decades(5);
  for (const ModeEquation* eq : {&easy(), &hard()}) {
    const TunedCurve tuned = best_power_rate(*eq, horizons, 1);
    for (const Eigen::Index h : {2, 5}) {
      double lowest = 1e300;
      for (double gamma = 0; gamma <= 1.5; gamma += 0.05)
        for (double step = -0.5; step <= 0.5; step += 0.02) {
          const double guess =
              std::log(tuned.learning_rate(h)) + (gamma - tuned.shape(h)) * std::log1p(horizons(h)) * 0.8;
          lowest = std::min(lowest, risk_of(*eq, PowerRate{std::exp(guess + step), 1, gamma}, horizons(h), 1e-4));
        }
      EXPECT_NEAR(std::log(tuned.risk(h) / lowest), 0, 1e-2) << "T = " << horizons(h);
      const double reached = risk_of(*eq, PowerRate{tuned.learning_rate(h), 1, tuned.shape(h)}, horizons(h));
      EXPECT_NEAR(std::log(reached / tuned.risk(h)), 0, 1e-2) << "T = " << horizons(h);
    }
  }
}

TEST(WsdRate, TunedToTheMinimumOverBothNumbers) {
  const Eigen::ArrayXd horizons = decades(5);
  for (const ModeEquation* eq : {&easy(), &hard()}) {
    const TunedCurve tuned = best_wsd_rate(*eq, horizons, 0.02), constant = best_constant_rate(*eq, horizons);
    for (const Eigen::Index h : {1, 3, 5}) {
      double lowest = 1e300;
      for (double decay = 0; decay <= 0.98; decay += 0.07)
        for (double step = -1; step <= 2; step += 0.05)
          lowest = std::min(lowest, risk_of(*eq, WsdRate{std::exp(step) * constant.learning_rate(h), 0.02, decay},
                                            horizons(h), 1e-4));
      EXPECT_LT(std::log(tuned.risk(h) / lowest), 2e-3) << "T = " << horizons(h);
      EXPECT_NEAR(risk_of(*eq, WsdRate{tuned.learning_rate(h), 0.02, tuned.shape(h)}, horizons(h)) / tuned.risk(h), 1,
                  2e-3);
    }
  }
}

TEST(OptimalSchedule, AdjointGradientIsThatOfFiniteDifferences) {
  const ModeEquation eq = cell(1e4, 1.6, 1.0, false, 0.1);
  const ControlGrid grid = control_grid(eq, 5 / eq.rate.maxCoeff() * 30, 24);
  std::mt19937_64 random(7);
  Eigen::ArrayXd u(24);
  for (double& value : u) value = greedy_forcing(eq, eq.share) * std::exp(std::normal_distribution<>(0, 1)(random));
  const double multiplier = 1e-3;
  const Eigen::ArrayXd gradient = control_gradient(grid, u, multiplier);
  const auto lagrangian = [&](const Eigen::ArrayXd& at) {
    const ControlValue value = control_value(grid, at);
    return value.twice_risk(23) + multiplier * value.time(23);
  };
  for (Eigen::Index i = 0; i < 24; ++i) {
    Eigen::ArrayXd more = u, less = u;
    more(i) *= 1 + 1e-5;
    less(i) *= 1 - 1e-5;
    const double difference = (lagrangian(more) - lagrangian(less)) / (2e-5 * u(i));
    EXPECT_NEAR(gradient(i), difference, 1e-6 * gradient.abs().maxCoeff() + 1e-6 * std::abs(difference)) << i;
  }
}

// The discretised equation against the integrator, on a schedule of its own.
TEST(OptimalSchedule, GridFollowsTheModeEquation) {
  const ModeEquation& eq = easy();
  const ControlGrid grid = control_grid(eq, 300, 160);
  const Eigen::ArrayXd u = Eigen::ArrayXd::LinSpaced(160, 1, 0.2) * 1e-2;
  const ControlValue value = control_value(grid, u);
  const TableRate schedule = schedule_of(grid, u);
  EXPECT_NEAR(2 * risk_of(eq, schedule, schedule.step(159)) / value.twice_risk(159), 1, 3e-3);
}

// One mode: dR/dt is least where greedy says, and R falls as e^(−rate² T/(4 kick)).
TEST(OptimalSchedule, OneModeInClosedForm) {
  ModeEquation eq;
  eq.rate = Eigen::ArrayXd::Constant(1, 1.7);
  eq.kick = Eigen::ArrayXd::Constant(1, 0.6);
  eq.share = Eigen::ArrayXd::Constant(1, 2.5);
  const Eigen::ArrayXd horizons = (Eigen::ArrayXd(3) << 0.1, 1, 8).finished();
  const TunedCurve tuned = optimal_schedules(eq, horizons);
  for (Eigen::Index h = 0; h < 3; ++h) {
    const double exact = 1.25 * std::exp(-1.7 * 1.7 * horizons(h) / (4 * 0.6));
    EXPECT_NEAR(std::log(tuned.risk(h) / exact), 0, 1e-3 + 2e-3 * std::log(1.25 / exact)) << horizons(h);
    EXPECT_NEAR(tuned.learning_rate(h) / (1.7 / (2 * 0.6) * std::sqrt(2 * exact)), 1, 2e-2) << horizons(h);
  }
}

// No change of the schedule at fixed horizon gains: random smooth ones, and those of a brute-force descent.
TEST(OptimalSchedule, NoOtherScheduleOfItsHorizonIsBetter) {
  for (const ModeEquation* eq : {&easy(), &hard()}) {
    const double start = eq->twice_risk(eq->share), greedy = greedy_forcing(*eq, eq->share);
    OptimalControl control{Eigen::ArrayXd::Constant(96, greedy), greedy * greedy * eq->kick.sum() / start};
    ControlGrid grid;
    for (double length = 0.1 / eq->rate.maxCoeff(); length < 200 / eq->rate.maxCoeff(); length *= 1.4) {
      grid = control_grid(*eq, length, 96);
      control = optimal_control(grid, control);
    }
    const TableRate best = schedule_of(grid, control.u);
    const double horizon = best.step(95), lowest = risk_of(*eq, best, horizon);
    EXPECT_LT(lowest, 0.25 * start);
    std::mt19937_64 random(11);
    std::normal_distribution<> normal;
    for (int draw = 0; draw < 30; ++draw) {
      const double a = normal(random), b = normal(random), c = normal(random), size = draw % 2 ? 0.3 : 0.05;
      TableRate other = best;
      for (Eigen::Index i = 0; i < 96; ++i) {
        const double x = static_cast<double>(i) / 95;
        other.rate(i) *= std::exp(size * (a * std::cos(3 * x) + b * std::sin(7 * x) + c * std::cos(15 * x)));
      }
      EXPECT_GT(risk_of(*eq, other, horizon) / lowest, 1 - 3e-4) << draw;
    }
    // and −multiplier is the derivative of the least 2R by the horizon
    const ControlGrid longer = control_grid(*eq, 1.02 * (grid.gap.sum()), 96);
    const OptimalControl next = optimal_control(longer, control);
    const TableRate schedule = schedule_of(longer, next.u);
    const double gained = 2 * (lowest - risk_of(*eq, schedule, schedule.step(95), 1e-8));
    EXPECT_NEAR(gained / (schedule.step(95) - horizon) / control.multiplier, 1, 0.05);
  }
}

TEST(OptimalSchedule, IsBelowEveryPolicy) {
  PhaseOptions options;
  options.alpha = (Eigen::ArrayXd(2) << 0.8, 2.4).finished();
  options.beta = Eigen::ArrayXd::Constant(1, 1.6);
  options.horizon = decades(6);
  options.dimension = 1e5;
  const Yardstick yardstick = compute_yardstick(options);
  ASSERT_EQ(yardstick.policy.size(), 4u);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t p = 0; p < 4; ++p) {
      ASSERT_TRUE(yardstick.excess[k][p].isFinite().all()) << name_of(yardstick.policy[p]);
      EXPECT_GT(yardstick.excess[k][p].minCoeff(), -4e-3) << name_of(yardstick.policy[p]);
      // At first one step is all there is, and every policy makes it.
      EXPECT_LT(yardstick.excess[k][p].col(0).maxCoeff(), 0.03) << name_of(yardstick.policy[p]);
    }
  // SignSGD with strong modes: decay to zero recovers what a constant rate loses.
  const Eigen::ArrayXXd& constant = yardstick.excess[1][0];
  const Eigen::ArrayXXd& wsd = yardstick.excess[1][3];
  EXPECT_GT(constant(1, 4), 0.8);
  EXPECT_LT(wsd(1, 4), 0.2);
}

TEST(OptimalSchedule, RefusesWhatItCannotTake) {
  ModeEquation eq = easy();
  eq.scale_invariant = false;
  EXPECT_THROW(optimal_schedules(eq, decades(2)), StudyError);
  PhaseOptions options;
  options.horizon = decades(2);
  options.policy = Policy::optimal;
  options.compare = {make_optimizer("sgd"), make_optimizer("signsgd")};
  EXPECT_THROW(compute_phase_cells(options, {{1.0, 1.0, 0}}), StudyError);
}

}  // namespace
}  // namespace muonphase
