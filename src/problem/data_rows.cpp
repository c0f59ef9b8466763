#include "muonphase/problem/data_rows.hpp"

#include <Eigen/Cholesky>
#include <vector>

#include "core/eigensystem.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

constexpr double round_off = 1e-10;  // of the largest eigenvalue, as for a spectrum in a file

// Columns times the matrix that makes their second moment diagonal, of the given values; what is zero stays.
void set_moment(Eigen::MatrixXd& rows, const Eigen::ArrayXd& values) {
  if (!(values > 0).any()) {
    rows.setZero();
    return;
  }
  const Eigen::MatrixXd moment = gram<double>(rows) / static_cast<double>(rows.rows());
  rows = moment.llt().matrixU().solve<Eigen::OnTheRight>(rows).eval() * values.sqrt().matrix().asDiagonal();
}

// Rows of these second moments and of no correlation between inputs and residuals.
void adjust(SampleRows& rows, const Eigen::ArrayXd& eigenvalue, const Eigen::ArrayXd& noise) {
  set_moment(rows.inputs, eigenvalue);
  const Eigen::MatrixXd slope = transposed_product<double>(rows.inputs, rows.residuals) /
                                static_cast<double>(rows.inputs.rows());
  rows.residuals -= product<double>(rows.inputs, eigenvalue.inverse().matrix().asDiagonal() * slope);
  set_moment(rows.residuals, noise);
}

// The rows of a basis that are not all zero.
Eigen::MatrixXd seen_rows(const Eigen::MatrixXd& basis) {
  std::vector<Eigen::Index> seen;
  for (Eigen::Index i = 0; i < basis.rows(); ++i)
    if (basis.row(i).squaredNorm() > round_off) seen.push_back(i);
  return basis(seen, Eigen::all);
}

}  // namespace

DataRows data_rows(const SampleFiles& files, Preprocess preprocess, int threads, const Monitor& monitor) {
  if (!files.has_outputs()) throw StudyError(files.inputs.place + ": has no outputs to train on");
  const SampleMoments moments = sample_moments(files, preprocess, threads, monitor);
  const MeasuredLayer layer = measured_layer(moments);
  const Samples samples = read_samples(files, moments.preparation, {{}, monitor.interrupted});

  const Eigensystem outputs = eigensystem(moments.outputs);
  const double largest = outputs.values(outputs.values.size() - 1);
  if (!(largest > 0)) throw StudyError(files.outputs.place + ": the outputs do not vary");
  const Eigen::MatrixXd span = outputs.vectors.rightCols((outputs.values.array() > round_off * largest).count());
  const Eigensystem noise = eigensystem(span.transpose() * layer.residual_covariance * span);
  const Eigen::MatrixXd basis = span * noise.vectors.rowwise().reverse();

  DataRows data{.rows = {product<double>(samples.inputs, layer.eigenvector, threads), {}},
                .target = basis.transpose() * layer.target,
                .eigenvalue = layer.eigenvalue,
                .noise = noise.values.reverse().array(),
                .input_coordinates = seen_rows(layer.eigenvector),
                .output_coordinates = seen_rows(basis)};
  data.rows.residuals = product<double>(samples.outputs, basis, threads) -
                        product<double>(data.rows.inputs, data.target.transpose(), threads);
  const double most = data.noise(0);
  if (most > round_off * largest)
    data.noise = data.noise.max(round_off * most);
  else
    data.noise.setZero();
  return data;
}

SampleRows some_rows(const DataRows& data, Eigen::Index most) {
  const Eigen::Index all = data.rows.inputs.rows();
  if (all <= most) return data.rows;
  const Eigen::ArrayXd places = Eigen::ArrayXd::LinSpaced(most, 0, static_cast<double>(all - 1));
  std::vector<Eigen::Index> kept;
  for (const double place : places) kept.push_back(static_cast<Eigen::Index>(place));
  SampleRows rows{data.rows.inputs(kept, Eigen::all), data.rows.residuals(kept, Eigen::all)};
  adjust(rows, data.eigenvalue, data.noise);
  return rows;
}

SampleRows gaussian_rows(const Eigen::ArrayXd& eigenvalue, const Eigen::ArrayXd& noise, int count) {
  const Eigen::MatrixXd points = gaussian_points(count, eigenvalue.size() + noise.size());
  SampleRows rows{points.leftCols(eigenvalue.size()), points.rightCols(noise.size())};
  adjust(rows, eigenvalue, noise);
  return rows;
}

}  // namespace muonphase
