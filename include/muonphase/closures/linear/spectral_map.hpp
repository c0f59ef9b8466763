#pragma once
#include <Eigen/Core>
#include <functional>
#include <vector>

#include "muonphase/core/newton_schulz.hpp"

namespace muonphase {

/// An odd map h of singular values: Φ = U h(S/‖M‖_F) Vᵀ for M = U S Vᵀ. Below `low` h is linear, above `high` constant,
/// to the accuracy wanted; 0 < low < high.
struct SpectralMap {
  std::function<double(double)> value;  ///< h(x), x > 0, relative to the Frobenius norm
  double low, high;
};

/// Newton–Schulz steps, one or more. Beyond x = 1, where a singular value cannot be but its equivalent distribution has
/// a small tail, h stays near its value at 1.
SpectralMap newton_schulz_map(const std::vector<Quintic>& steps);

/// x/√(x² + ε²), ε > 0 relative to the Frobenius norm: the sign as ε → 0.
SpectralMap tempered_map(double epsilon);

/// x^power for power in [0, 1], linear below 1e−8; x (x² + damping²)^((power − 1)/2) for power in [−1, 0), damping in
/// (0, 1] relative to the Frobenius norm. Levels off beyond x = 1, where no singular value is, towards its value at 3.
/// StudyError outside.
SpectralMap power_map(double power, double damping);

/// h and h² as sums of resolvents at complex p (Re p > 0, near the imaginary axis where h varies fast), x > 0:
///
///     h(x) = Re Σ odd x/(x² + p²),        h(x)² = Re Σ even x²/(x² + p²).
///
/// What the equivalent of the resolvent needs of h; exact polar factors, h = sign, are left to their integral over real
/// s. Arrays have one entry per pole; empty for the sign.
struct SpectralPoles {
  Eigen::ArrayXcd p, odd, even;
  double error = 0;  ///< largest relative error of h and h² against their running maximum

  bool exact_sign() const { return p.size() == 0; }
};

/// Fits the poles by least squares on the half-line, halving the spacing of the poles (and with it their distance from
/// the axis) where the error is above `tolerance` (docs/theory.md §7). The polynomial of Muon takes some 100 poles and
/// 0.3 s. Where wiggles are too fine, as those of many steps, h and h² are averaged over 5, 15 or 40 % of x, as any
/// smooth density of singular values does: within 3 % of these means at twenty steps, 6 % at sixty. NumericalError when
/// the error stays above 100 times the tolerance, or h is not finite.
SpectralPoles spectral_poles(const SpectralMap& map, double tolerance = 1e-4);

/// The poles that give at the mean norm what `poles` give on average over a norm that fluctuates with the samples that
/// make up the spectrum, `variance` > 0 being that of ln ‖M‖_F (docs/theory.md §7):
///
///     h → h − ½ variance h'',     h² → h² + variance (h²)' − ½ variance (h²)'',     derivatives in ln x.
///
/// At the same p; some 20 ms.
SpectralPoles with_spread_norm(const SpectralPoles& poles, double variance);

/// The poles of a singular value that holds, on average, the `share` in [0, 1) of ‖M‖_F²: where it fluctuates the norm
/// goes with it, x → h(x/√(1 + x² − share)). At the same p, and from one factorization for all shares: building it takes
/// some 20 ms, a call less than 1 ms.
class OwnShare {
 public:
  explicit OwnShare(const SpectralPoles& poles);
  SpectralPoles operator()(double share) const;

 private:
  std::function<SpectralPoles(double)> refit_;
};

}  // namespace muonphase
