#include "muonphase/dynamics/exponential_stepper.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>

namespace muonphase {
namespace {

// I_n = ∫_0^1 y^n e^(−z(1−y)) dy for n = 0, 1, 2, and e^(−z), at every z ≥ 0. Array by array, which vectorises.
struct Moments {
  Eigen::ArrayXd decay, i0, i1, i2;
};

Moments moments(const Eigen::ArrayXd& z) {
  // What is left of a mode after e^(−350) is nothing: so small a factor makes subnormal products, each a hundred times
  // as slow as another, and vectorised exponentials end at the smallest number, not at 0.
  constexpr double nothing_left = 350;
  // z < 1: I_2 = e^(−z) Σ z^k/(k! (k + 3)), then the recursion in its stable direction; else in the other.
  constexpr int terms = 17;
  double coefficient[terms], factorial = 1;
  for (int k = 0; k < terms; ++k) {
    if (k > 0) factorial *= k;
    coefficient[k] = 1 / (factorial * (k + 3));
  }
  Moments m{(z < nothing_left).select((-z).exp(), 0.0), {}, {}, {}};
  const Eigen::ArrayXd low = z.min(1), high = z.max(1);
  Eigen::ArrayXd sum = Eigen::ArrayXd::Constant(z.size(), coefficient[terms - 1]);
  for (int k = terms - 2; k >= 0; --k) sum = sum * low + coefficient[k];
  const Eigen::ArrayXd low_i2 = m.decay * sum, low_i1 = (1 - low * low_i2) / 2;
  const Eigen::ArrayXd high_i0 = (1 - m.decay) / high, high_i1 = (1 - high_i0) / high;
  m.i0 = (z < 1).select(1 - low * low_i1, high_i0);
  m.i1 = (z < 1).select(low_i1, high_i1);
  m.i2 = (z < 1).select(low_i2, (1 - 2 * high_i1) / high);
  return m;
}

// The end of a step: 2R and u solve 2R = free + gain u together with u = η √(2R) (or η 2R), or with the greedy rule.
struct End {
  double twice_risk, u, tick;
};

// What a step needs to know of the modes: sums over them with the forcing at the end left open.
struct OpenEnd {
  double free, gain;                // 2R = free + gain u
  double drift_free, drift_gain;    // ½ Σ rate y = drift_free + drift_gain u (greedy only)
  double clock, half_span, before;  // clock at the start; weight of the end tick; clock gained by the earlier nodes
};

End solve_end(const DrivenModes& system, const OpenEnd& open) {
  const ModeEquation& equation = *system.equation;
  if (!system.clock) {
    const double kick = equation.kick.sum() / system.greedy_scale;
    const double u = std::max(0.0, open.drift_free / (kick - open.drift_gain));
    const double twice_risk = open.free + open.gain * u;
    return {twice_risk, u, twice_risk / u};
  }
  // η belongs to the clock at the end, which moves with √(2R) there: a few rounds, as η varies little across a step.
  double tick = equation.scale_invariant ? std::sqrt(open.free) : 1;
  End end{};
  for (int round = 0; round < 20; ++round) {
    const double eta = system.clock->rate_at_area(open.clock + open.before + open.half_span * tick);
    if (equation.scale_invariant) {
      const double half = 0.5 * open.gain * eta;
      const double root = half + std::sqrt(half * half + open.free);
      end = {root * root, eta * root, root};
    } else {
      const double growth =
          1 - open.gain * eta;  // ≤ 0 when the step is too long for the feedback: the caller shortens it
      const double twice_risk = open.free / growth;
      end = {twice_risk, eta * twice_risk, 1};
      if (!(growth > 0)) end.twice_risk = std::numeric_limits<double>::quiet_NaN();
    }
    const double change = std::abs(end.tick - tick);
    tick = end.tick;
    if (change <= 1e-13 * tick) break;
  }
  return end;
}

End forcing_at(const DrivenModes& system, const ModeState& state) {
  OpenEnd open{system.equation->twice_risk(state.share), 0, 0, 0, state.clock, 0, 0};
  if (!system.clock) open.drift_free = 0.5 * (system.equation->rate * state.share).sum();
  return solve_end(system, open);
}

// max |c x (x − ds/2)(x − ds)| on [0, ds], c the third divided difference of the value `back` before the step and the
// three of the step.
double cubic_departure(double earlier, const double* value, double back, double ds) {
  const double half = ds / 2;
  const double first[] = {(value[0] - earlier) / back, (value[1] - value[0]) / half, (value[2] - value[1]) / half};
  const double second[] = {(first[1] - first[0]) / (back + half), (first[2] - first[1]) / ds};
  const double third = (second[1] - second[0]) / (back + ds);
  return std::abs(third) * ds * ds * ds / 20.78;
}

}  // namespace

StepWeights quadratic_step(const Eigen::ArrayXd& rate, double ds) {
  const Moments m = moments(rate * ds);
  return {m.decay, ds * (m.i0 - 3 * m.i1 + 2 * m.i2), ds * 4 * (m.i1 - m.i2), ds * (2 * m.i2 - m.i1)};
}

StepWeights linear_step(const Eigen::ArrayXd& rate, double ds) {
  const Moments m = moments(rate * ds);
  return {m.decay, ds * (m.i0 - m.i1), {}, ds * m.i1};
}

boost::numeric::odeint::controlled_step_result ExponentialStepper::try_step(const DrivenModes& system, ModeState& state,
                                                                            double& s, double& ds) {
  const ModeEquation& eq = *system.equation;
  const bool greedy = !system.clock;
  const End begin = forcing_at(system, state);

  // Opens the end of a step whose known part of y is `known` and whose response to u at the end is kick · weight.
  const auto open_end = [&](const Eigen::ArrayXd& known, const Eigen::ArrayXd& weight, double before,
                            double half_span) {
    OpenEnd open{known.sum() + eq.noise, (eq.kick * weight).sum(), 0, 0, state.clock, half_span, before};
    if (greedy) {
      open.drift_free = 0.5 * (eq.rate * known).sum();
      open.drift_gain = 0.5 * (eq.rate * eq.kick * weight).sum();
    }
    return open;
  };

  const StepWeights half = linear_step(eq.rate, ds / 2);
  const Eigen::ArrayXd known_half = half.decay * state.share + eq.kick * half.start * begin.u;
  const End middle = solve_end(system, open_end(known_half, half.end, ds / 4 * begin.tick, ds / 4));

  const StepWeights full = quadratic_step(eq.rate, ds);
  Eigen::ArrayXd share = full.decay * state.share + eq.kick * (full.start * begin.u + full.middle * middle.u);
  const double before = ds / 6 * (begin.tick + 4 * middle.tick);
  const End end = solve_end(system, open_end(share, full.end, before, ds / 6));

  // The cubic term that the quadratic leaves out, x (x − ds/2) (x − ds) times the third divided difference, seen from
  // the step before; without one, the term the step would leave out if it were linear. What it does to √(2R), and to
  // the clock inside the step.
  const double u[] = {begin.u, middle.u, end.u}, tick[] = {begin.tick, middle.tick, end.tick};
  const double gain = (eq.kick * (full.start + full.middle + full.end)).sum() / (2 * end.twice_risk);
  const double clock = state.clock + before + ds / 6 * end.tick;
  const auto left_out = [&](const double* values, const double* earlier) {
    const double second =
        (values[0] - 2 * values[1] + values[2]) / 2;  // the quadratic's departure from a line, at most
    if (!last_) return std::abs(second);
    return cubic_departure(earlier[1], values, last_->ds / 2, ds);
  };
  const double error = std::max(left_out(u, last_ ? last_->u : nullptr) * gain,
                                left_out(tick, last_ ? last_->tick : nullptr) * ds / 3 / clock) /
                       tolerance_;
  const double factor = 0.9 * std::pow(std::max(error, 1e-8), -0.25);
  if (!(error <= 1)) {  // NaN fails too
    ds *= std::isfinite(factor) ? std::clamp(factor, 0.1, 0.9) : 0.1;
    return boost::numeric::odeint::fail;
  }
  last_ = Step{state, ds, {u[0], u[1], u[2]}, {tick[0], tick[1], tick[2]}};
  state.share = share + eq.kick * full.end * end.u;
  state.clock = clock;
  s += ds;
  ds *= std::clamp(factor, 0.2, 5.0);
  return boost::numeric::odeint::success;
}

ModeState ExponentialStepper::at_clock(const DrivenModes& system, double clock) const {
  const Step& step = *last_;
  // Through (0, a), (½, b), (1, c): a + x (−3a + 4b − c) + x² (2a − 4b + 2c)
  const auto quadratic = [](const double* v, double x) {
    return v[0] + x * (-3 * v[0] + 4 * v[1] - v[2]) + x * x * (2 * v[0] - 4 * v[1] + 2 * v[2]);
  };
  const auto gained = [&](double x) {
    const double* v = step.tick;
    return step.ds * x * (v[0] + x / 2 * (-3 * v[0] + 4 * v[1] - v[2]) + x * x / 3 * (2 * v[0] - 4 * v[1] + 2 * v[2]));
  };
  const double target = clock - step.start.clock;
  double x = 0;
  if (target >= gained(1)) {
    x = 1;
  } else if (target > 0) {
    const auto excess = [&](double at) { return gained(at) - target; };
    std::uintmax_t iterations = 100;
    const auto bracket =
        boost::math::tools::toms748_solve(excess, 0.0, 1.0, boost::math::tools::eps_tolerance<double>(50), iterations);
    x = 0.5 * (bracket.first + bracket.second);
  }
  const Eigen::ArrayXd& kick = system.equation->kick;
  const StepWeights part = quadratic_step(system.equation->rate, x * step.ds);
  ModeState state;
  state.clock = clock;
  state.share =
      part.decay * step.start.share +
      kick * (part.start * step.u[0] + part.middle * quadratic(step.u, x / 2) + part.end * quadratic(step.u, x));
  return state;
}

}  // namespace muonphase
