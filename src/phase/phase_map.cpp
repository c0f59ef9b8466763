#include "muonphase/phase/phase_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr double largest_sweep_basis = 4096;

void require(bool holds, const std::string& what) {
  if (!holds) throw StudyError(what);
}

void check_axis(const Eigen::ArrayXd& values, const std::string& name) {
  require(values.size() > 0 && values.isFinite().all() && (values >= 0).all(),
          fmt::format("phase.{}: values must be finite and ≥ 0", name));
}

void check_increasing(const Eigen::ArrayXd& values, const std::string& name) {
  check_axis(values, name);
  require(values(0) > 0, fmt::format("phase.{}: must be > 0", name));
  for (Eigen::Index i = 1; i < values.size(); ++i)
    require(values(i) > values(i - 1), fmt::format("phase.{}: must increase", name));
}

double outputs_of(const PhaseOptions& options) {
  return std::max(1.0, std::round(options.output_ratio * options.dimension));
}

// The label noise's part of every risk.
double noise_risk(const PhaseOptions& options) {
  const double residuals = options.model == Model::linear_layer ? outputs_of(options) : 1;
  return 0.5 * residuals * options.label_noise * options.label_noise;
}

void check_accuracies(const PhaseOptions& options) {
  check_increasing(options.accuracies, "accuracies");
  require(options.factor > 1 && std::isfinite(options.factor),
          fmt::format("phase.factor = {}: must be a finite number > 1", options.factor));
  require(options.policy == Policy::constant || options.policy == Policy::floor,
          fmt::format("phase.policy = \"{}\": must be \"constant\" or \"floor\" where phase.criterion = \"accuracy\"",
                      name_of(options.policy)));
  const double noise = noise_risk(options);
  require(options.accuracies(0) > noise,
          fmt::format("phase.accuracies: the least, {:g}, must be above {:g}, the label noise's part of the risk",
                      options.accuracies(0), noise));
  for (const auto& optimizer : options.compare)
    require(options.policy == Policy::constant || optimizer.description().scale_invariant,
            fmt::format("phase.policy = \"floor\": is for scale-invariant updates, and phase.compare names {}",
                        optimizer.name()));
}

void check_full(const PhaseOptions& options) {
  require(options.model == Model::bilinear,
          "phase.closure = \"full\": must be \"linear\" where problem.model = \"linear-layer\"");
  require(std::isfinite(options.batch_ratio),
          "phase.batch_ratio = \"infinite\": must be a number where phase.closure = \"full\"");
  require((options.basis == Basis::generic && options.alpha_out == 0) ||
              std::max(1.0, options.output_ratio) * options.dimension <= largest_full_map,
          fmt::format("phase.dimension = {:g}: in an explicit basis and with two spectra the full closure draws maps up to {:g} inputs and "
                      "outputs; larger ones with phase.basis = \"generic\" and isotropic outputs, or phase.closure = \"linear\"",
                      options.dimension, largest_full_map));
  require(options.criterion == Criterion::accuracy || (options.horizon == options.horizon.round()).all(),
          "phase.horizons: must be whole steps where phase.closure = \"full\"");
  for (const auto& optimizer : options.compare)
    require(optimizer.has_full(),
            fmt::format("phase.compare: {} has no full closure; phase.closure must be \"linear\"", optimizer.name()));
}

// Mode equations in rescaled time do not have weight decay: runs at constant rates do.
void check_decay(const PhaseOptions& options) {
  require(options.criterion == Criterion::horizon && options.policy == Policy::constant,
          "weight_decay: needs phase.criterion = \"horizon\" and phase.policy = \"constant\" in a phase diagram");
  require(std::isfinite(options.batch_ratio),
          "phase.batch_ratio = \"infinite\": must be a number with weight_decay");
  require((options.horizon == options.horizon.round()).all(), "phase.horizons: must be whole steps with weight_decay");
}

