#pragma once
// How the full closures go through time: whole stretches of optimizer steps at once, docs/theory-full-closure.md §5.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>
#include <variant>

#include "dynamics/died_out.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"

namespace muonphase {

// Rates extrapolated by no more than a factor of two.
inline Eigen::ArrayXXd bounded(const Eigen::ArrayXXd& first, const Eigen::ArrayXXd& slope, double length) {
  return (first + length * slope).max(0.5 * first).min(2 * first);
}

// What is integrated: a state, and how it moves given its rates.
template <class S>
concept System = requires(const S& system, const typename S::State& state, const typename S::Rates& rates, double x) {
  { system.start() } -> std::convertible_to<typename S::State>;  // at t = 0
  { system.risk(state) } -> std::convertible_to<double>;
  { system.greedy(state, rates) } -> std::convertible_to<double>;        // the η at which the risk falls fastest
  { system.mode_energy(state) } -> std::convertible_to<Eigen::ArrayXd>;  // to record
  { system.mix(rates, x, rates, x) } -> std::same_as<typename S::Rates>;  // x a + y b
  // first + length slope, kept in bounds: extrapolate(first, slope, length).
  { system.extrapolate(rates, rates, x) } -> std::same_as<typename S::Rates>;
  // The rates of a state that is `x` times as large, label noise included: signs and polar factors stay, so that what
  // is a rate per unit of Δ is divided by x.
  { system.at_size(rates, x) } -> std::same_as<typename S::Rates>;
  // After `count` steps whose rates go linearly from `left` (at the first step) to `right` (one past the last), at η
  // from eta_left to eta_right: panel(state, left, right, eta_left, eta_right, count).
  { system.panel(state, rates, rates, x, x, x) } -> std::same_as<typename S::State>;
  { system.panels() } -> std::convertible_to<int>;  // into how many panels a stretch is cut
};

// Whether rates at 2R = 1 are smooth enough along a run for a parabola; else they are lines over each stretch. Not those of
// signs in two explicit bases, whose first mode jumps about its floor.
template <class S>
constexpr bool curved = !requires { requires S::lines; };

// Whether a system has a size of its own, which 2R may outrun.
template <class S>
constexpr bool sized = requires(const S& system, const typename S::State& state) { system.size(state); };

template <System S>
class Stretches {
 public:
  using State = typename S::State;
  using Rates = typename S::Rates;

  Stretches(const S& system, const LearningRate& schedule, double horizon)
      : system_(system), schedule_(schedule), horizon_(horizon) {}

  double learning_rate(double t, const State& state, const Rates& rates) const {
    if (const auto* greedy = std::get_if<GreedyRate>(&schedule_)) return greedy->scale * system_.greedy(state, rates);
    return rate_at(schedule_, t, horizon_);
  }

  // What rates are inverse to, at one shape of Δ: √(2R), or what a system with a memory says.
  double size(const State& state) const {
    if constexpr (sized<S>)
      return system_.size(state);
    else
      return std::sqrt(2 * system_.risk(state));
  }

  // What errors are measured on: the risk, without the label noise's part where a system has a size of its own, whose
  // averages fill while that hides what they do.
  double observed(const State& state) const {
    if constexpr (sized<S>)
      return system_.excess(state);
    else
      return system_.risk(state);
  }

  // A stretch of steps over which the rates at 2R = 1 are a parabola in t: the line from `first` to `last`, and `bend`
  // times (t − begin)(t − end).
  struct Stretch {
    double begin, end;
    Rates first, last, bend;
  };

  // By what the size changes in a step: over the panel seen last, and how that changes from step to step.
  struct Pace {
    double value = 0, change = 0, count = 0;

    double ahead(double steps) const { return value + change * (count + steps) / 2; }
    void see(double now, double steps) {
      change = count > 0 ? 2 * (now - value) / (count + steps) : 0;
      value = now;
      count = steps;
    }
  };

  // At 2R = 1.
  Rates at(const Stretch& stretch, double t) const {
    const double fraction = (t - stretch.begin) / (stretch.end - stretch.begin);
    return system_.mix(system_.mix(stretch.first, 1 - fraction, stretch.last, fraction), 1, stretch.bend,
                       (t - stretch.begin) * (t - stretch.end));
  }

