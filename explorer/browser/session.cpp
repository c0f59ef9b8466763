#include "session.hpp"

#include <fmt/format.h>

#include "json.hpp"
#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/compressed.hpp"
#include "muonphase/phase/constant_rate.hpp"

namespace muonphase {
namespace {

using namespace json;

std::string json_option(const Option& option) {
  return object({{"key", text(option.key)},
                 {"value", text(text_of(option.value))},
                 {"type", text(option.type)},
                 {"allowed", text(option.allowed)},
                 {"doc", text(option.doc)}});
}

}  // namespace

const Optimizer& Session::optimizer(const Study& study, const std::string& name) {
  Optimizer made = make_optimizer(study, name);
  std::string key = name;
  for (const auto& [option, value] : made.options()) key += fmt::format(" {}={}", option, text_of(value));
  return kept_.try_emplace(key, std::move(made)).first->second;
}

std::string Session::optimizers() const {
  std::vector<std::string> all;
  for (const auto& name : deterministic_optimizers()) {
    const OptimizerDescription& one = describe(name);
    std::vector<std::string> options;
    for (const auto& option : one.options) options.push_back(json_option(option));
    all.push_back(object({{"name", text(name)},
                          {"label", text(one.label)},
                          {"color", text(fmt::format("#{:06x}", one.color))},
                          {"doc", text(one.doc)},
                          {"scale_invariant", one.scale_invariant ? "true" : "false"},
                          {"options", list(options)}}));
  }
  return list(all);
}

std::string Session::cells(const std::string& study, int column, int first, int stride) {
  if (!map_ || map_->study != study) {
    const Study parsed = parse_study(study, "study.toml");
    Map map{.study = study, .options = make_phase_options(parsed), .threshold = parsed.phase.threshold};
    for (std::size_t k = 0; k < 2; ++k) {
      map.options.compare[k] = optimizer(parsed, parsed.phase.compare[k]);
      if (map.options.compare[k].weight_decay() > 0)
        throw StudyError("the map of the page leaves weight decay out; muonphase phase has it");
    }
    phase_points(map.options);  // refuses what cannot be computed
    map_ = std::move(map);
  }
  const PhaseOptions& options = map_->options;
  const auto [place, fresh] = map_->columns.try_emplace(column);
  Problem& problem = place->second.problem;
  std::array<Coefficients, 2>& sets = place->second.coefficients;
  if (fresh) {
    problem = phase_problem(options, {options.alpha(column), options.beta(first)});
    for (std::size_t k = 0; k < 2; ++k)
      sets[k] = linear_coefficients(problem, options.compare[k],
                                    {.draws = {1, options.seed}, .resolvent = {.step = 0.6}, .monitor = {}})
                    .front();
  }
  std::vector<double> rows, phases, crossings;
  for (Eigen::Index row = first; row < options.beta.size(); row += stride) {
    problem.energy = power_law_energy(problem.output, problem.input, options.beta(row));
    PhaseCell cell;
    cell.noise_risk = 0.5 * problem.noise_variance();
    for (std::size_t k = 0; k < 2; ++k)
      cell.tuned[k] = best_constant_rate(compressed(mode_equation(problem, sets[k])), options.horizon,
                                         {.rates_per_decade = 3, .step = 0.4});
    const Verdict verdict = verdict_of(cell, options.horizon, map_->threshold);
    rows.push_back(static_cast<double>(row));
    phases.push_back(static_cast<double>(verdict.phase));
    crossings.push_back(verdict.crossing);
  }
  return object({{"rows", numbers(rows)}, {"phase", numbers(phases)}, {"crossing", numbers(crossings)}});
}

}  // namespace muonphase
