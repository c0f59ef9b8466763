#pragma once
// How the full closures go through time: whole stretches of optimizer steps at once, docs/theory-full-closure.md §5.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <utility>
#include <variant>

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
  { system.greedy(state, rates) } -> std::convertible_to<double>;              // the η at which the risk falls fastest
  { system.mode_energy(state) } -> std::convertible_to<Eigen::ArrayXd>;        // to record
  { system.mix(rates, x, rates, x) } -> std::same_as<typename S::Rates>;       // x a + y b
  { system.extrapolate(rates, rates, x) } -> std::same_as<typename S::Rates>;  // first + length slope, kept in bounds
  // After `count` steps whose rates go linearly from `left` (at the first step) to `right` (one past the last), at η
  // from eta_left to eta_right: panel(state, left, right, eta_left, eta_right, count).
  { system.panel(state, rates, rates, x, x, x) } -> std::same_as<typename S::State>;
  { system.panels() } -> std::convertible_to<int>;  // into how many panels a stretch is cut
};

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

  // A stretch of steps over which the rates are taken to be linear in t.
  struct Stretch {
    double begin, end;
    Rates first, last;
  };

  Rates at(const Stretch& stretch, double t) const {
    const double fraction = (t - stretch.begin) / (stretch.end - stretch.begin);
    return system_.mix(stretch.first, 1 - fraction, stretch.last, fraction);
  }

  // The state at `to` from that at `from`; a whole stretch is cut into system.panels() panels.
  State advance(State state, const Stretch& stretch, double from, double to) const {
    const double longest = std::ceil((stretch.end - stretch.begin) / system_.panels());
    Rates left = at(stretch, from);
    for (double t = from; t < to;) {
      const double count = std::ceil((to - t) / std::ceil((to - t) / longest));
      Rates right = at(stretch, t + count);
      const double eta = learning_rate(t, state, left);
      // The greedy rate follows the state: take it at the end of a trial panel.
      const double after = std::holds_alternative<GreedyRate>(schedule_)
                               ? learning_rate(t + count, system_.panel(state, left, right, eta, eta, count), right)
                               : learning_rate(t + count, state, right);
      state = system_.panel(state, left, right, eta, after, count);
      left = std::move(right);
      t += count;
    }
    return state;
  }

 private:
  const S& system_;
  const LearningRate& schedule_;
  double horizon_;
};

/// The curve of `system` with `rates(state)`. Errors and step control as integrate_quasilinear().
template <System S, class RatesOf>
RiskCurve integrate_stretches(const S& system, RatesOf&& rates, const LearningRate& schedule,
                              const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  using Rates = typename S::Rates;
  const double horizon = record(record.size() - 1);
  const Stretches<S> stretches(system, schedule, horizon);
  typename S::State state = system.start();

  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), system.mode_energy(state).size());
  const auto keep = [&](Eigen::Index i, const typename S::State& here, const Rates& now) {
    curve.risk(i) = system.risk(here);
    curve.learning_rate(i) = stretches.learning_rate(record(i), here, now);
    curve.mode_energy.row(i) = system.mode_energy(here).transpose();
  };

  typename Stretches<S>::Stretch stretch{0, 1, rates(state), {}};
  Rates slope = system.mix(stretch.first, 0, stretch.first, 0);
  keep(0, state, stretch.first);
  Eigen::Index next = 1;
  double length = 1;
  int& evaluations = curve.work.evaluations;
  for (evaluations = 1; stretch.begin < horizon; ++evaluations) {
    if (evaluations > options.max_evaluations)
      throw NumericalError("the full closure took more evaluations of its rates than allowed");
    stretch.end = std::min(horizon, stretch.begin + length);
    length = stretch.end - stretch.begin;
    stretch.last = system.extrapolate(stretch.first, slope, length);
    const auto predicted = stretches.advance(state, stretch, stretch.begin, stretch.end);
    stretch.last = rates(predicted);
    // From one recorded step to the next, to the end of the stretch.
    auto corrected = state;
    double t = stretch.begin;
    const Eigen::Index first = next;
    for (; next < record.size() && record(next) <= stretch.end; t = record(next++)) {
      corrected = stretches.advance(std::move(corrected), stretch, t, record(next));
      keep(next, corrected, stretches.at(stretch, record(next)));
    }
    corrected = stretches.advance(std::move(corrected), stretch, t, stretch.end);
    const double error = std::abs(std::log(system.risk(corrected) / system.risk(predicted)));
    if (!std::isfinite(error))
      throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                            {curve.risk.begin(), curve.risk.begin() + first},
                            {curve.learning_rate.begin(), curve.learning_rate.begin() + first});
    const double factor = std::clamp(0.9 * std::sqrt(options.tolerance / std::max(error, 1e-300)), 0.3, 2.0);
    if (error > options.tolerance && length > 1) {
      length = std::max(1.0, std::floor(length * factor));
      next = first;
      ++curve.work.rejected;
      continue;
    }
    state = std::move(corrected);
    slope = system.mix(stretch.last, 1 / length, stretch.first, -1 / length);
    stretch.first = std::move(stretch.last);
    stretch.begin = stretch.end;
    length = length == 1 && factor > 1.5 ? 2 : std::max(1.0, std::floor(length * factor));
  }
  return curve;
}

}  // namespace muonphase
