#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <memory>

#include "muonphase/problem/data_rows.hpp"
#include "muonphase/problem/spectrum.hpp"

namespace muonphase {

/// Coordinates of W, which SignSGD sees, relative to the eigenbasis of a covariance.
/// eigen: the eigenbasis itself. haar: a uniformly random rotation. hadamard: a randomised Hadamard rotation (flat
/// diagonal). generic: the limit of a flat diagonal, theory only. data: those that data came in.
enum class Basis { eigen, haar, hadamard, generic, data };

/// What a sample is. bilinear: one number y = x_outᵀ W* x_in + σ ξ. linear_layer: the vector y = W* x + σ ξ, x of
/// covariance Σ_in, ξ ~ N(0, Σ_ξ) in R^n, Σ_ξ ∝ Σ_out of trace n (docs/theory-linear-layer.md).
enum class Model { bilinear, linear_layer };

/// Batch size B → ∞ at a signal that stays hidden in the gradient's noise: the formal limit that takes the effective
/// dimension to infinity first. With B → ∞ at a given problem training ends up dominated by its signal instead. Time
/// counts n_out/B steps, and learning rates are scaled to match, η√(n_out/B) for SignSVD and η n_out/√B for SignSGD.
/// In the linear layer, whose residuals are 1/n_out each of what they are together, time counts 1/B steps, and rates are
/// η/√B and η√(n_out/B): the curves are then those of the bilinear problem.
inline constexpr double infinite_batch = std::numeric_limits<double>::infinity();

/// Matrix least squares, bilinear unless `model` says otherwise: a sample is (x_out, x_in, y) with x_out ~ N(0, Σ_out)
/// in R^n, x_in ~ N(0, Σ_in) in R^d independent, y = x_outᵀ W* x_in + σ ξ. Population risk R = ½ (tr(Δᵀ Σ_out Δ Σ_in) +
/// σ²), Δ = W − W*. docs/theory.md §1. In the linear layer R = ½ (tr(Δ Σ_in Δᵀ) + nσ²), and `output` is the covariance
/// of the output noise.
///
/// Everything the deterministic equivalents need, in the eigenbases. `energy` is per entry of W: v_kj = E[Δ_kj²] at the
/// start, rows are nodes of `output`, columns nodes of `input`; sums over modes carry weight_k weight_j. When Σ_out is
/// isotropic the output side has one node of weight n.
struct Problem {
  Spectrum output;         ///< spectrum of Σ_out, dimension n
  Spectrum input;          ///< spectrum of Σ_in, dimension d
  double batch = 1;        ///< B ≥ 1, whole, or infinite_batch
  double label_noise = 0;  ///< σ ≥ 0
  Basis output_basis = Basis::eigen;
  Basis input_basis = Basis::haar;
  Eigen::ArrayXXd energy;  ///< [output nodes, input nodes], v_kj at the start, ≥ 0
  Model model = Model::bilinear;

  // What weight decay pulls away from; empty where W_0 = 0, whose Δ_0 is −W*.
  Eigen::ArrayXXd target = {};    ///< E[W*_kj²], as `energy`
  Eigen::ArrayXXd overlap = {};   ///< E[Δ_kj W*_kj] at the start
  Eigen::MatrixXd weights = {};   ///< W_0 [n, d] in the eigenbases

  std::shared_ptr<const DataRows> data = {};  ///< whose second moments these are, of a linear layer; null: none
  bool sample_rows = false;                   ///< training draws the rows of `data`; false: Gaussians

  double n_out() const { return output.dimension(); }
  double n_in() const { return input.dimension(); }
  bool noise_dominated() const { return batch == infinite_batch; }
  bool linear_layer() const { return model == Model::linear_layer; }
  /// Residuals of one sample, each of the mean variance 2R/residuals().
  double residuals() const { return linear_layer() ? n_out() : 1; }
  /// What label noise adds to 2R.
  double noise_variance() const { return residuals() * label_noise * label_noise; }
};

/// v_kj = j^(−β) / n at the nodes: the power-law target, with W_0 = 0.
Eigen::ArrayXXd power_law_energy(const Spectrum& output, const Spectrum& input, double beta);

/// Energies of a given Δ [n, d] in the eigenbases. When `output` is one node, rows are averaged.
/// StudyError when the shapes do not match the spectra or these are binned.
Eigen::ArrayXXd energy_of(const Spectrum& output, const Spectrum& input, const Eigen::MatrixXd& delta);

/// E[W*_kj²] and E[Δ_kj W*_kj] at the start, those of W_0 = 0 included.
Eigen::ArrayXXd target_energy(const Problem& problem);
Eigen::ArrayXXd target_overlap(const Problem& problem);

/// Takes a given Δ_0 [n, d]: its energies, and what it has to do with W* = W_0 − Δ_0. Errors of energy_of().
void set_start(Problem& problem, const Eigen::MatrixXd& delta);

/// weight_k λ_k weight_j λ_j at every pair of nodes, weight_k weight_j λ_j in the linear layer: the risk is
/// ½ (Σ risk_weight · v + noise_variance()). [output nodes, input nodes]
Eigen::ArrayXXd risk_weight(const Problem& problem);

/// Δ [n, d] with Gaussian entries of mean zero and the given variances, [1 or n, d]: that of trial `draw`.
Eigen::MatrixXd draw_entries(const Eigen::ArrayXXd& variance, double n_out, std::uint64_t seed, std::uint64_t draw,
                             int threads = 1);

/// R at energies v [output nodes, input nodes].
double population_risk(const Problem& problem, const Eigen::ArrayXXd& energy);

/// Variance of each residual at energies v, on an eigenvector of Σ_ξ each, of the linear layer: Σ_j λ_j v_kj + σ² ξ_k.
/// [output nodes]
Eigen::ArrayXd residual_variance(const Problem& problem, const Eigen::ArrayXXd& energy);

/// What the noise of a gradient has for covariances, of mean one on the output side: in the linear layer the same
/// problem with the spectrum of the residuals at the start, less its scale, for `output`; otherwise the problem as it
/// is. Nodes keep their order, whatever their eigenvalues.
Problem noise_problem(const Problem& problem);

/// Checks every field; throws StudyError naming the field, its value and what is allowed.
void validate(const Problem& problem);

}  // namespace muonphase
