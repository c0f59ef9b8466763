#pragma once
#include <Eigen/Core>

#include "muonphase/imbalance/mixture.hpp"

namespace muonphase {

/// One claim "gap(t) ≥ slope · t for 0 < t ≤ t*", with gap = loss of a rival flow − loss of spectral flow.
struct AdvantageClaim {
  /// Proven lower bound of gap(t)/t on (0, t*]. The hypothesis of the claim is that it is positive.
  double guaranteed_slope = 0;
  /// Smallest gap(t)/t found on the closed forms.
  double observed_slope = 0;
  /// What the theorems of arXiv 2510.22980 say where their hypothesis holds; NaN where they give no constant.
  double published_slope = 0;

  bool hypothesis() const { return guaranteed_slope > 0; }
  bool holds() const { return observed_slope > 0; }
};

/// Advantage of spectral flow over gradient flow and normalised gradient flow, all at unit rate from zero, before
/// t* = min_c w*_c. The bounds are derived in docs/imbalance.md, "Before saturation"; they need no more than
/// t ≤ t*: with c the minority class, k classes, means over classes written ⟨·⟩,
///
///     flow, minority:        m_c (1 − p_c m_c) − ½ (m_c² + k σ²) t*
///     normalised, minority:  m_c (1 − ρ) − ½ (m_c² + k σ²) t*,  ρ ≥ |∇_c|/‖∇‖ along the path
///     flow, balanced:        ⟨m⟩ − ⟨p m²⟩ − ½ (⟨m²⟩ + k σ²) t*
///     normalised, balanced:  ⟨m⟩ − ⟨m²⟩^½ k^(−½) − ½ (⟨m²⟩ + k σ²) t*
///
/// The published theorems are for a common norm m: where m ≥ 1, k ≥ 3m and p_c ≤ 1/(5 m²/σ² + 6k), the slopes are at
/// least m/4 (flow, minority), m/2 (flow, balanced) and m/2 (normalised, minority).
struct Advantage {
  double first_saturation = 0;            ///< t*
  bool minority_saturates_first = false;  ///< w*_minority = t*; always so with a common norm
  bool published_hypothesis = false;      ///< of the theorems; false where norms differ
  AdvantageClaim flow_minority, flow_balanced, normalized_minority, normalized_balanced;
};

/// Evaluates all claims on `points` times evenly spaced in (0, t*].
Advantage spectral_advantage(const Mixture& mixture, int points = 200);

}  // namespace muonphase
