#include "muonphase/report/result_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muonphase/report/figures/coefficient_curves.hpp"
#include "muonphase/report/figures/imbalance.hpp"
#include "muonphase/report/figures/phase_map.hpp"
#include "muonphase/report/figures/rate_sweep.hpp"
#include "muonphase/report/figures/risk_curves.hpp"
#include "muonphase/report/measured_curve.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/study/study.hpp"
#include "report/phase_figures.hpp"

namespace muonphase {
namespace {

using figures::Figure, figures::Text, figures::equation;

Study study_of(const Hdf5Reader& file) {
  return parse_stored_study(file.text_attribute("/", "study"), file.path().string() + ":study");
}

std::vector<figures::MeasuredCurve> measured_curves(const std::vector<std::string>& paths) {
  std::vector<figures::MeasuredCurve> curves;
  for (const auto& path : paths) {
    const MeasuredRisk measured = read_measured_risk(path);
    curves.push_back({Text(measured.label), measured.step, measured.risk});
  }
  return curves;
}

// "n = 128, d = 128, B → ∞, α = 0.7, β = 0.3, σ = 0.5"
Text problem_subtitle(const ProblemSection& problem) {
  Text text = equation("n", problem.n_out) + ", " + equation("d", problem.n_in) + ", " +
              (std::isinf(problem.batch) ? Text("B → ∞") : equation("B", problem.batch));
  if (problem.input.spectrum == SpectrumKind::power_law) text = text + ", " + equation("α", problem.input.alpha);
  if (problem.output.spectrum == SpectrumKind::power_law)
    text = text + ", " + Text::markup("α_{out}") + equation("", problem.output.alpha);
  if (problem.target.path.empty()) text = text + ", " + equation("β", problem.target.beta);
  if (problem.label_noise > 0) text = text + ", " + equation("σ", problem.label_noise);
  return text;
}

// "B/d = 0.1", the title of one map of several.
Text third_title(ThirdAxis axis, double value) {
  switch (axis) {
    case ThirdAxis::batch_ratio:
      return std::isinf(value) ? Text("B → ∞") : equation("B/d", value);
    case ThirdAxis::output_ratio:
      return equation("n/d", value);
    case ThirdAxis::dimension:
      return equation("d", value);
    case ThirdAxis::label_noise:
      return equation("σ", value);
    case ThirdAxis::alpha_out:
      return Text::markup("α_{out}") + equation("", value);
    case ThirdAxis::none:
      break;
  }
  return {};
}

// What all maps have in common: "d = 10^6, n/d = 1, B → ∞, ".
Text phase_subtitle(const PhaseOptions& options, bool with_dimension) {
  Text text;
  const auto add = [&](ThirdAxis axis, double value, bool worth_saying) {
    if (axis != options.third_axis && worth_saying) text = text + third_title(axis, value) + ", ";
  };
  add(ThirdAxis::dimension, options.dimension, with_dimension);
  add(ThirdAxis::output_ratio, options.output_ratio, true);
  add(ThirdAxis::batch_ratio, options.batch_ratio, true);
  add(ThirdAxis::label_noise, options.label_noise, options.label_noise > 0);
  if (options.alpha_out == tied_to_alpha)
    text = text + Text::markup("α_{out} = α, ");
  else
    add(ThirdAxis::alpha_out, options.alpha_out, options.alpha_out > 0);
  return text;
}

Figure phase_figure(const Hdf5Reader& file, const Study& study, const ResultFigureOptions& options) {
  const double threshold = options.threshold.value_or(study.phase.threshold);
  const PhaseMap map = read_phase_map(file);
  std::vector<figures::PhaseMap> panels;
  for (Eigen::Index k = 0; k < std::max<Eigen::Index>(1, map.third.size()); ++k) {
    figures::PhaseMap panel{.alpha = map.alpha, .beta = map.beta, .phase = {}, .crossing_horizon = {}, .title = {}};
    panel.phase.resize(map.alpha.size(), map.beta.size());
    panel.crossing_horizon.resize(map.alpha.size(), map.beta.size());
    for (Eigen::Index i = 0; i < map.alpha.size(); ++i)
      for (Eigen::Index j = 0; j < map.beta.size(); ++j) {
        const Eigen::ArrayXd ratio = map.cell(i, j, k).log_risk_ratio();
        panel.phase(i, j) = static_cast<std::uint8_t>(classify(ratio, threshold));
        panel.crossing_horizon(i, j) = crossing_horizon(map.horizon, ratio, threshold);
      }
    if (map.third.size() > 0) panel.title = third_title(map.third_axis, map.third(k));
    panels.push_back(std::move(panel));
  }
  figures::PhaseMapOptions look;
  look.title = study.title;
  const PhaseOptions computed = make_phase_options(study);
  const Text rate = Text(name_of(computed.policy)) + " rate";
  look.subtitle = phase_subtitle(computed, true) + rate + ", threshold " + figures::number(threshold);
  look.optimizers = {map.compare[1], map.compare[0]};
  // The predictions are those of SignSVD against SignSGD.
  look.predictions = map.compare == std::array<std::string, 2>{"signsvd", "signsgd"};
  if (file.has("/scaling")) return scaling_figure(file, panels.front(), look);
  if (file.has("/compute_optimal"))
    return compute_optimal_figure(file, map, look.title, phase_subtitle(computed, false) + rate);
  if (file.has("/yardstick"))
    return yardstick_figure(file, map, look.title,
                            phase_subtitle(computed, true) + "every policy at its best for each horizon");
  // Refined boundaries are those of the study's own threshold.
  if (file.has("/refined") && threshold == study.phase.threshold) panels = {refined_panel(file, panels.front())};
  return figures::phase_map_figure(panels, look);
}

Figure ode_figure(const Hdf5Reader& file, const Study& study, const ResultFigureOptions& options) {
  figures::RiskCurves curves;
  curves.title = study.title;
  curves.subtitle = problem_subtitle(study.problem);
  if (std::isinf(study.problem.batch)) curves.step_label = "time t, in units of n/B steps";
  std::vector<figures::RateSweep> sweeps;
  for (const auto& optimizer : optimizers_of(file)) {
    const std::string group = "/" + optimizer;
    if (file.has(group + "/sweep")) {
      const LearningRateSweep sweep = read_sweep(file, group);
      sweeps.push_back({optimizer, sweep.learning_rate, sweep.horizon, sweep.risk, sweep.stability_edge});
    } else {
      const RiskCurve curve = read_curve(file, group);
      curves.theory.push_back({optimizer, curve.step, curve.risk});
    }
  }
  if (sweeps.empty()) {
    curves.measured = measured_curves(options.overlay);
    return figures::risk_figure(curves);
  }
  if (!options.overlay.empty())
    throw StudyError("overlay: measured curves belong on risk curves, not on a sweep of rates");
  Figure swept = figures::rate_sweep_figure(sweeps, curves.title, curves.subtitle);
  if (curves.theory.empty()) return swept;
  Figure both = figures::risk_figure(curves);
  both.panels.insert(both.panels.end(), swept.panels.begin(), swept.panels.end());
  both.columns = static_cast<int>(both.panels.size());
  return both;
}

Figure simulation_figure(const Hdf5Reader& file, const Study& study, const ResultFigureOptions& options) {
  figures::RiskCurves curves;
  curves.title = study.title;
  curves.subtitle = problem_subtitle(study.problem);
  for (const auto& optimizer : optimizers_of(file)) {
    const SimulatedCurve curve = read_simulated_curve(file, "/" + optimizer);
    curves.monte_carlo.push_back({optimizer, curve.mean.step, curve.mean.risk, curve.risk_sem,
                                  options.trials ? curve.risk_trials : Eigen::ArrayXXd()});
  }
  curves.measured = measured_curves(options.overlay);
  return figures::risk_figure(curves);
}

// Pairs of modes flattened: λ_k λ_j with its coefficients.
figures::CoefficientCurve flattened(const std::string& optimizer, const CoefficientTable& table) {
  const Eigen::ArrayXXd product =
      (table.output.eigenvalue.matrix() * table.input.eigenvalue.matrix().transpose()).array();
  return {optimizer, product.reshaped(), table.drift.reshaped(), table.diffusion.reshaped()};
}

Figure drift_figure(const Hdf5Reader& file, const Study& study) {
  std::vector<figures::CoefficientCurve> curves;
  figures::CoefficientOptions look;
  look.title = study.title;
  look.subtitle = problem_subtitle(study.problem);
  for (const auto& optimizer : optimizers_of(file)) {
    const CoefficientTable table = read_coefficients(file, "/" + optimizer);
    if (table.output.nodes() > 1) look.eigenvalue_label = Text::markup("eigenvalue λ_k λ_j");
    curves.push_back(flattened(optimizer, table));
  }
  return figures::coefficient_figure(curves, look);
}

Figure validation_figure(const Hdf5Reader& file, const Study& study) {
  figures::RiskCurves curves;
  curves.title = study.title;
  curves.subtitle = problem_subtitle(study.problem);
  curves.tolerance = study.validate.tolerance;
  for (const auto& optimizer : study.run.optimizers) {
    const RiskCurve theory = read_curve(file, "/ode/" + optimizer), mean = read_curve(file, "/simulate/" + optimizer);
    curves.theory.push_back({optimizer, theory.step, theory.risk});
    curves.monte_carlo.push_back(
        {optimizer, mean.step, mean.risk, file.vector("/simulate/" + optimizer + "/risk_sem"), {}});
    curves.residuals.push_back({optimizer, theory.step, file.vector("/" + optimizer + "/log_ratio"),
                                file.vector("/" + optimizer + "/log_ratio_sem")});
  }
  return figures::risk_figure(curves);
}

}  // namespace

Figure result_figure(const Hdf5Reader& file, const ResultFigureOptions& options) {
  const std::string kind = file.text_attribute("/", "kind");
  const std::string name = file.path().string();
  if (options.threshold && kind != "phase")
    throw StudyError(fmt::format("{}: a threshold belongs to a phase diagram, and this is a result of {}", name, kind));
  if (options.threshold && !(*options.threshold > 1 && std::isfinite(*options.threshold)))
    throw StudyError(fmt::format("threshold = {}: must be a finite number > 1", *options.threshold));
  if (options.trials && kind != "simulate")
    throw StudyError(fmt::format("{}: trials belong to a simulation, and this is a result of {}", name, kind));
  if (!options.overlay.empty() && kind != "simulate" && kind != "ode")
    throw StudyError(fmt::format("{}: measured curves belong on risk curves, and this is a result of {}", name, kind));
  const Study study = study_of(file);
  if (kind == "phase") return phase_figure(file, study, options);
  if (kind == "validate") return validation_figure(file, study);
  if (kind == "ode") return ode_figure(file, study, options);
  if (kind == "simulate") return simulation_figure(file, study, options);
  if (kind == "coefficients") return drift_figure(file, study);
  if (kind == "imbalance") return figures::imbalance_figure(file, study.title);
  throw StudyError(fmt::format("{}: there is no figure for a result of {}", name, kind));
}

}  // namespace muonphase
