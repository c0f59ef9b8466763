#include "closures/full/sign_covariance.hpp"

#include <cmath>
#include <utility>

#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

// Terms of the arcsine's series for pairs of entries that share neither row nor column.
constexpr int pair_terms = 4, line_terms = 2;

double next_coefficient(double coefficient, int order) {
  return coefficient * (2 * order + 1.0) * (2 * order + 1.0) / ((2 * order + 2.0) * (2 * order + 3.0));
}

Eigen::ArrayXXd correlation(const Eigen::MatrixXd& covariance) {
  const Eigen::VectorXd inverse = covariance.diagonal().cwiseSqrt().cwiseInverse();
  Eigen::ArrayXXd result = (inverse.asDiagonal() * covariance * inverse.asDiagonal()).array().max(-1).min(1);
  result.matrix().diagonal().setZero();
  return result;
}

Eigen::VectorXd forms(const Eigen::MatrixXd& directions, const Eigen::ArrayXXd& matrix) {
  return product<double>(matrix.matrix(), directions).cwiseProduct(directions).colwise().sum().transpose();
}

// One direction of one side, with its own correlations, and every column of the other side's `directions`.
Eigen::ArrayXd along(const Eigen::VectorXd& direction, const Eigen::ArrayXXd& own, const Eigen::ArrayXXd& other,
                     const Eigen::ArrayXXd& variance, const Eigen::ArrayXXd& psi, const Eigen::MatrixXd& directions) {
  const Eigen::MatrixXd weighted = direction.asDiagonal() * psi.matrix();
  Eigen::ArrayXXd kernel = other.asin() * gram<double>(weighted).array();
  Eigen::ArrayXXd own_power = own, other_power = other;
  other_power.matrix().diagonal().setOnes();
  const Eigen::ArrayXXd own_square = own.square(), other_square = other_power.square();
  double coefficient = 1;
  for (int order = 0; order < line_terms; ++order) {
    kernel += coefficient * transposed_sandwich(weighted, own_power.matrix(), weighted).array() * other_power;
    own_power *= own_square;
    other_power *= other_square;
    coefficient = next_coefficient(coefficient, order);
  }
  const Eigen::VectorXd diagonal =
      directions.cwiseAbs2().transpose() * (variance.matrix().transpose() * direction.cwiseAbs2());
  return (diagonal + 2 / M_PI * forms(directions, kernel)).array();
}

}  // namespace

SignCovariance::SignCovariance(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in, Eigen::ArrayXXd variance,
                               Eigen::ArrayXXd psi)
    : out_(correlation(out)), in_(correlation(in)), variance_(std::move(variance)), psi_(std::move(psi)) {}

Eigen::ArrayXXd SignCovariance::by_mode(const Eigen::MatrixXd& out, const Eigen::MatrixXd& in) const {
  const Eigen::VectorXd row = psi_.rowwise().mean(), column = psi_.colwise().mean().transpose() / psi_.mean();
  const Eigen::MatrixXd left = row.asDiagonal() * out, right = column.asDiagonal() * in;
  const Eigen::VectorXd left_square = left.colwise().squaredNorm().transpose(),
                        right_square = right.colwise().squaredNorm().transpose();
  Eigen::MatrixXd sum =
      left_square * forms(right, in_.asin()).transpose() + forms(left, out_.asin()) * right_square.transpose();
  Eigen::ArrayXXd out_power = out_, in_power = in_;
  const Eigen::ArrayXXd out_square = out_.square(), in_square = in_.square();
  double coefficient = 1;
  for (int order = 0; order < pair_terms; ++order) {
    sum += coefficient * forms(left, out_power) * forms(right, in_power).transpose();
    out_power *= out_square;
    in_power *= in_square;
    coefficient = next_coefficient(coefficient, order);
  }
  return transposed_sandwich(out.cwiseAbs2(), variance_.matrix(), in.cwiseAbs2()) + 2 / M_PI * sum;
}

Eigen::ArrayXd SignCovariance::along_output(const Eigen::VectorXd& direction, const Eigen::MatrixXd& in) const {
  return along(direction, out_, in_, variance_, psi_, in);
}

Eigen::ArrayXd SignCovariance::along_input(const Eigen::VectorXd& direction, const Eigen::MatrixXd& out) const {
  return along(direction, in_, out_, variance_.transpose(), psi_.transpose(), out);
}

}  // namespace muonphase