  // The state at `to` from that at `from`; a whole stretch is cut into system.panels() panels, and panels are halved
  // until √(2R) and the learning rate change little in each. `pace` is by what √(2R) changes in a step, as last seen.
  // Adds to `path`, if there is one.
  State advance(State state, const Stretch& stretch, double from, double to, Pace& pace, RunPath* path) const {
    const double longest = std::ceil((stretch.end - stretch.begin) / system_.panels());
    double before = longest;  // the panel before
    Rates left = at(stretch, from);
    for (double t = from; t < to;) {
      double count = std::ceil((to - t) / std::ceil((to - t) / longest));
      const double begin = size(state);
      // The whole rest may do where a part does not: it sees no transient. Else much more than the panel before will not.
      for (;; count = std::ceil(std::min(count / 2, 4 * before))) {
        double end = begin;
        State after = panel_of(state, stretch, left, t, count, begin + count * pace.ahead(count), end);
        if (count > 1 && (std::abs(std::log(end / begin)) > most_change || outrun(state, after) ||
                          change_of_rate(t, state, left, t + count, after, at(stretch, t + count)) > most_of_rate))
          continue;
        pace.see((end - begin) / count, count);
        if (path)
          path->add(t + count, path->clock.back() + learning_rate(t, state, left) * count / level_size(begin, end),
                    system_.risk(after));
        state = std::move(after);
        before = count;
        break;
      }
      t += count;
      left = at(stretch, t);
    }
    return state;
  }

 private:
  static constexpr double close = 1e-3, most_change = 0.07, most_of_rate = 0.1;

  // The rates at a panel's end belong to the size that the state has there: `end`, guessed at first.
  State panel_of(const State& state, const Stretch& stretch, const Rates& left, double t, double count, double guess,
                 double& end) const {
    const double begin = size(state);
    // Panels take their rates as lines: of this line the mean over the panel is the parabola's.
    const Rates first = system_.at_size(left, begin),
                last = system_.mix(at(stretch, t + count), 1, stretch.bend, -count * count / 3);
    end = std::max(guess, 0.5 * begin);
    State after;
    for (int round = 0; round < 4; ++round) {
      after = panel(state, first, system_.at_size(last, level_size(begin, end)), t, count);
      const double found = size(after), off = std::abs(found / end - 1);
      end = found;
      if (!(off > close)) break;
    }
    return after;
  }

  static constexpr double most_outrun = 0.3;

  bool outrun(const State& from, const State& to) const {
    if constexpr (sized<S>)
      return std::abs(std::log(system_.risk(to) / system_.risk(from))) > most_outrun;
    else
      return false;
  }

  // By what part of itself the learning rate changes over a panel.
  double change_of_rate(double t, const State& from, const Rates& left, double end, const State& to,
                        const Rates& right) const {
    const bool greedy = std::holds_alternative<GreedyRate>(schedule_);  // only this one reads states and rates
    const double first = learning_rate(t, from, greedy ? system_.at_size(left, size(from)) : left),
                 last = learning_rate(end, to, greedy ? system_.at_size(right, size(to)) : right);
    return std::abs(first - last) / std::max(first, last);
  }

  // The size at a panel's end for which the line between inverse sizes has the mean that a line of sizes has.
  static double level_size(double begin, double end) {
    const double change = end / begin - 1;
    return begin / (std::abs(change) < 1e-4 ? 1 - change : 2 * std::log1p(change) / change - 1);
  }

  State panel(const State& state, const Rates& left, const Rates& right, double t, double count) const {
    const double eta = learning_rate(t, state, left);
    // The greedy rate follows the state: take it at the end of a trial panel.
    const double after = std::holds_alternative<GreedyRate>(schedule_)
                             ? learning_rate(t + count, system_.panel(state, left, right, eta, eta, count), right)
                             : learning_rate(t + count, state, right);
    return system_.panel(state, left, right, eta, after, count);
  }

  const S& system_;
  const LearningRate& schedule_;
  double horizon_;
};

// Modes at their floor follow their rates at once, and rates follow the modes: a correction of the rates at a stretch's
// end, whose effect comes back with the slope s of rates → state → rates, is right when only 1/(1 − s) of it is taken.
// Whole corrections at s < 0 leave errors that the next extrapolation makes larger, so that stretches become single steps.
class Relaxation {
 public:
  double part = 1;  // of a correction that is taken

  // Whether to correct a stretch a second time, which tells s: where its error is somewhat beyond the tolerance, and
  // now and then only while s is found to be nothing.
  bool worth_a_look(double excess) {
    return excess > 1 && excess < most_excess && (part < 1 || refused_++ % looks == 0);
  }
  void learn(double slope) { part = std::isfinite(slope) ? std::clamp(1 / (1 - std::min(slope, 0.0)), 0.3, 1.0) : 1; }
  // Away from floors s is nearly zero.
  void forget() { part = std::min(1.0, part + 0.02); }

