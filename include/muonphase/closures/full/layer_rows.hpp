#pragma once
#include <Eigen/Core>
#include <functional>
#include <optional>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
#include "muonphase/problem/data_rows.hpp"

namespace muonphase {

/// How one step moves a given Δ [n, d] in the linear layer: by −η times a Gaussian matrix of this mean and, about it, of
/// covariance (outer − mean meanᵀ) ⊗ (inner − meanᵀ mean), over the trace of either.
struct DeltaRates {
  Eigen::MatrixXd mean;      ///< E[Φ] [n, d]
  Eigen::MatrixXd outer;     ///< E[ΦΦᵀ] [n, n]
  Eigen::MatrixXd inner;     ///< E[ΦᵀΦ] [d, d]
  Eigen::ArrayXd response;   ///< what small changes of a column of Δ do to that of the mean [d]
};

using DeltaRateFunction = std::function<DeltaRates(const Eigen::MatrixXd& delta)>;

/// SignSVD's rates in the linear layer at a given Δ, averaged over rows of data or over Gaussian ones
/// (docs/theory-linear-layer.md §6): any covariance of the residuals, which may depend on the inputs.
///
///     LayerRowsSignSvd rates(some_rows(data, 4096), eigenvalue, batch);
///     DeltaRates now = rates(delta);
///
/// Each call solves one self-consistent system for the three quadratic forms of every row at each node of the
/// resolvent variable, from the solution of the call before: O(N (d² + nd)) for each of some ten iterations. StudyError
/// when there is neither signal nor noise; NoResultError when a system does not converge.
class LayerRowsSignSvd {
 public:
  LayerRowsSignSvd(const SampleRows& rows, const Eigen::ArrayXd& eigenvalue, double batch,
                   const FullClosureOptions& options = {});

  DeltaRates operator()(const Eigen::MatrixXd& delta);

 private:
  struct Blocks;
  struct Resolvent;
  class Node;

  Eigen::MatrixXd inputs_, residuals_;  ///< [d, N], [n, N]
  Eigen::ArrayXd eigenvalue_, input_size_;  ///< |x|² [N]
  double batch_;
  FullClosureOptions options_;
  bool corrected_ = true;  ///< for the sample that a batch of the others meets
  /// Unknowns of each row: ln(s a/|e|²), ln(s t/|x|²) and b/B.
  std::optional<WarmNodes> path_;
};

}  // namespace muonphase
