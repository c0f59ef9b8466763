#include <fmt/format.h>

#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/run/compute.hpp"
#include "phase/part.hpp"
#include "run/parts.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXd priors_of(const PriorsSection& priors) {
  if (priors.law == "zipf") return zipf_priors(priors.classes);
  if (priors.law == "step") return step_priors(priors.classes, priors.ratio);
  return Eigen::Map<const Eigen::ArrayXd>(priors.list.data(), static_cast<Eigen::Index>(priors.list.size()));
}

Mixture mixture_of(const Study& study) {
  const ImbalanceSection& section = study.imbalance;
  Mixture mixture{priors_of(section.priors), {}, section.noise, section.dimension};
  const auto& norm = section.mean_norm;
  if (norm.size() == 1)
    mixture.mean_norm = Eigen::ArrayXd::Constant(mixture.classes(), norm[0]);
  else
    mixture.mean_norm = Eigen::Map<const Eigen::ArrayXd>(norm.data(), static_cast<Eigen::Index>(norm.size()));
  if (mixture.mean_norm.size() != mixture.classes())
    throw study_error(study, "imbalance.mean_norm", fmt::format("one number, or {}", mixture.classes()));
  if (mixture.dimension < mixture.classes())
    throw study_error(
        study, "imbalance.dimension",
        fmt::format("at least {}, the number of classes (their means are orthogonal)", mixture.classes()));
  return mixture;
}

std::vector<NamedOptimizer> optimizers_of(const Study& study) {
  std::vector<NamedOptimizer> optimizers;
  const auto& rates = study.imbalance.learning_rate;
  for (const auto& name : study.imbalance.optimizers) {
    const auto rate = rates.contains(name) ? rates.find(name) : rates.find("");
    if (rate == rates.end())
      throw study_error(study, "imbalance.learning_rate",
                        "a rate for each of imbalance.optimizers; " + name + " has none");
    optimizers.push_back({name, make_full_batch_optimizer(study, name), rate->second});
  }
  return optimizers;
}

ImbalanceResult compute_organisms(const Study& study, const Provenance& provenance, const Monitor& monitor) {
  const ImbalanceSection& section = study.imbalance;
  if (section.organisms.empty()) throw study_error(study, "imbalance.organisms", "the path of a table");
  if (section.init.std == 0)
    throw study_error(study, "imbalance.init.std", "> 0 for task = \"organisms\" (zero is a saddle point)");
  ImbalanceResult result{{study, provenance}};
  result.organisms = load_organisms(resolve(study, section.organisms));
  const Eigen::Index n = result.organisms->has.rows(), attributes = result.organisms->has.cols();
  const Layers start = Draws{study.seed, 0}.start({n, n, attributes}, section.init.std);
  const auto optimizers = optimizers_of(study);
  for (std::size_t i = 0; i < optimizers.size(); ++i) {
    const Monitor steps = part_of(monitor, i, optimizers.size());
    const Training training{
        optimizers[i].optimizer, optimizers[i].learning_rate, recorded_steps(section.steps, section.record),
        PolarMethod::automatic,  provenance.threads,          steps};
    result.organism_curves.emplace_back(optimizers[i].name, train_organisms(*result.organisms, start, training));
  }
  return result;
}

}  // namespace

Experiment make_experiment(const Study& study, int threads) {
  const ImbalanceSection& section = study.imbalance;
  Experiment experiment{.mixture = mixture_of(study),
                        .optimizers = optimizers_of(study),
                        .steps = section.steps,
                        .record = section.record,
                        .depth = section.depth,
                        .start = section.init.balanced,
                        .samples = static_cast<Eigen::Index>(section.samples),
                        .trials = section.trials,
                        .init_std = section.init.std,
                        .loss = section.loss == "squared" ? ImbalanceLoss::squared : ImbalanceLoss::cross_entropy,
                        .balanced_weights = section.class_weights == "balanced",
                        .model = section.model == "mlp" ? ImbalanceModel::mlp : ImbalanceModel::linear,
                        .hidden = section.hidden,
                        .train_outer = section.train_outer,
                        .test_per_class = static_cast<Eigen::Index>(section.test_samples),
                        .seed = study.seed,
                        .threads = threads};
  validate(experiment);
  return experiment;
}

ImbalanceResult compute_imbalance(const Study& study, const Provenance& provenance, const Monitor& monitor) {
  if (study.imbalance.task == "organisms") return compute_organisms(study, provenance, monitor);
  ImbalanceResult result{{study, provenance}};
  result.experiment = make_experiment(study, provenance.threads);
  const Experiment& experiment = *result.experiment;
  if (experiment.loss == ImbalanceLoss::squared) {
    if (experiment.depth == 1) result.advantage = spectral_advantage(experiment.mixture);
    result.theory = run_theory(experiment, monitor);
    result.population = run_population(experiment, monitor);
  }
  if (experiment.samples > 0) result.sample = run_samples(experiment, monitor);
  return result;
}

}  // namespace muonphase
