#pragma once
#include <string>
#include <vector>

#include "muonphase/closures/full/validity.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/run/results.hpp"
#include "muonphase/simulation/simulation.hpp"
#include "muonphase/validation/validation.hpp"

/// What the results hold, path by path. Every write_… has its read_…; groups are named by optimizer.
namespace muonphase {

/// `<group>`/step, risk, learning_rate, and mode_energy [step, mode] when the curve has it. `modes` are the mode
/// numbers of the input nodes, needed only then.
void write_curve(DataTree& file, const std::string& group, const RiskCurve& curve, const Eigen::ArrayXd& modes = {});
/// `<group>/largest_share`, signal_to_noise and effective_dimension: validity indicators at the recorded steps of the
/// curve already written to `<group>`, or at its start alone.
void write_validity(DataTree& file, const std::string& group, const ValidityTrack& track);
void write_validity(DataTree& file, const std::string& group, const Validity& start);

RiskCurve read_curve(const Hdf5Reader& file, const std::string& group);

/// `<group>/sweep/risk` [learning_rate, horizon] with its scales, and `<group>/sweep/stability_edge`.
void write_sweep(DataTree& file, const std::string& group, const LearningRateSweep& sweep);
LearningRateSweep read_sweep(const Hdf5Reader& file, const std::string& group);

/// Coefficients with the eigenvalues they belong to. When the output side is one node, drift [d] is that of any output
/// and diffusion [d] the sum over all of them; else both are [n, d].
struct CoefficientTable {
  Spectrum output, input;
  Eigen::ArrayXXd drift, diffusion;  ///< [1 or n, d], in the units above
};

/// Attributes of the group: noise_coefficient, resolution, resolution_mode. `<group>/eigenvalue_out`, eigenvalue_in, weight_out, weight_in, drift, diffusion over the scales mode_out, mode_in.
void write_coefficients(DataTree& file, const std::string& group, const Problem& problem,
                        const CoefficientsResult::Set& set);
/// /spectral_density/x; density_out, density_in, weighted_out, weighted_in [x]; eigenvalue [rank, batch] where `spectra`
/// has some.
void write_spectral_density(DataTree& file, const SpectralDensity& density, const Eigen::ArrayXXd& spectra);
CoefficientTable read_coefficients(const Hdf5Reader& file, const std::string& group);

/// /alpha, /beta, /horizon and the third axis by its name; /initial_risk; `/<optimizer>/risk` and learning_rate of the
/// two compared; /log_risk_ratio; /phase and /crossing_horizon under the threshold. Over accuracies /accuracy,
/// `/<optimizer>/time`, /log_time_ratio, /crossing_accuracy and /finite_size_cut. The third axis is the first dimension.
void write_phase_map(DataTree& file, const PhaseMap& map, double threshold);
/// Beside the map: /validity/…
void write_map_validity(DataTree& file, const PhaseMap& map, const std::vector<CellValidity>& cells, Closure closure);
PhaseMap read_phase_map(const Hdf5Reader& file);

/// A validation of one optimizer: `/ode/<optimizer>/…`, `/simulate/<optimizer>/…` with risk_sem and risk_trials, and
/// `/<optimizer>/log_ratio`, log_ratio_sem, worst, median, excess.
void write_validation(DataTree& file, const std::string& optimizer, const RiskCurve& theory,
                      const SimulatedCurve& simulated, const Comparison& comparison);
/// `<group>/step`, risk, learning_rate as of a curve, and risk_sem [step], risk_trials [trial, step]; divergences as
/// diverged_trial, diverged_step when there are any.
void write_simulated_curve(DataTree& file, const std::string& group, const SimulatedCurve& curve,
                           const Eigen::ArrayXd& modes = {});
SimulatedCurve read_simulated_curve(const Hdf5Reader& file, const std::string& group);

/// `/checkpoint/trial_<i>/…`, bit for bit.
void write_simulation_state(DataTree& file, const SimulationState& state);
SimulationState read_simulation_state(const Hdf5Reader& file);

/// A simulation's state and that of its theory, /checkpoint/theory/<optimizer>/risk [trial, recorded].
void write_validation_state(DataTree& file, const ValidationState& state);
ValidationState read_validation_state(const Hdf5Reader& file);

/// Runs on imbalanced data: `/<kind>/<optimizer>/…`, or `/organisms/<optimizer>/…`.
void write_imbalance(DataTree& file, const ImbalanceResult& result);

/// The optimizers of a result: its groups, in the order of the study.
std::vector<std::string> optimizers_of(const Hdf5Reader& file);

}  // namespace muonphase
