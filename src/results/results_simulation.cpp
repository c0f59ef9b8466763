#include <fmt/format.h>

#include <span>

#include "muonphase/results/results.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

void write_trial(DataTree& file, const std::string& group, const TrialState& trial) {
  file.scalar(group + "/step", static_cast<double>(trial.step), {"step", "steps done"});
  file.scalar(group + "/updates", static_cast<double>(trial.updates), {"1", "gradients the optimizer has seen"});
  file.scalar(group + "/diverged", trial.diverged ? 1 : 0, {"1", "1 after an overflow"});
  if (trial.risk.empty()) return;
  const std::string recorded = group + "/recorded";
  file.index_scale(recorded, trial.risk.size(), {"1", "number of the record"});
  file.dataset(group + "/risk", {recorded}, std::span<const double>(trial.risk), {"1", "population risk"});
  if (!trial.mode_energy.empty()) {
    const Eigen::Index modes = trial.mode_energy.front().size();
    Eigen::ArrayXXd energy(static_cast<Eigen::Index>(trial.mode_energy.size()), modes);
    for (Eigen::Index t = 0; t < energy.rows(); ++t)
      energy.row(t) = trial.mode_energy[static_cast<std::size_t>(t)].transpose();
    file.index_scale(group + "/mode", static_cast<std::size_t>(modes), {"1", "input mode"});
    file.dataset(group + "/mode_energy", {recorded, group + "/mode"}, energy, {"1", "energy of W - W* in the mode"});
  }
  for (std::size_t i = 0; i < trial.matrices.size(); ++i) {
    const std::string name = fmt::format("{}/matrix_{}", group, i);
    file.index_scale(name + "_row", static_cast<std::size_t>(trial.matrices[i].rows()), {"1", "row"});
    file.index_scale(name + "_column", static_cast<std::size_t>(trial.matrices[i].cols()), {"1", "column"});
    file.dataset(name, {name + "_row", name + "_column"}, trial.matrices[i].array(),
                 {"1", i == 0 ? "W - W*" : "average kept by the optimizer"});
  }
}

TrialState read_trial(const Hdf5Reader& file, const std::string& group) {
  TrialState trial;
  trial.step = static_cast<std::int64_t>(file.number(group + "/step"));
  trial.updates = static_cast<std::int64_t>(file.number(group + "/updates"));
  trial.diverged = file.number(group + "/diverged") != 0;
  if (!file.has(group + "/risk")) return trial;
  trial.risk = file.numbers(group + "/risk").values;
  if (file.has(group + "/mode_energy")) {
    const Eigen::ArrayXXd energy = file.matrix(group + "/mode_energy");
    for (Eigen::Index t = 0; t < energy.rows(); ++t) trial.mode_energy.push_back(energy.row(t).transpose());
  }
  for (int i = 0; file.has(fmt::format("{}/matrix_{}", group, i)); ++i)
    trial.matrices.push_back(file.matrix(fmt::format("{}/matrix_{}", group, i)).matrix());
  return trial;
}

std::string trial_group(std::size_t i) {
  return fmt::format("/checkpoint/trial_{}", i);
}

}  // namespace

void write_simulated_curve(DataTree& file, const std::string& group, const SimulatedCurve& curve,
                           const Eigen::ArrayXd& modes) {
  write_curve(file, group, curve.mean, modes);
  const std::string step = group + "/step", trial = group + "/trial";
  file.index_scale(trial, static_cast<std::size_t>(curve.risk_trials.rows()), {"1", "trial"});
  file.dataset(group + "/risk_sem", {step}, curve.risk_sem, {"1", "standard error of the mean risk over trials"});
  file.dataset(group + "/risk_trials", {trial, step}, curve.risk_trials,
               {"1", "population risk of each trial; NaN after an overflow"});
  if (curve.divergences.empty()) return;
  std::vector<double> trials, steps;
  for (const auto& divergence : curve.divergences) {
    trials.push_back(divergence.trial);
    steps.push_back(static_cast<double>(divergence.step));
  }
  file.scale(group + "/diverged_trial", array_of(trials), {"1", "trial that overflowed"});
  file.dataset(group + "/diverged_step", {group + "/diverged_trial"}, array_of(steps),
               {"step", "step of the overflow"});
}

SimulatedCurve read_simulated_curve(const Hdf5Reader& file, const std::string& group) {
  SimulatedCurve curve;
  curve.mean = read_curve(file, group);
  curve.risk_sem = file.vector(group + "/risk_sem");
  curve.risk_trials = file.matrix(group + "/risk_trials");
  if (file.has(group + "/diverged_trial")) {
    const Eigen::ArrayXd trial = file.vector(group + "/diverged_trial"), step = file.vector(group + "/diverged_step");
    for (Eigen::Index i = 0; i < trial.size(); ++i)
      curve.divergences.push_back({static_cast<int>(trial(i)), static_cast<std::int64_t>(step(i))});
  }
  return curve;
}

void write_simulation_state(DataTree& file, const SimulationState& state) {
  file.scalar("/checkpoint/trials", static_cast<double>(state.trials.size()), {"1", "number of trials"});
  for (std::size_t i = 0; i < state.trials.size(); ++i) write_trial(file, trial_group(i), state.trials[i]);
}

SimulationState read_simulation_state(const Hdf5Reader& file) {
  SimulationState state;
  const auto trials = static_cast<std::size_t>(file.number("/checkpoint/trials"));
  for (std::size_t i = 0; i < trials; ++i) state.trials.push_back(read_trial(file, trial_group(i)));
  return state;
}

}  // namespace muonphase
