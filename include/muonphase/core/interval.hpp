#pragma once
#include <limits>
#include <string>

namespace muonphase {

/// An interval of the real line, in which a key or an option may lie. Without bounds: every finite number.
struct Interval {
  double min = -std::numeric_limits<double>::infinity(), max = std::numeric_limits<double>::infinity();
  bool min_open = false, max_open = false;

  static Interval at_least(double min) { return {.min = min}; }
  static Interval above(double min) { return {.min = min, .min_open = true}; }
  static Interval within(double min, double max) { return {.min = min, .max = max}; }
  /// [min, max)
  static Interval within_below(double min, double max) { return {.min = min, .max = max, .max_open = true}; }

  /// False for what is not finite.
  bool contains(double value) const;
  /// "a number in [0, 1)", "a finite number ≥ 0", "a finite number".
  std::string text() const;
};

}  // namespace muonphase
