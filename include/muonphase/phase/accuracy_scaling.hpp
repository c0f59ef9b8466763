#pragma once
#include <Eigen/Core>
#include <array>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/scaling.hpp"

namespace muonphase {

/// Times to accuracy of one (α, β) as d → ∞, at accuracies ε = d^(−p) down to the cut p = α + β − 1. All are NaN where
/// α + β ≤ 1, whose risk at the start is infinite.
struct AccuracyScalingCell {
  /// −∂ ln t/∂ ln ε of the two compared: of t ∝ d^x(p) at a third and at two thirds of what d resolves, (x₂ − x₁)/(p₂ −
  /// p₁).
  std::array<FittedExponent, 2> time;
  /// p* of the accuracy d^(−p*) from which on the first is ahead; NaN where it is not before the cut at the three largest
  /// dimensions.
  FittedExponent crossing;
  Eigen::ArrayXd crossing_accuracy;  ///< [dimensions] ε there, NaN where there is none
};

/// Cells of any points, in their order. Needs Criterion::accuracy, no third axis, no label noise and an isotropic
/// output (StudyError); `dimension` are at least three, increasing. 96 accuracies for each dimension.
std::vector<AccuracyScalingCell> compute_accuracy_scaling(const PhaseOptions& options,
                                                          const std::vector<PhasePoint>& points,
                                                          const Eigen::ArrayXd& dimension, const Monitor& monitor = {},
                                                          const CellWork& work = {});

}  // namespace muonphase
