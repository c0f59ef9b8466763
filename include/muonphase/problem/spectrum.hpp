#pragma once
#include <Eigen/Core>

namespace muonphase {

/// How the modes j = 1..d of a power law are kept: each one, or weighted nodes standing for bins of modes.
enum class ModeRule { exact, binned, automatic };

/// Dimension from which ModeRule::automatic bins.
inline constexpr double binning_threshold = 1e5;

/// The eigenvalues of a covariance as weighted modes: Σ_{j≤d} F(λ_j) = Σ_i weight_i F(eigenvalue_i).
///
///     Spectrum s = power_law_spectrum(1e12, 1.4);   // 242 nodes
///     double trace = s.trace();                     // Σ j^(−1.4), to 1e−9
///
/// All arrays have the same length, the number of nodes; eigenvalues are positive and do not increase.
struct Spectrum {
  Eigen::ArrayXd index;       ///< mode number j ≥ 1 where the node stands (not an integer inside a bin)
  Eigen::ArrayXd eigenvalue;  ///< λ at the node
  Eigen::ArrayXd weight;      ///< number of modes the node stands for; the sum is the dimension

  Eigen::Index nodes() const { return eigenvalue.size(); }
  double dimension() const { return weight.sum(); }
  double trace() const { return (weight * eigenvalue).sum(); }
  double largest() const { return eigenvalue.maxCoeff(); }
  double smallest() const { return eigenvalue.minCoeff(); }
  bool isotropic() const { return largest() == smallest(); }
  /// One node for each mode.
  bool exact() const { return (weight == 1.0).all(); }
};

/// λ_j = j^(−α), j = 1..d, or 1e−100 where that is more. `dimension` is a whole number in [1, 1e15],
/// alpha ≥ 0.
///
/// Binned: modes up to 32 are exact; beyond, bins [a, 2a) carry six nodes each, the Gauss quadrature of the uniform
/// measure on the integers of the bin (discrete Chebyshev polynomials), so polynomials of degree 11 in j are summed
/// exactly and any sum over functions smooth in ln j to better than 1e−6 of its value. Number of nodes ≈ 32 + 6
/// log2(d/32).
Spectrum power_law_spectrum(double dimension, double alpha, ModeRule rule = ModeRule::automatic);

/// Σ = I as one node that stands for all modes: enough where the modes need not be told apart (the output side).
Spectrum isotropic_spectrum(double dimension);

/// Given eigenvalues, sorted to decrease; all must be finite and positive (StudyError otherwise).
Spectrum spectrum_of(Eigen::ArrayXd eigenvalues);

}  // namespace muonphase
