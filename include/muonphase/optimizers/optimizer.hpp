#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muonphase/optimizers/closures.hpp"
#include "muonphase/optimizers/option.hpp"
#include "muonphase/optimizers/update.hpp"

namespace muonphase {

/// The flow that an optimizer follows with full batches, for the closed forms of docs/imbalance.md.
enum class Flow { none, gradient, normalised, spectral };

/// Everything there is to know of an optimizer, in one place: one file of src/optimizers/ each. docs/extending.md.
struct OptimizerDescription {
  std::string name;                   ///< "signsvd", as studies and result files name it
  std::string label;                  ///< "SignSVD", in figures and pages
  std::uint32_t color = 0x7F7F7F;     ///< of its curves and phases, 0xRRGGBB; a colour of its own
  std::string full_batch_name = {};   ///< its name in [imbalance] where that differs: "specgd"
  std::string full_batch_label = {};  ///< and in figures: "SpecGD"
  std::string doc;                    ///< its update, in one line
  std::vector<Option> options = {};
  bool rotation_equivariant = true;  ///< Φ(QGPᵀ) = QΦ(G)Pᵀ for rotations; false: acts entry by entry, sees a basis
  bool scale_invariant = true;       ///< Φ(cG) = Φ(G) for c > 0
  Flow flow = Flow::none;
  /// p of the drift f_j ∝ λ_j^p at large batches in a generic basis, where scaling predictions are made from it; 0:
  /// none.
  double drift_power = 0;
  UpdateRule update = {};
  /// The average that its map acts on; empty for one step.
  std::function<Window(const OptimizerOptions&)> window = {};
  /// h of the singular values, where it is one that options decide; nothing for the exact sign.
  std::function<std::optional<SpectralMap>(const OptimizerOptions&)> map = {};
  /// Its closures, built once for given options; empty where there are none.
  std::function<LinearClosure(const OptimizerOptions&)> linear = {};
  std::function<FullClosure(const OptimizerOptions&)> full = {};
  bool linear_layer = true;        ///< whether the linear closure exists for the linear layer too
  bool full_linear_layer = false;  ///< whether the full closure exists for the linear layer too
  bool full_two_sided = true;  ///< whether the full closure takes an output covariance that is not isotropic
  ClosureCoverage linear_coverage = {}, full_coverage = {};
};

/// An optimizer with its options: a value. It maps the gradients G_1, G_2, … to directions Φ and moves W ← W − η Φ.
///
///     Optimizer muon = make_optimizer("muon", {{"momentum", 0.9}});
///     OptimizerState<double> state;
///     w -= eta * muon.update<double>(state, gradient);
///     RiskCurve curve = ode_curve(problem, muon, ConstantRate{0.01}, recorded_steps(1000, 200));
class Optimizer {
 public:
  /// StudyError for an option that it does not have, or a value out of range.
  explicit Optimizer(OptimizerDescription description, const OptimizerOptions& options = {});

  const OptimizerDescription& description() const;
  const std::string& name() const { return description().name; }
  const std::string& label() const { return description().label; }
  const OptimizerOptions& options() const;

  /// Takes the next gradient [n, d] and returns Φ [n, d]. Zero for a zero gradient without memory. The bits do not
  /// depend on `threads`. Counts the update in `state`.
  template <class S>
  Matrix<S> update(OptimizerState<S>& state, const Gradient<S>& gradient, PolarMethod polar = PolarMethod::automatic,
                   int threads = 1) const;
  template <class S>
  Matrix<S> update(OptimizerState<S>& state, const Matrix<S>& gradient, PolarMethod polar = PolarMethod::automatic,
                   int threads = 1) const {
    return update<S>(state, Gradient<S>(gradient), polar, threads);
  }

  /// λ of W ← (1 − ηλ) W − ηΦ, which is the caller's to do.
  double weight_decay() const;
  Window window() const;
  bool has_linear() const;
  bool has_full() const;
  /// Built on first use, then kept; safe from any thread. StudyError when the optimizer has none.
  const LinearClosure& linear() const;
  const FullClosure& full() const;

 private:
  struct Bound;
  std::shared_ptr<Bound> bound_;
};

/// Coefficients in the linear closure: one set, or one for each random basis. StudyError when the optimizer has none.
std::vector<Coefficients> linear_coefficients(const Problem& problem, const Optimizer& optimizer,
                                              const LinearOptions& options = {});

}  // namespace muonphase
