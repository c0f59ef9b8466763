#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "muonphase/core/matrix.hpp"
#include "muonphase/core/polar.hpp"

namespace muonphase {

/// An optimizer maps the gradients G_1, G_2, … to directions Φ and moves W ← W − η Φ. The momentum of signum, nmd and
/// muon is M_t = μ M_{t−1} + (1 − μ) G_t, M_0 = 0; with `nesterov`, Φ acts on μ M_t + (1 − μ) G_t instead of M_t.
struct Sgd {};      ///< Φ = G
struct Ngd {};      ///< Φ = G / ‖G‖_F
struct SignSgd {};  ///< Φ = sign(G), entry by entry, sign(0) = 0
struct SignSvd {};  ///< Φ = polar factor of G
/// Φ = M / ‖M‖_F.
struct Nmd {
  double momentum = 0.9;  ///< μ in [0, 1)
  bool nesterov = false;
};
/// Φ = sign(M), entry by entry.
struct Signum {
  double momentum = 0.9;  ///< μ in [0, 1)
  bool nesterov = false;
};
enum class Orthogonalization { newton_schulz, exact };
/// Φ = the polar factor of M, exact or by Newton–Schulz.
struct Muon {
  double momentum = 0.95;  ///< μ in [0, 1)
  bool nesterov = false;
  Orthogonalization orthogonalization = Orthogonalization::newton_schulz;
  int steps = 5;                                      ///< Newton–Schulz steps, ≥ 1
  std::array<double, 3> coefficients = muon_quintic;  ///< a, b, c of a x + b x³ + c x⁵
};
/// Φ = m̂ / (√v̂ + ε), bias-corrected moving averages of G and G². With β1 = β2 = ε = 0: sign(G). 0/0 is 0.
struct Adam {
  double beta1 = 0.9, beta2 = 0.999;  ///< in [0, 1)
  double eps = 1e-8;                  ///< ≥ 0
};
/// Φ = (L̂ + εI)^{−1/4} G (R̂ + εI)^{−1/4}, bias-corrected moving averages of GGᵀ and GᵀG: L ← βL + (1 − β)GGᵀ. With
/// β = ε = 0: the polar factor of G. The null spaces of L̂ and R̂ (eigenvalues below machine precision of the largest)
/// are left out.
struct Shampoo {
  double beta = 0.95;  ///< in [0, 1)
  double eps = 1e-12;  ///< ≥ 0, in the units of G²
};

using Optimizer = std::variant<Sgd, Ngd, SignSgd, SignSvd, Nmd, Signum, Muon, Adam, Shampoo>;

/// Options by their names in `[run.optimizer.<name>]`; what is not given keeps the default of the optimizer.
struct OptimizerOptions {
  std::optional<double> momentum = {};
  std::optional<bool> nesterov = {};
  std::optional<std::string> orthogonalization = {};  ///< "newton-schulz" or "exact"
  std::optional<int> steps = {};
  std::optional<std::array<double, 3>> coefficients = {};
  std::optional<double> beta1 = {}, beta2 = {}, eps = {}, beta = {};
};

/// "sgd", "ngd", "signsgd", "signsvd", "nmd", "signum", "muon", "adam", "shampoo".
const std::vector<std::string>& optimizer_names();

/// StudyError for an unknown name, an option that the optimizer does not have, or a value out of range.
Optimizer make_optimizer(std::string_view name, const OptimizerOptions& options = {});

/// Φ(QGPᵀ) = QΦ(G)Pᵀ for all rotations: everything but the entry-by-entry signsgd, signum and adam.
bool rotation_equivariant(const Optimizer& optimizer);

/// What an optimizer remembers between steps; a plain value, empty before the first step.
template <class S>
struct OptimizerState {
  std::int64_t updates = 0;         ///< gradients seen
  std::vector<Matrix<S>> averages;  ///< momentum; m and v for Adam; L and R for Shampoo
};

/// Takes the next gradient [n, d] and returns Φ [n, d]; W ← W − η Φ is the caller's. Zero for a zero gradient without
/// momentum. The bits do not depend on `threads`.
///
///     Optimizer muon = make_optimizer("muon", {.momentum = 0.9});
///     OptimizerState<double> state;
///     w -= eta * update<double>(muon, state, gradient);
template <class S>
Matrix<S> update(const Optimizer& optimizer, OptimizerState<S>& state, const Matrix<S>& gradient,
                 PolarMethod polar = PolarMethod::automatic, int threads = 1);

}  // namespace muonphase
