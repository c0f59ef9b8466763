#include "muonphase/phase/constant_rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "phase/rate_scan.hpp"

namespace muonphase {
namespace {

// ln of twice the risk beyond the label noise's and ln η_0 of the run that shows node `node` at the horizon of ln area/η_0 = log_horizon; infinite when no
// rate of the scan does.
struct Reached {
  double log_twice_excess = std::numeric_limits<double>::infinity(), log_rate = 0;
};

Reached reach(const RateScan& scan, std::size_t node, double log_horizon) {
  const Eigen::ArrayXd& area = scan.log_area[node];
  const Eigen::ArrayXd& risk = scan.log_twice_excess[node];
  const Eigen::Index rates = scan.log_rate.size();
  const auto log_time = [&](Eigen::Index i) { return area(i) - scan.log_rate(i); };  // falls with i
  if (log_time(0) < log_horizon || log_time(rates - 1) > log_horizon) return {};
  Eigen::Index low = 0, high = rates - 1;
  while (high - low > 1) {
    const Eigen::Index middle = (low + high) / 2;
    (log_time(middle) >= log_horizon ? low : high) = middle;
  }
  const Eigen::Index first = std::clamp<Eigen::Index>(low - 1, 0, rates - 4);
  if (!std::isfinite(risk(std::min(first + 3, rates - 1)))) return {};
  double time[4];
  for (int i = 0; i < 4; ++i) time[i] = log_time(first + i);
  const double shift = static_cast<double>(low - first - 1);  // the bracket is [shift, shift + 1] in the cubic's x
  double a = shift, b = shift + 1,
         x = a + (time[low - first] - log_horizon) / (time[low - first] - time[low - first + 1]);
  for (int iteration = 0; iteration < 4; ++iteration) {  // secant from the linear guess; the cubic is nearly linear
    const double value = cubic(time, x) - log_horizon;
    (value > 0 ? a : b) = x;
    const double slope = (cubic(time, x + 1e-4) - cubic(time, x - 1e-4)) / 2e-4;
    const double next = x - value / slope;
    x = next > a && next < b ? next : 0.5 * (a + b);
  }
  const double spacing = scan.log_rate(1) - scan.log_rate(0);
  return {cubic(risk.data() + first, x), scan.log_rate(first + 1) + x * spacing};
}

// The best scale of one schedule for each horizon.
TunedCurve best_scale(const ModeEquation& equation, const RateClock& schedule, const Eigen::ArrayXd& horizons,
                      const RateScanOptions& options) {
  // In area/η_0, the time that a constant rate of the same area takes.
  const double shortest = schedule.area(horizons(0)), longest = schedule.area(horizons(horizons.size() - 1));
  const double start = equation.twice_risk(equation.share), pace = equation.scale_invariant ? std::sqrt(start) : 1;
  const double greedy = greedy_forcing(equation, equation.share) / (equation.scale_invariant ? pace : start);
  // Rates from well above the greedy one down to those at which the longest horizon loses just a tenth of the risk by
  // drift alone.
  double tenth = 1e-3 / equation.rate.maxCoeff();
  while (tenth * equation.rate.minCoeff() < 60 &&
         ((-tenth * equation.rate).exp() * equation.share).sum() > 0.9 * (start - equation.noise))
    tenth *= 2;
  const double smallest = std::min(0.01 * greedy, 0.1 * pace * tenth / longest), largest = 30 * greedy;
  const double decades = std::log10(largest / smallest);
  const auto rates =
      std::max<Eigen::Index>(8, static_cast<Eigen::Index>(std::ceil(decades * options.rates_per_decade)) + 1);
  const Eigen::ArrayXd log_rate = Eigen::ArrayXd::LinSpaced(rates, std::log(smallest), std::log(largest));
  const double first_s = std::min(0.01 * greedy * shortest / pace, 0.1 / equation.rate.maxCoeff());
  // The largest rate gets furthest in s by a given time: beyond, no rate reaches s by the longest horizon.
  const RateScan scanned =
      scan_rates(equation, schedule, log_rate, first_s, options.step, [&](const ScanNode& node) {
        return node.area(rates - 1) / std::exp(log_rate(rates - 1)) > longest;
      });

  TunedCurve tuned{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size()), {}};
  const std::size_t nodes = scanned.log_s.size();
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    const double log_horizon = std::log(schedule.area(horizons(h)));
    std::size_t best = 0;
    Reached lowest;
    std::vector<Reached> reached(nodes);
    for (std::size_t i = 0; i < nodes; ++i) {
      reached[i] = reach(scanned, i, log_horizon);
      if (reached[i].log_twice_excess < lowest.log_twice_excess) {
        lowest = reached[i];
        best = i;
      }
    }
    if (best > 0 && best + 1 < nodes) {  // the parabola through the minimum and its neighbours
      const double left = reached[best - 1].log_twice_excess, right = reached[best + 1].log_twice_excess;
      const double curvature = left - 2 * lowest.log_twice_excess + right, slope = (right - left) / 2;
      if (std::isfinite(curvature) && curvature > 0) {
        const double x = -slope / curvature;
        lowest.log_rate +=
            x * (x < 0 ? lowest.log_rate - reached[best - 1].log_rate : reached[best + 1].log_rate - lowest.log_rate);
        lowest.log_twice_excess += x * (slope + 0.5 * curvature * x);
      }
    }
    tuned.risk(h) = 0.5 * (std::exp(lowest.log_twice_excess) + equation.noise);
    tuned.learning_rate(h) = std::exp(lowest.log_rate);
  }
  return tuned;
}

