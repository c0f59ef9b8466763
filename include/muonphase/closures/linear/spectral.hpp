#pragma once
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/spectral_map.hpp"

namespace muonphase {

/// A spectral map of an average of gradients: Φ = U h(S/‖M‖_F) Vᵀ for M = Σ_a ω_a G_{t−a} = U S Vᵀ. Muon is one:
///
///     SpectralRule muon{momentum_window(0.95), spectral_poles(newton_schulz_map(quintic_steps(5)))};
struct SpectralRule {
  Window window;
  SpectralPoles map = {};  ///< h; without poles the exact sign
};

/// A spectral map in the linear closure (docs/theory.md §7), per entry of W: drift, and the diffusion V(0) + 2 Σ_ℓ V(ℓ)
/// of updates correlated over times short against the dynamics. Cost O(poles² · (modes_out · modes_in + lags · window
/// nodes)).
Coefficients spectral_coefficients(const Problem& problem, const SpectralRule& rule);

/// V_kj(ℓ) = E[Φ(M_t)_kj Φ(M_{t+ℓ})_kj], ℓ ≥ 0 in steps.
Eigen::ArrayXXd spectral_lagged_diffusion(const Problem& problem, double lag, const SpectralRule& rule);

/// The Frobenius norm of M where its singular values concentrate, for 2R = 1: √(Σω² tr Σ_out tr Σ_in / B).
double average_norm(const Problem& problem, const SampleWindow& window);

/// The variance of its logarithm: of each sample's part, to first order in the inverse number of samples, and of what
/// pairs of samples add, 1/(2 n_out n_in) in effective dimensions (Σλ)²/Σλ².
double log_norm_variance(const Problem& problem, const SampleWindow& window);

/// The map of the rule with the norm's spread taken into its poles (with_spread_norm), where that is worth 3e−3.
SpectralPoles effective_map(const Problem& problem, const SampleWindow& window, const SpectralPoles& map);

}  // namespace muonphase
