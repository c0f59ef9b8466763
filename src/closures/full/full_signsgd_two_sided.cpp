#include "muonphase/closures/full/full_signsgd_two_sided.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "closures/full/sign_covariance.hpp"
#include "core/array_functions.hpp"
#include "muonphase/closures/averages/window.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

// Of the table of the first mode's response. Signs' error functions are no steeper than a tenth of its range.
constexpr int table_nodes = 25;

// Gauss's rule for a standard normal, five nodes.
constexpr std::array<double, 5> node{-2.8569700138728057, -1.3556261799742659, 0, 1.3556261799742659,
                                     2.8569700138728057};
constexpr std::array<double, 5> gauss_weight{0.011257411327720689, 0.22207592200561264, 0.53333333333333333,
                                             0.22207592200561264, 0.011257411327720689};

// N_00 is ±distance, and a Gaussian about either: the mixture with its variance and kurtosis.
struct Branches {
  double distance, variance;
};

Branches branches(const TwoSidedState& state) {
  const double total = state.variance(0, 0);
  const double square = total * std::sqrt(std::max(0.0, (3 - state.kurtosis) / 2));
  return {std::sqrt(square), std::max(total - square, 0.0)};
}

// The table at x by cubic interpolation; beyond its ends signs are taken as turned all the way.
double look_up(const SignResponse& response, double x) {
  const double place = std::clamp((x / response.range + 1) / 2 * (table_nodes - 1), 0.0, table_nodes - 1.0);
  const int cell = std::clamp(static_cast<int>(place), 1, table_nodes - 3);
  const double p = place - cell;
  const auto at = [&](int i) { return response.table(cell + i); };
  return -p * (p - 1) * (p - 2) / 6 * at(-1) + (p + 1) * (p - 1) * (p - 2) / 2 * at(0) -
         (p + 1) * p * (p - 2) / 2 * at(1) + (p + 1) * p * (p - 1) / 6 * at(2);
}

}  // namespace

FullSignSgdTwoSided::FullSignSgdTwoSided(const Problem& problem, const Eigen::MatrixXd& output_basis,
                                         const Eigen::MatrixXd& input_basis)
    : out_(problem.output.eigenvalue),
      in_(problem.input.eigenvalue),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      basis_out_(output_basis),
      basis_in_(input_basis),
      overlap_out_(output_basis.cwiseAbs2()),
      overlap_in_(input_basis.cwiseAbs2()),
      pull_out_(output_basis * out_.matrix().asDiagonal()),
      pull_in_(in_.matrix().asDiagonal() * input_basis.transpose()),
      side_out_(overlap_out_ * out_.matrix()),
      side_in_(overlap_in_ * in_.matrix()),
      product_((out_.matrix() * in_.matrix().transpose()).array()),
      pattern_((pull_out_.col(0) * pull_in_.row(0)).array()) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  chi_ = chi(batch_) / std::sqrt(batch_);
}

// The gradient's mean, in the coordinates of W.
Eigen::MatrixXd FullSignSgdTwoSided::gradient(const Eigen::ArrayXXd& given) const {
  return product<double>(product<double>(pull_out_, given.matrix()), pull_in_);
}

