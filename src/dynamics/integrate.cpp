#include "muonphase/dynamics/integrate.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/numeric/odeint/integrate/check_adapter.hpp>
#include <boost/numeric/odeint/integrate/integrate_times.hpp>
#include <boost/numeric/odeint/integrate/max_step_checker.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/exponential_stepper.hpp"

namespace muonphase {
namespace {

namespace odeint = boost::numeric::odeint;

// Of 2R. Below, squares of shares leave the range of double, and a greedy run without noise gets there: it stays here.
constexpr double smallest_risk = 1e-280;

double learning_rate(const ModeEquation& equation, const LearningRate& schedule, const Eigen::ArrayXd& share, double t,
                     double horizon) {
  const auto* greedy = std::get_if<GreedyRate>(&schedule);
  if (!greedy) return rate_at(schedule, t, horizon);
  const double twice_risk = equation.twice_risk(share);
  return greedy->scale * greedy_forcing(equation, share) /
         (equation.scale_invariant ? std::sqrt(twice_risk) : twice_risk);
}

class Recorder {
 public:
  Recorder(const ModeEquation& equation, const LearningRate& schedule, const Eigen::ArrayXd& recorded)
      : equation_(equation), schedule_(schedule), horizon_(recorded(recorded.size() - 1)) {
    run_.step = recorded;
    run_.risk.resize(recorded.size());
    run_.learning_rate.resize(recorded.size());
    run_.share.resize(recorded.size(), equation.share.size());
  }

  void record(const Eigen::ArrayXd& share) {
    run_.risk(next_) = 0.5 * equation_.twice_risk(share);
    run_.learning_rate(next_) = learning_rate(equation_, schedule_, share, run_.step(next_), horizon_);
    run_.share.row(next_) = share;
    ++next_;
  }

  bool done() const { return next_ == run_.step.size(); }
  double next_step() const { return run_.step(next_); }
  Eigen::Index recorded() const { return next_; }
  ModeRun take(const IntegrationWork& work) {
    run_.work = work;
    return std::move(run_);
  }
  RunPath& path() { return run_.path; }
  ModeRun ended() {
    run_.risk.tail(run_.risk.size() - next_).setConstant(std::numeric_limits<double>::infinity());
    return std::move(run_);
  }
  DivergenceError diverged(const std::string& what) const {
    return {what,
            {run_.risk.begin(), run_.risk.begin() + next_},
            {run_.learning_rate.begin(), run_.learning_rate.begin() + next_}};
  }

