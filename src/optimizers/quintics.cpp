#include "optimizers/quintics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace muonphase {
namespace {

constexpr int most_steps = 100;

using Triples = std::vector<std::vector<double>>;

bool is_triple(const std::vector<double>& list) {
  return list.size() == 3 && std::all_of(list.begin(), list.end(), [](double x) { return std::isfinite(x); });
}

Quintic quintic_of(const std::vector<double>& triple) {
  return {triple[0], triple[1], triple[2]};
}

const QuinticSet* set_named(const std::string& name) {
  const auto found =
      std::find_if(quintic_sets().begin(), quintic_sets().end(), [&](const auto& set) { return set.name == name; });
  return found == quintic_sets().end() ? nullptr : &*found;
}

// With its own number of steps; the value is one that the option takes.
QuinticSet set_of(const OptionValue& value) {
  if (const auto* name = std::get_if<std::string>(&value)) return *set_named(*name);
  if (const auto* triple = std::get_if<std::vector<double>>(&value)) return {"", {quintic_of(*triple)}, 5};
  QuinticSet set{"", {}, 0};
  for (const auto& triple : std::get<Triples>(value)) set.quintics.push_back(quintic_of(triple));
  set.steps = static_cast<int>(set.quintics.size());
  return set;
}

struct Acceptable {
  bool operator()(const std::string& name) const { return set_named(name) != nullptr; }
  bool operator()(const std::vector<double>& triple) const { return is_triple(triple); }
  bool operator()(const Triples& triples) const {
    return !triples.empty() && triples.size() <= most_steps && std::all_of(triples.begin(), triples.end(), is_triple);
  }
  template <class T>
  bool operator()(const T&) const {
    return false;
  }
};

}  // namespace

Option quintics_option() {
  std::string names;
  for (const auto& set : quintic_sets()) names += fmt::format("\"{}\", ", set.name);
  return {
      "coefficients",
      std::string("jordan"),
      "string or list",
      names + fmt::format("[a, b, c], or one such list a step, [[a, b, c], …] ({} at most)", most_steps),
      [](const OptionValue& given) { return std::visit(Acceptable(), given); },
      "of the steps x → a x + b x³ + c x⁵: a published set, one triple for all, or one a step, the last of them for "
      "all that follow"};
}

Option quintic_steps_option() {
  return or_word(whole_option("steps", 5, 1, most_steps,
                              "Newton–Schulz iterations; auto: 5, 10 of jordan-long, as many as a list of triples has"),
                 "auto");
}

std::vector<Quintic> quintics_of(const OptimizerOptions& options) {
  const QuinticSet set = set_of(options.at("coefficients"));
  const auto* steps = options.get_if<std::int64_t>("steps");
  return quintic_steps(steps ? static_cast<int>(*steps) : set.steps, set.quintics);
}

}  // namespace muonphase
