#include "muonphase/imbalance/sample.hpp"

#include <algorithm>

#include "core/householder.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

/// Inputs for given labels: row i is μ_{y_i} + σ z_i.
Sample with_inputs(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::ArrayXi label,
                   const Stream& stream) {
  Sample sample;
  sample.input = mixture.noise * normals<double>(stream, label.size(), mixture.dimension);
  const Eigen::MatrixXd mean = directions * mixture.mean_norm.matrix().asDiagonal();
  for (Eigen::Index i = 0; i < label.size(); ++i) sample.input.row(i) += mean.col(label(i)).transpose();
  sample.label = std::move(label);
  return sample;
}

Eigen::ArrayXi every_class(const Mixture& mixture, Eigen::Index per_class) {
  Eigen::ArrayXi label(mixture.classes() * per_class);
  for (Eigen::Index i = 0; i < label.size(); ++i) label(i) = static_cast<int>(i / per_class);
  return label;
}

}  // namespace

Eigen::MatrixXd Draws::directions(const Mixture& mixture) const {
  const Eigen::MatrixXd z = normals<double>({seed, trial, 0, Purpose::direction}, mixture.dimension, mixture.classes());
  auto [q, r] = tall_qr(z);
  // Uniform needs the factor whose R has a positive diagonal.
  for (Eigen::Index c = 0; c < q.cols(); ++c)
    if (r(c, c) < 0) q.col(c) = -q.col(c);
  return q;
}

Sample Draws::sample(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::Index n) const {
  Eigen::ArrayXd cumulative(mixture.classes());
  double sum = 0;
  for (Eigen::Index c = 0; c < mixture.classes(); ++c) cumulative(c) = sum += mixture.prior(c);
  const auto words = random_words({seed, trial, 0, Purpose::label}, static_cast<std::size_t>(n));
  Eigen::ArrayXi label(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double uniform = static_cast<double>(words[static_cast<std::size_t>(i)] >> 11) * 0x1p-53;
    const auto c = std::upper_bound(cumulative.data(), cumulative.data() + cumulative.size(), uniform);
    label(i) = static_cast<int>(std::min(c - cumulative.data(), cumulative.size() - 1));
  }
  return with_inputs(mixture, directions, std::move(label), {seed, trial, 0, Purpose::batch_in});
}

Sample Draws::test_sample(const Mixture& mixture, const Eigen::MatrixXd& directions, Eigen::Index per_class) const {
  return with_inputs(mixture, directions, every_class(mixture, per_class), {seed, trial, 1, Purpose::batch_in});
}

Sample Draws::validation_sample(const Mixture& mixture, const Eigen::MatrixXd& directions,
                                Eigen::Index per_class) const {
  return with_inputs(mixture, directions, every_class(mixture, per_class), {seed, trial, 2, Purpose::batch_in});
}

Layers Draws::start(const std::vector<Eigen::Index>& widths, double std) const {
  Layers layers;
  for (std::size_t l = 0; l + 1 < widths.size(); ++l)
    layers.push_back(std * normals<double>({seed, trial, l, Purpose::start}, widths[l + 1], widths[l]));
  return layers;
}

Moments sample_moments(const Sample& sample, Eigen::Index classes, int threads) {
  const double n = static_cast<double>(sample.input.rows());
  Moments moments;
  moments.xx = gram<double>(sample.input, threads) / n;
  moments.yx = Eigen::MatrixXd::Zero(classes, sample.input.cols());
  for (Eigen::Index i = 0; i < sample.input.rows(); ++i) moments.yx.row(sample.label(i)) += sample.input.row(i);
  moments.yx /= n;
  return moments;
}

}  // namespace muonphase
