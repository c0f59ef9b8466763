#include "muonphase/phase/accuracy.hpp"

#include <fmt/core.h>
#include <math.h>  // ::isnan, which pchip.hpp of Boost 1.74 does not include

#include <algorithm>
#include <boost/math/interpolators/pchip.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "muonphase/core/error.hpp"
#include "phase/rate_scan.hpp"

namespace muonphase {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void require_reachable(const ModeEquation& equation, const Eigen::ArrayXd& accuracy, double factor) {
  const double start = equation.twice_risk(equation.share) / 2, last = accuracy(accuracy.size() - 1);
  if (!(factor * last < start))
    throw StudyError(fmt::format("phase.accuracies: {:g} times the largest, {:g}, must be below the risk at the start, "
                                 "{:.6g}",
                                 factor, factor * last, start));
}

// ln t of the run `e` of a scan when twice its risk beyond the label noise's first is the target.
double log_time_to(const RateScan& scan, Eigen::Index e, double log_twice_target) {
  const auto risk = [&](std::size_t node) { return scan.log_twice_excess[node](e); };
  const std::size_t nodes = scan.log_s.size();
  std::size_t after = 0;
  while (after < nodes && risk(after) > log_twice_target) ++after;
  if (after == nodes) return infinity;
  if (after == 0) return scan.log_area[0](e) - scan.log_rate(e);
  const std::size_t first = std::min(after > 1 ? after - 2 : 0, nodes - 4);
  double risks[4], areas[4];
  for (std::size_t i = 0; i < 4; ++i) {
    risks[i] = risk(first + i);
    areas[i] = scan.log_area[first + i](e);
  }
  // The crossing is between nodes `after` − 1 and `after`.
  double a = static_cast<double>(after - first) - 2, b = a + 1;
  for (int iteration = 0; iteration < 40; ++iteration) {
    const double x = 0.5 * (a + b);
    (cubic(risks, x) > log_twice_target ? a : b) = x;
  }
  return cubic(areas, 0.5 * (a + b)) - scan.log_rate(e);
}

// A floor below a risk.
double below(const ModeEquation& equation, double risk, double factor) {
  const double noise = equation.noise / 2;
  return noise + (risk - noise) / factor;
}

// Times between which the best rates reach the targets: at least as fast as rates with floors below them.
std::pair<double, double> bracket(const ModeEquation& equation, const Eigen::ArrayXd& target, double factor) {
  const auto bound = [&](double risk) {
    const double floor = below(equation, risk, factor);
    return floor_matched_times(equation, Eigen::ArrayXd::Constant(1, floor), risk / floor).time(0);
  };
  const double last = bound(target(0));
  return {std::min(1e-3 * bound(target(target.size() - 1)), 0.1 * last), last};
}

// From the fastest mode alone, at the edge of stability, to the slowest alone at a rate well inside.
std::pair<double, double> bracket_of_sgd(const ModeEquation& equation, const Eigen::ArrayXd& target, double factor) {
  const double start = equation.twice_risk(equation.share), noise = equation.noise, edge = stability_edge(equation);
  const double rate = 0.5 * std::min(edge, floor_rate(equation, below(equation, target(0), factor)));
  const auto decay = [&](double risk) { return std::log((start - noise) / (2 * risk - noise)); };
  return {0.1 * decay(target(target.size() - 1)) / (edge * equation.rate.maxCoeff()),
          decay(target(0)) / (rate * equation.rate.minCoeff())};
}

}  // namespace

TunedCurve floor_matched_times(const ModeEquation& equation, const Eigen::ArrayXd& accuracy, double factor) {
  if (!equation.scale_invariant) throw StudyError("a floor-matched rate needs a scale-invariant update");
  require_reachable(equation, accuracy, factor);
  TunedCurve tuned{{}, accuracy.unaryExpr([&](double risk) { return floor_rate(equation, risk); })};
  const Eigen::ArrayXd twice = 2 * factor * accuracy, target = (twice - equation.noise).log();
  const double start = equation.twice_risk(equation.share);
  // Until the drift alone has taken a thousandth of the way to the first target.
  const double first_s = 1e-3 * (start - 2 * factor * accuracy.tail(1)(0)) / (equation.rate * equation.share).sum();
  const RateScan scan =
      scan_rates(equation, RateClock(ConstantRate{1}, infinity), tuned.learning_rate.log(), first_s, 0.06,
                 [&](const ScanNode& node) { return (node.twice_risk <= twice).all(); });
  tuned.time.resize(accuracy.size());
  for (Eigen::Index e = 0; e < accuracy.size(); ++e) tuned.time(e) = std::exp(log_time_to(scan, e, target(e)));
  return tuned;
}

TunedCurve best_rate_times(const ModeEquation& equation, const Eigen::ArrayXd& accuracy, double factor) {
  require_reachable(equation, accuracy, factor);
  const Eigen::ArrayXd target = factor * accuracy;
  const auto [first, last] = equation.scale_invariant ? bracket(equation, target, factor)
                                                      : bracket_of_sgd(equation, target, factor);
  if (!std::isfinite(last))  // every mode has died out to e^−60 of its start before, and there scans end
    throw StudyError(fmt::format("phase.accuracies: {:g} times the smallest, {:g}, must be at least some 1e-24 of the "
                                 "risk at the start, {:.6g}, at so few modes",
                                 factor, target(0), equation.twice_risk(equation.share) / 2));
  constexpr double per_decade = 8;
  // The best rate may be faster than a floor-matched one by a power of the dimension: from before the first target on.
  for (double begin = first;; begin *= 1e-3) {
    const auto count = static_cast<Eigen::Index>(std::ceil(per_decade * std::log10(last / begin))) + 1;
    const Eigen::ArrayXd horizon = Eigen::ArrayXd::LinSpaced(count, std::log(begin), std::log(last)).exp();
    const TunedCurve best = best_constant_rate(equation, horizon);
    if (best.risk(0) > target(target.size() - 1)) return times_to(target, horizon, best);
  }
}

TunedCurve times_to(const Eigen::ArrayXd& target, const Eigen::ArrayXd& time, const TunedCurve& curve) {
  // Strictly falling risks: what is flat at a floor reaches nothing more.
  std::vector<double> log_risk, log_time, log_rate;
  for (Eigen::Index i = 0; i < time.size(); ++i) {
    const double risk = std::log(curve.risk(i));
    if (!std::isfinite(risk) || (!log_risk.empty() && risk >= -log_risk.back())) continue;
    log_risk.push_back(-risk);
    log_time.push_back(std::log(time(i)));
    log_rate.push_back(std::log(curve.learning_rate(i)));
  }
  TunedCurve tuned{{}, Eigen::ArrayXd::Constant(target.size(), std::numeric_limits<double>::quiet_NaN())};
  tuned.time = Eigen::ArrayXd::Constant(target.size(), infinity);
  if (log_risk.size() < 4) return tuned;
  const double lowest = log_risk.front(), highest = log_risk.back();
  using Curve = boost::math::interpolators::pchip<std::vector<double>>;
  const Curve time_of(std::vector<double>(log_risk), std::move(log_time)), rate_of(std::move(log_risk), std::move(log_rate));
  for (Eigen::Index e = 0; e < target.size(); ++e) {
    const double at = std::max(lowest, -std::log(target(e)));
    if (at > highest) continue;
    tuned.time(e) = std::exp(time_of(at));
    tuned.learning_rate(e) = std::exp(rate_of(at));
  }
  return tuned;
}

}  // namespace muonphase
