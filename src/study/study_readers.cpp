// Which command reads which keys.
#include "study/study_readers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/study/study.hpp"
#include "study/study_keys.hpp"

namespace muonphase {
namespace {

struct Command {
  std::string name;
  std::vector<std::string> keys;  // paths, or prefixes that end in a dot
  bool needs_curves;              // only optimizers with a deterministic curve
};

const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"phase",
       {"phase.", "problem.model", "problem.label_noise", "problem.output.spectrum", "problem.output.alpha",
        "run.optimizer.", "simulate.trials", "validate.tolerance"},
       true},
      {"ode",
       {"problem.", "run.optimizers", "run.steps", "run.record", "run.horizons", "run.learning_rate.", "run.optimizer.",
        "ode."},
       true},
      {"coefficients", {"problem.", "run.optimizers", "run.optimizer.", "ode.bases", "coefficients."}, true},
      {"simulate",
       {"problem.", "run.optimizers", "run.steps", "run.record", "run.learning_rate.", "run.optimizer.", "ode.",
        "simulate."},
       false},
      {"validate",
       {"problem.", "run.optimizers", "run.steps", "run.record", "run.learning_rate.", "run.optimizer.", "ode.",
        "simulate.", "validate."},
       true},
      {"tune", {"problem.", "run.optimizers", "run.steps", "run.optimizer.", "ode.", "tune."}, true},
      {"imbalance", {"imbalance.", "run.optimizer."}, false}};
  return table;
}

// "run.optimizer.muon.steps" → "muon"; empty for other keys.
std::string optimizer_of(const std::string& path) {
  for (const std::string prefix : {"run.optimizer.", "run.learning_rate."})
    if (path.starts_with(prefix)) return path.substr(prefix.size(), path.find('.', prefix.size()) - prefix.size());
  return {};
}

bool is_shared(const std::string& path) {
  return path.starts_with("problem.") || path.starts_with("run.");
}

}  // namespace

const std::vector<std::string>& study_commands() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& command : commands()) list.push_back(command.name);
    return list;
  }();
  return names;
}

std::set<std::string> changed_keys(const Study& study) {
  const Study defaults;
  std::set<std::string> changed;
  for (const auto& key : study_key_table()) {
    const auto now = key.write(study), usual = key.write(defaults);
    if ((now ? format_toml(*now) : "") != (usual ? format_toml(*usual) : "")) changed.insert(key.path);
  }
  return changed;
}

bool reads_key(const std::string& name, const std::string& path) {
  if (path.find('.') == std::string::npos) return true;
  const auto command =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == name; });
  if (command == commands().end()) return false;
  const std::string optimizer = optimizer_of(path);
  if (command->needs_curves && !optimizer.empty() && !describe(optimizer).linear) return false;
  return std::any_of(command->keys.begin(), command->keys.end(),
                     [&](const std::string& key) { return key.ends_with('.') ? path.starts_with(key) : path == key; });
}

std::string unread_keys(const Study& study, const std::string& command) {
  std::map<std::vector<std::string>, std::vector<std::string>> by_readers;
  const std::set<std::string> changed = changed_keys(study);
  for (const auto& [path, place] : study.places) {
    const bool meant = place == "--set" || (is_shared(path) && changed.contains(path));
    if (reads_key(command, path) || !meant) continue;
    std::vector<std::string> readers;
    for (const auto& other : study_commands())
      if (reads_key(other, path)) readers.push_back(other);
    by_readers[readers].push_back(path);
  }
  std::string text;
  for (const auto& [readers, paths] : by_readers)
    text += fmt::format("{}{} ({} {})", text.empty() ? "" : "; ", fmt::join(paths, ", "),
                        paths.size() > 1 ? "they count for" : "it counts for", fmt::join(readers, ", "));
  return text.empty() ? text : fmt::format("{} does not read {}", command, text);
}

}  // namespace muonphase
