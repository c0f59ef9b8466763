#include "muonphase/results/results.hpp"

namespace muonphase {

void write_curve(DataTree& file, const std::string& group, const RiskCurve& curve, const Eigen::ArrayXd& modes) {
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

namespace {

const Meta largest_share{"1", "largest share of one mode in twice the risk"};
const Meta signal_to_noise{"1", "largest singular value of the gradient's mean over that of its noise"};
const Meta effective_dimension{"1", "number of modes that carry the residual"};

}  // namespace

void write_validity(DataTree& file, const std::string& group, const ValidityTrack& track) {
  const std::string step = group + "/step";
  file.dataset(group + "/largest_share", {step}, track.largest_share, largest_share);
  file.dataset(group + "/signal_to_noise", {step}, track.signal_to_noise, signal_to_noise);
  file.dataset(group + "/effective_dimension", {step}, track.effective_dimension, effective_dimension);
}

void write_validity(DataTree& file, const std::string& group, const Validity& start) {
  file.scalar(group + "/largest_share", start.largest_share, largest_share);
  file.scalar(group + "/signal_to_noise", start.signal_to_noise, signal_to_noise);
  file.scalar(group + "/effective_dimension", start.effective_dimension, effective_dimension);
}

RiskCurve read_curve(const Hdf5Reader& file, const std::string& group) {
  RiskCurve curve;
  curve.step = file.vector(group + "/step");
  curve.risk = file.vector(group + "/risk");
  curve.learning_rate = file.vector(group + "/learning_rate");
  if (file.has(group + "/mode_energy")) curve.mode_energy = file.matrix(group + "/mode_energy");
  return curve;
}

void write_sweep(DataTree& file, const std::string& group, const LearningRateSweep& sweep) {
  const std::string rate = group + "/sweep/learning_rate", horizon = group + "/sweep/horizon";
  file.scale(rate, sweep.learning_rate, {"1", "constant learning rate"});
  file.scale(horizon, sweep.horizon, {"step", "horizon"});
  file.dataset(group + "/sweep/risk", {rate, horizon}, sweep.risk,
               {"1", "population risk at the horizon; infinite where the run diverged"});
  file.scalar(group + "/sweep/stability_edge", sweep.stability_edge,
              {"1", "constant learning rate above which a long run ends above its start"});
  if (sweep.weight_decay.size() > 0)
    file.dataset(group + "/sweep/weight_decay", {rate, horizon}, sweep.weight_decay,
                 {"1", "weight decay with which the risk is lowest"});
}

LearningRateSweep read_sweep(const Hdf5Reader& file, const std::string& group) {
  return {.learning_rate = file.vector(group + "/sweep/learning_rate"),
          .horizon = file.vector(group + "/sweep/horizon"),
          .risk = file.matrix(group + "/sweep/risk"),
          .stability_edge = file.number(group + "/sweep/stability_edge"),
          .weight_decay = file.has(group + "/sweep/weight_decay") ? file.matrix(group + "/sweep/weight_decay")
                                                                  : Eigen::ArrayXXd()};
}

std::vector<std::string> optimizers_of(const Hdf5Reader& file) {
  std::vector<std::string> names = file.groups("/");
  std::erase(names, "spectral_density");
  return names;
}

}  // namespace muonphase
