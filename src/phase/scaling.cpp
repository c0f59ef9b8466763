#include "muonphase/phase/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "muonphase/core/error.hpp"
#include "phase/part.hpp"

namespace muonphase {
namespace {

// The strongest lead of one side over the taus (signed so that a lead is positive), and how far the statement "ahead by
// a power of d" is from the other, in errors.
struct Lead {
  bool ahead = false;
  double margin = 0;
};

Lead lead_of(const Eigen::ArrayXd& exponent, const Eigen::ArrayXd& error, double resolution) {
  // Ahead when any tau says so; then the surest of them counts, else the least sure.
  Lead lead{.ahead = (exponent > resolution).any(), .margin = 0};
  const Eigen::ArrayXd distance = (exponent - resolution) / error;
  lead.margin = lead.ahead ? distance.maxCoeff() : (-distance).minCoeff();
  return lead;
}

void decide(ScalingCell& cell, double resolution) {
  const Lead second = lead_of(cell.exponent, cell.error, resolution);
  const Lead first = lead_of(-cell.exponent, cell.error, resolution);
  cell.phase = first.ahead && second.ahead ? Phase::tradeoff
               : first.ahead               ? Phase::first
               : second.ahead              ? Phase::second
                                           : Phase::indistinguishable;
  cell.margin = std::min(first.margin, second.margin);
}

void check(const PhaseOptions& options, const ScalingOptions& scaling) {
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw StudyError(what);
  };
  require(scaling.dimension.size() >= 3, "phase.scaling.dimension: must be at least three dimensions");
  require(options.third_axis == ThirdAxis::none, "phase.scaling: takes no third axis");
  require_horizons(options, "phase.scaling");
  const bool limit = std::isinf(scaling.tau(scaling.tau.size() - 1));
  require(
      !limit || (options.policy == Policy::constant && options.label_noise == 0 && options.closure == Closure::linear &&
                 options.compare[0].description().scale_invariant && options.compare[1].description().scale_invariant &&
                 options.compare[0].weight_decay() == 0 && options.compare[1].weight_decay() == 0),
      "phase.scaling.tau: T → ∞ needs the constant policy of scale-invariant updates in the linear closure, without "
      "label noise and weight decay");
}

// The mode equations of both optimizers, in the linear closure.
std::array<ModeEquation, 2> equations_of(const PhaseOptions& options, const PhasePoint& point) {
  const Problem problem = phase_problem(options, point);
  std::array<ModeEquation, 2> equations;
  for (std::size_t k = 0; k < 2; ++k)
    equations[k] =
        mode_equation(problem, linear_coefficients(problem, options.compare[k], {.draws = {1, options.seed}}).front());
  return equations;
}

}  // namespace

FittedExponent fit_exponent(const Eigen::ArrayXd& dimension, const Eigen::ArrayXd& log_ratio) {
  const Eigen::Index n = dimension.size() - 1;
  const Eigen::ArrayXd log_d = dimension.log();
  const Eigen::ArrayXd slope = (log_ratio.tail(n) - log_ratio.head(n)) / (log_d.tail(n) - log_d.head(n));
  const double change = slope(n - 1) - slope(n - 2);
  // What is left of the series of changes: if it is geometric, and if the slope goes as 1/ln d.
  double rest = 0, slow_rest = 0;
  if (n >= 3) {
    const auto middle = [&](Eigen::Index i) { return 0.5 * (log_d(i) + log_d(i + 1)); };
    const double ratio = change / (slope(n - 2) - slope(n - 3));
    if (ratio > 0 && ratio < 0.9) rest = change * ratio / (1 - ratio);
    const double slow_ratio = (1 / middle(n - 2) - 1 / middle(n - 1)) / (1 / middle(n - 3) - 1 / middle(n - 2));
    const double slow = change * middle(n - 2) / (middle(n - 1) - middle(n - 2));
    const double likeness = std::clamp(ratio / slow_ratio, 0.0, 1.0);
    slow_rest = likeness * likeness * slow;
  }
  constexpr double tuning = 2e-3;  // error of ln R
  const double noise = tuning / (log_d(n) - log_d(n - 1));
  return {slope(n - 1) + rest,
          std::hypot(std::max({std::abs(change), std::abs(rest), std::abs(slow_rest)}), noise)};
}

