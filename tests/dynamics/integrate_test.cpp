#include "muonphase/dynamics/integrate.hpp"

#include <gtest/gtest.h>

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/exponential_stepper.hpp"

namespace muonphase {
namespace {

Problem problem_of(double n, double d, double batch, double alpha, double beta, double noise = 0) {
  Problem p{.output = isotropic_spectrum(n),
            .input = power_law_spectrum(d, alpha),
            .batch = batch,
            .label_noise = noise,
            .energy = {}};
  p.energy = power_law_energy(p.output, p.input, beta);
  return p;
}

double worst_log_ratio(const Eigen::ArrayXd& a, const Eigen::ArrayXd& b) {
  return (a / b).log().abs().maxCoeff();
}

TEST(Integrate, BothSteppersAgreeUnderEverySchedule) {
  const Problem p = problem_of(60, 40, 50, 1.2, 0.8, 0.1);
  TableRate table{Eigen::ArrayXd(4), Eigen::ArrayXd(4)};
  table.step << 3, 40, 41, 300;
  table.rate << 0.02, 0.005, 0.03, 0.001;
  const Eigen::ArrayXd steps = recorded_steps(800, 60);
  for (const Coefficients& c : {signsvd_coefficients(p), sgd_coefficients(p)}) {
    const ModeEquation eq = mode_equation(p, c);
    for (const LearningRate& schedule : {LearningRate(ConstantRate{0.01}), LearningRate(PowerRate{0.03, 20, 0.8}),
                                         LearningRate(PowerRate{0.03, 20, 1.0}), LearningRate(WsdRate{0.02, 0.1, 0.3}),
                                         LearningRate(DecayRate{DecayRate::Shape::cosine, 0.03, 0.1, 0.05}),
                                         LearningRate(DecayRate{DecayRate::Shape::cosine, 0.02}),
                                         LearningRate(DecayRate{DecayRate::Shape::linear, 0.03, 0.2, 0.1}),
                                         LearningRate(table), LearningRate(GreedyRate{0.7})}) {
      const ModeRun a = integrate(eq, schedule, steps, {.tolerance = 1e-9});
      const ModeRun b = integrate(eq, schedule, steps, {.stepper = Stepper::dopri5, .tolerance = 1e-10});
      EXPECT_LT(worst_log_ratio(a.risk, b.risk), 1e-6) << "schedule " << schedule.index();
      EXPECT_LT((a.learning_rate - b.learning_rate).abs().maxCoeff(), 1e-6);
    }
  }
}

// The default tolerance keeps the curve to a few 1e−6 in R or in t: where the risk dies out in finite time, R at given
// t is ill-conditioned, and the curve passes within that of the exact one.
TEST(Integrate, DefaultToleranceHoldsOverTheWholeCurve) {
  const Problem p = problem_of(200, 100, infinite_batch, 1.8, 1.0);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const Eigen::ArrayXd steps = recorded_steps(1e9, 100);
  for (double eta : {1e-7, 1e-4, 0.1}) {
    const ModeRun run = integrate(eq, ConstantRate{eta}, steps);
    const auto risk_at = [&](double stretch) {
      return integrate(eq, ConstantRate{eta}, steps * stretch, {.tolerance = 1e-10}).risk;
    };
    const double slack = 5e-6;
    const Eigen::ArrayXd earlier = risk_at(1 - slack), later = risk_at(1 + slack);
    for (Eigen::Index i = 0; i < steps.size(); ++i) {
      EXPECT_LT(run.risk(i), std::max(earlier(i), later(i)) * (1 + slack)) << eta << " " << steps(i);
      EXPECT_GT(run.risk(i), std::min(earlier(i), later(i)) * (1 - slack)) << eta << " " << steps(i);
    }
  }
}

// Isotropic data: r = √(2R) obeys r' = −η f + η² V_tot/(2 r), V_tot = Σ kick; with f, V constant t(r) is elementary.
TEST(Integrate, IsotropicDataMatchesTheClosedForm) {
  const Problem p = problem_of(50, 50, 50, 0, 0);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const double eta = 0.02, f = eq.rate(0) / 2, kick = eq.kick.sum();
  const double floor = eta * kick / (2 * f);  // r at which r' = 0
  const double start = std::sqrt(2 * population_risk(p, p.energy));
  const ModeRun run = integrate(eq, ConstantRate{eta}, recorded_steps(1000, 80), {.tolerance = 1e-9});
  for (Eigen::Index i = 1; i < run.step.size(); ++i) {
    // dt = −r dr / (η f (r − floor)):  t = [start − r + floor ln((start − floor)/(r − floor))]/(η f)
    const double r = std::sqrt(2 * run.risk(i));
    if (r / floor - 1 < 1e-4) break;
    const double t = (start - r + floor * std::log((start - floor) / (r - floor))) / (eta * f);
    EXPECT_NEAR(t / run.step(i), 1, 1e-5) << run.step(i);
  }
  EXPECT_NEAR(std::sqrt(2 * run.risk(run.risk.size() - 1)) / floor, 1, 2e-3);
  EXPECT_NEAR(eta * eq.memory() / floor, 1, 1e-12);
}

// The recursion v ← v − 2ηf v/√(2R) + η²V itself, at rates small enough that a step is infinitesimal.
TEST(Integrate, DirectRecursionAtSmallDimension) {
  const Problem p = problem_of(12, 10, 20, 1.0, 1.0);
  const Coefficients c = signsvd_coefficients(p);
  const ModeEquation eq = mode_equation(p, c);
  double previous = 0;
  for (double eta : {4e-4, 2e-4, 1e-4}) {
    const double steps = 0.4 / eta;
    const ModeRun run = integrate(eq, ConstantRate{eta}, recorded_steps(steps, 20), {.tolerance = 1e-9});
    Eigen::ArrayXd y = eq.share;
    double worst = 0;
    Eigen::Index next = 1;
    for (double t = 1; t <= steps; ++t) {
      y = y - eta * eq.rate * y / std::sqrt(eq.twice_risk(y)) + eta * eta * eq.kick;
      if (t == run.step(next)) worst = std::max(worst, std::abs(std::log(0.5 * eq.twice_risk(y) / run.risk(next++))));
    }
    EXPECT_LT(worst, 15 * eta);
    if (previous > 0) {
      EXPECT_NEAR(previous / worst, 2, 0.3);  // first order in η
    }
    previous = worst;
  }
}

// With fixed steps in s the quadratic step is third order in u.
TEST(ExponentialStepper, ConvergesAtThirdOrder) {
  const Problem p = problem_of(40, 30, 40, 1.4, 0.6);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const RateClock clock(ConstantRate{0.05}, 1e9);
  const DrivenModes system{&eq, &clock};
  const auto risk_at = [&](int steps) {
    ExponentialStepper stepper(1e9);  // accepts every step
    ModeState state{eq.share, 0};
    double s = 0;
    const double end = 0.5;
    for (int i = 0; i < steps; ++i) {
      double ds = end / steps;
      EXPECT_EQ(stepper.try_step(system, state, s, ds), boost::numeric::odeint::success);
    }
    return eq.twice_risk(state.share);
  };
  const double exact = risk_at(2048);
  const double coarse = std::abs(risk_at(16) - exact), fine = std::abs(risk_at(32) - exact);
  EXPECT_GT(std::log2(coarse / fine), 2.7);
}

TEST(ExponentialStepper, WorksWithOdeintsIntegrateAdaptive) {
  const Problem p = problem_of(40, 30, 40, 1.4, 0.6);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const RateClock clock(ConstantRate{0.01}, 1e9);
  const DrivenModes system{&eq, &clock};
  ModeState state{eq.share, 0};
  int observed = 0;
  boost::numeric::odeint::integrate_adaptive(ExponentialStepper(1e-9), system, state, 0.0, 20.0, 1e-4,
                                             [&](const ModeState&, double) { ++observed; });
  EXPECT_GT(observed, 10);
  const ModeRun run =
      integrate(eq, ConstantRate{0.01}, (Eigen::ArrayXd(2) << 0, state.clock / 0.01).finished(), {.tolerance = 1e-9});
  EXPECT_NEAR(run.risk(1) / (0.5 * eq.twice_risk(state.share)), 1, 1e-7);
}

// 10^12 steps with rates over 12 decades: SignSGD at d = 10^8, α = 0.76.
TEST(Integrate, TenToTheTwelveStepsOverTwelveDecadesOfRates) {
  const Problem p = problem_of(1e8, 1e8, infinite_batch, 1.52, 0.6);
  const ModeEquation eq = mode_equation(p, signsgd_generic_coefficients(p));
  ASSERT_GE(eq.rate.maxCoeff() / eq.rate.minCoeff(), 1e12);
  const ModeRun run = integrate(eq, ConstantRate{1e-9}, recorded_steps(1e12, 200));
  EXPECT_TRUE(run.risk.isFinite().all());
  // it falls to its noise floor and stays there
  EXPECT_LT(run.risk.minCoeff(), 1e-3 * run.risk(0));
  const double floor = 0.5 * std::pow(1e-9 * eq.memory(), 2);
  EXPECT_GT(run.risk.minCoeff(), 0.5 * floor);
}

// Where the rate goes to zero and the risk with it, the clock comes to stand at rounding from its end.
TEST(Integrate, DecaysToTheEndOfLongRunsEnd) {
  Problem p = problem_of(50, 50, infinite_batch, 2, 0.8);
  p.input_basis = p.output_basis = Basis::generic;
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  for (const double horizon : {1e9, 1e12, 1e15}) {
    const double eta = 7.9 / horizon;
    for (const double decay : {0.3, 0.7, 0.9983076117565364, 1.0}) {
      const ModeRun run = integrate(eq, WsdRate{eta, 0, decay}, Eigen::ArrayXd{{0.0, horizon}}, {.tolerance = 1e-4});
      EXPECT_LT(run.work.evaluations, 2000) << horizon << " " << decay;
      EXPECT_LT(run.risk(1), 1e-20) << horizon << " " << decay;
    }
  }
}

TEST(Integrate, ZeroRateHoldsStillAndDivergenceIsSaid) {
  const Problem p = problem_of(10, 10, 2, 0.4, 0.4);
  const ModeEquation eq = mode_equation(p, signsvd_coefficients(p));
  const ModeRun still = integrate(eq, ConstantRate{0}, recorded_steps(100, 10));
  EXPECT_TRUE((still.risk == still.risk(0)).all());
  const ModeEquation sgd = mode_equation(p, sgd_coefficients(p));
  EXPECT_THROW(integrate(sgd, ConstantRate{100}, recorded_steps(1e6, 10)), NumericalError);
  EXPECT_THROW(integrate(eq, ConstantRate{0.1}, recorded_steps(10, 5), {.tolerance = 0}), StudyError);
}

TEST(Integrate, AGreedyRunMayOutliveTheRangeOfDouble) {
  const Problem p = problem_of(1e4, 1e4, 1e4, 0, 1.0);
  const ModeRun run = integrate(mode_equation(p, signsvd_coefficients(p)), GreedyRate{}, recorded_steps(1e9, 40));
  EXPECT_TRUE(run.risk.isFinite().all() && (run.risk > 0).all());
  EXPECT_LT(run.risk(run.risk.size() - 1), 1e-270);
}

TEST(Integrate, ModeEnergiesSumToTheRisk) {
  Problem p = problem_of(30, 20, 25, 1.0, 0.6);
  const ModeRun run = integrate(mode_equation(p, signsvd_coefficients(p)), ConstantRate{0.01}, recorded_steps(200, 12));
  const RiskCurve curve = risk_curve(p, run);
  const Eigen::ArrayXd risk = 0.5 * (curve.mode_energy.matrix() * p.input.eigenvalue.matrix()).array();
  EXPECT_LT((risk / curve.risk - 1).abs().maxCoeff(), 1e-12);
}

}  // namespace
}  // namespace muonphase
