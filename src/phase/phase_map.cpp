#include "muonphase/phase/phase_map.hpp"

#include <fmt/core.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/error.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

constexpr double largest_explicit_basis = 4096;
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

Coefficients signsgd_of(const PhaseOptions& options, const Problem& problem) {
  if (options.basis == Basis::generic) return signsgd_generic_coefficients(problem);
  const auto basis_of = [&](const Spectrum& side, std::uint64_t draw) -> Eigen::MatrixXd {
    if (side.nodes() == 1) return {};
    return draw_basis(options.basis, side.nodes(), options.seed, draw);
  };
  return signsgd_coefficients(problem, basis_of(problem.output, 1), basis_of(problem.input, 0));
}

void check(const PhaseOptions& options) {
  const auto require = [](bool holds, const std::string& what) {
    if (!holds) throw StudyError(what);
  };
  const auto axis = [&](const Eigen::ArrayXd& values, const char* name) {
    require(values.size() > 0 && values.isFinite().all() && (values >= 0).all(),
            fmt::format("phase.{}: values must be finite and ≥ 0", name));
  };
  axis(options.alpha, "alpha");
  axis(options.beta, "beta");
  axis(options.horizon, "horizons");
  require(options.horizon(0) > 0, "phase.horizons: must be > 0");
  for (Eigen::Index i = 1; i < options.horizon.size(); ++i)
    require(options.horizon(i) > options.horizon(i - 1), "phase.horizons: must increase");
  require(options.output_ratio > 0 && std::isfinite(options.output_ratio),
          fmt::format("phase.output_ratio = {}: must be a finite number > 0", options.output_ratio));
  require(options.batch_ratio > 0,
          fmt::format("phase.batch_ratio = {}: must be > 0 or \"infinite\"", options.batch_ratio));
  if (options.basis != Basis::generic)
    require(std::max(1.0, options.output_ratio) * options.dimension <= largest_explicit_basis,
            fmt::format("phase.dimension = {:g}: an explicit basis needs at most {:g} modes; use basis = \"generic\"",
                        options.dimension, largest_explicit_basis));
}

}  // namespace

Problem phase_problem(const PhaseOptions& options, double alpha, double beta) {
  const ModeRule rule = options.basis == Basis::generic ? ModeRule::binned : ModeRule::exact;
  const double n_out = std::max(1.0, std::round(options.output_ratio * options.dimension));
  Problem problem{
      .output = options.alpha_out == 0 ? isotropic_spectrum(n_out) : power_law_spectrum(n_out, options.alpha_out, rule),
      .input = power_law_spectrum(options.dimension, alpha, rule),
      .batch = std::isinf(options.batch_ratio) ? infinite_batch
                                               : std::max(1.0, std::round(options.batch_ratio * options.dimension)),
      .label_noise = options.label_noise,
      .output_basis = options.basis,
      .input_basis = options.basis,
      .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, beta);
  validate(problem);
  return problem;
}

PhaseMap compute_phase_map(const PhaseOptions& options, const Monitor& monitor) {
  check(options);
  PhaseMap map{options.alpha, options.beta, options.horizon, {}};
  const Eigen::Index rows = map.alpha.size(), cols = map.beta.size(), total = rows * cols;
  map.cells.resize(static_cast<std::size_t>(total));
  const int threads = options.threads > 0 ? options.threads : omp_get_max_threads();

  // The coefficients belong to α alone. A first failure, or the user, ends the work; exceptions may not leave a
  // parallel region.
  std::vector<Coefficients> signsvd(static_cast<std::size_t>(rows)), signsgd(static_cast<std::size_t>(rows));
  std::exception_ptr failure;
  std::atomic<bool> stop = false;
  const auto guarded = [&](const auto& work) {
    if (stop) return;
    try {
      monitor.check();
      work();
    } catch (...) {
#pragma omp critical(muonphase_phase_failure)
      if (!failure) failure = std::current_exception();
      stop = true;
    }
  };
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (Eigen::Index i = 0; i < rows; ++i)
    guarded([&] {
      const Problem problem = phase_problem(options, map.alpha(i), 0);
      signsvd[static_cast<std::size_t>(i)] = signsvd_coefficients(problem, sweep_resolvent);
      signsgd[static_cast<std::size_t>(i)] = signsgd_of(options, problem);
    });
  std::size_t done = 0;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
  for (Eigen::Index c = 0; c < total; ++c)
    guarded([&] {
      const Eigen::Index i = c / cols;
      const Problem problem = phase_problem(options, map.alpha(i), map.beta(c % cols));
      PhaseCell& cell = map.cells[static_cast<std::size_t>(c)];
      cell.initial_risk = population_risk(problem, problem.energy);
      cell.signsvd = tuned_curve(options, problem, signsvd[static_cast<std::size_t>(i)]);
      cell.signsgd = tuned_curve(options, problem, signsgd[static_cast<std::size_t>(i)]);
#pragma omp critical(muonphase_phase_progress)
      monitor.report(++done, static_cast<std::size_t>(total));
    });
  if (failure) std::rethrow_exception(failure);
  return map;
}

}  // namespace muonphase