void check(const PhaseOptions& options) {
  for (const auto& optimizer : options.compare)
    require(optimizer.has_linear(), fmt::format("phase.compare: {} has no linear closure; {} have", optimizer.name(),
                                                fmt::join(deterministic_optimizers(), ", ")));
  if (options.criterion == Criterion::horizon)
    check_increasing(options.horizon, "horizons");
  else
    check_accuracies(options);
  require(options.output_ratio > 0 && std::isfinite(options.output_ratio),
          fmt::format("phase.output_ratio = {}: must be a finite number > 0", options.output_ratio));
  require(options.batch_ratio > 0,
          fmt::format("phase.batch_ratio = {}: must be > 0 or \"infinite\"", options.batch_ratio));
  if (options.closure == Closure::full) check_full(options);
  for (const auto& optimizer : options.compare)
    if (optimizer.weight_decay() > 0) check_decay(options);
  require(options.model == Model::bilinear || options.alpha_out == 0,
          "phase.alpha_out, problem.output: must be isotropic where problem.model = \"linear-layer\"");
  require(options.policy != Policy::floor || options.criterion == Criterion::accuracy,
          "phase.policy = \"floor\": needs phase.criterion = \"accuracy\"");
  require(options.closure == Closure::linear || options.policy == Policy::constant ||
              options.policy == Policy::greedy || options.policy == Policy::floor,
          fmt::format("phase.policy = \"{}\": must be \"constant\" or \"greedy\" where phase.closure = \"full\"",
                      name_of(options.policy)));
  for (const auto& optimizer : options.compare)
    require(options.policy != Policy::optimal || optimizer.description().scale_invariant,
            fmt::format("phase.policy = \"optimal\": is for scale-invariant updates, and phase.compare names {}",
                        optimizer.name()));
  if (options.basis != Basis::generic)
    require(std::max(1.0, options.output_ratio) * options.dimension <= largest_sweep_basis,
            fmt::format("phase.dimension = {:g}: an explicit basis needs at most {:g} modes; use basis = \"generic\"",
                        options.dimension, largest_sweep_basis));
}

}  // namespace

const std::string& name_of(Policy policy) {
  static const std::array<std::string, 6> names = {"constant", "greedy", "power", "wsd", "optimal", "floor"};
  return names[static_cast<std::size_t>(policy)];
}

const std::string& name_of(Criterion criterion) {
  static const std::array<std::string, 2> names = {"horizon", "accuracy"};
  return names[static_cast<std::size_t>(criterion)];
}

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
  const double n_out = outputs_of(options);
  const double alpha_out = options.alpha_out == tied_to_alpha ? point.alpha : options.alpha_out;
  Problem problem{.output = alpha_out == 0 ? isotropic_spectrum(n_out) : power_law_spectrum(n_out, alpha_out, rule),
                  .input = power_law_spectrum(options.dimension, point.alpha, rule),
                  .batch = std::isinf(options.batch_ratio)
                               ? infinite_batch
                               : std::max(1.0, std::round(options.batch_ratio * options.dimension)),
                  .label_noise = options.label_noise,
                  .output_basis = options.basis,
                  .input_basis = options.basis,
                  .energy = {},
                  .model = options.model};
  problem.energy = power_law_energy(problem.output, problem.input, point.beta);
  validate(problem);
  return problem;
}

double finite_size_cut(const PhaseOptions& given, const PhasePoint& point) {
  const PhaseOptions options = at_third(given, point.third);
  return options.alpha_out == 0 ? std::pow(options.dimension, 1 - point.alpha - point.beta) : 0;
}

Eigen::ArrayXd PhaseCell::log_ratio() const {
  if (tuned[0].time.size() > 0) return tuned[0].time.log() - tuned[1].time.log();
  return (tuned[0].risk - noise_risk).log() - (tuned[1].risk - noise_risk).log();
}

