#include "muonphase/results/tree.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

#include "muonphase/results/exponents.hpp"
#include "muonphase/results/phase_analyses.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/version.hpp"

namespace muonphase {
namespace {

// Modes beyond which the energies of every mode at every step are too much to keep.
constexpr Eigen::Index most_energies = 10000;

DataTree begin_tree(const ResultBase& result) {
  return begin_tree(result.study, result.provenance);
}

}  // namespace

DataTree begin_tree(const Study& study, const Provenance& provenance) {
  DataTree tree;
  tree.attribute("/", "muonphase_version", MUONPHASE_VERSION);
  tree.attribute("/", "kind", provenance.kind);
  tree.attribute("/", "exponents", exponents_of_results);
  tree.attribute("/", "study", to_toml(with_absolute_paths(study)));
  tree.attribute("/", "command_line", provenance.command_line);
  tree.attribute("/", "created", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))));
  tree.attribute("/", "git_commit", MUONPHASE_GIT_COMMIT);
  tree.attribute("/", "seed", static_cast<std::int64_t>(study.seed));
  tree.attribute("/", "ranks", static_cast<std::int64_t>(provenance.ranks));
  tree.attribute("/", "threads", static_cast<std::int64_t>(provenance.threads));
  return tree;
}

DataTree tree_of(const OdeResult& result) {
  DataTree tree = begin_tree(result);
  for (const auto& run : result.curves) {
    const std::string group = "/" + run.optimizer;
    if (run.sweep) {
      write_sweep(tree, group, *run.sweep);
      continue;
    }
    RiskCurve curve = run.curve;
    if (curve.mode_energy.cols() > most_energies) curve.mode_energy.resize(0, 0);
    write_curve(tree, group, curve, result.modes);
    if (run.risk_targets.size() > 0) {
      tree.index_scale(group + "/target", static_cast<std::size_t>(run.risk_targets.rows()), {"1", "target drawn"});
      tree.dataset(group + "/risk_targets", {group + "/target", group + "/step"}, run.risk_targets,
                   {"1", "risk of the curve of each target"});
    }
    if (run.validity)
      write_validity(tree, group, *run.validity);
    else
      write_validity(tree, group, run.start);
  }
  return tree;
}

DataTree tree_of(const SimulationResult& result) {
  DataTree tree = begin_tree(result);
  for (const auto& run : result.curves) write_simulated_curve(tree, "/" + run.optimizer, run.curve, result.modes);
  return tree;
}

DataTree tree_of(const ValidationResult& result) {
  DataTree tree = begin_tree(result);
  for (const auto& pair : result.pairs) {
    write_validation(tree, pair.optimizer, pair.theory, pair.simulated, pair.comparison);
    tree.attribute("/" + pair.optimizer, "theory_seconds", pair.theory_seconds);  // as `created`, no part of the numbers
  }
  tree.attribute("/", "training_seconds", result.training_seconds);
  return tree;
}

DataTree tree_of(const CoefficientsResult& result) {
  DataTree tree = begin_tree(result);
  for (const auto& set : result.sets) write_coefficients(tree, "/" + set.optimizer, result.problem, set);
  if (result.density) write_spectral_density(tree, *result.density, result.spectra);
  return tree;
}

DataTree tree_of(const PhaseResult& result) {
  DataTree tree = begin_tree(result);
  const double threshold = result.study.phase.threshold;
  write_phase_map(tree, result.map, threshold);
  write_map_validity(tree, result.map, result.validity, result.study.phase.closure);
  if (result.refined) write_refined(tree, *result.refined);
  if (result.scaling) write_scaling(tree, result.map, result.scaling->options, result.scaling->cells);
  if (result.accuracy_scaling)
    write_accuracy_scaling(tree, result.map, result.accuracy_scaling->dimension, result.accuracy_scaling->cells);
  if (result.yardstick) write_yardstick(tree, result.map, *result.yardstick);
  if (result.compute_optimal) write_compute_optimal(tree, result.map, *result.compute_optimal);
  if (!result.verified.empty()) write_verified(tree, result.verified, result.map, threshold);
  return tree;
}

DataTree tree_of(const ImbalanceResult& result) {
  DataTree tree = begin_tree(result);
  write_imbalance(tree, result);
  return tree;
}

}  // namespace muonphase
