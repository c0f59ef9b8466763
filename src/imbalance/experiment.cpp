#include "muonphase/imbalance/experiment.hpp"

#include <fmt/core.h>

#include <exception>
#include <functional>
#include <optional>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/classifier.hpp"
#include "muonphase/imbalance/closed_form.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/common_options.hpp"
#include "imbalance/tasks.hpp"

namespace muonphase {
namespace {

Training training_of(const Experiment& experiment, const NamedOptimizer& optimizer, int threads,
                     const Monitor& monitor) {
  return {optimizer.optimizer,
          optimizer.learning_rate,
          recorded_steps(experiment.steps, experiment.record),
          PolarMethod::automatic,
          threads,
          monitor};
}

Layers population_start(const Experiment& experiment, const Eigen::MatrixXd& directions) {
  return balanced_layers(directions, experiment.depth, experiment.depth == 1 ? 0 : experiment.start);
}

/// The linear model of a sample run. Its inner widths are C: more would not let it represent more.
Layers sample_start(const Experiment& experiment, const Draws& draws, const Eigen::MatrixXd& directions) {
  if (experiment.init_std == 0) return population_start(experiment, directions);
  std::vector<Eigen::Index> widths(static_cast<std::size_t>(experiment.depth) + 1, experiment.mixture.classes());
  widths[0] = experiment.mixture.dimension;
  return draws.start(widths, experiment.init_std);
}

Network classifier_start(const Experiment& experiment, const Draws& draws, const Eigen::MatrixXd& directions) {
  if (experiment.model == ImbalanceModel::linear) return {sample_start(experiment, draws, directions), false, true};
  Network network{
      draws.start({experiment.mixture.dimension, experiment.hidden, experiment.mixture.classes()}, experiment.init_std),
      true, experiment.train_outer};
  // A fixed outer layer has entries ±1/√hidden, the signs of the Gaussian draw: features of unit scale reach the
  // logits.
  if (!experiment.train_outer)
    network.layers[1] = network.layers[1].array().sign() / std::sqrt(static_cast<double>(experiment.hidden));
  return network;
}

Record run_trial(const Experiment& experiment, const NamedOptimizer& optimizer, const Draws& draws, int threads,
                 const Monitor& monitor) {
  const Mixture& mixture = experiment.mixture;
  const Eigen::MatrixXd directions = draws.directions(mixture);
  const Sample sample = draws.sample(mixture, directions, experiment.samples);
  const Training training = training_of(experiment, optimizer, threads, monitor);
  if (experiment.loss == ImbalanceLoss::squared)
    return record_of(train_least_squares(mixture, directions, sample_moments(sample, mixture.classes(), threads),
                                         sample_start(experiment, draws, directions), training));
  const Eigen::ArrayXd weight = experiment.balanced_weights ? balanced_class_weights(sample.label, mixture.classes())
                                                            : Eigen::ArrayXd::Ones(mixture.classes());
  return record_of(train_classifier(mixture, sample,
                                    draws.validation_sample(mixture, directions, experiment.test_per_class),
                                    draws.test_sample(mixture, directions, experiment.test_per_class), weight,
                                    classifier_start(experiment, draws, directions), training));
}

/// Components that the optimizer's population run follows, at its recorded steps.
std::optional<Eigen::ArrayXXd> theory_components(const Experiment& experiment, const NamedOptimizer& optimizer,
                                                 const Eigen::ArrayXd& step, const Monitor& monitor) {
  const Mixture& mixture = experiment.mixture;
  const int depth = experiment.depth;
  const double scale =
      update_scale(optimizer.optimizer.options(), mixture.classes(), static_cast<double>(mixture.dimension));
  if (depth > 1 && scale != 1) return std::nullopt;  // layers of other shapes have other scales
  if (optimizer.optimizer.weight_decay() > 0) return std::nullopt;
  const double rate = scale * optimizer.learning_rate;
  const Eigen::ArrayXd time = rate * step;
  switch (optimizer.optimizer.description().flow) {
    case Flow::gradient:
      return depth == 1 ? gradient_descent_components(mixture, rate, step)
                        : deep_gradient_flow_components(mixture, depth, experiment.start, time, monitor);
    case Flow::spectral:
      return depth == 1 ? spectral_flow_components(mixture, time)
                        : deep_spectral_flow_components(mixture, depth, experiment.start, time);
    case Flow::normalised:
      if (depth == 1) return normalized_flow_components(mixture, time);
      break;
    case Flow::none:
      break;
  }
  return std::nullopt;
}

void require(bool holds, const char* key, const std::string& value, const char* allowed) {
  if (!holds) throw StudyError(fmt::format("imbalance.{} = {}: must be {}", key, value, allowed));
}

}  // namespace

void validate(const Experiment& experiment) {
  validate(experiment.mixture);
  require(!experiment.optimizers.empty(), "optimizers", "[]", "at least one optimizer");
  require(experiment.depth >= 1, "depth", fmt::format("{}", experiment.depth), "at least 1");
  const bool squared = experiment.loss == ImbalanceLoss::squared;
  const bool mlp = experiment.model == ImbalanceModel::mlp;
  require(squared || experiment.samples > 0, "samples", fmt::format("{}", experiment.samples),
          "at least 1 for loss = \"cross-entropy\"");
  require(!(squared && mlp), "model", "\"mlp\"", "\"linear\" for loss = \"squared\"");
  require(!(squared && experiment.balanced_weights), "class_weights", "\"balanced\"",
          "\"none\" for loss = \"squared\"");
  require(!(mlp && experiment.init_std == 0), "init.std", "0", "> 0 for model = \"mlp\"");
  require(!(mlp && experiment.depth != 1), "depth", fmt::format("{}", experiment.depth), "1 for model = \"mlp\"");
  require(experiment.depth == 1 || experiment.start > 0, "init.balanced", fmt::format("{}", experiment.start),
          "> 0 for depth > 1");
  require(experiment.test_per_class >= 1, "test_samples", fmt::format("{}", experiment.test_per_class), "at least 1");
  require(experiment.trials >= 1, "trials", fmt::format("{}", experiment.trials), "at least 1");
}

std::vector<OptimizerRecord> run_population(const Experiment& experiment, const Monitor& monitor) {
  const Mixture& mixture = experiment.mixture;
  const Eigen::MatrixXd directions = Draws{experiment.seed, 0}.directions(mixture);
  const Moments moments = population_moments(mixture, directions);
  std::vector<OptimizerRecord> runs(experiment.optimizers.size());
  for_each_task(runs.size(), experiment.threads, monitor, [&](std::size_t i, int threads, const Monitor& steps) {
    const NamedOptimizer& optimizer = experiment.optimizers[i];
    runs[i] = {optimizer.name,
               record_of(train_least_squares(mixture, directions, moments, population_start(experiment, directions),
                                             training_of(experiment, optimizer, threads, steps)))};
  });
  return runs;
}

std::vector<OptimizerRecord> run_samples(const Experiment& experiment, const Monitor& monitor) {
  const auto trials = static_cast<std::size_t>(experiment.trials);
  std::vector<std::vector<Record>> record(experiment.optimizers.size(), std::vector<Record>(trials));
  for_each_task(
      record.size() * trials, experiment.threads, monitor, [&](std::size_t i, int threads, const Monitor& steps) {
        const std::size_t optimizer = i / trials, trial = i % trials;
        record[optimizer][trial] =
            run_trial(experiment, experiment.optimizers[optimizer], Draws{experiment.seed, trial}, threads, steps);
      });
  std::vector<OptimizerRecord> runs;
  for (std::size_t o = 0; o < record.size(); ++o)
    runs.push_back({experiment.optimizers[o].name, mean_record(record[o])});
  return runs;
}

std::vector<OptimizerRecord> run_theory(const Experiment& experiment, const Monitor& monitor) {
  const Eigen::ArrayXd step = recorded_steps(experiment.steps, experiment.record);
  std::vector<OptimizerRecord> theory;
  for (const auto& optimizer : experiment.optimizers)
    if (const auto component = theory_components(experiment, optimizer, step, monitor))
      theory.push_back({optimizer.name, record_of(experiment.mixture, step, *component)});
  return theory;
}

}  // namespace muonphase
