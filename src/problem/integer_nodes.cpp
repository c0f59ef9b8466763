#include "muonphase/problem/integer_nodes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/eigensystem.hpp"

namespace muonphase {
namespace {

constexpr int nodes_per_bin = 6;

// Gauss quadrature of the counting measure on {0, …, count − 1}: Golub–Welsch on the recurrence of the discrete
// Chebyshev polynomials, β_k = k² (N² − k²) / (4 (4k² − 1)), in units of N. Returns nodes (in [0, N − 1]) and weights
// (summing to N).
std::pair<Eigen::ArrayXd, Eigen::ArrayXd> integer_gauss(double count) {
  Eigen::VectorXd diagonal = Eigen::VectorXd::Zero(nodes_per_bin);
  Eigen::VectorXd off(nodes_per_bin - 1);
  for (int k = 1; k < nodes_per_bin; ++k) {
    const double ratio = k / count;
    off(k - 1) = std::sqrt(k * k * (1 - ratio * ratio) / (4.0 * (4.0 * k * k - 1)));
  }
  const Eigensystem jacobi = tridiagonal_eigensystem(diagonal, off);
  Eigen::ArrayXd nodes = (count - 1) / 2 + count * jacobi.values.array();
  Eigen::ArrayXd weights = count * jacobi.vectors.row(0).transpose().array().square();
  return {nodes, weights};
}

}  // namespace

IntegerNodes integer_nodes(double count, double exact, double widest) {
  std::vector<double> index, weight;
  for (double j = 1; j <= std::min(count, exact); ++j) {
    index.push_back(j);
    weight.push_back(1);
  }
  for (double first = exact + 1; first <= count;) {
    // The last bin takes what is left when that is less than another half bin.
    const double width = std::min(first - 1, widest);
    double last = first - 1 + width;
    if (last + 0.5 * width > count) last = count;
    const double size = last - first + 1;
    if (size <= nodes_per_bin) {
      for (double j = first; j <= last; ++j) {
        index.push_back(j);
        weight.push_back(1);
      }
    } else {
      const auto [nodes, weights] = integer_gauss(size);
      for (int i = 0; i < nodes_per_bin; ++i) {
        index.push_back(first + nodes(i));
        weight.push_back(weights(i));
      }
    }
    first = last + 1;
  }
  using Map = Eigen::Map<const Eigen::ArrayXd>;
  const auto size = static_cast<Eigen::Index>(index.size());
  return {Map(index.data(), size), Map(weight.data(), size)};
}

}  // namespace muonphase
