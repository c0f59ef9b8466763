#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/phase/accuracy_scaling.hpp"
#include "muonphase/phase/compute_optimal.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/refine.hpp"
#include "muonphase/phase/scaling.hpp"
#include "muonphase/phase/verify.hpp"
#include "muonphase/phase/yardstick.hpp"

/// What a phase diagram holds besides its map, path by path. The map itself is in the file already.
namespace muonphase {

/// /refined/alpha, beta; /refined/phase and computed over them.
void write_refined(DataTree& file, const RefinedPhases& refined);
RefinedPhases read_refined(const Hdf5Reader& file);

/// /scaling/dimension, tau; /scaling/log_risk_ratio [alpha, beta, dimension, tau]; /scaling/exponent, exponent_error
/// [alpha, beta, tau]; /scaling/phase, margin [alpha, beta]; slopes of the start's decay in s,
/// /scaling/<optimizer>/decay and decay_error [alpha, beta]; for SignSVD against SignSGD what is predicted of them,
/// /scaling/predicted_phase, predicted_late_exponent and /scaling/<optimizer>/predicted_decay.
void write_scaling(DataTree& file, const PhaseMap& map, const ScalingOptions& options,
                   const std::vector<ScalingCell>& cells);
/// /scaling/phase and margin, enough to draw.
struct ScalingMap {
  RefinedPhases::Grid phase, predicted;  ///< predicted is empty where nothing is
  Eigen::ArrayXXd margin;
};
ScalingMap read_scaling(const Hdf5Reader& file);

/// Of times to accuracy: /scaling/dimension; /scaling/crossing_accuracy [alpha, beta, dimension], crossing_exponent and
/// crossing_exponent_error [alpha, beta]; /scaling/<optimizer>/time_exponent and time_exponent_error [alpha, beta]; for
/// SignSVD against SignSGD predicted_crossing_exponent and predicted_time_exponent.
void write_accuracy_scaling(DataTree& file, const PhaseMap& map, const Eigen::ArrayXd& dimension,
                            const std::vector<AccuracyScalingCell>& cells);

/// /yardstick/policy; /yardstick/<optimizer>/excess [policy, alpha, beta, horizon], optimal_risk [alpha, beta,
/// horizon], with the third axis before alpha.
void write_yardstick(DataTree& file, const PhaseMap& map, const Yardstick& yardstick);

/// /compute_optimal/compute; /compute_optimal/<optimizer>/risk, dimension, horizon [alpha, beta, compute], slope and
/// slope_error [alpha, beta]; /compute_optimal/steeper [alpha, beta].
void write_compute_optimal(DataTree& file, const PhaseMap& map, const ComputeOptimal& result);
ComputeOptimal read_compute_optimal(const Hdf5Reader& file, const PhaseMap& map);

/// /verify/…: a row for each horizon of each cell tested by training.
void write_verified(DataTree& file, const std::vector<VerifiedCell>& cells, const PhaseMap& map, double threshold);

}  // namespace muonphase
