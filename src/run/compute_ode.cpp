#include <algorithm>
#include <cmath>
#include <exception>
#include <vector>

#include "muonphase/results/results.hpp"
#include "run/compute_parts.hpp"

namespace muonphase {
namespace {

// Modes beyond which the energies of every mode at every step are too much to keep.
constexpr Eigen::Index most_energies = 10000;

Eigen::ArrayXd array_of(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
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
void warn_long_window(const Study& study, const std::string& optimizer, const RiskCurve& curve,
                      const Observer& observer) {
  const double momentum = optimizer == "muon"     ? study.run.optimizer.muon.momentum
                          : optimizer == "signum" ? study.run.optimizer.signum.momentum
                                                  : 0;
  const double change = fastest_change(curve) / (1 - momentum);
  if (momentum > 0 && change > 0.1)
    warn(
        observer,
        "{}: the risk changes by up to {:.2g} % within one momentum window of {:.3g} steps, which the closure takes to "
        "be short: its curve is not reliable there",
        optimizer, 100 * std::expm1(change), 1 / (1 - momentum));
}

// Where W* is given the full closure follows W_0 − W* itself; the mean over random bases.
RiskCurve curve_of(const Study& study, const Problem& problem, const std::string& optimizer, const LearningRate& rate,
                   const Observer& observer) {
  const OdeOptions options = ode_options(study, observer.unwatched());
  const Eigen::ArrayXd recorded = recorded_steps(study.run.steps, study.run.record);
  if (options.closure != Closure::full || study.problem.target.path.empty())
    return ode_curve(problem, optimizer, rate, recorded, options);
  const Eigen::MatrixXd start = make_simulation_problem(study).offset;
  std::vector<RiskCurve> curves(sees_random_basis(problem, optimizer) ? static_cast<std::size_t>(options.bases) : 1);
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t draw = 0; draw < curves.size(); ++draw) try {
      curves[draw] = full_curve_from(problem, start, optimizer, rate, recorded, draw, full_options(options));
    } catch (...) {
#pragma omp critical(muonphase_given_failure)
      error = std::current_exception();
    }
  if (error) std::rethrow_exception(error);
  return mean_curve(curves);
}

void write_ode(const Study& study, const Problem& problem, const std::string& optimizer, const LearningRate& rate,
               const Observer& observer, Hdf5Writer& file) {
  RiskCurve curve = curve_of(study, problem, optimizer, rate, observer);
  const auto last = curve.risk.size() - 1;
  say(observer, "{:<8} risk {:.6g} → {:.6g} in {:g} steps", optimizer, curve.risk(0), curve.risk(last),
      study.run.steps);
  warn_long_window(study, optimizer, curve, observer);
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

void write_ode_sweep(const Study& study, const Problem& problem, const std::string& optimizer,
                     const std::vector<double>& rates, const Observer& observer, Hdf5Writer& file) {
  const LearningRateSweep sweep = learning_rate_sweep(problem, optimizer, array_of(rates), sweep_horizons(study.run),
                                                      ode_options(study, observer.stage(optimizer, "rates")));
  write_sweep(file, "/" + optimizer, sweep);
  const auto last = sweep.horizon.size() - 1;
  Eigen::Index best = 0;
  const double risk = sweep.risk.col(last).minCoeff(&best);
  say(observer, "{:<8} best of {} rates at {:g} steps: {:.6g}, risk {:.6g}; stability edge {:.6g}", optimizer,
      rates.size(), sweep.horizon(last), sweep.learning_rate(best), risk, sweep.stability_edge);
}

// The linear closure is for signals that hide in the gradient's noise.
void warn_outside_range(const Study& study, const Problem& problem, const Observer& observer) {
  if (study.ode.closure != Closure::linear || problem.noise_dominated()) return;
  const Validity start = validity(problem, problem.energy);
  if (!start.linear_closure_holds())
    warn(observer,
         "the linear closure is outside its range: at the start one mode holds {:.2g} of the risk and the signal is "
         "{:.2g} of the noise; ode.closure = \"full\" is not",
         start.largest_share, start.signal_to_noise);
}

}  // namespace

Hdf5Writer ode_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  require_deterministic(study);
  require_closure(study);
  const Problem problem = make_problem(study);
  warn_outside_range(study, problem, observer);
  Hdf5Writer file = begin_result(study, provenance);
  for (const auto& optimizer : study.run.optimizers) {
    warn_of_greedy(study, optimizer, observer);
    const RunRate rate = rate_of(study.run, optimizer);
    if (const auto* rates = std::get_if<std::vector<double>>(&rate))
      write_ode_sweep(study, problem, optimizer, *rates, observer, file);
    else
      write_ode(study, problem, optimizer, std::get<LearningRate>(rate), observer, file);
  }
  return file;
}

}  // namespace muonphase
