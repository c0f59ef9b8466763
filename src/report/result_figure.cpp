#include "muonphase/report/result_figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "muonphase/report/figures/curves.hpp"
#include "muonphase/report/figures/imbalance.hpp"
#include "muonphase/report/measured_curve.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/study/study.hpp"
#include "report/phase_figures.hpp"

namespace muonphase {
namespace {

using figures::Figure, figures::Label, figures::equation;

std::vector<MeasuredRisk> measured_curves(const std::vector<std::string>& paths) {
  std::vector<MeasuredRisk> curves;
  for (const auto& path : paths) curves.push_back(read_measured_risk(path));
  return curves;
}

// "n = 128, d = 128, B → ∞, α = 0.7, β = 0.3, σ = 0.5"
Label problem_subtitle(const ProblemSection& problem) {
  Label text = equation("n", problem.n_out) + ", " + equation("d", problem.n_in) + ", " +
               (std::isinf(problem.batch) ? Label("B → ∞") : equation("B", problem.batch));
  if (problem.input.spectrum == SpectrumKind::power_law) text = text + ", " + equation("α", problem.input.alpha);
  if (problem.output.spectrum == SpectrumKind::power_law)
    text = text + ", " + Label::markup("α_{out}") + equation("", problem.output.alpha);
  if (problem.target.path.empty()) text = text + ", " + equation("β", problem.target.beta);
  if (problem.label_noise > 0) text = text + ", " + equation("σ", problem.label_noise);
  return text;
}

// Two thirds of the targets lie between these quantiles.
figures::OptimizerSpread spread_of(const std::string& optimizer, const Eigen::ArrayXd& step,
                                   const Eigen::ArrayXXd& risk) {
  figures::OptimizerSpread spread{optimizer, step, Eigen::ArrayXd(step.size()), Eigen::ArrayXd(step.size())};
  for (Eigen::Index t = 0; t < step.size(); ++t) {
    Eigen::ArrayXd values = risk.col(t);
    std::sort(values.begin(), values.end());
    const double last = static_cast<double>(values.size() - 1);
    spread.low(t) = values(std::lround(last / 6));
    spread.high(t) = values(std::lround(last * 5 / 6));
  }
  return spread;
}

Figure ode_figure(const Hdf5Reader& file, const Study& study, const ResultFigureOptions& options) {
  figures::RiskCurves curves;
  curves.title = study.title;
  curves.subtitle = problem_subtitle(study.problem);
  if (std::isinf(study.problem.batch)) curves.step_label = "time t, in units of n/B steps";
  std::vector<std::pair<std::string, LearningRateSweep>> sweeps;
  for (const auto& optimizer : optimizers_of(file)) {
    const std::string group = "/" + optimizer;
    if (file.has(group + "/sweep")) {
      sweeps.emplace_back(optimizer, read_sweep(file, group));
    } else {
      const RiskCurve curve = read_curve(file, group);
      curves.theory.push_back({optimizer, curve.step, curve.risk});
      if (file.has(group + "/risk_targets"))
        curves.spreads.push_back(spread_of(optimizer, curve.step, file.matrix(group + "/risk_targets")));
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
    curves.runs.push_back({optimizer, curve.mean.step, curve.mean.risk, curve.risk_sem,
                           options.trials ? curve.risk_trials : Eigen::ArrayXXd()});
  }
  curves.measured = measured_curves(options.overlay);
  return figures::risk_figure(curves);
}

Figure drift_figure(const Hdf5Reader& file, const Study& study) {
  std::vector<figures::CoefficientCurve> curves;
  Label label = Label::markup("eigenvalue λ_j");
  for (const auto& optimizer : optimizers_of(file)) {
    const CoefficientTable table = read_coefficients(file, "/" + optimizer);
    if (table.output.nodes() > 1) label = Label::markup("eigenvalue λ_k λ_j");
    // Pairs of modes flattened: λ_k λ_j with its coefficients.
    const Eigen::ArrayXXd product = table.output.eigenvalue.matrix() * table.input.eigenvalue.matrix().transpose();
    curves.push_back({optimizer, product.reshaped(), table.drift.reshaped(), table.diffusion.reshaped()});
    // Of one side: pairs of modes are too many points.
    if (const std::string measured = "/" + optimizer + "/measured_"; table.output.nodes() == 1 && file.has(measured + "drift")) {
      curves.back().measured_drift = file.vector(measured + "drift");
      curves.back().measured_diffusion = file.vector(measured + "diffusion");
    }
  }
  return figures::coefficient_figure(curves, label, study.title, problem_subtitle(study.problem));
}

Figure density_figure(const Hdf5Reader& file, const Study& study) {
  const auto values = [&](const char* name) { return file.vector(std::string("/spectral_density/") + name); };
  figures::SpectrumCurves spectrum{values("x"), values("density_out"), values("density_in"), {}};
  if (file.has("/spectral_density/eigenvalue"))
    spectrum.eigenvalues = file.matrix("/spectral_density/eigenvalue").reshaped();
  return figures::spectrum_figure(spectrum, study.title, problem_subtitle(study.problem));
}

Figure tuned_figure(const Hdf5Reader& file, const Study& study) {
  figures::TunedRisks tuned{.title = study.title,
                            .subtitle = {},
                            .budget_label = "budget, " + file.text_attribute("/", "budget"),
                            .batch = file.vector("/batch"),
                            .horizon = file.vector("/horizon"),
                            .risk = {}};
  for (const auto& optimizer : optimizers_of(file)) tuned.risk.emplace_back(optimizer, file.matrix("/" + optimizer + "/risk"));
  return figures::tuned_figure(tuned);
}

Figure measured_figure(const Hdf5Reader& file) {
  const auto number = [&](const char* name) { return file.number_attribute("/", name); };
  figures::MeasuredModes modes{.rank = file.vector("/mode"),
                               .eigenvalue = file.vector("/eigenvalue"),
                               .target_energy = {},
                               .target_noise = {},
                               .alpha = number("alpha"),
                               .alpha_error = number("alpha_stderr"),
                               .beta = number("beta"),
                               .beta_error = number("beta_stderr"),
                               .first = number("fit_first_rank"),
                               .last = number("fit_last_rank")};
  if (file.has("/target_energy")) {
    modes.target_energy = file.vector("/target_energy");
    modes.target_noise = file.vector("/target_noise");
  }
  const std::string data = file.text_attribute("/", "data");
  return figures::measured_figure(
      modes, std::filesystem::path(data).filename().string(),
      fmt::format("effective dimension {:.4g} of {}", number("effective_dimension"), modes.rank.size()));
}

Figure validation_figure(const Hdf5Reader& file, const Study& study) {
  figures::RiskCurves curves;
  curves.title = study.title;
  curves.subtitle = problem_subtitle(study.problem);
  curves.tolerance = study.validate.tolerance;
  for (const auto& optimizer : study.run.optimizers) {
    const RiskCurve theory = read_curve(file, "/ode/" + optimizer), mean = read_curve(file, "/simulate/" + optimizer);
    curves.theory.push_back({optimizer, theory.step, theory.risk});
    curves.runs.push_back({optimizer, mean.step, mean.risk, file.vector("/simulate/" + optimizer + "/risk_sem")});
    curves.residuals.push_back({optimizer, theory.step, file.vector("/" + optimizer + "/log_ratio"),
                                file.vector("/" + optimizer + "/log_ratio_sem")});
  }
  return figures::risk_figure(curves);
}

}  // namespace

std::vector<Figure> result_figures(const Hdf5Reader& file, const ResultFigureOptions& options) {
  const std::string kind = file.text_attribute("/", "kind"), name = file.path().string();
  const auto belongs = [&](bool given, bool fits, const char* what) {
    if (given && !fits) throw StudyError(fmt::format("{}: {}, and this is a result of {}", name, what, kind));
  };
  belongs(options.threshold.has_value(), kind == "phase", "a threshold belongs to a phase diagram");
  belongs(options.trials, kind == "simulate", "trials belong to a simulation");
  belongs(!options.overlay.empty(), kind == "simulate" || kind == "ode", "measured curves belong on risk curves");
  if (options.threshold && !(*options.threshold > 1 && std::isfinite(*options.threshold)))
    throw StudyError(fmt::format("threshold = {}: must be a finite number > 1", *options.threshold));
  const Study study = parse_stored_study(file.text_attribute("/", "study"), name + ":study");
  if (kind == "phase") return phase_figures(file, study, options.threshold);
  if (kind == "validate") return {validation_figure(file, study)};
  if (kind == "ode") return {ode_figure(file, study, options)};
  if (kind == "simulate") return {simulation_figure(file, study, options)};
  if (kind == "coefficients" && file.has("/spectral_density"))
    return {density_figure(file, study), drift_figure(file, study)};
  if (kind == "coefficients") return {drift_figure(file, study)};
  if (kind == "tune") return {tuned_figure(file, study)};
  if (kind == "measure") return {measured_figure(file)};
  if (kind == "imbalance") return {figures::imbalance_figure(file, study.title)};
  throw StudyError(fmt::format("{}: there is no figure for a result of {}", name, kind));
}

Figure result_figure(const Hdf5Reader& file, const ResultFigureOptions& options) {
  return result_figures(file, options).back();
}

}  // namespace muonphase
