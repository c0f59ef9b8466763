#pragma once
#include <Eigen/Core>
#include <vector>

namespace muonphase {

/// One number, or several, of every cell, in the order of the cells.
template <class Cells, class Get>
std::vector<double> over(const Cells& cells, Get get) {
  std::vector<double> values;
  for (const auto& cell : cells) {
    const Eigen::ArrayXd part = get(cell);
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

/// A number as what `over` takes.
inline Eigen::ArrayXd one(double value) {
  return Eigen::ArrayXd::Constant(1, value);
}

}  // namespace muonphase
