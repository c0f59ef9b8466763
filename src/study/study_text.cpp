#include "muonphase/study/study_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "muonphase/study/study.hpp"
#include "study/study_keys.hpp"
#include "study/study_readers.hpp"

namespace muonphase {
namespace {

const std::set<std::string> first_of_runs = {"problem.n_out",
                                             "problem.n_in",
                                             "problem.batch",
                                             "problem.label_noise",
                                             "problem.input.alpha",
                                             "problem.target.beta",
                                             "run.optimizers",
                                             "run.steps",
                                             "run.record",
                                             "run.learning_rate.signsvd",
                                             "run.learning_rate.signsgd"};

std::set<std::string> and_these(std::set<std::string> keys, const std::set<std::string>& more) {
  keys.insert(more.begin(), more.end());
  return keys;
}

// The keys that one sets first, by command.
const std::vector<std::pair<std::string, std::set<std::string>>>& kinds() {
  static const std::vector<std::pair<std::string, std::set<std::string>>> table = {
      {"phase",
       {"phase.dimension", "phase.batch_ratio", "phase.policy", "phase.threshold", "phase.alpha.min", "phase.alpha.max",
        "phase.alpha.count", "phase.beta.min", "phase.beta.max", "phase.beta.count", "phase.horizons.min",
        "phase.horizons.max", "phase.horizons.count"}},
      {"ode", and_these(first_of_runs, {"ode.closure"})},
      {"simulate", and_these(first_of_runs, {"simulate.trials"})},
      {"validate", and_these(first_of_runs, {"ode.closure", "simulate.trials", "validate.tolerance"})},
      {"tune",
       {"problem.n_out", "problem.n_in", "problem.label_noise", "problem.input.alpha", "problem.target.beta",
        "run.optimizers", "run.steps", "tune.batches", "tune.budget"}},
      {"imbalance",
       {"imbalance.priors", "imbalance.mean_norm", "imbalance.noise", "imbalance.dimension", "imbalance.optimizers",
        "imbalance.learning_rate", "imbalance.steps", "imbalance.samples", "imbalance.loss"}}};
  return table;
}

// Learning rates have no default, and paths none that could stand.
const std::map<std::string, std::string> examples = {{"run.learning_rate.signsvd", "0.006"},
                                                     {"run.learning_rate.signsgd", "0.0006"}};

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

// As comment lines of at most `width` characters, broken between words.
std::string comment(const std::string& text, std::size_t width = 110) {
  std::string out, line = "#";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line = "#  ";
    }
    line += " " + word;
    at = end + 1;
  }
  return out + line + "\n";
}

std::string entry_of(const StudyKey& key, bool is_first) {
  const auto example = examples.find(key.path);
  const std::string value = example == examples.end() ? key.default_value : example->second;
  const std::string line = fmt::format("{} = {}", name_of(key.path), value.empty() ? "…" : value);
  return comment(key.doc + ": " + key.allowed) + (is_first ? "" : "#") + line + "\n";
}

// Pipes end a cell of a table.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

constexpr const char* schedules = R"(
## Learning rates

`[run.learning_rate]` takes a number, η at every step; a list of numbers, which `ode` sweeps; or a table with a policy.
t counts steps, T is `run.steps`. With `problem.batch = "infinite"` both are in units of n_out/B steps, and rates are
scaled to match: η√(n_out/B) for spectral updates, η n_out/√B for signs.

| policy | η(t) | keys |
|---|---|---|
| `greedy` | the rate that lowers the risk fastest at each instant, by the deterministic equivalent, times `scale` | `scale` = 1 |
| `floor` | constant: a long run ends at the risk ε, 2√ε/𝒮 of the linear closure without label noise | `risk`: ε, above σ²/2 and below the start; a list is a sweep |
| `power` | `eta0` (1 + t/`t0`)^(−`gamma`) | `eta0`; `t0` = 1, in steps; `gamma` |
| `wsd` | warm-up from 0, stable at `eta0`, decay to 0, the ramps linear | `eta0`; `warmup` = 0 and `decay` = 0, fractions of the run |
| `cosine` | warm-up from 0, then half a cosine from `eta0` to `final` · `eta0` at T | `eta0`; `warmup` = 0, a fraction of the run; `final` = 0, a fraction of `eta0` |
| `linear` | the same along a line | as of `cosine` |
| `table` | linear between the points, constant before the first and beyond the last | `step`: increasing; `rate`: one for each |

Examples: `signsvd = 0.006`, `signsvd = {policy = "cosine", eta0 = 0.01, warmup = 0.05}`,
`signsgd = {policy = "floor", risk = 1e-3}`, `signsgd = {policy = "table", step = [0, 500, 1000], rate = [1e-3, 1e-3, 0]}`.
)";

}  // namespace

const std::vector<std::string>& study_template_kinds() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& [name, first] : kinds()) list.push_back(name);
    return list;
  }();
  return names;
}

std::string study_template(const std::string& name) {
  const auto found =
      std::find_if(kinds().begin(), kinds().end(), [&](const auto& entry) { return entry.first == name; });
  if (found == kinds().end())
    throw StudyError(fmt::format("{}: must be one of {}", name, fmt::join(study_template_kinds(), ", ")));
  std::string text = fmt::format(
      "# A study for `muonphase {}`. What is commented out stands at its default; remove the # to change it.\n", name);
  std::string section;
  for (const auto& key : study_keys()) {
    if (!reads_key(name, key.path)) continue;
    if (const std::string now = section_of(key.path); now != section) {
      section = now;
      text += fmt::format("\n[{}]\n", section);
    }
    text += entry_of(key, found->second.contains(key.path));
  }
  return text;
}

std::string study_reference() {
  std::string text =
      "# Study file reference\n\n"
      "A study is a TOML file; every key has a default, so a study gives only what differs. Unknown keys are errors. "
      "Relative\npaths start at the study's folder. On the command line `--set key.path=value` changes a key. This "
      "page is "
      "generated from\nthe table that reads and checks studies (`muonphase generate study-reference`), and a test "
      "keeps it "
      "so.\n";
  std::string section = "none";
  for (const auto& key : study_keys()) {
    if (const std::string now = section_of(key.path); now != section) {
      section = now;
      text += fmt::format("\n## {}\n\n| key | type | default | meaning | allowed |\n|---|---|---|---|---|\n",
                          section.empty() ? "Top level" : "[" + section + "]");
    }
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", name_of(key.path), cell(key.type),
                        key.default_value.empty() ? "" : "`" + cell(key.default_value) + "`", cell(key.doc),
                        cell(key.allowed));
  }
  return text + schedules;
}

std::string python_keys() {
  std::string text =
      "# Made by `muonphase generate python-keys`; a test keeps it so.\n"
      "from typing import Any, Literal, Mapping, Union\n\n"
      "#: Every key of a study.\nKey = Literal[\n";
  for (const auto& key : study_keys()) text += fmt::format("    \"{}\",  # {}; {}\n", key.path, key.doc, key.allowed);
  return text + "]\n\nKeys = Mapping[Union[Key, str], Any]\n";
}

}  // namespace muonphase
