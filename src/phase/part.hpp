#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "muonphase/core/monitor.hpp"

namespace muonphase {

// What watches one of `parts` equal parts of the work that `whole` watches, and must outlive it.
inline Monitor part_of(const Monitor& whole, std::size_t part, std::size_t parts) {
  return {.progress = [&whole, part, parts](std::size_t done,
                                            std::size_t total) { whole.report(part * total + done, parts * total); },
          .interrupted = whole.interrupted};
}

// Linear between the values at increasing places; the first and last two places go on beyond them.
inline double value_at(const Eigen::ArrayXd& place, const Eigen::ArrayXd& value, double x) {
  const Eigen::Index right =
      std::clamp<Eigen::Index>(std::upper_bound(place.begin(), place.end(), x) - place.begin(), 1, place.size() - 1);
  return std::lerp(value(right - 1), value(right), (x - place(right - 1)) / (place(right) - place(right - 1)));
}

}  // namespace muonphase
