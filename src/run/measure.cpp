#include "muonphase/run/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/eigensystem.hpp"
#include "run/parts.hpp"
#include "study/study_spectrum.hpp"

namespace muonphase {
namespace {

bool symmetric(const Eigen::MatrixXd& matrix) {
  constexpr double round_off = 1e-6;  // of single precision, with room
  return matrix.rows() == matrix.cols() && matrix.rows() > 1 && matrix.allFinite() &&
         (matrix - matrix.transpose()).cwiseAbs().maxCoeff() <= round_off * matrix.cwiseAbs().maxCoeff() &&
         (matrix.diagonal().array() >= 0).all();
}

bool names_outputs(const SamplePlace& place) {
  return place.outputs != SamplePlace{}.outputs || place.inputs != SamplePlace{}.inputs;
}

// What the file of a spectrum or of samples holds, by its content.
DataKind kind_of(const MeasureOptions& options) {
  if (options.kind != DataKind::automatic) return options.kind;
  if (names_outputs(options.place)) return DataKind::samples;
  const auto objects = objects_in(options.place.path, options.folder);
  if (objects.size() > 1) return DataKind::samples;
  try {
    const RowSource source = open_rows(options.place.path, options.folder);
    if (source.one_dimension || source.rows == 1 || source.columns == 1) return DataKind::eigenvalues;
    constexpr Eigen::Index largest = 20000;
    if (source.rows == source.columns && source.rows <= largest && symmetric(source.read(0, source.rows)))
      return DataKind::covariance;
    if (!source.is_text || open_samples(options.place, options.folder).has_outputs()) return DataKind::samples;
  } catch (const StudyError&) {  // a text with words in it may have a column of eigenvalues
  }
  return DataKind::eigenvalues;
}

Eigen::ArrayXd positive_part(const Eigen::VectorXd& ascending, const std::string& place,
                             std::vector<std::string>& notes) {
  constexpr double round_off = 1e-10;
  const double largest = ascending.maxCoeff(), cut = round_off * largest;
  if (!(largest > 0)) throw StudyError(place + ": has no positive eigenvalue");
  if (ascending.minCoeff() < -1e-6 * largest)
    throw StudyError(fmt::format("{}: is no covariance: its least eigenvalue is {:g}", place, ascending.minCoeff()));
  const Eigen::Index kept = (ascending.array() > cut).count();
  if (kept < ascending.size())
    notes.push_back(fmt::format("{}: {} of {} eigenvalues are zero to round-off and are left out", place,
                                ascending.size() - kept, ascending.size()));
  return ascending.tail(kept).reverse().array();
}

void read_spectrum(const MeasureOptions& options, MeasureResult& result) {
  const std::string& path = options.place.path;
  if (result.kind == DataKind::covariance) {
    const RowSource source = open_rows(path, options.folder);
    const Eigen::MatrixXd matrix = source.read(0, source.rows);
    if (!symmetric(matrix))
      throw StudyError(fmt::format("{}: is no covariance: a symmetric matrix of finite numbers is one", source.place));
    result.layer.eigenvalue = positive_part(eigenvalues(matrix), source.place, result.notes);
    result.columns = matrix.rows();
    return;
  }
  const FileSpectrum spectrum = read_file_spectrum(path, options.folder);
  if (!spectrum.note.empty()) result.notes.push_back(spectrum.note);
  result.layer.eigenvalue = spectrum.eigenvalue;
  if (result.kind == DataKind::singular_values) result.layer.eigenvalue = spectrum.eigenvalue.square();
  result.columns = spectrum.in_file;
}

void note_power_law(const PowerLawFit& fit, const char* what, const char* exponent, std::vector<std::string>& notes) {
  if (!fit.usable)
    notes.push_back(fmt::format("{}: too few positive values from rank {} to {} for an exponent {}", what,
                                fit.ranks.first, fit.ranks.last, exponent));
  else if (!fit.is_power_law())
    notes.push_back(fmt::format(
        "{}: no power law from rank {} to {}: the local exponent changes by {:+.2g} and the values lie {:.0f} % about "
        "the line; {} = {:.3g} is a rough summary, --ranks chooses another range",
        what, fit.ranks.first, fit.ranks.last, fit.curvature, 100 * fit.deviation, exponent, fit.exponent));
}

void fit_exponents(const MeasureOptions& options, MeasureResult& result) {
  const Eigen::ArrayXd& eigenvalue = result.layer.eigenvalue;
  RankRange ranks = default_ranks(eigenvalue, result.layer.samples);
  if (options.ranks) {
    ranks = *options.ranks;
    if (ranks.first < 1 || ranks.last > eigenvalue.size() || ranks.last - ranks.first < 3)
      throw StudyError(fmt::format("ranks {}:{}: must be FIRST:LAST within 1:{}, at least four ranks", ranks.first,
                                   ranks.last, eigenvalue.size()));
  }
  result.alpha = fit_power_law(eigenvalue, ranks);
  note_power_law(result.alpha, "eigenvalues", "α", result.notes);
  constexpr Eigen::Index fewest = 20;
  if (eigenvalue.size() >= fewest) result.density = fit_density(eigenvalue);
  const double trace = eigenvalue.sum();
  result.effective_dimension = trace * trace / eigenvalue.square().sum();
  result.stable_rank = trace / eigenvalue(0);
  if (!result.has_target()) return;
  const double noise = std::max(result.layer.residual_covariance.trace(), 0.0);
  result.target_noise = noise / (static_cast<double>(result.layer.samples) * eigenvalue);
  result.beta = fit_power_law(result.layer.target_energy() - result.target_noise, ranks, BinMean::arithmetic);
  note_power_law(result.beta, "target energies", "β", result.notes);
}

void note_preparation(const SampleFiles& files, const SampleMoments& moments, MeasureResult& result) {
  const auto& constant = moments.preparation.constant;
  if (!constant.empty())
    result.notes.push_back(fmt::format("{}: {} constant column(s) left out, the first is {}", files.inputs.place,
                                       constant.size(), files.inputs.column_name(constant.front())));
  const auto kept = static_cast<Eigen::Index>(moments.preparation.kept.size());
  if (moments.samples < kept)
    result.notes.push_back(fmt::format(
        "{}: {} samples are fewer than {} features: the least squares fit every sample on {} modes, and the residual "
        "says nothing (--ridge damps it)",
        files.inputs.place, moments.samples, kept, result.layer.n_in()));
  else if (result.layer.n_in() < kept)
    result.notes.push_back(fmt::format("{}: the inputs span {} of {} dimensions; {} eigenvalues are zero to round-off",
                                       files.inputs.place, result.layer.n_in(), kept, kept - result.layer.n_in()));
}

int threads_of(const Provenance& provenance) {
  return std::max(provenance.threads, 1);
}

}  // namespace

double MeasureResult::label_noise() const {
  const auto n = static_cast<double>(layer.residual_covariance.rows());
  return n > 0 ? std::sqrt(std::max(layer.residual_covariance.trace(), 0.0) / n) : 0;
}

double MeasureResult::residual_share() const {
  return has_target() ? layer.residual_covariance.trace() / layer.output_energy : std::nan("");
}

std::string MeasureResult::brief() const {
  const auto exponent = [](const PowerLawFit& fit) {
    return fmt::format("{:.3f} ± {:.3f} (ranks {} to {})", fit.exponent, fit.standard_error, fit.ranks.first,
                       fit.ranks.last);
  };
  std::string text;
  if (kind == DataKind::samples) {
    text = fmt::format("{} samples, {} inputs", layer.samples, columns);
    if (!classes.empty())
      text += fmt::format(", {} classes (one-hot, centred)", classes.size());
    else if (has_target())
      text += fmt::format(", {} output(s)", layer.n_out());
    text += "\n";
  }
  text += fmt::format("{} eigenvalues, {:.4g} to {:.4g}; effective dimension {:.4g}, stable rank {:.4g}", layer.n_in(),
                      layer.eigenvalue(0), layer.eigenvalue(layer.n_in() - 1), effective_dimension, stable_rank);
  if (alpha.usable) text += "\nspectrum λ_j ~ j^(−α): α = " + exponent(alpha);
  if (density.tail > 0)
    text += fmt::format("\ndensity p(λ) ~ λ^(−a) for the {} largest: a = {:.3f} ± {:.3f}, as α {:.3f}", density.tail,
                        density.exponent, density.standard_error, density.rank_exponent());
  if (!has_target()) return text;
  if (beta.usable) text += "\ntarget Σ_k W*_kj² ~ j^(−β): β = " + exponent(beta);
  return text + fmt::format("\nlinear maps leave {:.3g} % of E|y|² = {:.4g}; label noise σ = {:.4g} per output",
                            100 * residual_share(), layer.output_energy, label_noise());
}

namespace {

void check_ridge(const MeasureOptions& options) {
  if (!(options.ridge >= 0) || std::isinf(options.ridge))
    throw StudyError(fmt::format("ridge {}: must be a finite number ≥ 0", options.ridge));
}

}  // namespace

MeasureResult measure_result(const SampleFiles& files, const MeasureOptions& options, const Provenance& provenance,
                             const Observer& observer) {
  check_ridge(options);
  MeasureResult result;
  static_cast<ResultBase&>(result) = {.study = default_study({}), .provenance = provenance};
  result.options = options;
  const Stopwatch watch;
  const SampleMoments moments = sample_moments(files, options.preprocess, threads_of(provenance),
                                               observer.stage("measure", "rows"));
  result.layer = measured_layer(moments, options.ridge);
  result.columns = files.inputs.columns;
  result.classes = files.classes;
  note_preparation(files, moments, result);
  fit_exponents(options, result);
  result.seconds = watch.seconds();
  return result;
}

MeasureResult measure_result(const MeasureOptions& options, const Provenance& provenance, const Observer& observer) {
  check_ridge(options);
  const DataKind kind = kind_of(options);
  if (kind == DataKind::samples)
    return measure_result(open_samples(options.place, options.folder), options, provenance, observer);
  MeasureResult result;
  static_cast<ResultBase&>(result) = {.study = default_study({}), .provenance = provenance};
  result.options = options;
  result.kind = kind;
  const Stopwatch watch;
  try {
    read_spectrum(options, result);
  } catch (const StudyError& error) {
    if (options.kind != DataKind::automatic) throw;
    throw StudyError(fmt::format("{} (read as a spectrum; rows of samples: --as samples)", error.what()));
  }
  fit_exponents(options, result);
  result.seconds = watch.seconds();
  return result;
}

namespace {

const char* name_of(Preprocess preprocess) {
  if (preprocess == Preprocess::none) return "none";
  return preprocess == Preprocess::centre ? "centre" : "standardise";
}

// On the rows themselves.
std::string data_study(const MeasureResult& measured) {
  const SamplePlace& place = measured.options.place;
  const std::filesystem::path folder = measured.options.folder;
  const auto absolute = [&](const std::string& file) { return std::filesystem::absolute(folder / file).lexically_normal(); };
  const auto path = absolute(place.path);
  const bool apart = std::filesystem::is_regular_file(folder / place.outputs);
  return fmt::format(
      "# A linear layer on the rows of {0}; problem.data.sampling = \"gaussian\" trains on Gaussians of their moments.\n"
      "title = \"{0}\"\n\n[problem]\nmodel = \"linear-layer\"\nbatch = 64\n[problem.data]\npath = \"{1}\"\ninputs = \"{2}\"\n"
      "outputs = \"{3}\"\npreprocess = \"{4}\"\n",
      path.filename().string(), path.string(), place.inputs, apart ? absolute(place.outputs).string() : place.outputs,
      name_of(measured.options.preprocess));
}

// With the spectrum, target and noise that the result file holds.
std::string moments_study(const MeasureResult& measured, const std::string& result) {
  const std::string name = std::filesystem::path(measured.options.place.path).filename().string();
  std::string text = fmt::format(
      "# The Gaussian problem of the second moments of {0}, as muonphase measured them.\ntitle = \"{0}\"\n\n[problem]\n", name);
  if (measured.has_target())
    text += fmt::format("model = \"linear-layer\"\nn_out = {}\nlabel_noise = {:.9g}\n", measured.layer.n_out(),
                        measured.label_noise());
  text += fmt::format("n_in = {}\nbatch = 64\n[problem.input]\nspectrum = \"file\"\npath = \"{}:/eigenvalue\"\n",
                      measured.layer.n_in(), result);
  if (measured.has_target()) text += fmt::format("[problem.target]\npath = \"{}:/target\"\n", result);
  return text;
}

}  // namespace

std::string measured_study(const MeasureResult& measured, const std::string& result) {
  const bool rows = measured.has_target() && measured.options.ridge == 0 && !measured.options.place.path.empty();
  return (rows ? data_study(measured) : moments_study(measured, result)) +
         "\n[run]\nsteps = 1000\n\n[tune]\nbatches = [16, 64, 256]\n";
}

}  // namespace muonphase