// Lagrange's parabola through values at x = −1, 0, 1.
double parabola(double left, double middle, double right, double x) {
  return middle + x * (right - left) / 2 + x * x * (left - 2 * middle + right) / 2;
}

}  // namespace

TunedCurve best_constant_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons,
                              const RateScanOptions& options) {
  return best_scale(equation, RateClock(ConstantRate{1}, horizons(horizons.size() - 1)), horizons, options);
}

TunedCurve best_power_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons, double t0,
                           const RateScanOptions& options) {
  constexpr Eigen::Index exponents = 25;
  const Eigen::ArrayXd gamma = Eigen::ArrayXd::LinSpaced(exponents, 0, 1.5);
  const Eigen::Index count = horizons.size();
  Eigen::ArrayXXd log_risk(count, exponents), log_rate(count, exponents);
  for (Eigen::Index g = 0; g < exponents; ++g) {
    const TunedCurve curve =
        best_scale(equation, RateClock(PowerRate{1, t0, gamma(g)}, horizons(count - 1)), horizons, options);
    log_risk.col(g) = (curve.risk - equation.noise / 2).log();
    log_rate.col(g) = curve.learning_rate.log();
  }
  TunedCurve tuned{Eigen::ArrayXd(count), Eigen::ArrayXd(count), Eigen::ArrayXd(count)};
  for (Eigen::Index h = 0; h < count; ++h) {
    Eigen::Index best = 0;
    log_risk.row(h).minCoeff(&best);
    const Eigen::Index middle = std::clamp<Eigen::Index>(best, 1, exponents - 2);
    const auto risk = log_risk.row(h).segment(middle - 1, 3), rate = log_rate.row(h).segment(middle - 1, 3);
    const double curvature = risk(0) - 2 * risk(1) + risk(2);
    const double lowest = curvature > 0 ? std::clamp(0.5 * (risk(0) - risk(2)) / curvature, -1.0, 1.0)
                                        : static_cast<double>(best - middle);
    tuned.risk(h) = std::exp(parabola(risk(0), risk(1), risk(2), lowest)) + equation.noise / 2;
    tuned.learning_rate(h) = std::exp(parabola(rate(0), rate(1), rate(2), lowest));
    tuned.shape(h) = gamma(middle) + lowest * (gamma(1) - gamma(0));
  }
  return tuned;
}

}  // namespace muonphase
