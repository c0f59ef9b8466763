#pragma once
#include <Eigen/Core>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SignSGD's moments in the full closure, Σ_out isotropic, in one explicit basis: exact in the batch for the drift,
/// couplings between modes kept (docs/theory-full-closure.md §6). With M = E[ΔᵀΔ] [d, d] in the eigenbasis of Σ_in,
///
///     M ← M − η (L M + M Lᵀ) + η² D.
///
///     FullSignSgd moments(problem, draw_basis(Basis::haar, d, seed, 0));
///     MomentRates now = moments(initial_moment(problem));
///
/// Needs exact modes. Memory O(points · d); a call costs O(points · d² + d³) in GEMM and O(points · d) otherwise.
/// StudyError when Σ_out is not isotropic, the batch is infinite, modes are binned or the basis has another dimension.
class FullSignSgd {
 public:
  FullSignSgd(const Problem& problem, Eigen::MatrixXd basis, const FullClosureOptions& options = {});

  MomentRates operator()(const Eigen::MatrixXd& moment) const;

  /// P [d, d] in the coordinates of W, for E[ΔᵀΔ] there: Δ P is the mean of sign(G) for a given Δ [n, d], entry by
  /// entry, as far as it is linear in Δ (docs/theory-full-closure.md §12).
  Eigen::MatrixXd response(const Eigen::MatrixXd& moment) const;

 private:
  /// E[sign(G)_ki] = Σ_l drift_il Δ_kl as far as it is linear in Δ: [d, d], rows in the coordinates of W.
  Eigen::MatrixXd drift(const Eigen::MatrixXd& moment, double twice_risk) const;
  Eigen::MatrixXd diffusion(const Eigen::MatrixXd& moment, double twice_risk) const;

  Eigen::ArrayXd eigenvalue_;
  double n_, batch_, noise_variance_;
  Eigen::MatrixXd basis_;       ///< columns are eigenvectors
  Eigen::MatrixXd point_;       ///< [points, d] c ~ N(0, I), in the eigenbasis
  Eigen::MatrixXd coordinate_;  ///< [points, d] x = Q Λ^(1/2) c
  Eigen::ArrayXd variance_;     ///< Σ_ii
  Eigen::ArrayXXd log_square_;  ///< [points, d] ln(x_i²/Σ_ii)
};

/// SignSGD's rates in the full closure for the flat-diagonal limit (Basis::generic), in the simple form: any spectra on
/// both sides, binned modes too. Small batches (B ≲ 64) with steep spectra need FullSignSgd.
///
/// docs/theory-full-closure.md §6. O(nodes_out · nodes_in). StudyError when the batch is infinite.
class FullSignSgdGeneric {
 public:
  explicit FullSignSgdGeneric(const Problem& problem);
  ModeRates operator()(const Eigen::ArrayXXd& energy) const;

 private:
  Problem problem_;
  double drift_scale_;  ///< √(2/π) χ_B
};

}  // namespace muonphase
