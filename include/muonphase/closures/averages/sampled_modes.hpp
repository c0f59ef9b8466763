#pragma once
#include <Eigen/Core>
#include <vector>

#include "muonphase/problem/spectrum.hpp"

namespace muonphase {

/// Which sampled variable stands for which node of a spectrum: each of the first `leading` nodes has its own, later
/// ones share one with up to a tenth of the nodes before them.
struct SampledModes {
  std::vector<Eigen::Index> variable;  ///< of each node
  Eigen::ArrayXd dof;                  ///< modes that each variable stands for: it is χ²_dof/dof

  SampledModes(const Spectrum& spectrum, int leading);
  /// Σ over the nodes of each variable.
  Eigen::VectorXd sums(const Eigen::ArrayXd& value) const;
};

}  // namespace muonphase
