#pragma once
#include <Eigen/Core>
#include <optional>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SignSVD's rates in the linear layer for a given Δ_0, Σ_ξ = I (docs/theory-linear-layer.md §4): the state is M = ΔᵀΔ
/// [d, d] in the eigenbasis of Σ. A sample's three quadratic forms are averaged over its input, whose leading modes are
/// sampled one by one and whose others go by their means.
///
///     LayerSignSvd rates(problem);
///     MomentRates now = rates(delta.transpose() * delta);
///
/// Exact modes. Each call solves one self-consistent system of d × d matrices for each node of the resolvent variable,
/// from the solution of the call before: O(d³ + points · leading²) for each of some ten iterations. StudyError when Σ_ξ
/// is not isotropic, modes are binned, the batch is infinite or there is neither signal nor label noise; NoResultError
/// when a system does not converge.
class LayerSignSvd {
 public:
  explicit LayerSignSvd(const Problem& problem, const FullClosureOptions& options = {});

  MomentRates operator()(const Eigen::MatrixXd& moment);

 private:
  struct Scale;
  class Node;

  Eigen::ArrayXd eigenvalue_;
  double n_, batch_, noise_variance_;  ///< of each output
  FullClosureOptions options_;
  Eigen::MatrixXd point_;  ///< [points, leading modes] c ~ N(0, I)
  /// Unknowns: the logarithms of the diagonals of E[ccᵀa/D], E[ccᵀt/D], E[ccᵀ(1 + b/B)/D], and of E[t/D], then
  /// what these matrices have off their diagonals, over the roots of these.
  std::optional<WarmNodes> path_;
};

}  // namespace muonphase
