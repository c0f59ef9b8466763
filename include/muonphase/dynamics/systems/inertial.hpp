#pragma once
#include <Eigen/Core>
#include <functional>

#include "muonphase/closures/averages/memory.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How updates move the modes at given energies once their averages are full, per entry of W [output nodes, input
/// nodes].
struct StepRates {
  Eigen::ArrayXXd rate;    ///< E[Φ_kj Δ_kj]/v_kj
  Eigen::ArrayXXd excess;  ///< of E[Φ_kj²], summed over the lags it is correlated at, what is not the drift's own
  Eigen::ArrayXXd noise;   ///< variance of one gradient's entry over (λ_kλ_j)²: noise in units of Δ
  Eigen::ArrayXXd signal = {};  ///< share of its mean in an update, in [0, 1]; empty: hidden in noise
};

using StepRateFunction = std::function<StepRates(const Eigen::ArrayXXd& energy)>;

/// What the next step has of the ones before.
struct Inertia {
  Memory memory = {};
  double weight_decay = 0;  ///< W ← (1 − η · weight_decay) W − ηΦ

  bool none() const { return memory.none() && weight_decay == 0; }
};

/// Integrates the mode energies of an optimizer with memory and weight decay (docs/adam.md). Every mode has, besides
/// Δ = W − W*, the average m of gradients in units of Δ:
///
///     c = newest (Δ + ε) + tail' m,   m ← retention m + (1 − retention)(Δ + ε),
///     Δ ← (1 − η λ) Δ − η λ W* − η (rate c + ξ),
///
/// ε the gradient's noise and ξ what Φ has beyond the average it follows. The means, as answers to Δ_0 and W*, and the
/// second moments of what is random are followed apart. The rate is inverse to the root of the average of squares,
/// which is followed too; both averages start empty. Whole stretches of steps at once, as integrate_quasilinear(): O(modes ln h)
/// for h steps. Errors as there.
RiskCurve integrate_inertial(const Problem& problem, const StepRateFunction& rates, const Inertia& inertia,
                             const LearningRate& schedule, const Eigen::ArrayXd& record,
                             const QuasilinearOptions& options = {});

}  // namespace muonphase
