#pragma once
#include <Eigen/Core>

#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Δ = A + N in the eigenbases, two explicit bases (docs/theory-full-closure.md §13). Mode (0, 0) is the first one.
struct TwoSidedState {
  Eigen::ArrayXXd mean;      ///< A [n, d], the mean over batches; zero where no Δ_0 is given
  Eigen::ArrayXXd variance;  ///< E[N_kj²] [n, d]
  double kurtosis = 3;       ///< of N_00, in [1, 3]
};

/// How signs answer to Δ, for a stretch of steps.
struct SignResponse {
  Eigen::ArrayXXd width;  ///< [n, d] in the coordinates of W: the variance of an entry, N_00's part excepted
  Eigen::ArrayXd table;   ///< E[Φ_00] given Δ_00 and its jitter, at uniform nodes of the sum from −range to range
  double range, jitter;   ///< jitter: the standard deviation of the batch's noise in mode (0, 0), as an error of Δ_00
};

struct TwoSidedRates {
  SignResponse response;
  Eigen::ArrayXXd rate;   ///< [n, d] E[ΦN]/E[N²]
  Eigen::ArrayXXd noise;  ///< [n, d] E[Var(Φ | Δ)]; (0, 0) has its own law
};

/// Φ_00's mean, and the law of N_00 a step later.
struct FirstModeStep {
  double mean, variance, kurtosis;
};

/// SignSGD's moments in the full closure for two explicit bases, Σ_out not isotropic (docs/theory-full-closure.md §13).
///
///     FullSignSgdTwoSided closure(problem, draw_basis(Basis::haar, n, seed, 1), draw_basis(Basis::haar, d, seed, 0));
///     TwoSidedRates now = closure({start, Eigen::ArrayXXd::Zero(n, d)});
///
/// Exact modes; StudyError when the batch is infinite or nothing is left to learn from. O(n d (n + d)) for each call.
class FullSignSgdTwoSided {
 public:
  FullSignSgdTwoSided(const Problem& problem, const Eigen::MatrixXd& output_basis, const Eigen::MatrixXd& input_basis);

  TwoSidedRates operator()(const TwoSidedState& state) const;

  /// E[Φ | A] [n, d] in the eigenbases.
  Eigen::ArrayXXd mean(const TwoSidedState& state, const SignResponse& response) const;

  /// A step of the first mode at learning rate eta. O(1).
  FirstModeStep first_mode(const TwoSidedState& state, const SignResponse& response, double eta) const;

 private:
  Eigen::MatrixXd gradient(const Eigen::ArrayXXd& given) const;
  Eigen::ArrayXXd noise(const TwoSidedState& state, double twice_risk, const Eigen::ArrayXXd& mean,
                        const Eigen::ArrayXXd& drifted) const;

  Eigen::ArrayXd out_, in_;  ///< eigenvalues
  double batch_, noise_variance_, chi_;
  Eigen::MatrixXd basis_out_, basis_in_;      ///< columns are eigenvectors
  Eigen::MatrixXd overlap_out_, overlap_in_;  ///< squares of the bases' entries
  Eigen::MatrixXd pull_out_, pull_in_;        ///< Q_out Λ_out, Λ_in Q_inᵀ
  Eigen::VectorXd side_out_, side_in_;        ///< diagonals of the covariances in the coordinates of W
  Eigen::ArrayXXd product_, pattern_;         ///< λ_kλ_j; the gradient's mean for Δ_00 = 1, in the coordinates of W
};

}  // namespace muonphase
