#pragma once
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "muonphase/core/anderson.hpp"

namespace muonphase {

/// Self-consistent solutions along the resolvent variable s, at nodes evenly spaced in ln s, and the integral over s.
/// Unknowns are dimensionless logarithms, one array for each node; they start from the two solutions before, as a
/// straight line in the logarithm of the unit, or, the first time, from the two nodes above.
class WarmNodes {
 public:
  /// Nodes from ln(s/unit) = low to high, and one further down (index 0) that stands for s → 0.
  WarmNodes(double low, double high, double step);

  Eigen::Index nodes() const { return log_s_.size(); }
  double s(Eigen::Index node, double unit) const { return unit * std::exp(log_s_(node)); }

  /// Calls solve(node, x), which improves x in place and says whether it converged, for every node, from 1 unless the
  /// limit s → 0 is wanted too; in parallel once there is a solution, before that from the highest node down. `start`
  /// is the solution at s → ∞, `unit` that of s. After a failure there is no solution.
  template <class Solve>
  bool solve(bool limit, const Eigen::ArrayXd& start, double unit, Solve solve_node) {
    const Eigen::Index first = limit ? 0 : 1, last = nodes() - 1;
    bool converged = true;
    const double moved = std::exchange(moved_, std::log(unit) - std::exchange(log_unit_, std::log(unit)));
    if (!solution_.empty()) {
      const double ahead = earlier_.empty() || std::abs(moved) < 1e-9 ? 0 : std::clamp(moved_ / moved, -1.0, 1.5);
      earlier_.resize(solution_.size());
#pragma omp parallel for schedule(dynamic, 1) reduction(&& : converged)
      for (Eigen::Index i = first; i <= last; ++i) {
        Eigen::ArrayXd before = at(i);
        if (ahead != 0) at(i) += ahead * (at(i) - earlier_[static_cast<std::size_t>(i)]);
        converged = solve_node(i, at(i)) && converged;
        earlier_[static_cast<std::size_t>(i)] = std::move(before);
      }
      if (!converged) forget();
      return converged;
    }
    solution_.assign(static_cast<std::size_t>(nodes()), start);
    for (Eigen::Index i = last; i >= first; --i) {
      if (i == last - 1) at(i) = at(last);
      if (i < last - 1) {
        const double ratio = (log_s_(i) - log_s_(i + 1)) / (log_s_(i + 1) - log_s_(i + 2));
        at(i) = at(i + 1) + ratio * (at(i + 1) - at(i + 2));
      }
      converged = solve_node(i, at(i)) && converged;
    }
    if (!converged) forget();
    return converged;
  }

  /// The solution at s → 0, after solve() with `limit`.
  const Eigen::ArrayXd& limit() const {
    return solution_.front();
  }

  /// ∫ ds of what `density` [values, nodes] holds per unit of ln s (column 0 is left out): the trapezoid rule with the
  /// geometric tails that its ends imply, ∝ 1/s above and the local power of s below.
  Eigen::ArrayXd integral(const Eigen::ArrayXXd& density) const;

  /// The integral over s of matrices, one for each node.
  Eigen::MatrixXd integral(const std::vector<Eigen::MatrixXd>& density) const;

 private:
  Eigen::ArrayXd& at(Eigen::Index node) {
    return solution_[static_cast<std::size_t>(node)];
  }
  void forget() {
    solution_.clear();
    earlier_.clear();
  }

  double step_;
  Eigen::ArrayXd log_s_;
  std::vector<Eigen::ArrayXd> solution_, earlier_;  // of the last call and of the one before
  double log_unit_ = 0, moved_ = 0;                 // of the last call, and by how much it had changed
};

/// Iterates x ← G(x) with acceleration until no component moves by more than `tolerance`; false after 300 iterations or
/// where G is not finite.
template <class Map>
bool solve_fixed_point(Map next, Eigen::ArrayXd& x, double tolerance) {
  Anderson accelerate;
  for (int iteration = 0; iteration < 300; ++iteration) {
    const Eigen::ArrayXd residual = next(x) - x;
    if (!residual.allFinite()) return false;
    accelerate(x, residual);
    if (residual.abs().maxCoeff() <= tolerance) return true;
  }
  return false;
}

}  // namespace muonphase