 private:
  const ModeEquation& equation_;
  const LearningRate& schedule_;
  double horizon_;
  ModeRun run_;
  Eigen::Index next_ = 0;
};

ModeRun integrate_exponential(const ModeEquation& equation, const LearningRate& schedule,
                              const Eigen::ArrayXd& recorded, const IntegrateOptions& options) {
  const double horizon = recorded(recorded.size() - 1);
  const auto* greedy = std::get_if<GreedyRate>(&schedule);
  std::optional<RateClock> clock;
  if (!greedy) clock.emplace(schedule, horizon);
  const DrivenModes system{&equation, clock ? &*clock : nullptr, greedy ? greedy->scale : 1};
  const auto clock_at = [&](double t) { return clock ? clock->area(t) : t; };
  // Steps stop at the kinks of η(t), where u is not smooth.
  const auto next_kink = [&](double now) {
    if (!clock) return std::numeric_limits<double>::infinity();
    const auto kink = std::upper_bound(clock->kinks().begin(), clock->kinks().end(), now * (1 + 1e-12));
    return kink == clock->kinks().end() ? std::numeric_limits<double>::infinity() : *kink;
  };

  ExponentialStepper stepper(options.tolerance);
  ModeState state{equation.share, 0};
  Recorder recorder(equation, schedule, recorded);
  double s = 0, ds = 1e-3 / equation.rate.maxCoeff();
  odeint::failed_step_checker failures(200);
  IntegrationWork work;
  const double end = clock_at(horizon);
  const auto* rate = std::get_if<ConstantRate>(&schedule);
  const auto pass = [&](double at) {
    if (options.path && rate) recorder.path().add(state.clock / rate->eta, at, 0.5 * equation.twice_risk(state.share));
  };
  pass(0);
  while (!recorder.done()) {
    // Recorded steps the clock has already reached: at the start, and while η = 0 holds it.
    if (clock_at(recorder.next_step()) <= state.clock) {
      recorder.record(state.share);
      continue;
    }
    options.monitor.check();
    const double kink = next_kink(state.clock), before = state.clock;
    try {
      while (++work.evaluations, stepper.try_step(system, state, s, ds) == odeint::fail) {
        ++work.rejected;
        failures();
      }
    } catch (const odeint::step_adjustment_error&) {
      if (options.path) return recorder.ended();
      throw recorder.diverged(
          fmt::format("the risk diverges before step {:.6g} at this learning rate", recorder.next_step()));
    }
    failures.reset();
    pass(s);
    // Where η goes to zero, what steps add to the clock may be less than its rounding: it has reached what is next.
    const double reached = std::min(state.clock > before ? state.clock : before * (1 + 1e-12), kink);
    while (!recorder.done() && clock_at(recorder.next_step()) <= reached)
      recorder.record(stepper.at_clock(system, clock_at(recorder.next_step())).share);
    const double twice_risk = equation.twice_risk(state.share);
    if (twice_risk < smallest_risk) {
      if (options.path && rate && !recorder.done())
        recorder.path().add(horizon, s + (end - state.clock) / (equation.scale_invariant ? std::sqrt(twice_risk) : 1),
                            0.5 * twice_risk);
      while (!recorder.done()) recorder.record(state.share);
    }
    if (kink < state.clock) {
      state = stepper.at_clock(system, kink);
      stepper.restart();
      ds *= 1e-3;
    }
    options.monitor.report(static_cast<std::size_t>(1000 * std::min(1.0, std::log1p(state.clock) / std::log1p(end))),
                           1000);
  }
  return recorder.take(work);
}

ModeRun integrate_dopri5(const ModeEquation& equation, const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                         const IntegrateOptions& options) {
  using State = std::vector<double>;
  const double horizon = recorded(recorded.size() - 1);
  const auto view = [](const State& y) {
    return Eigen::Map<const Eigen::ArrayXd>(y.data(), static_cast<Eigen::Index>(y.size()));
  };
  IntegrationWork work;
  const auto slope = [&](const State& y, State& dydt, double t) {
    options.monitor.check();
    ++work.evaluations;
    const Eigen::ArrayXd share = view(y);
    const double twice_risk = equation.twice_risk(share);
    const double eta = learning_rate(equation, schedule, share, t, horizon);
    const double scale = equation.scale_invariant ? 1 / std::sqrt(twice_risk) : 1;
    const double forcing = equation.scale_invariant ? 1 : twice_risk;
    Eigen::Map<Eigen::ArrayXd>(dydt.data(), static_cast<Eigen::Index>(dydt.size())) =
        -eta * scale * equation.rate * share + eta * eta * forcing * equation.kick;
  };
  Recorder recorder(equation, schedule, recorded);
  State y(equation.share.begin(), equation.share.end());
  const std::vector<double> times(recorded.begin(), recorded.end());
  const auto observe = [&](const State& at, double) { recorder.record(view(at)); };
  try {
    odeint::integrate_times(odeint::make_controlled<odeint::runge_kutta_dopri5<State>>(0.0, options.tolerance), slope,
                            y, times.begin(), times.end(), 1e-3, observe, odeint::max_step_checker(10'000'000));
  } catch (const odeint::odeint_error& error) {
    throw NumericalError(fmt::format("dopri5 stopped after {} recorded steps ({}); use stepper = \"exponential\"",
                                     recorder.recorded(), error.what()));
  }
  return recorder.take(work);
}

}  // namespace

ModeRun integrate(const ModeEquation& equation, const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                  const IntegrateOptions& options) {
  if (!(options.tolerance >= 1e-12 && options.tolerance <= 0.1))
    throw StudyError(fmt::format("tolerance = {}: must be in [1e-12, 0.1]", options.tolerance));
  return options.stepper == Stepper::exponential ? integrate_exponential(equation, schedule, recorded, options)
                                                 : integrate_dopri5(equation, schedule, recorded, options);
}

RiskCurve risk_curve(const Problem& problem, const ModeRun& run) {
  RiskCurve curve{run.step, run.risk, run.learning_rate, {}, run.work, run.path};
  const Eigen::ArrayXXd weight = risk_weight(problem);
  const Eigen::Index rows = weight.rows(), cols = weight.cols();
  curve.mode_energy.resize(run.step.size(), cols);
  for (Eigen::Index t = 0; t < run.step.size(); ++t) {
    const Eigen::ArrayXXd energy = run.share.row(t).reshaped(rows, cols) / weight;
    curve.mode_energy.row(t) = (energy.colwise() * problem.output.weight).colwise().sum();
  }
  return curve;
}

}  // namespace muonphase
