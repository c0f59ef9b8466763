#pragma once
#include "muonphase/closures/full/leading_moments.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {

/// Integrates LeadingMoments from the problem's energies (docs/theory-full-closure.md §6, *Many modes*). A stretch of h
/// steps costs O(K³ ln h + d), a recorded step O(d² + d K²). Σ_out isotropic, modes exact. Schedules and errors as
/// integrate_second_moment.
RiskCurve integrate_leading_modes(const Problem& problem, const ModeFrame& frame, const LeadingRateFunction& rates,
                                  const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options = {});

}  // namespace muonphase
