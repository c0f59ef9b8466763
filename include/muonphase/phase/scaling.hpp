#pragma once
#include <Eigen/Core>
#include <array>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/phase/phase_map.hpp"

namespace muonphase {

struct ScalingOptions {
  Eigen::ArrayXd dimension;  ///< at least three, increasing
  Eigen::ArrayXd tau;        ///< ≥ 0, increasing: horizons T = d^τ; the last may be infinity, the limit T → ∞
  double resolution = 0.03;  ///< an exponent that counts as a power of d
};

/// A quantity that may hold, with how sure one is.
struct FittedExponent {
  double value = 0, error = 0;
};

/// κ of L = κ ln d + const as d → ∞, from L at growing dimensions: the slopes between neighbours, continued by Aitken's
/// rule where they converge geometrically. The error is what the last step and the continuation changed, or what is left
/// of a slope that goes as 1/ln d, in the measure in which the changes fall as slowly as that.
FittedExponent fit_exponent(const Eigen::ArrayXd& dimension, const Eigen::ArrayXd& log_ratio);

/// A cell as d → ∞.
struct ScalingCell {
  Eigen::ArrayXXd log_ratio;               ///< [dimensions, taus] ln(R_first/R_second)
  Eigen::ArrayXd exponent, error;          ///< [taus] κ(τ) of log_ratio ∝ κ ln d, and its uncertainty
  Phase phase = Phase::indistinguishable;  ///< who is ahead by a power of d at some τ
  std::array<FittedExponent, 2> decay;     ///< fit_decay() at the largest dimension
  double margin = 0;  ///< of the verdict: the distance of the deciding exponents from the resolution, in errors
  bool decided() const { return margin >= 1; }
};

/// The asymptotic class of (α, β) points, in their order. T → ∞ needs the constant policy, no label noise, and
/// scale-invariant optimizers: R T² → ½ (M ∫√(2R_bias) ds)² there (docs/theory.md §6). Parallel over points.
std::vector<ScalingCell> compute_scaling(const PhaseOptions& options, const std::vector<PhasePoint>& points,
                                         const ScalingOptions& scaling, const Monitor& monitor = {},
                                         const CellWork& work = {});

/// The p of 2R_bias ∝ s^(−p), between the scales of the fastest and the slowest modes: the slope over the middle third
/// of that range in ln s; the error is half of how much it changes across.
FittedExponent fit_decay(const ModeEquation& equation);

/// ln (M ∫√(2R_bias) ds): ln(√(2R) T) of the best constant rate as T → ∞, without label noise.
double log_late_constant(const ModeEquation& equation);

}  // namespace muonphase
