#include "study/study_spectrum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "muonphase/files/table.hpp"
#include "study/read_for_key.hpp"

namespace muonphase {
namespace {

constexpr double round_off = 1e-10;  // of the largest eigenvalue
constexpr double least_eigenvalue = 1e-150, largest_eigenvalue = 1e150;

// What programs call eigenvalues.
constexpr const char* eigenvalue_names[] = {"eigenvalue", "eigenvalues", "eigenwert", "eigenwerte",
                                            "eigval",     "eigvals",     "lambda",    "lambdas",
                                            "λ",          "value",       "values",    "explained_variance"};

// A list of numbers, and where each stands.
struct NumberList {
  Eigen::ArrayXd values;
  const NumberTable& table;
  bool is_row;

  std::string place(Eigen::Index i) const {
    return is_row ? fmt::format("{}: value {}", table.lines.empty() ? table.place() : table.place(0), i + 1)
                  : table.place(i);
  }
};

std::size_t eigenvalue_column(const NumberTable& table) {
  if (!table.selection.empty()) return table.selected();
  for (const char* name : eigenvalue_names)
    if (const auto column = table.find(name)) return *column;
  std::vector<std::size_t> numeric;
  for (std::size_t i = 0; i < table.columns(); ++i)
    if (table.has_numbers(i)) numeric.push_back(i);
  if (numeric.size() == 2 && numeric[0] == 0 && table.counts_rows(0) && !table.maybe_decimal_comma) return numeric[1];
  if (numeric.empty()) return 0;  // reading its numbers refuses them, with the reason
  if (numeric.size() == 1) return numeric[0];
  const std::string place = table.names_line      ? fmt::format("{}:{}", table.file.string(), table.names_line)
                            : table.lines.empty() ? table.place()
                                                  : table.place(0);
  throw StudyError(
      fmt::format("{}: has {} columns of numbers{}; name the one with the eigenvalues, {}", place, numeric.size(),
                  table.maybe_decimal_comma ? " or decimal commas (write points in that case)" : "", table.choices()));
}

NumberList list_in(const NumberTable& table) {
  if (table.rows() == 0 || table.columns() == 0) throw StudyError(table.place() + ": has no numbers");
  const bool row = table.rows() == 1 && table.columns() > 1 && table.names.empty() && table.selection.empty();
  if (!row) return {table.numbers(eigenvalue_column(table)), table, false};
  for (std::size_t i = 0; i < table.columns(); ++i) table.numbers(i);  // refuses words
  return {table.values.row(0).transpose(), table, true};
}

void check_eigenvalues(const NumberList& list, double cut) {
  const auto refuse = [&](Eigen::Index i, const char* why) {
    throw StudyError(fmt::format("{}: {:g}: {}", list.place(i), list.values(i), why));
  };
  for (Eigen::Index i = 0; i < list.values.size(); ++i) {
    const double value = list.values(i);
    if (value < -cut)
      refuse(i, "eigenvalues of a covariance are positive, and this is beyond round-off (1e-10 of the largest)");
    if (value > cut && !(value >= least_eigenvalue && value <= largest_eigenvalue))
      refuse(i, "eigenvalues must lie in [1e-150, 1e150]; change the unit of the data");
  }
}

FileSpectrum spectrum_in(const NumberList& list, const std::string& place) {
  const Eigen::ArrayXd& values = list.values;
  for (Eigen::Index i = 0; i < values.size(); ++i)
    if (!std::isfinite(values(i)))
      throw StudyError(fmt::format("{}: {}: eigenvalues must be finite", list.place(i), values(i)));
  const double largest = values.maxCoeff();
  const double cut = round_off * std::max(largest, 0.0);
  check_eigenvalues(list, cut);
  if (largest <= 0) throw StudyError(place + ": has no positive eigenvalue");
  FileSpectrum spectrum;
  spectrum.in_file = values.size();
  spectrum.order.resize(static_cast<std::size_t>(values.size()));
  std::iota(spectrum.order.begin(), spectrum.order.end(), Eigen::Index{0});
  std::stable_sort(spectrum.order.begin(), spectrum.order.end(),
                   [&](Eigen::Index a, Eigen::Index b) { return values(a) > values(b); });
  const auto kept = (values > cut).count();
  spectrum.order.resize(static_cast<std::size_t>(kept));
  spectrum.eigenvalue = values(spectrum.order);
  const auto negative = (values < 0).count(), left_out = values.size() - kept;
  if (left_out > 0)
    spectrum.note = fmt::format(
        "{}: {} of {} eigenvalues are zero to round-off ({} negative; at most 1e-10 of the largest, {:g}) "
        "and are left out: {} remain",
        place, left_out, values.size(), negative, largest, kept);
  return spectrum;
}

FileSpectrum spectrum_of_key(const Study& study, const std::string& key, const std::string& path) {
  return read_for_key(study, key, [&] { return read_file_spectrum(path, study.folder); });
}

StudySide side_of(const Study& study, const std::string& side, const CovarianceSection& section, double size) {
  const std::string size_key = side == "input" ? "problem.n_in" : "problem.n_out";
  if (section.spectrum == SpectrumKind::isotropic && side == "output")
    return {isotropic_spectrum(size), {}, static_cast<Eigen::Index>(size)};
  if (section.spectrum != SpectrumKind::file)
    return {power_law_spectrum(size, section.spectrum == SpectrumKind::isotropic ? 0 : section.alpha, section.modes),
            {},
            static_cast<Eigen::Index>(size)};
  const FileSpectrum file = spectrum_of_key(study, "problem." + side + ".path", section.path);
  const auto kept = file.eigenvalue.size();
  if (size != static_cast<double>(kept) && size != static_cast<double>(file.in_file))
    throw study_error(study, size_key, fmt::format("{}, as many as problem.{}.path has eigenvalues", kept, side));
  return {spectrum_of(file.eigenvalue), file.order, file.in_file};
}

Eigen::MatrixXd given_matrix(const Study& study, const std::string& key, const std::string& path,
                             const StudySides& sides) {
  const Eigen::MatrixXd matrix = read_for_key(study, key, [&] { return read_table(path, study.folder).matrix(); });
  const auto rows = sides.output.in_matrix, cols = sides.input.in_matrix;
  if (matrix.rows() != rows || matrix.cols() != cols)
    throw study_error(study, key,
                      fmt::format("a matrix of {} × {}, n_out × n_in{} (it has {} × {})", rows, cols,
                                  rows > sides.output.spectrum.dimension() || cols > sides.input.spectrum.dimension()
                                      ? ", with the eigenvalues that are zero"
                                      : "",
                                  matrix.rows(), matrix.cols()));
  if (!matrix.allFinite()) throw study_error(study, key, "a matrix of finite numbers");
  Eigen::MatrixXd sorted =
      sides.output.order.empty() ? matrix : Eigen::MatrixXd(matrix(sides.output.order, Eigen::all));
  if (!sides.input.order.empty()) sorted = Eigen::MatrixXd(sorted(Eigen::all, sides.input.order));
  return sorted;
}

// The sides whose spectrum is in a file.
template <class Visit>
void for_file_sides(const Study& study, Visit visit) {
  for (const char* side : {"output", "input"}) {
    const bool input = side[0] == 'i';
    const CovarianceSection& section = input ? study.problem.input : study.problem.output;
    if (section.spectrum == SpectrumKind::file) visit(std::string("problem.") + side + ".path", section.path, input);
  }
}

}  // namespace

FileSpectrum read_file_spectrum(const std::string& path, const std::filesystem::path& folder) {
  const NumberTable table = read_table(path, folder);
  return spectrum_in(list_in(table), table.place());
}

StudySides read_sides(const Study& study) {
  return {side_of(study, "output", study.problem.output, study.problem.n_out),
          side_of(study, "input", study.problem.input, study.problem.n_in)};
}

Eigen::MatrixXd read_start(const Study& study, const StudySides& sides) {
  const std::string& start = study.problem.start.path;
  if (start.empty()) return {};
  return given_matrix(study, "problem.start.path", start, sides);
}

Eigen::MatrixXd read_offset(const Study& study, const StudySides& sides) {
  const std::string& target = study.problem.target.path;
  const Eigen::MatrixXd offset = read_start(study, sides);
  if (target.empty()) return offset;
  const Eigen::MatrixXd matrix = given_matrix(study, "problem.target.path", target, sides);
  return offset.size() == 0 ? Eigen::MatrixXd(-matrix) : Eigen::MatrixXd(offset - matrix);
}

SampleFiles open_study_samples(const Study& study) {
  return read_for_key(study, "problem.data.path", [&] {
    const DataSection& data = study.problem.data;
    return open_samples({data.path, data.inputs, data.outputs}, study.folder);
  });
}

namespace {

void take_data(Study& study) {
  ProblemSection& problem = study.problem;
  if (!study.places.contains("problem.input.basis")) problem.input.basis = Basis::data;
  if (!study.places.contains("problem.output.basis")) problem.output.basis = Basis::data;
  try {
    const SampleFiles files = open_study_samples(study);
    if (!study.places.contains("problem.n_in")) problem.n_in = static_cast<double>(files.inputs.columns);
    if (!study.places.contains("problem.n_out")) problem.n_out = static_cast<double>(files.n_out());
  } catch (const StudyError&) {
  } catch (const IoError&) {
  }
}

}  // namespace

void take_sizes(Study& study) {
  if (!study.problem.data.path.empty()) return take_data(study);
  for_file_sides(study, [&](const std::string&, const std::string& path, bool input) {
    double& size = input ? study.problem.n_in : study.problem.n_out;
    const bool given = study.places.contains(input ? "problem.n_in" : "problem.n_out");
    try {
      const FileSpectrum spectrum = read_file_spectrum(path, study.folder);
      if (!given || size == static_cast<double>(spectrum.in_file))
        size = static_cast<double>(spectrum.eigenvalue.size());
    } catch (const StudyError&) {
    } catch (const IoError&) {
    }
  });
}

std::vector<std::string> problem_notes(const Study& study) {
  std::vector<std::string> notes;
  if (!study.problem.data.path.empty()) return notes;
  for_file_sides(study, [&](const std::string& key, const std::string& path, bool) {
    const FileSpectrum spectrum = spectrum_of_key(study, key, path);
    if (!spectrum.note.empty()) notes.push_back(spectrum.note);
  });
  const auto unread = [&](const CovarianceSection& side, const std::string& name) {
    const auto place = study.places.find("problem." + name + ".path");
    if (place != study.places.end() && !side.path.empty() && side.spectrum != SpectrumKind::file)
      notes.push_back(fmt::format("{0}: problem.{1}.path is not read: problem.{1}.spectrum = \"file\" reads it",
                                  place->second, name));
  };
  unread(study.problem.input, "input");
  unread(study.problem.output, "output");
  return notes;
}

}  // namespace muonphase
