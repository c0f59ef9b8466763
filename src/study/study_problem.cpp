// From a study to the problem it describes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "muonphase/optimizers/registry.hpp"
#include "muonphase/study/study.hpp"
#include "study/read_for_key.hpp"
#include "study/study_spectrum.hpp"

namespace muonphase {
namespace {

// `count` values from min to max, both exact.
Eigen::ArrayXd linear_grid(const GridSection& grid) {
  Eigen::ArrayXd values = Eigen::ArrayXd::Constant(grid.count, grid.min);
  for (int i = 1; i < grid.count; ++i) values(i) = grid.min + (grid.max - grid.min) * i / (grid.count - 1);
  return values;
}

Eigen::ArrayXd log_grid(const GridSection& grid) {
  Eigen::ArrayXd values = Eigen::ArrayXd::Constant(grid.count, grid.min);
  for (int i = 1; i < grid.count; ++i)
    values(i) = grid.min * std::pow(grid.max / grid.min, static_cast<double>(i) / (grid.count - 1));
  return values;
}

// Rounded, each once.
Eigen::ArrayXd whole_steps(const Eigen::ArrayXd& steps) {
  Eigen::ArrayXd whole = steps.round();
  const auto end = std::unique(whole.begin(), whole.end());
  return whole.head(end - whole.begin()).eval();
}

// The problem of [problem] with the spectra and the matrices that were read.
Problem problem_with(const Study& study, const StudySides& sides, const Eigen::MatrixXd& offset) {
  const ProblemSection& section = study.problem;
  Problem problem{.output = sides.output.spectrum,
                  .input = sides.input.spectrum,
                  .batch = section.batch,
                  .label_noise = section.label_noise,
                  .output_basis = section.output.basis,
                  .input_basis = section.input.basis,
                  .energy = {},
                  .model = section.model};
  constexpr double most_pairs = 1e8;
  if (static_cast<double>(problem.output.nodes()) * static_cast<double>(problem.input.nodes()) > most_pairs)
    throw study_error(study, "problem.output.modes",
                      fmt::format("\"binned\", as the input's, above {:g} pairs of modes", most_pairs));
  const bool given_target = !section.target.path.empty(), given_start = !section.start.path.empty();
  if (given_target || given_start) {
    if (!problem.input.exact()) throw study_error(study, "problem.input.modes", "\"exact\" where a matrix is given");
    problem.energy = energy_of(problem.output, problem.input, offset);
  }
  if (given_start) problem.weights = read_start(study, sides);
  if (given_target && given_start) set_start(problem, offset);
  if (!given_target) {
    // A random target is independent of a given start: their energies add.
    const Eigen::ArrayXXd random = power_law_energy(problem.output, problem.input, section.target.beta);
    problem.energy = given_start ? Eigen::ArrayXXd(problem.energy + random) : random;
    if (given_start) {
      problem.target = random;
      problem.overlap = -random;
    }
  }
  validate(problem);
  return problem;
}

// What data leave no room for.
void check_data_section(const Study& study, const SampleFiles& files) {
  const ProblemSection& section = study.problem;
  const std::string where = " where problem.data.path is given";
  if (section.model != Model::linear_layer)
    throw study_error(study, "problem.model", "\"linear-layer\"" + where);
  for (const auto& [key, path] : {std::pair{"problem.input.path", &section.input.path},
                                  {"problem.output.path", &section.output.path},
                                  {"problem.target.path", &section.target.path},
                                  {"problem.start.path", &section.start.path}})
    if (!path->empty()) throw study_error(study, key, "empty" + where);
  if (section.label_noise > 0)
    throw study_error(study, "problem.label_noise", "0" + where + ": what no linear map explains is the noise");
  if (section.n_in != static_cast<double>(files.inputs.columns))
    throw study_error(study, "problem.n_in", fmt::format("{}, as many as the data have inputs", files.inputs.columns));
  if (files.has_outputs() && section.n_out != static_cast<double>(files.n_out()))
    throw study_error(study, "problem.n_out", fmt::format("{}, as many as the data have outputs", files.n_out()));
}

Problem data_problem(const Study& study) {
  const SampleFiles files = open_study_samples(study);
  check_data_section(study, files);
  const ProblemSection& section = study.problem;
  const auto data = read_for_key(study, "problem.data.path", [&] {
    return std::make_shared<const DataRows>(data_rows(files, section.data.preprocess));
  });
  const double outputs = static_cast<double>(data->target.rows()), noise = data->noise.sum();
  Problem problem{.output = noise > 0 ? spectrum_of(data->noise) : isotropic_spectrum(outputs),
                  .input = spectrum_of(data->eigenvalue),
                  .batch = section.batch,
                  .label_noise = std::sqrt(noise / outputs),
                  .output_basis = section.output.basis,
                  .input_basis = section.input.basis,
                  .energy = {},
                  .model = Model::linear_layer};
  problem.data = data;
  problem.sample_rows = section.data.sampling == "rows";
  problem.energy = energy_of(problem.output, problem.input, data->target);
  validate(problem);
  return problem;
}

}  // namespace

Problem make_problem(const Study& study) {
  if (!study.problem.data.path.empty()) return data_problem(study);
  const StudySides sides = read_sides(study);
  return problem_with(study, sides, read_offset(study, sides));
}

SimulationProblem make_simulation_problem(const Study& study) {
  if (!study.problem.data.path.empty()) {
    Problem problem = data_problem(study);
    const Eigen::MatrixXd offset = -problem.data->target;
    return {.model = std::move(problem), .target_variance = {}, .offset = offset};
  }
  const StudySides sides = read_sides(study);
  const Eigen::MatrixXd offset = read_offset(study, sides);
  SimulationProblem simulated{.model = problem_with(study, sides, offset), .target_variance = {}, .offset = offset};
  if (study.problem.target.path.empty())
    simulated.target_variance =
        power_law_energy(simulated.model.output, simulated.model.input, study.problem.target.beta);
  return simulated;
}

SimulationOptions make_simulation_options(const Study& study) {
  return {.steps = static_cast<std::int64_t>(study.run.steps),
          .record = study.run.record,
          .trials = study.simulate.trials,
          .seed = study.seed,
          .precision = study.simulate.precision == "single" ? Precision::single_ : Precision::double_,
          .polar = polar_method(study.simulate.polar),
          .mode_energy = study.simulate.mode_energy};
}

OptimizerSections default_optimizer_sections() {
  OptimizerSections sections;
  for (const auto& optimizer : optimizers())
    if (!optimizer.options.empty()) sections[optimizer.name] = complete(optimizer.options, {}, optimizer.name);
  return sections;
}

namespace {

Optimizer with_options(const Study& study, const OptimizerDescription& description) {
  const auto options = study.run.optimizer.find(description.name);
  return Optimizer(description, options == study.run.optimizer.end() ? OptimizerOptions{} : options->second);
}

}  // namespace

Optimizer make_optimizer(const Study& study, const std::string& name) {
  return with_options(study, describe(name));
}

Optimizer make_full_batch_optimizer(const Study& study, const std::string& name) {
  return with_options(study, describe_full_batch(name));
}

ScalingOptions make_scaling_options(const Study& study) {
  const ScalingSection& section = study.phase.scaling;
  ScalingOptions options{log_grid(section.dimension).round(), linear_grid(section.tau), section.resolution};
  if (section.limit) {
    options.tau.conservativeResize(options.tau.size() + 1);
    options.tau(options.tau.size() - 1) = std::numeric_limits<double>::infinity();
  }
  return options;
}

Eigen::ArrayXd compute_dimensions(const Study& study) {
  return log_grid(study.phase.compute.dimension).round();
}

PhaseOptions make_phase_options(const Study& study) {
  const PhaseSection& section = study.phase;
  const CovarianceSection& output = study.problem.output;
  if (output.spectrum == SpectrumKind::file && section.alpha_out.empty())
    throw study_error(study, "problem.output.spectrum", "\"isotropic\" or \"power-law\" for a phase diagram");
  PhaseOptions options;
  for (std::size_t k = 0; k < 2; ++k) options.compare[k] = make_optimizer(study, section.compare[k]);
  options.alpha = linear_grid(section.alpha);
  options.beta = linear_grid(section.beta);
  options.criterion = section.criterion;
  options.horizon = log_grid(section.horizons);
  options.accuracies = log_grid(section.accuracies);
  options.factor = section.factor;
  const bool decays = options.compare[0].weight_decay() > 0 || options.compare[1].weight_decay() > 0;
  if (section.closure == Closure::full || decays) options.horizon = whole_steps(options.horizon);
  options.alpha_out = output.spectrum == SpectrumKind::isotropic ? 0 : output.alpha;
  options.label_noise = study.problem.label_noise;
  options.model = study.problem.model;
  const auto take = [&](ThirdAxis axis, const std::vector<double>& values, double& member) {
    if (values.size() == 1) member = values[0];
    if (values.size() <= 1) return;
    if (options.third_axis != ThirdAxis::none)
      throw study_error(study, "phase." + name_of(axis),
                        fmt::format("one number, as phase.{} is the third axis already", name_of(options.third_axis)));
    options.third_axis = axis;
    options.third = Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
    member = values[0];
  };
  take(ThirdAxis::dimension, section.dimension, options.dimension);
  take(ThirdAxis::output_ratio, section.output_ratio, options.output_ratio);
  take(ThirdAxis::batch_ratio, section.batch_ratio, options.batch_ratio);
  take(ThirdAxis::label_noise, section.label_noise, options.label_noise);
  take(ThirdAxis::alpha_out, section.alpha_out, options.alpha_out);
  options.policy = section.policy;
  options.t0 = section.t0;
  options.warmup = section.warmup;
  options.closure = section.closure;
  options.basis = section.basis;
  options.closure = section.closure;
  options.accuracy = section.accuracy;
  options.seed = study.seed;
  return options;
}

}  // namespace muonphase
