#include "muonphase/core/interval.hpp"

#include <fmt/format.h>

#include <cmath>

namespace muonphase {

bool Interval::contains(double value) const {
  if (!std::isfinite(value) || value < min || value > max) return false;
  return !(min_open && value == min) && !(max_open && value == max);
}

std::string Interval::text() const {
  if (std::isinf(min) && std::isinf(max)) return "a finite number";
  if (std::isinf(max)) return fmt::format("a finite number {} {}", min_open ? ">" : "≥", min);
  return fmt::format("a number in {}{}, {}{}", min_open ? "(" : "[", min, max, max_open ? ")" : "]");
}

}  // namespace muonphase