 private:
  static constexpr double most_excess = 10;
  static constexpr int looks = 4;
  int refused_ = 0;
};

// Whether a run at a constant rate has come to rest: at its floor a mode that is nearly all signal may jump about zero at
// every step, which no stretch spans, while the risk's mean stands still.
class Rest {
 public:
  // After a stretch of `length` steps that ends at `risk`, with `left` to go.
  bool reached(double risk, double length, double left) {
    sum_ += risk * length;
    steps_ += length;
    if (++count_ < stretches_seen) return false;
    const double mean = sum_ / steps_, change = std::abs(mean / std::exchange(mean_, mean) - 1);
    const bool rests = change < most_change && left > most_ahead * steps_;
    sum_ = steps_ = count_ = 0;
    return rests;
  }
  double mean() const { return mean_; }

 private:
  static constexpr double stretches_seen = 40, most_change = 0.01, most_ahead = 20;
  double sum_ = 0, steps_ = 0, count_ = 0, mean_ = std::numeric_limits<double>::infinity();
};

// The curve of `system` at whole steps.
template <System S, class RatesOf>
RiskCurve integrate_steps(const S& system, RatesOf&& rates, const LearningRate& schedule, const Eigen::ArrayXd& record,
                          const QuasilinearOptions& options) {
  using Rates = typename S::Rates;
  const double horizon = record(record.size() - 1);
  const Stretches<S> stretches(system, schedule, horizon);
  typename S::State state = system.start();

  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), system.mode_energy(state).size());
  const auto keep = [&](Eigen::Index i, const typename S::State& here, const Rates& unit) {
    curve.risk(i) = system.risk(here);
    curve.learning_rate(i) =
        i > 0 && died_out(curve.risk(i), curve.risk(0))
            ? rate_of_rest(schedule, record(i), horizon)
            : stretches.learning_rate(record(i), here, system.at_size(unit, stretches.size(here)));
    curve.mode_energy.row(i) = system.mode_energy(here).transpose();
  };
  RunPath* const path = options.path ? &curve.path : nullptr;
  if (path) path->add(0, 0, system.risk(state));
  const auto diverged = [&](Eigen::Index records) {
    if (!path)
      throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                            {curve.risk.begin(), curve.risk.begin() + records},
                            {curve.learning_rate.begin(), curve.learning_rate.begin() + records});
    curve.risk.tail(curve.risk.size() - records).setConstant(std::numeric_limits<double>::infinity());
    return curve;
  };
  // Rates at 2R = 1.
  const auto unit_rates = [&](const typename S::State& here) {
    const double size = stretches.size(here);
    return system.at_size(rates(here), size > 0 ? 1 / size : 1);
  };

  typename Stretches<S>::Stretch stretch{0, 1, unit_rates(state), {}, {}};
  // Of the stretch before: the line's slope, and the parabola's bend.
  Rates slope = system.mix(stretch.first, 0, stretch.first, 0), bend = slope;
  keep(0, state, stretch.first);
  Eigen::Index next = 1;
  double length = 1, before = 0;
  typename Stretches<S>::Pace pace;
  const bool constant = std::holds_alternative<ConstantRate>(schedule);
  Rest rest;
  Relaxation relaxation;
  Rates line = slope;
  int& evaluations = curve.work.evaluations;
  for (evaluations = 1; stretch.begin < horizon; ++evaluations) {
    if (evaluations > options.max_evaluations)
      throw NumericalError("the full closure took more evaluations of its rates than allowed");
    stretch.end = std::min(horizon, stretch.begin + length);
    length = stretch.end - stretch.begin;
    stretch.last = system.extrapolate(stretch.first, system.mix(slope, 1, bend, length + before), length);
    stretch.bend = bend;
    auto guess = pace;
    // Where the risk falls to a floor inside a stretch, its end does not tell: the middle is looked at too.
    const double middle = stretch.begin + std::ceil(length / 2);
    auto predicted = stretches.advance(state, stretch, stretch.begin, middle, guess, nullptr);
    const double halfway = stretches.observed(predicted);
    predicted = stretches.advance(std::move(predicted), stretch, middle, stretch.end, guess, nullptr);
    // No risk: it overflows, or dies out within the stretch, beyond which rates of before say nothing.
    if (!std::isfinite(stretches.observed(predicted)) || system.risk(predicted) < 0) {
      if (length == 1) return diverged(next);
      length = std::max(1.0, std::floor(0.3 * length));
      ++curve.work.rejected;
      continue;
    }
    Rates taken = stretch.last, found = unit_rates(predicted);
    // The rates at the end, and the bend that goes with them.
    const auto end_with = [&](const Rates& last) {
      stretch.last = last;
      line = system.mix(stretch.last, 1 / length, stretch.first, -1 / length);
      if (before > 0 && curved<S>) stretch.bend = system.mix(line, 1 / (length + before), slope, -1 / (length + before));
    };
    const Eigen::Index first = next;
    const std::size_t passed = curve.path.size();
    typename S::State corrected;
    // From one recorded step to the next, to the end of the stretch. Returns ln of what is observed there, and leaves in
    // `error` how far from the guess that is.
    double error = 0;
    const auto correct = [&](double expected) {
      corrected = state;
      next = first;
      curve.path.resize(passed);
      double t = stretch.begin;
      guess = pace;
      const auto go_on = [&](double to) {
        corrected = stretches.advance(std::move(corrected), stretch, t, to, guess, path);
        t = to;
      };
      const auto go_on_recording = [&](double to) {
        for (; next < record.size() && record(next) <= to; ++next) {
          go_on(record(next));
          keep(next, corrected, stretches.at(stretch, t));
        }
        go_on(to);
      };
      go_on_recording(middle);
      const double missed = curved<S> ? std::abs(std::log(stretches.observed(corrected) / halfway)) : 0;
      go_on_recording(stretch.end);
      const double reached = std::log(stretches.observed(corrected));
      error = system.risk(corrected) < 0 ? std::numeric_limits<double>::infinity()
                                         : std::max(missed, std::abs(reached - expected));
      return reached;
    };
    const auto relaxed_to = [&](const Rates& whole) {
      return relaxation.part == 1 ? whole : system.mix(taken, 1 - relaxation.part, whole, relaxation.part);
    };
    const double expected = std::log(stretches.observed(predicted));
    end_with(relaxed_to(found));
    const double seen = correct(expected);
    if (length > 1 && relaxation.worth_a_look(error / options.tolerance)) {
      taken = stretch.last;
      found = unit_rates(corrected);
      ++evaluations;
      end_with(found);
      const double first_whole = expected + (seen - expected) / relaxation.part, again = correct(seen);
      relaxation.learn((first_whole - again) / (expected - seen));
      end_with(relaxed_to(found));
      correct(expected);
    }
    if (!std::isfinite(error)) {
      if (length == 1) return diverged(first);
      length = std::max(1.0, std::floor(0.3 * length));
      next = first;
      curve.path.resize(passed);
      ++curve.work.rejected;
      continue;
    }
    const double room = options.tolerance / std::max(error, 1e-300);
    const double factor = std::clamp(0.9 * (curved<S> ? std::cbrt(room) : std::sqrt(room)), 0.3, 2.0);
    if (error > options.tolerance && length > 1) {
      length = std::max(1.0, std::floor(length * factor));
      next = first;
      curve.path.resize(passed);
      ++curve.work.rejected;
      continue;
    }
    state = std::move(corrected);
    pace = guess;
    slope = line;
    relaxation.forget();
    bend = stretch.bend;
    before = length;
    stretch.first = std::move(stretch.last);
    stretch.begin = stretch.end;
    // To the horizon at one risk.
    const auto go_on_at = [&](double risk) {
      if (path && stretch.begin < horizon)
        path->add(horizon,
                  path->clock.back() + (horizon - stretch.begin) *
                                           stretches.learning_rate(stretch.begin, state, stretch.first) /
                                           stretches.size(state),
                  risk);
    };
    if (constant && rest.reached(system.risk(state), length, horizon - stretch.begin)) {
      go_on_at(rest.mean());
      for (; next < record.size(); ++next) {
        keep(next, state, stretch.first);
        curve.risk(next) = rest.mean();
      }
      return curve;
    }
    if (died_out(system.risk(state), curve.risk(0))) {
      go_on_at(system.risk(state));
      return at_rest(std::move(curve), next, system.risk(state), system.mode_energy(state), schedule);
    }
    length = length == 1 && factor > 1.5 ? 2 : std::max(1.0, std::floor(length * factor));
  }
  return curve;
}

/// The curve of `system` with `rates(state)`. Errors and step control as integrate_quasilinear().
template <System S, class RatesOf>
RiskCurve integrate_stretches(const S& system, RatesOf&& rates, const LearningRate& schedule,
                              const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  const Eigen::ArrayXd whole = neighbouring_steps(record);
  RiskCurve curve = integrate_steps(system, rates, schedule, whole, options);
  return whole.size() == record.size() && (whole == record).all() ? curve : between_steps(curve, record);
}

}  // namespace muonphase
