// The curves of a study, and what is known of their optimizers.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include "json.hpp"
#include "muonphase/closures/linear/mean.hpp"
#include "muonphase/closures/linear/resolution.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/phase/compressed.hpp"
#include "muonphase/phase/constant_rate.hpp"
#include "run/parts.hpp"
#include "session.hpp"

namespace muonphase {
namespace {

using namespace json;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double six_digits(double value) {
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

// The best constant rates for horizons up to the end of the run.
TunedCurve best_rates(const ModeEquation& equation, const Eigen::ArrayXd& horizon) {
  return best_constant_rate(compressed(equation), horizon, {});
}

// Where a long run at a constant rate ends: 2R − σ² = u Σ kick/rate, the forcing u being η √(2R), or η 2R for SGD.
double floor_risk(const ModeEquation& equation, double eta) {
  const double gain = eta * equation.memory();
  if (!equation.scale_invariant) return gain < 1 ? 0.5 * equation.noise / (1 - gain) : none;
  const double root = 0.5 * (gain + std::sqrt(gain * gain + 4 * equation.noise));
  return 0.5 * root * root;
}

std::string json_rate(const std::optional<double>& constant) {
  return constant ? number(*constant) : "null";
}

// Of a run that diverges, the records before.
RiskCurve until(const DivergenceError& error, const Eigen::ArrayXd& recorded) {
  RiskCurve curve;
  curve.step = recorded;
  curve.risk = curve.learning_rate = Eigen::ArrayXd::Constant(recorded.size(), none);
  std::copy(error.risk.begin(), error.risk.end(), curve.risk.begin());
  std::copy(error.learning_rate.begin(), error.learning_rate.end(), curve.learning_rate.begin());
  return curve;
}

Resolution resolution_of(const Problem& problem, const Optimizer& optimizer) {
  const bool spectral = optimizer.description().flow == Flow::spectral || optimizer.description().map;
  if (!spectral || !optimizer.window().one_step()) return {};
  return resolution(problem.input, std::min({problem.batch, problem.n_out(), problem.n_in()}));
}

}  // namespace

std::string Session::curves(const std::string& text_of_study) {
  const Study study = parse_study(text_of_study, "study.toml");
  std::vector<std::string> warnings;
  Observer observer;
  observer.warn = [&](const std::string& line) { warnings.push_back(line); };
  if (study.ode.closure != Closure::linear) throw study_error(study, "ode.closure", "\"linear\" in the page");
  deterministic_runs(study);
  const Problem problem = make_problem(study);
  warn_of_problem(study, observer);
  warn_outside_range(study, problem, observer);
  const OdeOptions ode = ode_options(study, {});
  const Eigen::ArrayXd recorded = recorded_steps(study.run.steps, study.run.record);
  constexpr Eigen::Index horizons = 25;
  const Eigen::ArrayXd horizon =
      Eigen::ArrayXd::LinSpaced(horizons, 0, std::log(study.run.steps)).exp().max(1).min(study.run.steps);
  std::vector<std::string> curves;
  for (const auto& name : study.run.optimizers) {
    const Optimizer& used = optimizer(study, name);
    std::vector<LinearCurve> runs;
    const auto sets = keyed(study, [&] {
      return linear_coefficients(problem, used, {.draws = {ode.bases, ode.seed}, .monitor = {}});
    });
    double edge = 0, noise = 0;
    for (const auto& set : sets) {
      runs.emplace_back(problem, used, set);
      const ModeEquation equation = mode_equation(problem, set);
      edge += stability_edge(equation) / static_cast<double>(sets.size());
      noise += equation.noise_coefficient() / static_cast<double>(sets.size());
    }
    const Coefficients mean = mean_of(sets);
    const TunedCurve best = best_rates(mode_equation(problem, mean), horizon);
    RunRate rate = ConstantRate{six_digits(best.learning_rate(horizons - 1))};
    if (study.run.learning_rate.contains(name))
      rate = keyed(study, [&] { return rate_of(study, problem, used, Monitor{}); });
    const auto* schedule = std::get_if<LearningRate>(&rate);
    if (!schedule) throw study_error(study, "run.learning_rate." + name, "one rate or schedule in the page");
    std::optional<double> constant;
    if (const auto* given = std::get_if<ConstantRate>(schedule)) constant = given->eta;
    RiskCurve curve;
    bool diverged = false;
    try {
      std::vector<RiskCurve> all;
      for (const auto& run : runs)
        all.push_back(
            run.curve(*schedule, recorded, {.stepper = ode.stepper, .tolerance = ode.tolerance, .monitor = {}}));
      curve = mean_curve(all);
      warn_long_window(used, curve, observer);
    } catch (const DivergenceError& error) {
      curve = until(error, recorded);
      diverged = true;
    }
    const double floor = constant ? floor_risk(mode_equation(problem, mean), *constant) : none;
    const Resolution resolved = resolution_of(problem, used);
    const Eigen::ArrayXd drift = mean.drift.row(0).transpose();
    const Eigen::ArrayXd diffusion = mean.diffusion.row(0).transpose() * problem.n_out();
    curves.push_back(object({{"optimizer", text(name)},
                             {"label", text(used.label())},
                             {"color", text(fmt::format("#{:06x}", used.description().color))},
                             {"learning_rate", json_rate(constant)},
                             {"step", numbers(curve.step)},
                             {"risk", numbers(curve.risk)},
                             {"rate", numbers(curve.learning_rate)},
                             {"diverged", diverged ? "true" : "false"},
                             {"edge", number(edge)},
                             {"noise_coefficient", number(noise)},
                             {"floor_risk", number(floor)},
                             {"horizon", numbers(horizon)},
                             {"best_risk", numbers(best.risk)},
                             {"best_rate", numbers(best.learning_rate)},
                             {"drift", numbers(drift)},
                             {"diffusion", numbers(diffusion)},
                             {"resolution", number(resolved.scale)},
                             {"resolution_mode", number(resolved.mode)}}));
  }
  return object({{"initial_risk", number(population_risk(problem, problem.energy))},
                 {"noise_risk", number(0.5 * problem.noise_variance())},
                 {"n_in", number(problem.n_in())},
                 {"modes", numbers(problem.input.index)},
                 {"eigenvalues", numbers(problem.input.eigenvalue)},
                 {"curves", list(curves)},
                 {"warnings", texts(warnings)}});
}

}  // namespace muonphase
