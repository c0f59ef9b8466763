#include <fmt/ranges.h>

#include <cstdint>
#include <numeric>

#include "muonphase/results/results.hpp"
#include "muonphase/results/tree.hpp"

namespace muonphase {
namespace {

const char* unit_of(Budget budget) {
  if (budget == Budget::steps) return "steps";
  return budget == Budget::samples ? "samples" : "floating-point operations";
}

void write_optimizer(DataTree& tree, const TuneResult& result, std::size_t i) {
  const TunedOptimizer& tuned = result.tuned[i];
  const std::string group = "/" + tuned.optimizer;
  const DataTree::Scales scales{"/batch", "/horizon"};
  tree.dataset(group + "/risk", scales, tuned.risk, {"1", "risk at the best constant rate"});
  tree.dataset(group + "/learning_rate", scales, tuned.learning_rate, {"1", "the best constant rate η"});
  tree.dataset(group + "/weight_decay", scales, tuned.weight_decay, {"1", "the weight decay at that rate, the best of those tried"});
  tree.dataset(group + "/steps", scales, tuned.steps, {"steps", "steps that the horizon pays for"});
  tree.dataset(group + "/stability_edge", {"/batch"}, tuned.edge, {"1", "rates above it diverge (linear closure)"});
  if (tuned.time.cols() > 0)
    tree.dataset(group + "/time", {"/batch", "/target"}, tuned.time,
                 {unit_of(result.options.budget), "least budget that reaches the risk"});
  for (const auto& [name, factor] : result.conventions[i])
    tree.attribute(group + "/learning_rate", "lr/η of " + name, factor);
}

}  // namespace

DataTree tree_of(const TuneResult& result) {
  DataTree tree = begin_tree(result.study, result.provenance);
  const std::string unit = unit_of(result.options.budget);
  tree.scale("/batch", result.options.batch, {"1", "batch size B"});
  tree.scale("/horizon", result.options.horizon, {unit, "budget of a run"});
  const auto& targets = result.options.targets;
  if (!targets.empty()) tree.scale("/target", targets, {"1", "risk to reach"});
  for (std::size_t i = 0; i < result.tuned.size(); ++i) write_optimizer(tree, result, i);
  const Eigen::ArrayXXi best = best_of(result.tuned);
  std::vector<std::int64_t> flat;
  for (Eigen::Index b = 0; b < best.rows(); ++b)
    for (Eigen::Index h = 0; h < best.cols(); ++h) flat.push_back(best(b, h));
  tree.dataset("/best_optimizer", {"/batch", "/horizon"}, flat,
               {"1", "number of the optimizer of least risk, as flag_meanings counts from 0; -1: none"});
  std::vector<std::string> names;
  for (const auto& tuned : result.tuned) names.push_back(tuned.optimizer);
  std::vector<std::uint8_t> numbers(names.size());
  std::iota(numbers.begin(), numbers.end(), std::uint8_t{0});
  tree.attribute("/best_optimizer", "flag_values", numbers);
  tree.attribute("/best_optimizer", "flag_meanings", fmt::format("{}", fmt::join(names, " ")));
  tree.attribute("/", "budget", unit);
  tree.attribute("/", "advice", result.brief());
  const auto [i, b] = result.best();
  tree.attribute("/", "best_optimizer", result.tuned[i].optimizer);
  tree.attribute("/", "best_batch", result.options.batch(b));
  tree.attribute("/", "best_learning_rate", result.tuned[i].learning_rate(b, result.options.horizon.size() - 1));
  return tree;
}

}  // namespace muonphase
