#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "muonphase/core/monitor.hpp"
#include "muonphase/optimizers/optimizer.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Drift and diffusion of an optimizer by Monte Carlo, to set beside linear_coefficients(). Arrays are [output nodes,
/// input modes] of the problem, diffusion per entry of W, as in Coefficients, and standard errors over batches.
struct MeasuredCoefficients {
  Eigen::ArrayXXd drift, drift_sem, diffusion, diffusion_sem;
};

/// From `batches` ≥ 2 gradients, each at a Δ of its own whose modes all hold the same share of the risk, so that the
/// signal hides in the noise. An optimizer that sees random bases is measured in draw 0 of them. Exact modes, a finite
/// batch and an optimizer of one step (StudyError otherwise). Parallel over batches; the bits do not depend on the
/// number of threads. Cost O(batches · (B n d + that of the update)).
MeasuredCoefficients measure_coefficients(const Problem& problem, const Optimizer& optimizer, int batches,
                                          std::uint64_t seed, const Monitor& monitor = {});

/// Eigenvalues of G Gᵀ/2R [n, batches], each column decreasing, at such Δ; the same conditions.
Eigen::ArrayXXd measure_spectrum(const Problem& problem, int batches, std::uint64_t seed, const Monitor& monitor = {});

}  // namespace muonphase
