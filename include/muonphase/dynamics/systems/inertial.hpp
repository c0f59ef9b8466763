#pragma once
#include <Eigen/Core>
#include <functional>

#include "muonphase/closures/averages/memory.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How updates move the modes once their averages are full, per entry of W [output nodes, input nodes].
struct StepRates {
  Eigen::ArrayXXd rate;    ///< E[Φ_kj Δ_kj]/v_kj
  Eigen::ArrayXXd excess;  ///< of E[Φ_kj²], summed over the lags it is correlated at, what is not the drift's own
  Eigen::ArrayXXd noise;   ///< variance of one gradient's entry over (λ_kλ_j)²: noise in units of Δ
};

/// At the energies v_kj and at `seen`, what the average of gradients has of Δ, squared, beside noise of the present
/// risk: v where the average is short and full. Below zero where Δ has turned against the noise that the average holds.
using StepRateFunction = std::function<StepRates(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen)>;

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
/// second moments of what is random are followed apart, and so is the noise that m holds. The rate is inverse to the
/// root of the average of squares, which is followed too; both averages start empty. A map that does not know the size
/// of its average takes the rates at what it sees: its average's part of Δ and its noise are those of the state. Whole
/// stretches of steps at once, as integrate_quasilinear(): O(modes ln h) for h steps. Errors as there.
RiskCurve integrate_inertial(const Problem& problem, const StepRateFunction& rates, const Inertia& inertia,
                             const LearningRate& schedule, const Eigen::ArrayXd& record,
                             const QuasilinearOptions& options = {});

/// As StepRates where the modes are coupled: matrices [d, d] in the eigenbasis of Σ_in, sums over the outputs.
struct CoupledStepRates {
  Eigen::MatrixXd drift;   ///< L: the mean over batches moves by A Lᵀ
  Eigen::MatrixXd spread;  ///< L_N: E[NᵀΦ] = E[NᵀN] L_Nᵀ
  Eigen::MatrixXd excess;  ///< of E[ΦᵀΦ], summed over the lags it is correlated at, what is not of these
  Eigen::MatrixXd noise;   ///< covariance of one gradient's row in units of Δ, times the outputs
};

using CoupledStepRateFunction = std::function<CoupledStepRates(const MeanMoments& now, const MeanMoments& seen)>;

/// The same equations for Δ = A + N of coupled modes, from AᵀA = `start` [d, d] and no spread, of a map that does not
/// know the size of its average: second moments of (A, its average, W*) and of (N, its average) move apart. O(d³ ln h)
/// for h steps. Σ_out isotropic.
RiskCurve integrate_inertial_mean(const Problem& problem, const Eigen::MatrixXd& start,
                                  const CoupledStepRateFunction& rates, const Memory& memory,
                                  const MomentDecay& decay, const LearningRate& schedule,
                                  const Eigen::ArrayXd& record, const QuasilinearOptions& options = {});

}  // namespace muonphase
