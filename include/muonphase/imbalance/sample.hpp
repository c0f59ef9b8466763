#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "muonphase/imbalance/mixture.hpp"
#include "muonphase/imbalance/network.hpp"

namespace muonphase {

/// n labelled inputs.
struct Sample {
  Eigen::MatrixXd input;  ///< [n, d]
  Eigen::ArrayXi label;   ///< in [0, C), [n]
};

/// The draws of one trial of a study. Each function reads its own stream of (seed, trial), so no draw depends on which
/// others were made.
struct Draws {
  std::uint64_t seed = 1;
  std::uint64_t trial = 0;

  /// Orthonormal directions of the means, uniform on the Stiefel manifold, [d, C].
  Eigen::MatrixXd directions(const Mixture& mixture) const;
  /// n independent samples of the mixture: labels by the prior.
  Sample sample(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::Index n) const;
  /// `per_class` samples of every class, independent of those of sample() and of each other: what a run is stopped by,
  /// and what it reports.
  Sample validation_sample(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::Index per_class) const;
  Sample test_sample(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::Index per_class) const;
  /// Gaussian N(0, std²) layers for the widths d = width_0, width_1, …, C: layer l is [width_(l+1), width_l].
  Layers start(const std::vector<Eigen::Index>& widths, double std) const;
};

/// Second moments of a sample: (1/n) Σ x xᵀ and (1/n) Σ e_y xᵀ. n d² / 2 multiplications.
Moments sample_moments(const Sample& sample, Eigen::Index classes, int threads = 1);

}  // namespace muonphase
