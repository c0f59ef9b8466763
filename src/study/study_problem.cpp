// From a study to the problem it describes, with the files it names.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

// "FILE.h5:/dataset" → the file and the dataset; the dataset is empty when there is none.
std::pair<std::string, std::string> split_dataset(const std::string& path) {
  const auto colon = path.rfind(":/");
  if (colon == std::string::npos) return {path, ""};
  return {path.substr(0, colon), path.substr(colon + 1)};
}

// One number a line; # starts a comment.
Eigen::ArrayXd read_column(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw IoError(path.string() + ": is a directory, not a list of numbers");
  std::ifstream stream(path);
  if (!stream) throw IoError(fmt::format("{}: cannot be read: {}", path.string(), std::strerror(errno)));
  std::vector<double> values;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    line.resize(std::min(line.find('#'), line.size()));
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    const std::string word = line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
    char* end = nullptr;
    const double value = std::strtod(word.c_str(), &end);
    if (*end) throw StudyError(fmt::format("{}:{}: \"{}\" is not a number", path.string(), number, word.substr(0, 60)));
    values.push_back(value);
  }
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

Spectrum read_spectrum(const Study& study, const std::string& key, const std::string& path, double size) {
  const auto [name, dataset] = split_dataset(path);
  const auto file = resolve(study, name);
  const Eigen::ArrayXd values = dataset.empty() ? read_column(file) : Hdf5Reader(file).vector(dataset);
  if (static_cast<double>(values.size()) != size)
    throw study_error(study, key, fmt::format("a list of {} eigenvalues (it has {})", size, values.size()));
  if (!(values > 0).all() || !values.isFinite().all())
    throw study_error(study, key, "a list of finite, positive eigenvalues");
  return spectrum_of(values);
}

Spectrum spectrum_of_side(const Study& study, const std::string& key, const CovarianceSection& side, double size) {
  if (side.spectrum == SpectrumKind::file) return read_spectrum(study, key + ".path", side.path, size);
  return power_law_spectrum(size, side.spectrum == SpectrumKind::isotropic ? 0 : side.alpha, side.modes);
}

Eigen::MatrixXd read_matrix(const Study& study, const std::string& key, const std::string& path) {
  const auto [name, dataset] = split_dataset(path);
  if (dataset.empty()) throw study_error(study, key, "\"FILE.h5:/dataset\"");
  const Hdf5Reader file(resolve(study, name));
  const auto shape = file.shape(dataset);
  if (shape.size() != 2 || static_cast<double>(shape[0]) != study.problem.n_out ||
      static_cast<double>(shape[1]) != study.problem.n_in)
    throw study_error(study, key,
                      fmt::format("a matrix of {} × {}, n_out × n_in", study.problem.n_out, study.problem.n_in));
  Eigen::MatrixXd matrix = file.matrix(dataset).matrix();
  if (!matrix.allFinite()) throw study_error(study, key, "a matrix of finite numbers");
  return matrix;
}

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

// W_0 less W*, as far as they are given; empty when neither is.
Eigen::MatrixXd given_offset(const Study& study) {
  const std::string &start = study.problem.start.path, &target = study.problem.target.path;
  Eigen::MatrixXd offset = Eigen::MatrixXd::Zero(0, 0);
  if (!start.empty()) offset = read_matrix(study, "problem.start.path", start);
  if (!target.empty()) {
    const Eigen::MatrixXd matrix = read_matrix(study, "problem.target.path", target);
    offset = start.empty() ? Eigen::MatrixXd(-matrix) : Eigen::MatrixXd(offset - matrix);
  }
  return offset;
}

}  // namespace

Problem make_problem(const Study& study) {
  const ProblemSection& section = study.problem;
  Problem problem{.output = section.output.spectrum == SpectrumKind::isotropic
                                ? isotropic_spectrum(section.n_out)
                                : spectrum_of_side(study, "problem.output", section.output, section.n_out),
                  .input = spectrum_of_side(study, "problem.input", section.input, section.n_in),
                  .batch = section.batch,
                  .label_noise = section.label_noise,
                  .output_basis = section.output.basis,
                  .input_basis = section.input.basis,
                  .energy = {}};
  constexpr double most_pairs = 1e8;
  if (static_cast<double>(problem.output.nodes()) * static_cast<double>(problem.input.nodes()) > most_pairs)
    throw study_error(study, "problem.output.modes",
                      fmt::format("\"binned\", as the input's, above {:g} pairs of modes", most_pairs));
  const bool given_target = !section.target.path.empty(), given_start = !section.start.path.empty();
  if (given_target || given_start) {
    if (!problem.input.exact()) throw study_error(study, "problem.input.modes", "\"exact\" where a matrix is given");
    problem.energy = energy_of(problem.output, problem.input, given_offset(study));
  }
  if (!given_target) {
    // A random target is independent of a given start: their energies add.
    const Eigen::ArrayXXd random = power_law_energy(problem.output, problem.input, section.target.beta);
    problem.energy = given_start ? Eigen::ArrayXXd(problem.energy + random) : random;
  }
  validate(problem);
  return problem;
}

SimulationProblem make_simulation_problem(const Study& study) {
  SimulationProblem simulated{.model = make_problem(study), .target_variance = {}, .offset = given_offset(study)};
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
  options.horizon = log_grid(section.horizons);
  if (section.closure == Closure::full) options.horizon = whole_steps(options.horizon);
  options.alpha_out = output.spectrum == SpectrumKind::isotropic ? 0 : output.alpha;
  options.label_noise = study.problem.label_noise;
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
