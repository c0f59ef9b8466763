#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/adam_law.hpp"
#include "muonphase/closures/averages/memory.hpp"
#include "muonphase/closures/linear/resolvent.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Drift and diffusion of the energies per entry of W under one optimizer in the linear closure:
///
///     scale-invariant Φ (SignSVD, SignSGD):  dv/dt = −2 η f v/√(2R) + η² V
///     SGD:                                   dv/dt = −2 η f v       + η² V · 2R
///
/// with E[Φ(G)]_kj = f_kj Δ_kj/√(2R) (or f_kj Δ_kj) and E[Φ(G)_kj²] = V_kj (or V_kj 2R). Arrays are [output nodes,
/// input nodes] of the Problem. For an infinite batch they belong to the scaled time and learning rate of
/// muonphase::infinite_batch; SGD then has η n_out/B, η/B in the linear layer.
struct Coefficients {
  Eigen::ArrayXXd drift;      ///< f_kj ≥ 0
  Eigen::ArrayXXd diffusion;  ///< V_kj ≥ 0, per entry of W
  bool scale_invariant = true;
  Memory memory = {};  ///< of earlier gradients; drift and diffusion are those of full averages, short against the run
};

/// In the linear layer, whose residuals have the variance 2R/n_out and whose outputs are not multiplied by a random
/// x_out: the drift of the noise problem in units of 2R, times √n_out (but for infinite batches, whose units have that)
/// and less the factor μ_k of the output. `noise` is noise_problem(). docs/theory-linear-layer.md §2.
void to_residuals(const Problem& noise, Eigen::ArrayXXd& drift);

/// SignSVD by its deterministic equivalent, any n, d, B (docs/theory.md §3), or Muon with exact polar factors of a
/// momentum average (§7), whose diffusion is V(0) + 2 Σ_ℓ V(ℓ): that of updates correlated over times short against
/// the dynamics. One-sided spectra (either covariance isotropic) cost O(nodes · modes); two-sided ones and momentum
/// O(nodes² · modes_out · modes_in) flops in GEMM, one node counting for an isotropic side.
Coefficients signsvd_coefficients(const Problem& problem, const ResolventOptions& options = {},
                                  const Window& weights = {});

/// V_kj(ℓ) = E[Φ(M_t)_kj Φ(M_{t+ℓ})_kj] of exact polar factors, ℓ ≥ 0 in steps (docs/theory.md §7).
Eigen::ArrayXXd signsvd_lagged_diffusion(const Problem& problem, double lag, const Window& weights,
                                         const ResolventOptions& options = {});

/// SignSGD, or Signum for momentum > 0 with the diffusion V(0) + 2 Σ_ℓ V(ℓ) (docs/theory.md §7), in a flat-diagonal
/// basis, the limit for Basis::generic on either side that is not isotropic (docs/theory.md §4).
Coefficients signsgd_generic_coefficients(const Problem& problem, const Window& weights = {});

/// SignSGD in explicit orthonormal bases, columns = eigenvectors of Σ_out, Σ_in in decreasing order of eigenvalue
/// (docs/theory.md §4); an empty matrix is the eigenbasis, of any modes. Needs exact modes on a side with a matrix, at
/// a cost of O(d³).
Coefficients signsgd_coefficients(const Problem& problem, const Eigen::MatrixXd& output_basis,
                                  const Eigen::MatrixXd& input_basis, const Window& weights = {});

/// Adam without ε in the same bases: SignSGD's drift with χ for E|z|χ_B/√B, and the diffusion of K(ρ), which is linear
/// but for a part in the shape of arcsin ρ − ρ (docs/adam.md).
Coefficients adam_generic_coefficients(const Problem& problem, const AdamLaw& law);
Coefficients adam_coefficients(const Problem& problem, const AdamLaw& law, const Eigen::MatrixXd& output_basis,
                               const Eigen::MatrixXd& input_basis);

/// SGD: f = λ_kλ_j, V = λ_kλ_j/B, the leading term of its second moment; in the linear layer f = λ_j, V =
/// μ_kλ_j/(n_outB).
Coefficients sgd_coefficients(const Problem& problem);

}  // namespace muonphase