TwoSidedRates FullSignSgdTwoSided::operator()(const TwoSidedState& state) const {
  if (!state.mean.allFinite() || !state.variance.allFinite())
    throw NumericalError("the risk is no longer finite: the learning rate is far too large");
  // Variances of the entries: a sample's second moment without what the mean's own fluctuation adds to it.
  const Eigen::ArrayXXd share = product_ * state.variance, all = product_ * state.mean.square() + share;
  const double twice_risk = all.sum() + noise_variance_;
  if (!(twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const Eigen::ArrayXXd half = product<double>(pull_out_, state.mean.matrix());
  const Eigen::ArrayXXd across = product<double>((state.mean.colwise() * out_.sqrt()).matrix(), pull_in_);  // [n, d]
  const Eigen::ArrayXXd signal = product<double>(half.matrix(), pull_in_);
  const Eigen::ArrayXXd wander = sandwich(overlap_out_, (product_ * share).matrix(), overlap_in_);
  const Eigen::VectorXd row =
      half.square().matrix() * in_.matrix() + overlap_out_ * (out_ * share.rowwise().sum()).matrix();
  const Eigen::VectorXd column = across.square().colwise().sum().transpose().matrix() +
                                 overlap_in_ * (in_ * share.colwise().sum().transpose()).matrix();
  // Batches of finite size: χ_B, which a steep spectrum cancels (the next order in 1/B has the other sign).
  const Eigen::ArrayXd part = all.colwise().sum().transpose() / twice_risk;
  const Eigen::ArrayXd seen =
      in_ * (overlap_in_.transpose() * side_in_.cwiseInverse()).array() / static_cast<double>(side_in_.size());
  const double finite = std::pow(chi_, 2 / (1 + 13.5 * (part * seen).sum() + 54 * (part.square() * seen).sum()));
  const Eigen::ArrayXXd variance =
      ((side_out_ * (twice_risk * side_in_ + 2 * column).transpose() + 2 * row * side_in_.transpose()).array() -
       4 * (signal.square() + wander)) /
      (batch_ * finite);

  TwoSidedRates rates;
  const Branches first = branches(state);
  const Eigen::ArrayXXd square = pattern_.square();
  rates.response.width = variance + wander - square * state.variance(0, 0);
  const Eigen::ArrayXXd inverse = (rates.response.width + first.variance * square).rsqrt();
  const auto slope_at = [&](double x) { return (-0.5 * ((signal + x * pattern_) * inverse).square()).exp(); };
  const Eigen::ArrayXXd slope =
      std::sqrt(0.5 / M_PI) * inverse * (slope_at(first.distance) + slope_at(-first.distance));
  rates.rate = product_ * transposed_sandwich(overlap_out_, slope.matrix(), overlap_in_).array();
  const Eigen::ArrayXXd unit = variance.rsqrt(),
                        drifted = (rates.response.width + first.variance * square) / variance - 1;
  rates.noise = noise(state, twice_risk, (signal + first.distance * pattern_) * unit, drifted);
  if (first.distance > 0) {
    rates.noise += noise(state, twice_risk, (signal - first.distance * pattern_) * unit, drifted);
    rates.noise *= 0.5;
  }

  // Of the first mode's noise, as of its mean, an entry has its part of the pattern: the signs of both turn together.
  const double own = all.row(0).sum() + all.col(0).sum() - 2 * all(0, 0);
  const double jitter_square = (twice_risk + 2 * own) / (batch_ * product_(0, 0));
  rates.response.jitter = std::sqrt(jitter_square);
  rates.response.range = 1.6 * (first.distance + 2.9 * std::sqrt(first.variance)) + 3.5 * rates.response.jitter +
                         1.3 * std::abs(state.mean(0, 0));
  const Eigen::ArrayXXd scale =
      M_SQRT1_2 * (rates.response.width - jitter_square * square).max(0.01 * variance).rsqrt();
  const Eigen::ArrayXXd others = (signal - state.mean(0, 0) * pattern_) * scale, step = pattern_ * scale;
  rates.response.table.resize(table_nodes);
  for (int i = 0; i < table_nodes; ++i) {
    const double x = rates.response.range * (2.0 * i / (table_nodes - 1) - 1);
    rates.response.table(i) =
        basis_out_.col(0).dot(error_function<double>(others + x * step).matrix() * basis_in_.col(0));
  }
  return rates;
}

Eigen::ArrayXXd FullSignSgdTwoSided::mean(const TwoSidedState& state, const SignResponse& response) const {
  const Branches first = branches(state);
  const Eigen::ArrayXXd scale = M_SQRT1_2 * (response.width + first.variance * pattern_.square()).rsqrt();
  const Eigen::ArrayXXd signal = gradient(state.mean).array() * scale;
  Eigen::ArrayXXd signs = error_function<double>(signal + first.distance * pattern_ * scale);
  if (first.distance > 0) signs = 0.5 * (signs + error_function<double>(signal - first.distance * pattern_ * scale));
  return transposed_sandwich(basis_out_, signs.matrix(), basis_in_);
}

FirstModeStep FullSignSgdTwoSided::first_mode(const TwoSidedState& state, const SignResponse& response,
                                              double eta) const {
  const Branches first = branches(state);
  const double deviation = std::sqrt(first.variance);
  struct Point {
    double weight, at, sign;
  };
  std::array<Point, 2 * node.size() * node.size()> points;
  std::size_t count = 0;
  double mean = 0;
  for (const double distance : {-first.distance, first.distance})
    for (std::size_t i = 0; i < node.size(); ++i)
      for (std::size_t j = 0; j < node.size(); ++j) {
        const double at = distance + deviation * node[i];
        const double sign = look_up(response, state.mean(0, 0) + at + response.jitter * node[j]);
        points[count] = {0.5 * gauss_weight[i] * gauss_weight[j], at, sign};
        mean += points[count].weight * sign;
        ++count;
      }
  double second = 0, fourth = 0;
  for (const Point& point : points) {
    const double square = std::pow(point.at - eta * (point.sign - mean), 2);
    second += point.weight * square;
    fourth += point.weight * square * square;
  }
  return {mean, second, second > 0 ? std::clamp(fourth / (second * second), 1.0, 3.0) : 3.0};
}

// The variance of signs given Δ, by mode: `mean` is the argument's in standard deviations given A, `drifted` its
// variance over N.
Eigen::ArrayXXd FullSignSgdTwoSided::noise(const TwoSidedState& state, double twice_risk, const Eigen::ArrayXXd& mean,
                                           const Eigen::ArrayXXd& drifted) const {
  // The covariance as one Kronecker product.
  const Eigen::ArrayXXd share = product_ * state.variance;
  const Eigen::MatrixXd pulled = (state.mean.colwise() * out_).matrix(),
                        both = (pulled.array().rowwise() * in_.transpose()).matrix();
  Eigen::MatrixXd out = 2 / twice_risk * product<double>(both, pulled.transpose());
  out.diagonal().array() += out_ * (1 + 2 / twice_risk * share.rowwise().sum());
  Eigen::MatrixXd in =
      2 / twice_risk * transposed_product<double>((state.mean.rowwise() * in_.transpose()).matrix(), both);
  in.diagonal().array() += in_ * (1 + 2 / twice_risk * share.colwise().sum().transpose());

  const Eigen::ArrayXXd widening = (1 + drifted).rsqrt(), m = mean * widening;
  const Eigen::ArrayXXd square = (-m.square()).exp();
  const Eigen::ArrayXXd variance =
      1 - error_function<double>(M_SQRT1_2 * m).square() - 2 / M_PI * square * (drifted * widening.square()).asin();
  const SignCovariance signs(sandwich(basis_out_, out, basis_out_), sandwich(basis_in_, in, basis_in_), variance,
                             square.sqrt() * widening);
  Eigen::ArrayXXd result = signs.by_mode(basis_out_, basis_in_);
  result.row(0) = signs.along_output(basis_out_.col(0), basis_in_).transpose();
  result.col(0) = signs.along_input(basis_in_.col(0), basis_out_);
  return result.max(0);
}

}  // namespace muonphase
