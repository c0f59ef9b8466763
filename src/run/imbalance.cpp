#include <fmt/format.h>

#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/imbalance/sample.hpp"
#include "muonphase/run/compute.hpp"
#include "phase/part.hpp"
#include "run/parts.hpp"
#include "study/read_for_key.hpp"
#include "study/study_readers.hpp"

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
  result.organisms = read_for_key(study, "imbalance.organisms",
                                  [&] { return load_organisms(resolve(study, section.organisms)); });
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
                        .hidden = section.hidden.widths.front(),
                        .train_outer = section.train_outer,
                        .test_per_class = static_cast<Eigen::Index>(section.test_samples),
                        .seed = study.seed,
                        .threads = threads};
  validate(experiment);
  return experiment;
}

NetworkExperiment make_network_experiment(const Study& study, int threads) {
  using Shape = NetworkExperiment::Shape;
  const ImbalanceSection& section = study.imbalance;
  const LabelledSection& data = section.data;
  NetworkExperiment experiment{
      .data = {.path = data.path,
               .inputs = data.inputs,
               .labels = data.labels,
               .transform = data.transform == "colours"    ? Transform::colours
                            : data.transform == "barcodes" ? Transform::barcodes
                                                           : Transform::none,
               .spurious = data.spurious,
               .codes = data.codes,
               .per_code = data.per_code,
               .validation = data.validation,
               .test = data.test},
      .mixture = {},
      .samples = static_cast<Eigen::Index>(section.samples),
      .per_class = static_cast<Eigen::Index>(section.test_samples),
      .hidden = {},
      .optimizers = optimizers_of(study),
      .schedule = section.schedule == "cosine"   ? Shape::cosine
                  : section.schedule == "linear" ? Shape::linear
                                                 : Shape::constant,
      .bias_rate = section.bias_rate,
      .steps = section.steps,
      .record = section.record,
      .batch = static_cast<Eigen::Index>(section.batch),
      .squared = section.loss == "squared",
      .balanced_weights = section.class_weights == "balanced",
      .trials = section.trials,
      .rates = section.tune.rates,
      .momenta = section.tune.momenta,
      .seed = study.seed,
      .threads = threads};
  const std::string why = network_key(section);
  if (section.task != "mixture")
    throw study_error(study, "imbalance.task", fmt::format("\"mixture\" beside {}, which is for networks", why));
  if (section.depth != 1)
    throw study_error(
        study, "imbalance.depth",
        fmt::format("1 beside {}, which is for networks (imbalance.hidden says how many layers they have)", why));
  if (section.model == "mlp") experiment.hidden.assign(section.hidden.widths.begin(), section.hidden.widths.end());
  if (!data.path.empty() && changed_keys(study).contains("imbalance.priors"))
    experiment.data.prior = priors_of(section.priors);
  if (data.path.empty()) {
    experiment.mixture = mixture_of(study);
    validate(*experiment.mixture);
    if (section.samples < 1)
      throw study_error(study, "imbalance.samples", fmt::format("at least 1 beside {}, which is for networks", why));
  }
  return experiment;
}

ImbalanceResult compute_networks(const Study& study, const Provenance& provenance, const Observer& observer,
                                 const ImbalanceSupport& support) {
  ImbalanceResult result{{study, provenance}};
  result.networks = make_network_experiment(study, provenance.threads);
  const LabelledFile file = study.imbalance.data.path.empty()
                                ? LabelledFile{}
                                : read_for_key(study, "imbalance.data.path", [&] {
                                    return load_labelled(result.networks->data, study.folder);
                                  });
  result.network_data.emplace();
  const Monitor tuning = grid_size(*result.networks) ? observer.stage("tuning", "steps") : observer.unwatched();
  result.network_runs = run_networks(*result.networks, file, support.last, support.save, tuning,
                                     observer.stage("training", "steps"), &*result.network_data);
  return result;
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
