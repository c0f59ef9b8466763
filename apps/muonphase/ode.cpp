#include "muonphase/dynamics/ode.hpp"

#include <spdlog/spdlog.h>

#include <cmath>
#include <memory>

#include "commands.hpp"
#include "muonphase/equivalent/linear_coefficients.hpp"
#include "muonphase/io/interrupt.hpp"
#include "muonphase/io/results.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

// Modes beyond which the energies of every mode at every step are too much to keep.
constexpr Eigen::Index most_energies = 10000;

struct Flags : StudyFlags {
  std::string sweep_rate;
};

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

// MIN:MAX:COUNT, evenly spaced in the logarithm.
std::vector<double> parse_sweep(const std::string& text) {
  double min = 0, max = 0;
  int count = 0, used = 0;
  const int fields = std::sscanf(text.c_str(), "%lf:%lf:%d%n", &min, &max, &count, &used);
  if (fields != 3 || used != static_cast<int>(text.size()) || !(min > 0) || !(max > min) || !std::isfinite(max) ||
      count < 2 || count > 100000)
    throw StudyError("--sweep-rate = " + text + ": must be MIN:MAX:COUNT with 0 < MIN < MAX and 2 ≤ COUNT ≤ 100000");
  std::vector<double> rates;
  for (int i = 0; i < count; ++i) rates.push_back(min * std::pow(max / min, static_cast<double>(i) / (count - 1)));
  return rates;
}

// The study's, or the powers of ten below the last step, and the last step.
Eigen::ArrayXd sweep_horizons(const RunSection& run) {
  std::vector<double> horizons = run.horizons;
  if (horizons.empty()) {
    for (double horizon = 10; horizon < run.steps; horizon *= 10) horizons.push_back(horizon);
    horizons.push_back(run.steps);
  }
  std::sort(horizons.begin(), horizons.end());
  return array_of(horizons);
}

// Momentum enters as if nothing changed while it averages.
void warn_long_window(const Study& study, const std::string& optimizer, const RiskCurve& curve) {
  const double momentum = optimizer == "muon"     ? study.run.optimizer.muon.momentum
                          : optimizer == "signum" ? study.run.optimizer.signum.momentum
                                                  : 0;
  const double change = fastest_change(curve) / (1 - momentum);
  if (momentum > 0 && change > 0.1)
    spdlog::warn(
        "{}: the risk changes by up to {:.2g} % within one momentum window of {:.3g} steps, which the closure "
        "takes to be short: its curve is not reliable there",
        optimizer, 100 * std::expm1(change), 1 / (1 - momentum));
}

void run_curve(const Flags& flags, const Study& study, const Problem& problem, const std::string& optimizer,
               const LearningRate& rate, const OdeOptions& options, Hdf5Writer& file) {
  RiskCurve curve = ode_curve(problem, optimizer, rate, recorded_steps(study.run.steps, study.run.record), options);
  const auto last = curve.risk.size() - 1;
  say(flags, "{:<8} risk {:.6g} → {:.6g} in {:g} steps\n", optimizer, curve.risk(0), curve.risk(last), study.run.steps);
  warn_long_window(study, optimizer, curve);
  const std::string group = "/" + optimizer;
  const bool one_sided = problem.output.nodes() == 1;
  const ValidityTrack track = one_sided ? validity_along(problem, curve.mode_energy) : ValidityTrack{};
  if (curve.mode_energy.cols() > most_energies) curve.mode_energy.resize(0, 0);
  write_curve(file, group, curve, problem.input.index);
  if (one_sided)
    write_validity(file, group, track);
  else
    write_validity(file, group, validity(problem, problem.energy));
}

void run_sweep(const Flags& flags, const Study& study, const Problem& problem, const std::string& optimizer,
               const std::vector<double>& rates, OdeOptions options, Hdf5Writer& file) {
  const LearningRateSweep sweep = [&] {
    Progress progress(optimizer, "rates", progress_style(flags));
    options.monitor = monitor_of(progress);
    return learning_rate_sweep(problem, optimizer, array_of(rates), sweep_horizons(study.run), options);
  }();
  write_sweep(file, "/" + optimizer, sweep);
  const auto last = sweep.horizon.size() - 1;
  Eigen::Index best = 0;
  const double risk = sweep.risk.col(last).minCoeff(&best);
  say(flags, "{:<8} best of {} rates at {:g} steps: {:.6g}, risk {:.6g}; stability edge {:.6g}\n", optimizer,
      rates.size(), sweep.horizon(last), sweep.learning_rate(best), risk, sweep.stability_edge);
}

// The linear closure is for signals that hide in the gradient's noise.
void warn_outside_range(const Study& study, const Problem& problem) {
  if (study.ode.closure != Closure::linear || problem.noise_dominated()) return;
  const Validity start = validity(problem, problem.energy);
  if (!start.linear_closure_holds())
    spdlog::warn(
        "the linear closure is outside its range: at the start one mode holds {:.2g} of the risk and the signal is "
        "{:.2g} "
        "of the noise; ode.closure = \"full\" is not",
        start.largest_share, start.signal_to_noise);
}

int run(const Flags& flags, const Invocation& invocation) {
  Study study = begin_study(flags);
  if (!flags.sweep_rate.empty())
    for (const auto& optimizer : study.run.optimizers)
      study.run.learning_rate[optimizer] = parse_sweep(flags.sweep_rate);
  require_optimizers(study, linear_optimizers());
  require_closure(study);
  const Output output = begin_output(flags, "ode", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const OdeOptions options = ode_options(study);
  const Problem problem = make_problem(study);
  warn_outside_range(study, problem);
  Hdf5Writer file = begin_result(study, provenance_of(invocation, "ode"));
  for (const auto& optimizer : study.run.optimizers) {
    if (!study.run.learning_rate.contains(optimizer))
      spdlog::warn("run.learning_rate.{0} is not given: {0} takes the greedy schedule", optimizer);
    const RunRate rate = rate_of(study.run, optimizer);
    if (const auto* rates = std::get_if<std::vector<double>>(&rate))
      run_sweep(flags, study, problem, optimizer, *rates, options, file);
    else
      run_curve(flags, study, problem, optimizer, std::get<LearningRate>(rate), options, file);
  }
  output.commit(file);
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_ode(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<Flags>();
  flags->output = "ode.h5";
  CLI::App* command = app.add_subcommand("ode", "Deterministic risk curves");
  add_study_flags(*command, *flags, StudyFile::required);
  command->add_option("--sweep-rate", flags->sweep_rate, "Risk over constant rates, spaced in the logarithm")
      ->type_name("MIN:MAX:COUNT");
  command->footer(
      "Examples:\n"
      "  muonphase ode study.toml\n"
      "  muonphase ode study.toml --set ode.closure=linear --set problem.batch=infinite -o ode.h5\n"
      "  muonphase ode study.toml --sweep-rate 1e-4:1:60 -o sweep.h5\n"
      "  muonphase plot ode.h5 -o ode.pdf");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
