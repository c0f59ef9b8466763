#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Signum's rates in the full closure, in the simple form: the exact second moment of the average, signal included,
/// carries the signal into the signs; correlated updates take the linear closure's correlations for the part of the
/// update that is noise (docs/theory-full-closure.md §11). Averages hold many samples, so that single samples do not
/// saturate coordinates as they do in small batches of SignSGD.
///
/// Without bases the flat-diagonal limit, any spectra and binned modes; with them the explicit bases of
/// signsgd_coefficients(). O(n d (n + d)) for each call with bases. StudyError when the batch is infinite.
class FullSign {
 public:
  FullSign(const Problem& problem, const Window& weights);
  FullSign(const Problem& problem, const Window& weights, const Eigen::MatrixXd& output_basis,
           const Eigen::MatrixXd& input_basis);

  ModeRates operator()(const Eigen::ArrayXXd& energy) const { return (*this)(energy, energy); }
  /// Where the average's part of Δ is not Δ's own: `seen`, squared.
  ModeRates operator()(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) const;

 private:
  void prepare(const Eigen::ArrayXXd& instant, const Eigen::ArrayXXd& total);
  Eigen::ArrayXXd variance(const Eigen::ArrayXXd& moment) const;
  double mean_over_entries(const Eigen::ArrayXXd& moment) const;
  /// Mean over the coordinates of a mode of 1/√ of the variance that entries of M have there.
  Eigen::ArrayXXd mean_of_inverse_root(const Eigen::ArrayXXd& moment) const;
  /// The moment once entries of M are divided by their standard deviations.
  Eigen::ArrayXXd whitened(const Eigen::ArrayXXd& moment) const;

  Problem problem_;
  SampleWindow window_;
  Eigen::MatrixXd basis_out_, basis_in_;  ///< columns are eigenvectors; empty: flat
  Eigen::ArrayXXd product_;               ///< λ_kλ_j
  Eigen::ArrayXXd noise_;                 ///< of V(0), what the second moment does not change
  Eigen::ArrayXXd lagged_;                ///< Σ_ℓ 2 V(ℓ)/V(0) of the linear closure
  double drift_scale_;                    ///< √(2/π) χ √(Σω²/B)
};

/// Rates of the sign of every entry of an average for one explicit basis of the input, Σ_out isotropic, with the
/// couplings between modes: where averages of large batches are mostly signal, coordinates of large variance are damped
/// together and modes are not independent. `moment` is E[ΔᵀΔ] [d, d] in the eigenbasis. O(d³ + d² lags) for each call;
/// StudyError when the batch is infinite.
class FullSignCoupled {
 public:
  FullSignCoupled(const Problem& problem, const Window& weights, Eigen::MatrixXd basis);

  MomentRates operator()(const Eigen::MatrixXd& moment) const { return (*this)(moment, moment); }
  /// `seen`: of the second moment, what the average has.
  MomentRates operator()(const Eigen::MatrixXd& moment, const Eigen::MatrixXd& seen) const;

 private:
  Problem problem_;
  SampleWindow window_;
  LagCorrelations lags_;
  Eigen::MatrixXd basis_;  ///< columns are eigenvectors
  double drift_scale_;     ///< √(2/π) χ √(Σω²/B)
};

}  // namespace muonphase