FittedExponent fit_decay(const ModeEquation& equation) {
  const double first = std::log(1 / equation.rate.maxCoeff()), last = std::log(1 / equation.rate.minCoeff());
  const auto log_bias = [&](double part) {
    return std::log(((-equation.rate * std::exp(std::lerp(first, last, part))).exp() * equation.share).sum());
  };
  const double sixth = (last - first) / 6;
  const double early = -(log_bias(0.5) - log_bias(1.0 / 3)) / sixth,
               late = -(log_bias(2.0 / 3) - log_bias(0.5)) / sixth;
  return {(early + late) / 2, std::abs(late - early) / 2};
}

double log_late_constant(const ModeEquation& equation) {
  // √(2R_bias) falls from 1/max(rate) on and is gone well after 1/min(rate); Simpson's rule in ln s.
  const double fast = equation.rate.maxCoeff(), slow = equation.rate.minCoeff();
  const double first = std::log(1e-3 / fast), last = std::log(200 / slow);
  const int intervals = 2 * static_cast<int>(std::ceil((last - first) / 0.1));
  const double h = (last - first) / intervals;
  double integral = std::exp(first) * std::sqrt(equation.share.sum());  // from 0 to the first node
  for (int i = 0; i <= intervals; ++i) {
    const double s = std::exp(first + i * h);
    const double bias = ((-equation.rate * s).exp() * equation.share).sum();
    integral += h / 3 * (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2) * s * std::sqrt(bias);
  }
  return std::log(equation.memory() * integral);
}

std::vector<ScalingCell> compute_scaling(const PhaseOptions& options, const std::vector<PhasePoint>& points,
                                         const ScalingOptions& scaling, const Monitor& monitor, const CellWork& work) {
  check(options, scaling);
  const Eigen::Index dimensions = scaling.dimension.size(), taus = scaling.tau.size();
  const bool limit = std::isinf(scaling.tau(taus - 1));
  const Eigen::Index finite = limit ? taus - 1 : taus;
  std::vector<ScalingCell> cells(points.size());
  for (auto& cell : cells) {
    cell.log_ratio.resize(dimensions, taus);
    cell.exponent.resize(taus);
    cell.error.resize(taus);
  }
  for (Eigen::Index d = 0; d < dimensions; ++d) {
    PhaseOptions here = options;
    here.dimension = scaling.dimension(d);
    here.horizon = (scaling.tau.head(finite) * std::log(here.dimension)).exp();
    const Monitor part = part_of(monitor, static_cast<std::size_t>(d), static_cast<std::size_t>(dimensions));
    const std::vector<PhaseCell> computed = compute_phase_cells(here, points, part, work);
    for (std::size_t c = 0; c < points.size(); ++c) {
      cells[c].log_ratio.row(d).head(finite) = computed[c].log_ratio().transpose();
      if (d + 1 < dimensions && !limit) continue;
      const std::array<ModeEquation, 2> equations = equations_of(here, points[c]);
      if (limit)
        cells[c].log_ratio(d, finite) = 2 * (log_late_constant(equations[0]) - log_late_constant(equations[1]));
      if (d + 1 == dimensions)
        for (std::size_t k = 0; k < 2; ++k) cells[c].decay[k] = fit_decay(equations[k]);
    }
  }
  for (auto& cell : cells) {
    for (Eigen::Index t = 0; t < taus; ++t) {
      const FittedExponent fit = fit_exponent(scaling.dimension, cell.log_ratio.col(t));
      cell.exponent(t) = fit.value;
      cell.error(t) = fit.error;
    }
    decide(cell, scaling.resolution);
  }
  return cells;
}

}  // namespace muonphase
