#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Quadrature in the resolvent variable s. The trapezoid rule in x = ln s, with the ends stretched
/// double-exponentially, converges like exp(−π²/step).
struct ResolventOptions {
  double step = 0.3;  ///< spacing in ln s across the spectrum of G, in (0, 2]; 0.3 gives 1e−12, 0.6 gives 1e−7
  int nodes = 0;      ///< when > 0, the number of nodes; the step follows
};

/// The deterministic equivalent of the resolvents of a momentum average, G for the gradient itself, along s > 0
/// (docs/theory.md §3), for 2R = 1:
///
///     E s (G Gᵀ + s²)^(−1) ≈ (s + θ_out Σ_out)^(−1),   E s (GᵀG + s²)^(−1) ≈ (s + θ_in Σ_in)^(−1).
///
/// Kept as the ratios t = s/θ, for which the shares captured of a mode are λ/(t + λ) ("filled") and t/(t + λ)
/// ("empty"). Σ filled is the same number q(s) on both sides. Arrays have one entry per node; s decreases. When the
/// batch is infinite, s is in units of 1/√B and `batch` below is 1.
struct ResolventPath {
  double batch;           ///< B, or 1 in the noise-dominated limit
  bool noise_dominated;   ///< batch → ∞: κ = 0, E[z²A] = 1
  Eigen::ArrayXd s;       ///< nodes, decreasing
  Eigen::ArrayXd weight;  ///< ∫_0^∞ F(s) ds = Σ weight F(s)
  Eigen::ArrayXd t_out, t_in;
  Eigen::ArrayXd filled;  ///< q = Σ_k λ_k/(t_out + λ_k) = Σ_j λ_j/(t_in + λ_j), rising to min(n, d, B) as s → 0
  Eigen::ArrayXd kappa;   ///< κ = τ_out τ_in / B²
  Eigen::ArrayXd second;  ///< Σ ω² E[z²A] = q/(B κ)
  Eigen::ArrayXd signal;  ///< Σ ω E[z²A]
};

/// The window whose samples fill the spectrum of a problem's gradients, with the law of its residuals.
SampleWindow sample_window(const Problem& problem, const Window& weights);

/// The law of a problem's residuals.
Residual residual_of(const Problem& problem);

/// Solves the fixed point at every node, from large s to small, by safeguarded Newton on one monotone scalar equation.
/// Cost O(nodes · iterations · (modes + window nodes)), a few iterations each. NumericalError when a root is not found
/// (not seen).
ResolventPath solve_resolvent(const Spectrum& output, const Spectrum& input, double batch, const SampleWindow& window,
                              const ResolventOptions& options = {});

/// λ/(t + λ) for every mode (rows) and node (columns).
template <class T>
Eigen::MatrixX<T> filled_shares(const Spectrum& spectrum, const Eigen::ArrayX<T>& t);

/// What second moments take from one side of a path: sums over its modes of the filled shares ū and the empty ones u at
/// every pair of nodes, real s or complex.
template <class T>
struct SideSums {
  Eigen::MatrixX<T> weighted;    ///< weight ū: modes × nodes
  Eigen::MatrixX<T> empty;       ///< u: modes × nodes
  Eigen::MatrixX<T> shared;      ///< Y(s, s') = Σ ū ū'
  Eigen::MatrixX<T> exchange;    ///< w(s, s') = Σ u(s) ū(s')
  Eigen::MatrixX<T> propagator;  ///< ρ(s) = u/s: modes × nodes
};
/// `filled` as filled_shares() of t gives it.
template <class T>
SideSums<T> side_sums(const Spectrum& spectrum, const Eigen::ArrayX<T>& s, const Eigen::ArrayX<T>& t,
                      const Eigen::MatrixX<T>& filled);

}  // namespace muonphase
