#pragma once
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/spectral_map.hpp"

namespace muonphase {

/// Muon as the deterministic equivalent sees it: Φ = U h(S/‖M‖_F) Vᵀ of the average M of gradients.
///
///     MuonRule muon{.momentum = {.retention = 0.95}, .map = spectral_poles(newton_schulz_map(5, muon_quintic))};
struct MuonRule {
  Momentum momentum{.retention = 0.95, .nesterov = false};
  SpectralPoles map = {};  ///< h; without poles the exact sign
};

/// Muon in the linear closure (docs/theory.md §7), per entry of W: drift, and the diffusion V(0) + 2 Σ_ℓ V(ℓ) of
/// updates correlated over times short against the dynamics. Cost O(poles² · (modes_out · modes_in + lags · window
/// nodes)).
Coefficients muon_coefficients(const Problem& problem, const MuonRule& rule);

/// V_kj(ℓ) = E[Φ(M_t)_kj Φ(M_{t+ℓ})_kj], ℓ ≥ 0 in steps.
Eigen::ArrayXXd muon_lagged_diffusion(const Problem& problem, double lag, const MuonRule& rule);

/// The Frobenius norm of M where its singular values concentrate, for 2R = 1: √(Σω² tr Σ_out tr Σ_in / B).
double average_norm(const Problem& problem, const SampleWindow& window);

/// The variance of its logarithm, to first order in the inverse number of samples; 0 when the batch is infinite.
double log_norm_variance(const Problem& problem, const SampleWindow& window);

/// The map of the rule with the norm's spread taken into its poles (with_spread_norm), where that is worth 3e−3.
SpectralPoles effective_map(const Problem& problem, const SampleWindow& window, const SpectralPoles& map);

}  // namespace muonphase
