// The kinds that are tables of their own: learning rates and priors.
#include <fmt/format.h>

#include <numeric>

#include "muonphase/files/table.hpp"
#include "study/nearest.hpp"
#include "study/study_kinds.hpp"

namespace muonphase {
namespace {

// The entries of an inline table, each taken at most once; what is left at the end is unknown.
class Fields {
 public:
  explicit Fields(const TomlValue& table) : table_(table) {}

  template <class Kind, class T>
  void take(const std::string& name, const Kind& kind, T& out, bool required = false) {
    known_.push_back(name);
    const TomlValue* value = table_.find(name);
    if (!value && required)
      throw TableError{table_.where, {"", " = " + format_toml(table_) + ": needs ", "." + name + ", " + kind.allowed()}};
    if (value && !kind.read(*value, out))
      throw TableError{value->where,
                       {"", fmt::format(".{} = {}: must be {}", name, format_toml(*value), kind.allowed())}};
  }

  void finish() const {
    for (const auto& [name, value] : *table_.get_if<TomlValue::Table>())
      if (std::find(known_.begin(), known_.end(), name) == known_.end())
        throw TableError{
            value.where,
            {"unknown key ", "." + printable(name) + "; the nearest known key is ", "." + nearest_key(name, known_)}};
  }

 private:
  const TomlValue& table_;
  std::vector<std::string> known_;
};

TomlValue table_of(std::vector<std::pair<std::string, TomlValue>> entries) {
  TomlValue::Table table;
  for (auto& [name, value] : entries) table.push_back({std::move(name), std::move(value)});
  return {std::move(table), {}};
}

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

std::vector<double> vector_of(const Eigen::ArrayXd& values) {
  return {values.begin(), values.end()};
}

// One over a rate is finite.
const Number rate{positive.range, true};

RunRate read_policy(const TomlValue& table) {
  Fields fields(table);
  std::string policy;
  fields.take("policy", one_of({"greedy", "power", "wsd", "cosine", "linear", "table", "floor"}), policy, true);
  if (policy == "floor") {
    FloorRate floor;
    fields.take("risk", OneOrMore{positive}, floor.risk, true);
    fields.finish();
    return floor;
  }
  LearningRate schedule;
  if (policy == "greedy") {
    GreedyRate greedy;
    fields.take("scale", positive, greedy.scale);
    schedule = greedy;
  } else if (policy == "power") {
    PowerRate power;
    fields.take("eta0", rate, power.eta0, true);
    fields.take("t0", positive, power.t0);
    fields.take("gamma", within(-100, 100), power.gamma, true);
    schedule = power;
  } else if (policy == "wsd") {
    WsdRate wsd;
    fields.take("eta0", rate, wsd.eta0, true);
    fields.take("warmup", within(0, 1), wsd.warmup);
    fields.take("decay", within(0, 1), wsd.decay);
    schedule = wsd;
  } else if (policy == "cosine" || policy == "linear") {
    DecayRate decay{.shape = policy == "cosine" ? DecayRate::Shape::cosine : DecayRate::Shape::linear};
    fields.take("eta0", rate, decay.eta0, true);
    fields.take("warmup", within(0, 1), decay.warmup);
    fields.take("final", within(0, 1), decay.final);
    schedule = decay;
  } else {
    std::vector<double> step, value;
    fields.take("step", ListOf<Number>{within(0, 1e18)}, step, true);
    fields.take("rate", ListOf<Number>{rate}, value, true);
    schedule = TableRate{array_of(step), array_of(value)};
  }
  fields.finish();
  return schedule;
}

struct PolicyWriter {
  TomlValue operator()(const ConstantRate& constant) const { return toml_of(constant.eta); }
  TomlValue operator()(const GreedyRate& greedy) const {
    return table_of({{"policy", toml_of(std::string("greedy"))}, {"scale", toml_of(greedy.scale)}});
  }
  TomlValue operator()(const PowerRate& power) const {
    return table_of({{"policy", toml_of(std::string("power"))},
                     {"eta0", toml_of(power.eta0)},
                     {"t0", toml_of(power.t0)},
                     {"gamma", toml_of(power.gamma)}});
  }
  TomlValue operator()(const WsdRate& wsd) const {
    return table_of({{"policy", toml_of(std::string("wsd"))},
                     {"eta0", toml_of(wsd.eta0)},
                     {"warmup", toml_of(wsd.warmup)},
                     {"decay", toml_of(wsd.decay)}});
  }
  TomlValue operator()(const DecayRate& decay) const {
    return table_of({{"policy", toml_of(std::string(decay.shape == DecayRate::Shape::cosine ? "cosine" : "linear"))},
                     {"eta0", toml_of(decay.eta0)},
                     {"warmup", toml_of(decay.warmup)},
                     {"final", toml_of(decay.final)}});
  }
  TomlValue operator()(const TableRate& table) const {
    const ListOf<Number> list;
    return table_of({{"policy", toml_of(std::string("table"))},
                     {"step", list.write(vector_of(table.step))},
                     {"rate", list.write(vector_of(table.rate))}});
  }
};

}  // namespace

bool read_grid(const TomlValue& value, bool logarithmic, std::vector<double>& out) {
  if (!value.get_if<TomlValue::Table>()) return false;
  double min = 0, max = 0;
  int count = 0;
  Fields fields(value);
  fields.take("min", logarithmic ? above(0) : at_least(0), min, true);
  fields.take("max", logarithmic ? above(0) : at_least(0), max, true);
  fields.take("count", Whole{1, 1e4}, count, true);
  fields.finish();
  if (count > 1 ? !(max > min) : max != min) return false;
  out.assign(static_cast<std::size_t>(count), max);
  for (int i = 0; i + 1 < count; ++i) {
    const double part = static_cast<double>(i) / (count - 1);
    out[static_cast<std::size_t>(i)] = logarithmic ? min * std::pow(max / min, part) : min + (max - min) * part;
  }
  return true;
}

std::string Rate::allowed() const {
  return "a rate, 0 or from 1e-100 to 1e100, a list of rates, or {policy = \"greedy\" | \"power\" | \"wsd\" | \"cosine\" | \"linear\" | \"table\" | "
         "\"floor\", …}";
}

bool Rate::read(const TomlValue& value, RunRate& out) const {
  if (value.get_if<TomlValue::Table>()) {
    out = read_policy(value);
    return true;
  }
  if (std::vector<double> list; ListOf<Number>{rate}.read(value, list)) {
    out = std::move(list);
    return true;
  }
  ConstantRate constant;
  if (!rate.read(value, constant.eta)) return false;
  out = LearningRate(constant);
  return true;
}

TomlValue Rate::write(const RunRate& run_rate) const {
  if (const auto* list = std::get_if<std::vector<double>>(&run_rate)) return ListOf<Number>{rate}.write(*list);
  if (const auto* floor = std::get_if<FloorRate>(&run_rate))
    return table_of({{"policy", toml_of(std::string("floor"))}, {"risk", OneOrMore{positive}.write(floor->risk)}});
  return std::visit(PolicyWriter{}, std::get<LearningRate>(run_rate));
}

std::string Priors::allowed() const {
  return "a list of two or more probabilities > 0 with sum 1, or {law = \"zipf\", classes = …}, or "
         "{law = \"step\", classes = …, ratio = …}";
}

bool Priors::read(const TomlValue& value, PriorsSection& out) const {
  PriorsSection priors;
  if (value.get_if<TomlValue::Table>()) {
    Fields fields(value);
    fields.take("law", one_of({"zipf", "step"}), priors.law, true);
    fields.take("classes", Whole{2, 1e5}, priors.classes);
    if (priors.law == "step") fields.take("ratio", within(1, 1e15), priors.ratio);
    fields.finish();
  } else {
    if (!ListOf<Number>{above(0)}.read(value, priors.list) || priors.list.size() < 2) return false;
    if (std::abs(std::accumulate(priors.list.begin(), priors.list.end(), 0.0) - 1) > 1e-9) return false;
  }
  out = priors;
  return true;
}

TomlValue Priors::write(const PriorsSection& priors) const {
  if (priors.law == "list") return ListOf<Number>{}.write(priors.list);
  const TomlValue classes = toml_of(static_cast<std::int64_t>(priors.classes));
  if (priors.law == "zipf") return table_of({{"law", toml_of(priors.law)}, {"classes", classes}});
  return table_of({{"law", toml_of(priors.law)}, {"classes", classes}, {"ratio", toml_of(priors.ratio)}});
}

std::string RateOrTable::allowed() const {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return "a rate from 1e-100 to 1e100, or a table of rates by optimizer (" + list + ")";
}

bool RateOrTable::read(const TomlValue& value, std::map<std::string, double>& out) const {
  std::map<std::string, double> rates;
  if (value.get_if<TomlValue::Table>()) {
    Fields fields(value);
    for (const auto& name : names) {
      double given = 0;
      fields.take(name, positive, given);
      if (value.find(name)) rates[name] = given;
    }
    fields.finish();
    if (rates.empty()) return false;
  } else if (!positive.read(value, rates[""])) {
    return false;
  }
  out = std::move(rates);
  return true;
}

TomlValue RateOrTable::write(const std::map<std::string, double>& rates) const {
  if (const auto all = rates.find(""); all != rates.end()) return toml_of(all->second);
  std::vector<std::pair<std::string, TomlValue>> entries;
  for (const auto& [name, value] : rates) entries.emplace_back(name, toml_of(value));
  return table_of(std::move(entries));
}

}  // namespace muonphase
