#include "muonphase/optimizers/registry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/common_options.hpp"
#include "optimizers/all.hpp"
#include "optimizers/no_curve.hpp"

namespace muonphase {
namespace {

template <class Keep>
std::vector<std::string> names_of(Keep keep) {
  std::vector<std::string> names;
  for (const auto& optimizer : optimizers())
    if (const std::string name = keep(optimizer); !name.empty()) names.push_back(name);
  return names;
}

const std::string& full_batch_name(const OptimizerDescription& optimizer) {
  return optimizer.full_batch_name.empty() ? optimizer.name : optimizer.full_batch_name;
}

template <class NameOf>
const OptimizerDescription& find(std::string_view name, NameOf name_of, const std::vector<std::string>& known) {
  for (const auto& optimizer : optimizers())
    if (name_of(optimizer) == name) return optimizer;
  throw StudyError(fmt::format("optimizer \"{}\" is not known: must be one of {}", name, fmt::join(known, ", ")));
}

}  // namespace

const std::vector<OptimizerDescription>& optimizers() {
#define MUONPHASE_OPTIMIZER(name) with_common_options(name##_optimizer()),
  static const std::vector<OptimizerDescription> all = {
#include "optimizers/list.def"
  };
#undef MUONPHASE_OPTIMIZER
  return all;
}

const std::vector<std::string>& optimizer_names() {
  static const auto names = names_of([](const auto& optimizer) { return optimizer.name; });
  return names;
}

const std::vector<std::string>& deterministic_optimizers() {
  static const auto names = names_of([](const auto& o) { return o.linear ? o.name : std::string(); });
  return names;
}

const std::vector<std::string>& full_batch_names() {
  static const auto names = names_of(full_batch_name);
  return names;
}

const OptimizerDescription& describe(std::string_view name) {
  return find(
      name, [](const auto& optimizer) { return optimizer.name; }, optimizer_names());
}

const OptimizerDescription& describe_full_batch(std::string_view name) {
  return find(name, full_batch_name, full_batch_names());
}

std::string why_no_curve(const std::string& optimizer) {
  if (optimizer == "shampoo")
    return "shampoo trains only (simulate), as no closure follows the Gram matrices that it averages over steps; "
           "without that average it is signsvd";
  return optimizer + " trains only (simulate)";
}

Optimizer make_optimizer(std::string_view name, const OptimizerOptions& options) {
  return Optimizer(describe(name), options);
}

std::string optimizer_label(std::string_view name) {
  for (const auto& optimizer : optimizers()) {
    if (optimizer.name == name) return optimizer.label;
    if (!optimizer.full_batch_name.empty() && optimizer.full_batch_name == name) return optimizer.full_batch_label;
  }
  return std::string(name);
}

}  // namespace muonphase
