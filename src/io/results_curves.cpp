#include "muonphase/io/results.hpp"

namespace muonphase {

void write_curve(Hdf5Writer& file, const std::string& group, const RiskCurve& curve, const Eigen::ArrayXd& modes) {
  const std::string step = group + "/step";
  file.scale(step, curve.step, {"step", "optimizer step"});
  file.dataset(group + "/risk", {step}, curve.risk, {"1", "population risk, label noise included"});
  file.dataset(group + "/learning_rate", {step}, curve.learning_rate, {"1", "learning rate"});
  if (curve.mode_energy.size() == 0) return;
  const std::string mode = group + "/mode";
  file.scale(mode, modes, {"1", "number of the input mode"});
  file.dataset(group + "/mode_energy", {step, mode}, curve.mode_energy,
               {"1", "energy of W - W* in the input mode, summed over outputs"});
}

RiskCurve read_curve(const Hdf5Reader& file, const std::string& group) {
  RiskCurve curve;
  curve.step = file.vector(group + "/step");
  curve.risk = file.vector(group + "/risk");
  curve.learning_rate = file.vector(group + "/learning_rate");
  if (file.has(group + "/mode_energy")) curve.mode_energy = file.matrix(group + "/mode_energy");
  return curve;
}

void write_sweep(Hdf5Writer& file, const std::string& group, const LearningRateSweep& sweep) {
  const std::string rate = group + "/sweep/learning_rate", horizon = group + "/sweep/horizon";
  file.scale(rate, sweep.learning_rate, {"1", "constant learning rate"});
  file.scale(horizon, sweep.horizon, {"step", "horizon"});
  file.dataset(group + "/sweep/risk", {rate, horizon}, sweep.risk,
               {"1", "population risk at the horizon; infinite where the run diverged"});
  file.scalar(group + "/sweep/stability_edge", sweep.stability_edge,
              {"1", "constant learning rate above which a long run ends above its start"});
}

LearningRateSweep read_sweep(const Hdf5Reader& file, const std::string& group) {
  return {.learning_rate = file.vector(group + "/sweep/learning_rate"),
          .horizon = file.vector(group + "/sweep/horizon"),
          .risk = file.matrix(group + "/sweep/risk"),
          .stability_edge = file.number(group + "/sweep/stability_edge")};
}

std::vector<std::string> optimizers_of(const Hdf5Reader& file) {
  return file.groups("/");
}

}  // namespace muonphase
