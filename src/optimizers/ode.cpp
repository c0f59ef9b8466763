#include "muonphase/optimizers/ode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <limits>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/mode_equation.hpp"
#include "muonphase/optimizers/linear_curve.hpp"
#include "muonphase/optimizers/weight_decay.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

std::vector<Coefficients> coefficients_of(const Problem& problem, const Optimizer& optimizer,
                                          const OdeOptions& options) {
  return linear_coefficients(problem, optimizer,
                             {.draws = {options.bases, options.seed}, .monitor = options.monitor});
}

std::vector<ModeEquation> equations_of(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options) {
  std::vector<ModeEquation> equations;
  for (const auto& coefficients : coefficients_of(problem, optimizer, options))
    equations.push_back(mode_equation(problem, coefficients));
  return equations;
}

IntegrateOptions integrate_options(const OdeOptions& options) {
  return {.stepper = options.stepper, .tolerance = options.tolerance, .monitor = {{}, options.monitor.interrupted}};
}

QuasilinearOptions quasilinear_options(const OdeOptions& options) {
  return {.tolerance = integrator_tolerance(options)};
}

constexpr int path_records = 2000;

OdeOptions uncounted(OdeOptions options) {
  options.monitor.progress = {};
  return options;
}

// What is to be done for every draw of random bases, or once: make(draw, options) with a monitor of its own.
template <class T, class Make>
std::vector<T> for_each_draw(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options, bool draws,
                             Make make) {
  const bool random = draws || sees_random_basis(problem, optimizer);
  std::vector<T> all(random ? static_cast<std::size_t>(options.bases) : 1);
  std::exception_ptr error;
  SharedMonitor monitor(options.monitor, all.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t draw = 0; draw < all.size(); ++draw) {
    try {
      if (options.monitor.stop()) continue;
      OdeOptions own = options;
      own.monitor = monitor.part();
      all[draw] = make(draw, own);
    } catch (...) {
#pragma omp critical(muonphase_draw_failure)
      error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
  options.monitor.check();
  return all;
}

// Risks at the horizons from `curve`, which integrates over given recorded steps; infinite from where the run diverges.
template <class Curve>
Eigen::ArrayXd risks_at(const Eigen::ArrayXd& horizons, Curve curve) {
  Eigen::ArrayXd risks = Eigen::ArrayXd::Constant(horizons.size(), std::numeric_limits<double>::infinity());
  for (Eigen::Index reached = horizons.size(); reached > 0; --reached) try {
      Eigen::ArrayXd recorded(reached + 1);
      recorded << 0, horizons.head(reached);
      risks.head(reached) = curve(recorded).tail(reached);
      break;
    } catch (const NumericalError&) {
      continue;  // diverges before the last of these horizons
    }
  return risks;
}

// The mean over bases of the risks of runs that `curve(run, recorded)` integrates.
template <class Run, class Curve>
Eigen::ArrayXd mean_risks(const std::vector<Run>& runs, const Eigen::ArrayXd& horizons, Curve curve) {
  Eigen::ArrayXd mean = Eigen::ArrayXd::Zero(horizons.size());
  for (const auto& run : runs)
    mean += risks_at(horizons, [&](const Eigen::ArrayXd& recorded) { return curve(run, recorded); });
  return mean / static_cast<double>(runs.size());
}

// A path along recorded steps, of which there are many.
RunPath path_of(const RiskCurve& curve) {
  RunPath path;
  path.add(0, 0, curve.risk(0));
  for (Eigen::Index i = 1; i < curve.step.size(); ++i) {
    const double pace = 0.5 * (1 / std::sqrt(2 * curve.risk(i - 1)) + 1 / std::sqrt(2 * curve.risk(i)));
    path.add(curve.step(i), path.clock.back() + curve.learning_rate(i) * pace * (curve.step(i) - curve.step(i - 1)),
             curve.risk(i));
  }
  return path;
}

}  // namespace

double integrator_tolerance(const OdeOptions& options) {
  return std::max(100 * options.tolerance, options.accuracy == Accuracy::fast ? 2e-3 : 1e-12);
}

bool draws_run(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options) {
  if (options.closure != Closure::full || !problem.linear_layer() || !optimizer.description().scale_invariant)
    return false;
  return !problem.data || optimizer.description().rotation_equivariant;
}

bool sees_random_basis(const Problem& problem, const Optimizer& optimizer) {
  return !optimizer.description().rotation_equivariant && seen_bases(problem).random();
}

FullDynamics full_dynamics(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options,
                           std::uint64_t draw, const Eigen::MatrixXd& start) {
  if (problem.linear_layer() && !optimizer.description().full_linear_layer)
    throw UnsupportedError("ode.closure", fmt::format("\"linear\" for {} where problem.model = \"linear-layer\"",
                                                      optimizer.name()));
  FullProblem full{.problem = problem,
                   .start = start,
                   .seed = options.seed,
                   .draw = draw,
                   .average = options.average,
                   .monitor = options.monitor};
  if (!full.given() && problem.data)
    full.start = -problem.data->target;
  else if (!full.given() && draws_run(problem, optimizer, options))
    full.start = draw_entries(problem.energy, problem.n_out(), options.seed, draw);
  if (full.given()) set_start(full.problem, full.start);
  if (options.accuracy == Accuracy::fast) full.quadrature = FullClosureOptions::fast();
  return optimizer.full()(full);
}

RiskCurve full_curve(const Problem& problem, const Optimizer& optimizer, const LearningRate& schedule,
                     const Eigen::ArrayXd& recorded, const OdeOptions& options, std::uint64_t draw,
                     const Eigen::MatrixXd& start) {
  return full_dynamics(problem, optimizer, options, draw, start)(schedule, recorded, quasilinear_options(options),
                                                                 {{}, options.monitor.interrupted});
}

RiskCurve ode_curve(const Problem& problem, const Optimizer& optimizer, const LearningRate& schedule,
                    const Eigen::ArrayXd& recorded, const OdeOptions& options, const Eigen::MatrixXd& start) {
  const bool random_start = start.size() == 0 && draws_run(problem, optimizer, options);
  if (options.closure == Closure::full)
    return mean_curve(for_each_draw<RiskCurve>(
        problem, optimizer, options, random_start, [&](std::size_t draw, const OdeOptions& own) {
          return full_curve(problem, optimizer, schedule, recorded, own, draw, start);
        }));
  std::vector<RiskCurve> curves;
  for (const auto& coefficients : coefficients_of(problem, optimizer, options)) {
    options.monitor.check();
    curves.push_back(LinearCurve(problem, optimizer, coefficients)
                         .curve(schedule, recorded, integrate_options(options)));
  }
  return mean_curve(curves);
}

double noise_coefficient(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options) {
  const auto equations = equations_of(problem, optimizer, options);
  double sum = 0;
  for (const auto& equation : equations) sum += equation.noise_coefficient();
  return sum / static_cast<double>(equations.size());
}

std::vector<double> floor_rates(const Problem& problem, const Optimizer& optimizer, const std::vector<double>& risks,
                                const OdeOptions& options) {
  const double start = population_risk(problem, problem.energy);
  const double noise = 0.5 * problem.noise_variance();
  if (!optimizer.description().scale_invariant && noise == 0)
    throw UnsupportedError("run.learning_rate." + optimizer.name(),
                           "of another policy than \"floor\": without label noise it has none above zero");
  for (const double risk : risks)
    if (!(risk > noise && risk < start))
      throw UnsupportedError("run.learning_rate." + optimizer.name(),
                             fmt::format("{{policy = \"floor\", risk = …}} with a risk above {:.6g} (the label noise's "
                                         "part) and below {:.6g} (the risk at the start)",
                                         noise, start));
  const auto equations = equations_of(problem, optimizer, options);
  std::vector<double> rates;
  for (const double risk : risks) {
    double inverse = 0;  // 𝒮 is as 1/rate, and its mean counts
    for (const auto& equation : equations) inverse += 1 / floor_rate(equation, risk);
    rates.push_back(static_cast<double>(equations.size()) / inverse);
  }
  return rates;
}

double fastest_change(const RiskCurve& curve) {
  double fastest = 0;
  for (Eigen::Index i = 1; i < curve.risk.size(); ++i)
    fastest =
        std::max(fastest, std::abs(std::log(curve.risk(i) / curve.risk(i - 1))) / (curve.step(i) - curve.step(i - 1)));
  return fastest;
}

RateSweep::RateSweep(const Problem& problem, const Optimizer& optimizer, const OdeOptions& options)
    : options_(options) {
  for (const auto& coefficients : coefficients_of(problem, optimizer, uncounted(options)))
    curves_.emplace_back(problem, optimizer, coefficients);
  for (const auto& curve : curves_)
    stability_edge_ += muonphase::stability_edge(curve.equation()) / static_cast<double>(curves_.size());
  if (options.closure == Closure::full)
    dynamics_ = for_each_draw<FullDynamics>(
        problem, optimizer, uncounted(options), draws_run(problem, optimizer, options),
        [&](std::size_t draw, const OdeOptions& own) { return full_dynamics(problem, optimizer, own, draw); });
  if (!dynamics_.empty()) try {
      const QuasilinearOptions with_path{.path = true};
      steps_apart_ = dynamics_.front()(ConstantRate{1e-6 * stability_edge_}, Eigen::ArrayXd{{0.0, 1.0}}, with_path, {})
                         .path.step.empty();
    } catch (const NumericalError&) {
      steps_apart_ = false;  // no rates at the start: no run will say more
    }
}

Eigen::ArrayXXd RateSweep::risks(const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons) const {
  const auto of = [&](double eta) -> Eigen::ArrayXd {
    const ConstantRate rate{eta};
    if (options_.closure == Closure::full)
      return mean_risks(dynamics_, horizons, [&](const FullDynamics& dynamics, const Eigen::ArrayXd& recorded) {
        return dynamics(rate, recorded, quasilinear_options(options_), {{}, options_.monitor.interrupted}).risk;
      });
    return mean_risks(curves_, horizons, [&](const LinearCurve& curve, const Eigen::ArrayXd& recorded) {
      return curve.risk(rate, recorded, integrate_options(options_));
    });
  };
  Eigen::ArrayXXd risk(learning_rates.size(), horizons.size());
  for_each_rate(learning_rates, [&](Eigen::Index i) { risk.row(i) = of(learning_rates(i)).transpose(); });
  return risk;
}

std::vector<std::vector<RunPath>> RateSweep::paths(const Eigen::ArrayXd& learning_rates, double horizon) const {
  std::vector<std::vector<RunPath>> paths(static_cast<std::size_t>(learning_rates.size()));
  QuasilinearOptions with_path = quasilinear_options(options_);
  with_path.path = true;
  for_each_rate(learning_rates, [&](Eigen::Index i) {
    const ConstantRate rate{learning_rates(i)};
    auto& own = paths[static_cast<std::size_t>(i)];
    // Where rates of a state far out have no solution, to an earlier end. What takes every step leaves no path of its own.
    const auto run_of = [&](const FullDynamics& dynamics) {
      for (double end = horizon; end >= 1; end = std::floor(end / 8)) try {
          const Eigen::ArrayXd recorded = steps_apart_ ? recorded_steps(end, path_records) : Eigen::ArrayXd{{0.0, end}};
          const RiskCurve curve = dynamics(rate, recorded, with_path, {{}, options_.monitor.interrupted});
          return steps_apart_ ? path_of(curve) : curve.path;
        } catch (const NumericalError&) {
          continue;
        }
      return RunPath{};
    };
    if (options_.closure == Closure::full)
      std::transform(dynamics_.begin(), dynamics_.end(), std::back_inserter(own), run_of);
    else
      for (const auto& curve : curves_) own.push_back(curve.path(rate, horizon, integrate_options(options_)));
  });
  return paths;
}

template <class Of>
void RateSweep::for_each_rate(const Eigen::ArrayXd& learning_rates, Of of) const {
  std::exception_ptr error;
  std::size_t done = 0;
#pragma omp parallel for schedule(dynamic)
  for (Eigen::Index i = 0; i < learning_rates.size(); ++i) {
    if (options_.monitor.stop()) continue;
    try {
      of(i);
    } catch (...) {
#pragma omp critical(muonphase_sweep_failure)
      error = std::current_exception();
    }
#pragma omp critical(muonphase_sweep_progress)
    options_.monitor.report(++done, static_cast<std::size_t>(learning_rates.size()));
  }
  if (error) std::rethrow_exception(error);
  options_.monitor.check();
}

LearningRateSweep learning_rate_sweep(const Problem& problem, const Optimizer& optimizer,
                                      const Eigen::ArrayXd& learning_rates, const Eigen::ArrayXd& horizons,
                                      const OdeOptions& options, const std::vector<double>& weight_decays) {
  const std::vector<Optimizer> candidates = at_weight_decays(optimizer, weight_decays);
  SharedMonitor monitor(options.monitor, candidates.size());
  LearningRateSweep best{.learning_rate = learning_rates, .horizon = horizons, .risk = {}, .weight_decay = {}};
  for (const Optimizer& candidate : candidates) {
    OdeOptions watched = options;
    watched.monitor = monitor.part();
    const RateSweep sweep(problem, candidate, watched);
    const Eigen::ArrayXXd risk = sweep.risks(learning_rates, horizons);
    best.stability_edge = std::max(best.stability_edge, sweep.stability_edge());
    if (best.risk.size() == 0) best.risk = risk;
    if (weight_decays.empty()) break;
    if (best.weight_decay.size() == 0)
      best.weight_decay = Eigen::ArrayXXd::Constant(risk.rows(), risk.cols(), candidate.weight_decay());
    best.weight_decay = (risk < best.risk).select(candidate.weight_decay(), best.weight_decay);
    best.risk = (risk < best.risk).select(risk, best.risk);
  }
  return best;
}

}  // namespace muonphase
