#pragma once
#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/scaling.hpp"

namespace muonphase {

/// The least risk for a compute of C = steps × batch × n_out × n_in, over model size, horizon and learning rate.
struct ComputeCurve {
  Eigen::ArrayXd risk;                ///< [computes] excess over the label noise; NaN where undefined
  Eigen::ArrayXd dimension, horizon;  ///< [computes] n_in and T that reach it
  FittedExponent slope;               ///< −d ln risk/d ln C over the larger computes; NaN where undefined
};

struct ComputeOptimal {
  Eigen::ArrayXd compute;                          ///< C
  std::vector<std::array<ComputeCurve, 2>> cells;  ///< as phase_points(), of the optimizers compared
};

/// A model of d inputs sees the first d directions of data that have infinitely many, λ_j = j^(−α), j^(−β) being the
/// target's energy; what lies beyond, Σ_{j>d} j^(−α−β), cannot be learned by it and acts as label noise. So small
/// models stop early and large ones are slow, and each compute has its best size (docs/theory.md §6). Needs
/// α + β > 1, else the risk at the start is infinite; those cells are undefined.
///
/// `dimension`: the sizes, increasing, at least four. n_out follows by options.output_ratio; the batch is as in
/// `options`. C from what 10 steps (or n_out/B steps) of the smallest cost to 10^6 of the largest. Horizons and
/// dimension of `options` are not read. StudyError for a third axis or an output that is not isotropic.
ComputeOptimal compute_optimal(const PhaseOptions& options, const Eigen::ArrayXd& dimension,
                               const Monitor& monitor = {}, const CellWork& work = {});

/// Which slope is the steeper one beyond the errors: 0 neither, 1 the second's, 2 the first's, 3 undefined.
std::uint8_t steeper(const std::array<ComputeCurve, 2>& curves);

}  // namespace muonphase
