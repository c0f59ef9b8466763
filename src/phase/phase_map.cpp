#include "muonphase/phase/phase_map.hpp"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <map>
#include <utility>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/equivalent/linear_coefficients.hpp"
#include "muonphase/error.hpp"
#include "muonphase/phase/full_rate.hpp"

namespace muonphase {
namespace {

constexpr double largest_sweep_basis = 4096;
// 1e−7 in the coefficients.
constexpr ResolventOptions sweep_resolvent{.step = 0.6};

TunedCurve greedy_curve(const ModeEquation& equation, const Eigen::ArrayXd& horizon) {
  Eigen::ArrayXd recorded(horizon.size() + 1);
  recorded << 0, horizon;
  const ModeRun run = integrate(equation, GreedyRate{}, recorded, {.tolerance = 1e-5});
  return {run.risk.tail(horizon.size()), run.learning_rate.tail(horizon.size())};
}

TunedCurve tuned_curve(const PhaseOptions& options, const Problem& problem, const Coefficients& coefficients) {
  const ModeEquation equation = mode_equation(problem, coefficients);
  return options.policy == Policy::greedy ? greedy_curve(equation, options.horizon)
                                          : best_constant_rate(equation, options.horizon);
}

TunedCurve full_curve_of(const PhaseOptions& options, const Problem& problem, const std::string& optimizer) {
  const OdeOptions ode{
      .closure = Closure::full, .accuracy = Accuracy::fast, .bases = 1, .seed = options.seed, .rules = options.rules};
  if (options.policy == Policy::constant) return best_full_rate(problem, optimizer, options.horizon, ode);
  Eigen::ArrayXd recorded(options.horizon.size() + 1);
  recorded << 0, options.horizon;
  const RiskCurve curve = ode_curve(problem, optimizer, GreedyRate{}, recorded, ode);
  return {curve.risk.tail(options.horizon.size()), curve.learning_rate.tail(options.horizon.size())};
}

Coefficients coefficients_of(const PhaseOptions& options, const Problem& problem, const std::string& optimizer) {
  if (optimizer == "signsvd") return signsvd_coefficients(problem, sweep_resolvent);
  return linear_coefficients(problem, optimizer, {.count = 1, .seed = options.seed}, options.rules).front();
}

void require(bool holds, const std::string& what) {
  if (!holds) throw StudyError(what);
}

void check_axis(const Eigen::ArrayXd& values, const std::string& name) {
  require(values.size() > 0 && values.isFinite().all() && (values >= 0).all(),
          fmt::format("phase.{}: values must be finite and ≥ 0", name));
}

void check(const PhaseOptions& options) {
  const auto& known = linear_optimizers();
  for (const auto& optimizer : options.compare)
    require(std::find(known.begin(), known.end(), optimizer) != known.end(),
            fmt::format("phase.compare: {} has no linear closure; {} have", optimizer, fmt::join(known, ", ")));
  check_axis(options.horizon, "horizons");
  require(options.horizon(0) > 0, "phase.horizons: must be > 0");
  for (Eigen::Index i = 1; i < options.horizon.size(); ++i)
    require(options.horizon(i) > options.horizon(i - 1), "phase.horizons: must increase");
  require(options.output_ratio > 0 && std::isfinite(options.output_ratio),
          fmt::format("phase.output_ratio = {}: must be a finite number > 0", options.output_ratio));
  require(options.batch_ratio > 0,
          fmt::format("phase.batch_ratio = {}: must be > 0 or \"infinite\"", options.batch_ratio));
  require(options.closure == Closure::linear || std::isfinite(options.batch_ratio),
          "phase.batch_ratio = \"infinite\": must be a number where phase.closure = \"full\"");
  if (options.basis != Basis::generic)
    require(std::max(1.0, options.output_ratio) * options.dimension <= largest_sweep_basis,
            fmt::format("phase.dimension = {:g}: an explicit basis needs at most {:g} modes; use basis = \"generic\"",
                        options.dimension, largest_sweep_basis));
}

// Runs `work` for 0 … count − 1 in parallel. A first failure, or the user, ends it; exceptions may not leave a parallel
// region.
template <class Work>
void in_parallel(std::size_t count, int threads, const Monitor& monitor, Work work) {
  std::exception_ptr failure;
  std::atomic<bool> stop = false;
#pragma omp parallel for schedule(dynamic) num_threads(threads > 0 ? threads : omp_get_max_threads())
  for (std::size_t i = 0; i < count; ++i) {
    if (stop) continue;
    try {
      monitor.check();
      work(i);
    } catch (...) {
#pragma omp critical(muonphase_phase_failure)
      if (!failure) failure = std::current_exception();
      stop = true;
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

const std::string& name_of(ThirdAxis axis) {
  static const std::array<std::string, 6> names = {"none",      "batch_ratio", "output_ratio",
                                                   "dimension", "label_noise", "alpha_out"};
  return names[static_cast<std::size_t>(axis)];
}

PhaseOptions at_third(PhaseOptions options, double value) {
  double* const members[] = {
      nullptr,           &options.batch_ratio, &options.output_ratio, &options.dimension, &options.label_noise,
      &options.alpha_out};
  if (double* member = members[static_cast<std::size_t>(options.third_axis)]) *member = value;
  options.third_axis = ThirdAxis::none;
  options.third.resize(0);
  return options;
}

Problem phase_problem(const PhaseOptions& given, const PhasePoint& point) {
  const PhaseOptions options = at_third(given, point.third);
  check(options);
  const ModeRule rule = options.basis == Basis::generic ? ModeRule::binned : ModeRule::exact;
  const double n_out = std::max(1.0, std::round(options.output_ratio * options.dimension));
  const double alpha_out = options.alpha_out == tied_to_alpha ? point.alpha : options.alpha_out;
  Problem problem{.output = alpha_out == 0 ? isotropic_spectrum(n_out) : power_law_spectrum(n_out, alpha_out, rule),
                  .input = power_law_spectrum(options.dimension, point.alpha, rule),
                  .batch = std::isinf(options.batch_ratio)
                               ? infinite_batch
                               : std::max(1.0, std::round(options.batch_ratio * options.dimension)),
                  .label_noise = options.label_noise,
                  .output_basis = options.basis,
                  .input_basis = options.basis,
                  .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, point.beta);
  validate(problem);
  return problem;
}

std::vector<PhaseCell> compute_phase_cells(const PhaseOptions& options, const std::vector<PhasePoint>& points,
                                           const Monitor& monitor) {
  // Coefficients do not know β.
  using Column = std::pair<double, double>;
  std::map<Column, std::array<Coefficients, 2>> coefficients;
  if (options.closure == Closure::linear)
    for (const auto& point : points) coefficients[{point.third, point.alpha}];
  std::vector<Column> columns;
  for (const auto& entry : coefficients) columns.push_back(entry.first);
  in_parallel(columns.size(), options.threads, monitor, [&](std::size_t i) {
    const auto [third, alpha] = columns[i];
    const Problem problem = phase_problem(options, {alpha, 0, third});
    auto& sets = coefficients.at(columns[i]);
    for (std::size_t k = 0; k < 2; ++k) sets[k] = coefficients_of(options, problem, options.compare[k]);
  });

  std::vector<PhaseCell> cells(points.size());
  std::size_t done = 0;
  in_parallel(points.size(), options.threads, monitor, [&](std::size_t i) {
    const PhasePoint& point = points[i];
    const Problem problem = phase_problem(options, point);
    cells[i].initial_risk = population_risk(problem, problem.energy);
    for (std::size_t k = 0; k < 2; ++k)
      cells[i].tuned[k] = options.closure == Closure::linear
                              ? tuned_curve(options, problem, coefficients.at({point.third, point.alpha})[k])
                              : full_curve_of(options, problem, options.compare[k]);
#pragma omp critical(muonphase_phase_progress)
    monitor.report(++done, points.size());
  });
  return cells;
}

std::vector<PhasePoint> phase_points(const PhaseOptions& options) {
  check_axis(options.alpha, "alpha");
  check_axis(options.beta, "beta");
  const bool flat = options.third_axis == ThirdAxis::none;
  std::vector<PhasePoint> points;
  for (Eigen::Index k = 0; k < (flat ? 1 : options.third.size()); ++k)
    for (const double alpha : options.alpha)
      for (const double beta : options.beta) points.push_back({alpha, beta, flat ? 0 : options.third(k)});
  return points;
}

PhaseMap compute_phase_map(const PhaseOptions& options, const Monitor& monitor) {
  PhaseMap map{options.compare, options.alpha, options.beta, options.horizon, options.third_axis, options.third, {}};
  map.cells = compute_phase_cells(options, phase_points(options), monitor);
  return map;
}

}  // namespace muonphase
