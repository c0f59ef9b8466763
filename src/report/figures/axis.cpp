#include "muonphase/report/figures/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

constexpr double slack = 1e-9;  // of the range: ticks at its ends count

bool inside(const Range& range, double value) {
  const double f = range.fraction(value);
  return f >= -slack && f <= 1 + slack;
}

/// A multiple of 1, 2, 2.5 or 5 × 10^k that is at least `step`.
double round_step(double step) {
  const double decade = std::pow(10.0, std::floor(std::log10(step)));
  for (double m : {1.0, 2.0, 2.5, 5.0})
    if (m * decade >= step * (1 - slack)) return m * decade;
  return 10 * decade;
}

/// The multiples k × step with the same number of decimals, or as powers of ten where they are very large or small.
Text tick_label(double k, double step, double largest) {
  if (largest >= 1e5 || largest < 1e-2) return number(k * step, 6);
  int decimals = 0;
  while (decimals < 6 && std::abs(step * std::pow(10, decimals) - std::round(step * std::pow(10, decimals))) > slack)
    ++decimals;
  const std::string digits = fmt::format("{:.{}f}", std::abs(k * step), decimals);
  return (k < 0 ? "−" : "") + digits;
}

/// Labelled multiples of a round step over an interval.
std::vector<Tick> linear_ticks(const Range& range, double length, double spacing) {
  std::vector<Tick> list;
  const double step = round_step((range.max - range.min) * std::min(1.0, spacing / length));
  const double largest = std::max(std::abs(range.min), std::abs(range.max));
  for (double k = std::ceil(range.min / step - slack); k * step <= range.max + slack * step; ++k)
    if (inside(range, k * step)) list.push_back({k * step, tick_label(k, step, largest)});
  return list;
}

std::vector<Tick> log_ticks(const Range& range, double length, double spacing) {
  std::vector<Tick> list;
  const double low = range.zero ? range.first_positive : range.min;
  const double decades = std::log10(range.max / range.min);
  const int first = static_cast<int>(std::ceil(std::log10(low) - slack));
  const int last = static_cast<int>(std::floor(std::log10(range.max) + slack));
  if (last - first >= 1) {
    const int stride = std::max(1, static_cast<int>(std::ceil(decades * spacing / length - slack)));
    for (int k = first - 1; k <= last; ++k) {
      const double power = std::pow(10.0, k);
      if (k >= first) {
        const std::string exponent = (k < 0 ? "−" : "") + std::to_string(std::abs(k));
        list.push_back({power, k % stride == 0 ? Text::markup("10^{" + exponent + "}") : Text()});
      }
      // Subdivisions of a decade that is narrower than this merge into the axis.
      if (length / decades < 12) continue;
      for (int m = 2; m < 10; ++m)
        if (m * power >= low && inside(range, m * power)) list.push_back({m * power, {}});
    }
    if (std::any_of(list.begin(), list.end(), [](const Tick& t) { return !t.label.empty(); })) return list;
    list.clear();
  }
  // Less than two powers of ten: 1, 2, 5 × 10^k if that gives at least two, else evenly spaced numbers.
  for (int k = first - 1; k <= last; ++k)
    for (int m = 1; m < 10; ++m) {
      const double value = m * std::pow(10.0, k);
      if (value < low * (1 - slack) || !inside(range, value)) continue;
      list.push_back({value, m == 1 || m == 2 || m == 5 ? number(value) : Text()});
    }
  if (std::count_if(list.begin(), list.end(), [](const Tick& t) { return !t.label.empty(); }) >= 2) return list;
  return linear_ticks(range, length, spacing);
}

}  // namespace

double Range::place(double value) const {
  if (scale == Scale::linear) return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
  if (value == 0 && zero) return *zero;
  return value > 0 && std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

double Range::fraction(double placed) const {
  return scale == Scale::log ? std::log(placed / min) / std::log(max / min) : (placed - min) / (max - min);
}

double Range::at(double fraction) const {
  return scale == Scale::log ? min * std::pow(max / min, fraction) : min + fraction * (max - min);
}

Range range_of(const Axis& axis, const std::vector<double>& values) {
  Range range;
  range.scale = axis.scale;
  const bool log = axis.scale == Scale::log;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool has_zero = false;
  for (double v : values) {
    has_zero = has_zero || v == 0;
    if (!std::isfinite(v) || (log && v <= 0)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (!(low <= high)) {
    low = log ? 1 : 0;
    high = log ? 10 : 1;
  }
  low = axis.min.value_or(low);
  high = axis.max.value_or(high);
  if (!(high - low > 1e-12 * std::max(std::abs(low), std::abs(high)))) {  // one value: give it some room
    low = log ? low / 2 : low - (low == 0 ? 1 : 0.1 * std::abs(low));
    high = log ? high * 2 : high + (high == 0 ? 1 : 0.1 * std::abs(high));
  }
  range.min = low;
  range.max = high;
  const Range bare = range;
  range.first_positive = low;
  if (!axis.max) range.max = bare.at(1 + axis.padding);
  if (log && axis.show_zero && has_zero && !axis.min) {
    range.zero = bare.at(-0.10);
    range.min = bare.at(-0.12);
  } else if (!axis.min) {
    range.min = bare.at(-axis.padding);
  }
  return range;
}

std::vector<Tick> ticks_of(const Axis& axis, const Range& range, double length, double spacing) {
  std::vector<Tick> list;
  if (!axis.ticks.empty())
    list = axis.ticks;
  else
    list = range.scale == Scale::log ? log_ticks(range, length, spacing) : linear_ticks(range, length, spacing);
  if (range.zero) list.insert(list.begin(), {*range.zero, "0"});
  if (!axis.show_tick_labels)
    for (Tick& tick : list) tick.label = {};
  return list;
}

Eigen::ArrayXd cell_edges(const Eigen::ArrayXd& centres, double lone_width) {
  const Eigen::Index n = centres.size();
  Eigen::ArrayXd edges(n + 1);
  if (n == 1) {
    edges << centres(0) - lone_width / 2, centres(0) + lone_width / 2;
  } else if (n > 1) {
    edges.segment(1, n - 1) = (centres.head(n - 1) + centres.tail(n - 1)) / 2;
    edges(0) = 2 * centres(0) - edges(1);
    edges(n) = 2 * centres(n - 1) - edges(n - 1);
  }
  return edges;
}

}  // namespace muonphase::figures
