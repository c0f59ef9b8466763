#include "muonphase/problem/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/eigensystem.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/files/table.hpp"

namespace muonphase {
namespace {

constexpr Eigen::Index block_rows = 4096;
constexpr std::size_t most_classes = 10000;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::string joined(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > most ? fmt::format("{} and {} more", text, names.size() - most) : text;
}

// "x" and "/x" are the same object.
std::string without_slash(const std::string& name) {
  return name.starts_with('/') ? name.substr(1) : name;
}

std::string find_object(const std::vector<std::string>& objects, const std::string& name) {
  for (const auto& object : objects)
    if (without_slash(object) == without_slash(name)) return object;
  return "";
}

// Whether outputs are in a file of their own, "y.npy".
bool names_a_file(const std::string& name, const std::filesystem::path& folder) {
  std::error_code error;
  const auto colon = name.rfind(':');
  return std::filesystem::is_regular_file(folder / name, error) ||
         (colon != std::string::npos && std::filesystem::is_regular_file(folder / name.substr(0, colon), error));
}

const SamplePlace defaults;

void open_objects(const SamplePlace& place, const std::filesystem::path& folder,
                  const std::vector<std::string>& objects, SampleFiles& files) {
  const auto choose = [&](const std::string& name, const char* what, bool needed) -> std::string {
    const std::string found = find_object(objects, name);
    if (found.empty() && needed)
      throw StudyError(
          fmt::format("{}: has no \"{}\" for the {}; name one of {}", place.path, name, what, joined(objects)));
    return found;
  };
  std::string inputs = choose(place.inputs, "inputs", objects.size() != 1 || place.inputs != defaults.inputs);
  if (inputs.empty()) inputs = objects.front();
  files.inputs = open_rows(place.path + ":" + inputs, folder);
  if (names_a_file(place.outputs, folder)) {
    files.outputs = open_rows(place.outputs, folder);
    return;
  }
  const std::string outputs = choose(place.outputs, "outputs", place.outputs != defaults.outputs);
  if (!outputs.empty()) files.outputs = open_rows(place.path + ":" + outputs, folder);
}

Eigen::Index column_named(const RowSource& table, const std::string& name) {
  for (std::size_t i = 0; i < table.names.size(); ++i)
    if (lower(table.names[i]) == lower(name)) return static_cast<Eigen::Index>(i);
  const bool digits = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos && name.size() < 9;
  if (digits && std::stol(name) >= 1 && std::stol(name) <= table.columns) return std::stol(name) - 1;
  return -1;
}

void open_columns(const SamplePlace& place, const std::filesystem::path& folder, SampleFiles& files) {
  const RowSource table = open_rows(place.path, folder);
  std::vector<Eigen::Index> outputs, inputs;
  if (names_a_file(place.outputs, folder)) {
    files.inputs = table;
    files.outputs = open_rows(place.outputs, folder);
    return;
  }
  if (place.outputs == defaults.outputs) {
    for (const char* name : {"y", "label", "target", "class"})
      if (!table.names.empty() && outputs.empty() && column_named(table, name) >= 0)
        outputs.push_back(column_named(table, name));
  } else {
    for (const auto& name : parts_of(without_slash(place.outputs))) {
      outputs.push_back(column_named(table, name));
      if (outputs.back() < 0)
        throw StudyError(
            fmt::format("{}: has no column \"{}\" for the outputs; name one of {}, or a number from 1 to {}",
                        table.place, printable(name),
                        table.names.empty() ? "its columns (it has no names)" : joined(table.names), table.columns));
    }
  }
  for (Eigen::Index i = 0; i < table.columns; ++i)
    if (std::find(outputs.begin(), outputs.end(), i) == outputs.end()) inputs.push_back(i);
  if (inputs.empty()) throw StudyError(table.place + ": has no column left for the inputs");
  files.inputs = columns_of(table, inputs);
  if (outputs.empty()) return;
  files.outputs = columns_of(table, outputs);
  if (outputs.size() > 1) {
    files.outputs.one_dimension = files.outputs.whole_numbers = false;
    return;
  }
  const Eigen::MatrixXd values = files.outputs.read(0, table.rows);
  files.outputs.one_dimension = true;
  files.outputs.whole_numbers = (values.array() == values.array().round()).all();
}

void find_classes(SampleFiles& files) {
  const RowSource& outputs = files.outputs;
  if (!outputs.whole_numbers || outputs.columns != 1) return;
  const Eigen::MatrixXd labels = outputs.read(0, outputs.rows);
  files.classes.assign(labels.data(), labels.data() + labels.size());
  std::sort(files.classes.begin(), files.classes.end());
  files.classes.erase(std::unique(files.classes.begin(), files.classes.end()), files.classes.end());
  if (files.classes.size() == 1)
    throw StudyError(
        fmt::format("{}: all labels are {:g}: a classification needs two classes", outputs.place, files.classes[0]));
  if (files.classes.size() > most_classes)
    throw StudyError(
        fmt::format("{}: has {} different labels; whole numbers that are no labels must be stored as "
                    "floating-point numbers",
                    outputs.place, files.classes.size()));
}

// Outputs as vectors [count, n]: of labels one-hot.
Eigen::MatrixXd output_block(const SampleFiles& files, Eigen::Index first, Eigen::Index count) {
  const Eigen::MatrixXd values = files.outputs.read(first, count);
  if (files.classes.empty()) return values;
  Eigen::MatrixXd hot = Eigen::MatrixXd::Zero(count, files.n_out());
  for (Eigen::Index i = 0; i < count; ++i)
    hot(i, std::lower_bound(files.classes.begin(), files.classes.end(), values(i, 0)) - files.classes.begin()) = 1;
  return hot;
}

void require_finite(const RowSource& source, const Eigen::MatrixXd& block, Eigen::Index first) {
  if (block.allFinite()) return;
  for (Eigen::Index i = 0; i < block.rows(); ++i)
    for (Eigen::Index j = 0; j < block.cols(); ++j)
      if (!std::isfinite(block(i, j)))
        throw StudyError(fmt::format("{}, {}: {} is no finite number; leave out the row or fill it in",
                                     source.row_name(first + i), source.column_name(j), block(i, j)));
}

Eigen::Index block_size(Eigen::Index first, Eigen::Index rows) {
  return std::min(block_rows, rows - first);
}

}  // namespace

Eigen::Index SampleFiles::n_out() const {
  return classes.empty() ? outputs.columns : static_cast<Eigen::Index>(classes.size());
}

namespace {

SampleFiles checked(SampleFiles files) {
  if (files.inputs.rows == 0 || files.inputs.columns == 0) throw StudyError(files.inputs.place + ": has no numbers");
  if (files.has_outputs() && files.outputs.rows != files.inputs.rows)
    throw StudyError(fmt::format("{} has {} rows and {} has {}: each sample needs one row in both", files.inputs.place,
                                 files.inputs.rows, files.outputs.place, files.outputs.rows));
  if (files.has_outputs()) find_classes(files);
  return files;
}

}  // namespace

SampleFiles sample_arrays(Eigen::MatrixXd x, Eigen::MatrixXd y, bool labels) {
  SampleFiles files{rows_of(std::move(x), "x"), rows_of(std::move(y), "y"), {}};
  files.outputs.whole_numbers = labels;
  return checked(std::move(files));
}

SampleFiles open_samples(const SamplePlace& place, const std::filesystem::path& folder) {
  SampleFiles files;
  const auto objects = objects_in(place.path, folder);
  if (objects.empty())
    open_columns(place, folder, files);
  else
    open_objects(place, folder, objects, files);
  return checked(std::move(files));
}

SampleMoments sample_moments(const SampleFiles& files, Preprocess preprocess, int threads, const Monitor& monitor) {
  const Eigen::Index rows = files.inputs.rows, d = files.inputs.columns;
  const Eigen::Index n = files.has_outputs() ? files.n_out() : 0;
  // About the mean of the first block: far from zero, sums of squares would cancel.
  Eigen::RowVectorXd near_x, near_y;
  Eigen::VectorXd sum_x = Eigen::VectorXd::Zero(d), sum_y = Eigen::VectorXd::Zero(n);
  Eigen::MatrixXd xx = Eigen::MatrixXd::Zero(d, d), yx = Eigen::MatrixXd::Zero(n, d), yy = Eigen::MatrixXd::Zero(n, n);
  Eigen::ArrayXd least, most;
  for (Eigen::Index first = 0; first < rows; first += block_rows) {
    monitor.check();
    const Eigen::Index count = block_size(first, rows);
    Eigen::MatrixXd x = files.inputs.read(first, count);
    require_finite(files.inputs, x, first);
    const Eigen::ArrayXd low = x.colwise().minCoeff().transpose(), high = x.colwise().maxCoeff().transpose();
    least = first ? Eigen::ArrayXd(least.min(low)) : low;
    most = first ? Eigen::ArrayXd(most.max(high)) : high;
    if (first == 0) near_x = x.colwise().mean();
    x.rowwise() -= near_x;
    sum_x += x.colwise().sum().transpose();
    xx += gram<double>(x, threads);
    if (n > 0) {
      Eigen::MatrixXd y = output_block(files, first, count);
      require_finite(files.outputs, y, first);
      if (first == 0) near_y = y.colwise().mean();
      y.rowwise() -= near_y;
      sum_y += y.colwise().sum().transpose();
      yx += transposed_product<double>(y, x, threads);
      yy += gram<double>(y, threads);
    }
    monitor.report(static_cast<std::size_t>(first + count), static_cast<std::size_t>(rows));
  }
  const double samples = static_cast<double>(rows);
  const Eigen::VectorXd dx = sum_x / samples, dy = sum_y / samples;
  xx = xx / samples - dx * dx.transpose();
  yx = yx / samples - dy * dx.transpose();
  yy = yy / samples - dy * dy.transpose();
  const Eigen::VectorXd mean_x = near_x.transpose() + dx;
  const Eigen::VectorXd mean_y = n > 0 ? Eigen::VectorXd(near_y.transpose() + dy) : dy;

  SampleMoments moments{.samples = rows, .preparation = {}, .inputs = {}, .cross = {}, .outputs = {}};
  Preparation& preparation = moments.preparation;
  const bool centre = preprocess != Preprocess::none, standardise = preprocess == Preprocess::standardise;
  for (Eigen::Index j = 0; j < d; ++j)
    (standardise && most(j) == least(j) ? preparation.constant : preparation.kept).push_back(j);
  if (preparation.kept.empty()) throw StudyError(files.inputs.place + ": no column varies");
  const auto& kept = preparation.kept;
  const auto width = static_cast<Eigen::Index>(kept.size());
  preparation.shift = centre ? Eigen::VectorXd(mean_x(kept)) : Eigen::VectorXd::Zero(width);
  preparation.scale = standardise ? Eigen::VectorXd(xx.diagonal()(kept).cwiseSqrt()) : Eigen::VectorXd::Ones(width);
  const bool centre_outputs = centre || !files.classes.empty();
  preparation.output_shift = centre_outputs ? mean_y : Eigen::VectorXd::Zero(n);
  if (!centre) xx += mean_x * mean_x.transpose();
  // The cross moment is that of centred data where either is centred.
  if (!centre && !centre_outputs) yx += mean_y * mean_x.transpose();
  if (!centre_outputs) yy += mean_y * mean_y.transpose();
  const Eigen::VectorXd inverse = preparation.scale.cwiseInverse();
  moments.inputs = inverse.asDiagonal() * xx(kept, kept) * inverse.asDiagonal();
  moments.cross = yx(Eigen::all, kept) * inverse.asDiagonal();
  moments.outputs = yy;
  return moments;
}

Samples read_samples(const SampleFiles& files, const Preparation& preparation, const Monitor& monitor) {
  const Eigen::Index rows = files.inputs.rows, n = files.has_outputs() ? files.n_out() : 0;
  Samples samples{Eigen::MatrixXd(rows, static_cast<Eigen::Index>(preparation.kept.size())), Eigen::MatrixXd(rows, n)};
  for (Eigen::Index first = 0; first < rows; first += block_rows) {
    monitor.check();
    const Eigen::Index count = block_size(first, rows);
    const Eigen::MatrixXd x = files.inputs.read(first, count);
    require_finite(files.inputs, x, first);
    samples.inputs.middleRows(first, count) =
        (x(Eigen::all, preparation.kept).rowwise() - preparation.shift.transpose()) *
        preparation.scale.cwiseInverse().asDiagonal();
    if (n == 0) continue;
    samples.outputs.middleRows(first, count) =
        output_block(files, first, count).rowwise() - preparation.output_shift.transpose();
  }
  return samples;
}

MeasuredLayer measured_layer(const SampleMoments& moments, double ridge) {
  constexpr double round_off = 1e-10;  // of the largest eigenvalue, as for a spectrum in a file
  if (!moments.inputs.allFinite() || !moments.cross.allFinite())
    throw StudyError("the inputs or outputs are too large: their squares are beyond 1e308; change their unit");
  const Eigensystem system = eigensystem(moments.inputs);
  const double largest = system.values.size() ? system.values(system.values.size() - 1) : 0;
  if (!(largest > 0)) throw StudyError("the inputs are zero, or so small that their squares are; change their unit");
  const Eigen::Index m = std::min<Eigen::Index>((system.values.array() > round_off * largest).count(), moments.samples);
  MeasuredLayer layer{.samples = moments.samples,
                      .eigenvalue = system.values.tail(m).reverse().array(),
                      .eigenvector = system.vectors.rightCols(m).rowwise().reverse(),
                      .target = {},
                      .residual_covariance = {},
                      .output_energy = moments.outputs.trace()};
  const Eigen::MatrixXd cross = product<double>(moments.cross, layer.eigenvector);  // [n, m]
  layer.target = cross * (layer.eigenvalue + ridge).inverse().matrix().asDiagonal();
  const Eigen::MatrixXd fitted = product<double>(layer.target, cross.transpose());
  layer.residual_covariance =
      moments.outputs - fitted - fitted.transpose() +
      product<double>(layer.target * layer.eigenvalue.matrix().asDiagonal(), layer.target.transpose());
  return layer;
}

}  // namespace muonphase