Verdict verdict_of(const PhaseCell& cell, const Eigen::ArrayXd& axis, double threshold) {
  const Eigen::ArrayXd ratio = cell.log_ratio();
  if (cell.tuned[0].time.size() == 0) return {classify(ratio, threshold), crossing_horizon(axis, ratio, threshold)};
  // From large accuracies to small ones, which come later; where neither gets there nothing is known.
  std::vector<double> late, lead;
  for (Eigen::Index e = axis.size() - 1; e >= 0; --e)
    if (axis(e) >= cell.cut && !std::isnan(ratio(e))) {
      late.push_back(1 / axis(e));
      lead.push_back(ratio(e));
    }
  const auto array = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  if (lead.empty()) return {Phase::indistinguishable, std::numeric_limits<double>::quiet_NaN()};
  return {classify(array(lead), threshold), 1 / crossing_horizon(array(late), array(lead), threshold)};
}

std::vector<PhaseCell> compute_phase_cells(const PhaseOptions& options, const std::vector<PhasePoint>& points,
                                           const Monitor& monitor, const CellWork& work) {
  std::vector<PhaseCell> cells(points.size());
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::optional<PhaseCell> known;
    if (work.store.find) known = work.store.find(cell_request(options, points[i]));
    if (known)
      cells[i] = std::move(*known);
    else
      missing.push_back(i);
  }
  // Cells with the same coefficients stay together.
  std::map<std::pair<double, double>, std::size_t> columns;
  TaskList tasks{.function = phase_task(options, monitor), .group = {}, .input = {}, .finish = {}};
  for (const std::size_t i : missing)
    tasks.group.push_back(columns.try_emplace({points[i].third, points[i].alpha}, columns.size()).first->second);
  tasks.input = [&](std::size_t task) { return cell_request(options, points[missing[task]]); };
  tasks.finish = [&](std::size_t task, const Message& result) {
    const std::size_t i = missing[task];
    cells[i] = unpack(result);
    if (work.store.keep) work.store.keep(cell_request(options, points[i]), cells[i]);
  };
  if (work.crew)
    work.crew->run(tasks, monitor);
  else
    Crew({}, options.threads).run(tasks, monitor);
  for (std::size_t i = 0; i < points.size(); ++i) cells[i].noise_risk = noise_risk(at_third(options, points[i].third));
  return cells;
}

namespace {

void require_start_above(const PhaseOptions& options, const std::vector<PhasePoint>& points) {
  const double largest = options.factor * options.accuracies(options.accuracies.size() - 1);
  for (const auto& point : points) {
    const Problem problem = phase_problem(options, point);
    const double start = population_risk(problem, problem.energy);
    require(largest < start,
            fmt::format("phase.accuracies: phase.factor times the largest, {:g}, must be below the risk at the start, {:.6g} "
                        "at α = {:g}, β = {:g}",
                        largest, start, point.alpha, point.beta));
  }
}

}  // namespace

void require_horizons(const PhaseOptions& options, const std::string& what) {
  require(options.criterion == Criterion::horizon, what + ": needs phase.criterion = \"horizon\"");
}

std::vector<PhasePoint> phase_points(const PhaseOptions& options) {
  check_axis(options.alpha, "alpha");
  check_axis(options.beta, "beta");
  const bool flat = options.third_axis == ThirdAxis::none;
  for (Eigen::Index k = 0; k < (flat ? 1 : options.third.size()); ++k)
    check(at_third(options, flat ? 0 : options.third(k)));
  std::vector<PhasePoint> points;
  for (Eigen::Index k = 0; k < (flat ? 1 : options.third.size()); ++k)
    for (const double alpha : options.alpha)
      for (const double beta : options.beta) points.push_back({alpha, beta, flat ? 0 : options.third(k)});
  if (options.criterion == Criterion::accuracy) require_start_above(options, points);
  return points;
}

PhaseMap compute_phase_map(const PhaseOptions& options, const Monitor& monitor, const CellWork& work) {
  PhaseMap map{{options.compare[0].name(), options.compare[1].name()},
               options.alpha,
               options.beta,
               options.criterion,
               options.criterion == Criterion::horizon ? options.horizon : options.accuracies,
               options.third_axis,
               options.third,
               {}};
  map.cells = compute_phase_cells(options, phase_points(options), monitor, work);
  return map;
}

}  // namespace muonphase
