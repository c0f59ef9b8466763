#pragma once
#include <Eigen/Core>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// E[G_kj²] in the eigenbases, exact for Gaussian data (docs/theory-full-closure.md §7): with δ_kj² = λ_kλ_j v_kj,
///
///     (λ_kλ_j/B) (2R + 2 Σ_k' δ_k'j² + 2 Σ_j' δ_kj'² + 4 δ_kj²) + (1 − 1/B) (λ_kλ_j)² v_kj.
///
/// [output nodes, input nodes]. Finite batch.
Eigen::ArrayXXd gradient_second_moment(const Problem& problem, const Eigen::ArrayXXd& energy);

/// The variance of G_kj about its mean over (λ_kλ_j)²: noise in units of Δ. [output nodes, input nodes]
Eigen::ArrayXXd gradient_noise(const Problem& problem, const Eigen::ArrayXXd& energy);

/// The covariance of a row of G about its mean, averaged over rows, at E[ΔᵀΔ] = `moment` [d, d] in the eigenbasis of
/// Σ_in, Σ_out isotropic. StudyError when there is neither signal nor label noise.
Eigen::MatrixXd gradient_row_noise(const Problem& problem, const Eigen::MatrixXd& moment);

/// SGD with its exact second moments: the recursion that integrate_quasilinear takes is then exact, step by step.
/// StudyError when the batch is infinite.
class FullSgd {
 public:
  explicit FullSgd(const Problem& problem);
  ModeRates operator()(const Eigen::ArrayXXd& energy) const;

 private:
  Problem problem_;
  Eigen::ArrayXXd product_;  ///< λ_kλ_j
};

}  // namespace muonphase
