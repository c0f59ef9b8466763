#pragma once
#include <Eigen/Core>

#include "muonphase/closures/full/leading_moments.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SignSGD's full closure in one explicit basis Q for many modes, Σ_out isotropic (docs/theory-full-closure.md §6,
/// *Many modes*). In label noise the drift is Λ^(−1/2) V l Vᵀ Λ^(1/2) with the eigenvectors V of
/// Λ^(1/2) Qᵀ D^(−1/2) Q Λ^(1/2), D_i = Σ_ii. In that frame the signal couples the K leading modes as in FullSignSgd;
/// every other one is left with its own entry of drift and diffusion.
///
/// Construction O(d³), once a basis; a call O(d² K + points · K²) and one product d³ in single precision, on the
/// threads that are free. Memory O((points + d) d). Needs exact modes whose eigenvalues fall,
/// d > K. StudyError as FullSignSgd.
class FullSignSgdModes {
 public:
  static constexpr Eigen::Index leading_modes = 64;  ///< K

  FullSignSgdModes(const Problem& problem, const Eigen::MatrixXd& basis, const FullClosureOptions& options = {});

  /// Rates of E[VᵀΛ^(1/2) ΔᵀΔ Λ^(1/2) V].
  LeadingRates operator()(const LeadingMoments& moment) const;

  const ModeFrame& frame() const { return frame_; }

 private:
  struct Answers {
    Eigen::VectorXd own, saturated;  ///< [d] A_il = G_il (own_i + M_l saturated_i) beyond the leading modes
    Eigen::MatrixXd leading;         ///< A [d, K]
  };
  Answers answers(const LeadingMoments& moment, double twice_risk) const;
  Eigen::MatrixXf kernel(const LeadingMoments& moment, double twice_risk) const;

  double n_, batch_, noise_variance_;
  ModeFrame frame_;
  Eigen::MatrixXd coordinates_;  ///< G = Q Λ^(1/2) V [d, d]: x = G c in the coordinates of W
  Eigen::MatrixXd squares_;      ///< G_il² [d, d − K] of the rest
  Eigen::MatrixXf single_;       ///< G
  Eigen::MatrixXd covariance_;   ///< Q Λ Qᵀ [d, d]
  Eigen::ArrayXd variance_;      ///< its diagonal
  Eigen::MatrixXd leading_point_, rest_square_;  ///< [points, K] c, [points, d − K] c² beyond
  Eigen::MatrixXd coordinate_;   ///< [points of a coordinate, d] x
  Eigen::ArrayXXd log_square_;   ///< ln(x_i²/Σ_ii), likewise
  Eigen::Index parts_;           ///< points are dealt out to so many ranges of coordinates
};

}  // namespace muonphase
