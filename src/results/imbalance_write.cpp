#include <array>
#include <string>

#include "muonphase/imbalance/closed_form.hpp"
#include "muonphase/results/results.hpp"

namespace muonphase {
namespace {

std::span<const double> span_of(const Eigen::ArrayXd& values) {
  return {values.data(), static_cast<std::size_t>(values.size())};
}

/// The runs of one kind under /<kind>/<optimizer>.
void write_runs(DataTree& file, const std::string& kind, const std::vector<OptimizerRecord>& runs,
                const Eigen::ArrayXd& optimum) {
  for (const auto& run : runs) {
    const std::string group = "/" + kind + "/" + run.name + "/";
    const std::string step = group + "step";
    for (const Field& f : run.record) {
      const Eigen::ArrayXd column = f.values.col(0);
      if (f.name == "step")
        file.scale(step, span_of(column), {"step", f.long_name});
      else if (f.columns.empty())
        file.dataset(group + f.name, {step}, span_of(column), {"1", f.long_name});
      else
        file.dataset(group + f.name, {step, "/" + f.columns}, f.values, {"1", f.long_name});
      if (f.name == "component")
        file.dataset(group + "saturation_step", {"/class"},
                     span_of(saturation_times(field(run.record, "step").values.col(0), f.values, optimum, 0.99)),
                     {"step", "first step at which the component is at 99 % of its optimum"});
    }
  }
}

void write_mixture(DataTree& file, const Mixture& mixture) {
  const auto classes = static_cast<std::size_t>(mixture.classes());
  file.index_scale("/class", classes, {"1", "class"});
  file.index_scale("/mode", classes, {"1", "mode of the joint eigenbasis, classes first"});
  file.dataset("/prior", {"/class"}, span_of(mixture.prior), {"1", "prior probability of each class"});
  file.dataset("/mean_norm", {"/class"}, span_of(mixture.mean_norm), {"1", "norm of each class mean"});
  file.dataset("/optimum", {"/class"}, span_of(mixture.optimum()),
               {"1", "component of the least-squares solution along each class"});
}

void write_advantage(DataTree& file, const Advantage& advantage) {
  const std::array<std::string, 4> name{"gradient flow, minority", "gradient flow, balanced",
                                        "normalised flow, minority", "normalised flow, balanced"};
  const std::array claim{advantage.flow_minority, advantage.flow_balanced, advantage.normalized_minority,
                         advantage.normalized_balanced};
  std::array<double, 4> guaranteed, observed, published;
  for (std::size_t i = 0; i < claim.size(); ++i) {
    guaranteed[i] = claim[i].guaranteed_slope;
    observed[i] = claim[i].observed_slope;
    published[i] = claim[i].published_slope;
  }
  file.scale("/advantage/claim", name, {"1", "rival of spectral flow, and loss"});
  file.dataset("/advantage/guaranteed_slope", {"/advantage/claim"}, guaranteed,
               {"1", "proven lower bound of loss gap over time before t*; the hypothesis holds where it is positive"});
  file.dataset("/advantage/observed_slope", {"/advantage/claim"}, observed,
               {"1", "smallest loss gap over time before t*"});
  file.dataset(
      "/advantage/published_slope", {"/advantage/claim"}, published,
      {"1", "slope of the theorems of arXiv 2510.22980, where their hypothesis holds; NaN: no constant is given"});
  file.scalar("/advantage/published_hypothesis", advantage.published_hypothesis ? 1.0 : 0.0,
              {"1", "1 where m >= 1, k >= 3m and p_min <= 1/(5 SNR + 6k) with a common norm m"});
  file.scalar("/advantage/first_saturation", advantage.first_saturation,
              {"1", "t*, when spectral flow saturates its first component"});
}

/// T tables of one shape as [step, rows, columns].
void write_tables(DataTree& file, const std::string& path, const DataTree::Scales& scales,
                  const std::vector<Eigen::MatrixXd>& tables, const Meta& meta) {
  std::vector<double> values;
  for (const auto& table : tables)
    for (Eigen::Index i = 0; i < table.rows(); ++i)
      for (Eigen::Index j = 0; j < table.cols(); ++j) values.push_back(table(i, j));
  file.dataset(path, scales, values, meta);
}

void write_organisms(DataTree& file, const ImbalanceResult& result) {
  const Organisms& organisms = *result.organisms;
  const OrganismsCurve& first = result.organism_curves.front().second;
  const std::array<std::string, 3> level{"kingdom", "category", "organism"};
  file.scale("/organism", organisms.organism, {"1", "organism"});
  file.scale("/attribute", organisms.attribute, {"1", "attribute"});
  file.scale("/category", first.categories, {"1", "category of organisms"});
  file.scale("/taxon", first.taxa, {"1", "smallest taxon that holds all organisms with an attribute"});
  file.scale("/level", level, {"1", "level of the taxonomy at which an attribute is misplaced"});
  file.dataset("/has", {"/organism", "/attribute"}, organisms.has.array(), {"1", "1 where the organism has it"});
  for (const auto& [name, curve] : result.organism_curves) {
    const std::string group = "/organisms/" + name + "/", step = group + "step";
    file.scale(step, span_of(curve.step), {"step", "optimizer step"});
    file.dataset(group + "divergence", {step}, span_of(curve.divergence),
                 {"1", "mean KL divergence of the model from the target"});
    file.dataset(group + "misplaced", {step, "/level"}, curve.misplaced,
                 {"1", "mean probability of attributes that the organism lacks, by level of the mistake"});
    write_tables(file, group + "probability", {step, "/organism", "/attribute"}, curve.probability,
                 {"1", "probability of each attribute given the organism"});
    write_tables(file, group + "confusion", {step, "/category", "/taxon"}, curve.confusion,
                 {"1", "mean probability that a category's organisms give to the attributes of each taxon"});
  }
}

void write_networks(DataTree& file, const ImbalanceResult& result) {
  const SplitData& data = *result.network_data;
  file.scale("/class", std::span<const std::string>(data.class_names), {"1", "class"});
  file.index_scale("/mode", data.class_names.size(), {"1", "singular value of the logits, descending"});
  file.scale("/group", std::span<const std::string>(data.group_names), {"1", "group"});
  std::vector<double> train(data.group_names.size(), 0), rare;
  for (const int group : data.train.group) train[static_cast<std::size_t>(group)] += 1;
  for (const bool minority : data.minority) rare.push_back(minority ? 1 : 0);
  file.dataset("/group_samples", {"/group"}, train, {"1", "training samples of the group, first seed"});
  file.dataset("/minority", {"/group"}, rare, {"1", "1 where the group is rare in training"});
  for (const auto& run : result.network_runs) {
    const std::string group = "/sample/" + run.name;
    for (const Field& f : run.record) {
      const Eigen::ArrayXd column = f.values.col(0);
      if (f.name == "step")
        file.scale(group + "/step", span_of(column), {"step", f.long_name});
      else if (f.columns.empty())
        file.dataset(group + "/" + f.name, {group + "/step"}, span_of(column), {"1", f.long_name});
      else
        file.dataset(group + "/" + f.name, {group + "/step", "/" + f.columns}, f.values, {"1", f.long_name});
    }
    const std::string tuning = "/tuning/" + run.name;
    file.scale(tuning + "/learning_rate", span_of(run.rate), {"1", "learning rate tried"});
    file.scale(tuning + "/momentum", span_of(run.momentum), {"1", "momentum tried (Adam: beta1); NaN: it has none"});
    file.dataset(tuning + "/validation_accuracy", {tuning + "/learning_rate", tuning + "/momentum"}, run.validation,
                 {"1", "validation accuracy at the end, mean over groups and seeds; -1 where a run diverged"});
    file.dataset(tuning + "/validation_accuracy_sem", {tuning + "/learning_rate", tuning + "/momentum"},
                 run.validation_error,
                 {"1", "its standard error over the seeds; NaN with one seed or where a run diverged"});
    file.attribute(group, "learning_rate", run.best_rate);
    file.attribute(group, "momentum", run.best_momentum);
  }
}

}  // namespace

void write_imbalance(DataTree& file, const ImbalanceResult& result) {
  if (result.networks) write_networks(file, result);
  if (result.experiment) {
    const Eigen::ArrayXd optimum = result.experiment->mixture.optimum();
    write_mixture(file, result.experiment->mixture);
    if (result.experiment->loss == ImbalanceLoss::cross_entropy) {
      const std::array<std::string, 3> norm{"Frobenius", "max", "spectral"};
      file.scale("/norm", norm, {"1", "norm of a margin"});
    }
    write_runs(file, "theory", result.theory, optimum);
    write_runs(file, "population", result.population, optimum);
    write_runs(file, "sample", result.sample, optimum);
  }
  if (result.advantage) write_advantage(file, *result.advantage);
  if (result.organisms) write_organisms(file, result);
}

}  // namespace muonphase
