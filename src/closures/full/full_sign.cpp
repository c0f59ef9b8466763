#include "muonphase/closures/full/full_sign.hpp"

#include <cmath>
#include <utility>

#include "closures/full/whitened.hpp"
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {

FullSign::FullSign(const Problem& problem, const Window& weights)
    : problem_(problem), window_(sample_window(weights, 0)) {
  prepare(signsgd_generic_coefficients(problem).diffusion, signsgd_generic_coefficients(problem, weights).diffusion);
}

FullSign::FullSign(const Problem& problem, const Window& weights, const Eigen::MatrixXd& output_basis,
                   const Eigen::MatrixXd& input_basis)
    : problem_(problem), window_(sample_window(weights, 0)), basis_in_(input_basis) {
  basis_out_ = output_basis.size() > 0 ? output_basis : Eigen::MatrixXd::Ones(1, 1);
  prepare(signsgd_coefficients(problem, output_basis, input_basis).diffusion,
          signsgd_coefficients(problem, output_basis, input_basis, weights).diffusion);
}

void FullSign::prepare(const Eigen::ArrayXXd& instant, const Eigen::ArrayXXd& total) {
  if (problem_.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  product_ = (problem_.output.eigenvalue.matrix() * problem_.input.eigenvalue.matrix().transpose()).array();
  drift_scale_ =
      std::sqrt(2 / M_PI) * chi(problem_.batch, window_) * std::sqrt(window_.sum_of_squares() / problem_.batch);
  lagged_ = (total - instant) / instant;
  // arcsin(C) is linear off the diagonal, where the signal enters.
  noise_ = instant - 2 / M_PI * whitened(product_);
}

// In the coordinates of W, from the second moment in the eigenbases.
Eigen::ArrayXXd FullSign::variance(const Eigen::ArrayXXd& moment) const {
  return sandwich(basis_out_.cwiseAbs2(), moment.matrix(), basis_in_.cwiseAbs2());
}

double FullSign::mean_over_entries(const Eigen::ArrayXXd& moment) const {
  return problem_.output.weight.matrix().dot(moment.matrix() * problem_.input.weight.matrix()) /
         (problem_.n_out() * problem_.n_in());
}

Eigen::ArrayXXd FullSign::mean_of_inverse_root(const Eigen::ArrayXXd& moment) const {
  if (basis_in_.size() == 0)
    return Eigen::ArrayXXd::Constant(moment.rows(), moment.cols(), 1 / std::sqrt(mean_over_entries(moment)));
  return transposed_sandwich(basis_out_.cwiseAbs2(), variance(moment).rsqrt().matrix(), basis_in_.cwiseAbs2());
}

Eigen::ArrayXXd FullSign::whitened(const Eigen::ArrayXXd& moment) const {
  if (basis_in_.size() == 0) return moment / mean_over_entries(moment);
  return whitened_moment(moment, variance(moment), basis_out_, basis_in_);
}

ModeRates FullSign::operator()(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) const {
  const Eigen::ArrayXXd square = product_.square();
  const Eigen::ArrayXXd moment =
      window_.sum_of_squares() * (gradient_second_moment(problem_, energy) - square * energy) + square * seen;
  if (!(moment > 0).any())
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  ModeRates result;
  result.rate = drift_scale_ * product_ * mean_of_inverse_root(moment);
  const Eigen::ArrayXXd instant = noise_ + 2 / M_PI * whitened(moment);
  result.diffusion = instant + lagged_ * (instant - result.rate.square() * seen).max(0);
  return result;
}

FullSignCoupled::FullSignCoupled(const Problem& problem, const Window& weights, Eigen::MatrixXd basis)
    : problem_(problem),
      window_(sample_window(weights, 0)),
      lags_(lag_correlations(window_)),
      basis_(std::move(basis)) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  drift_scale_ =
      std::sqrt(2 / M_PI) * chi(problem.batch, window_) * std::sqrt(window_.sum_of_squares() / problem.batch);
}

MomentRates FullSignCoupled::operator()(const Eigen::MatrixXd& moment, const Eigen::MatrixXd& seen) const {
  const double n = problem_.n_out();
  const auto lambda = problem_.input.eigenvalue.matrix().asDiagonal();
  // Second moments of M along a row, averaged over rows: noise of the window's samples, and the mean.
  const Eigen::MatrixXd signal = lambda * seen * lambda;
  const Eigen::MatrixXd noise = window_.sum_of_squares() * gradient_row_noise(problem_, moment);
  const Eigen::MatrixXd noise_covariance = sandwich(basis_, noise, basis_);
  Eigen::MatrixXd covariance = noise_covariance + sandwich(basis_, signal / n, basis_);
  // An average holds no less than nothing.
  covariance.diagonal() = covariance.diagonal().cwiseMax(0.1 * noise_covariance.diagonal());
  const auto correlation = [](const Eigen::MatrixXd& of) {
    const Eigen::VectorXd inverse = of.diagonal().array().rsqrt();
    Eigen::ArrayXXd result = (inverse.asDiagonal() * of * inverse.asDiagonal()).array().max(-1).min(1);
    result.matrix().diagonal().setOnes();
    return result;
  };

  MomentRates rates;
  const Eigen::VectorXd inverse = covariance.diagonal().array().rsqrt();
  const Eigen::MatrixXd response = drift_scale_ * (inverse.asDiagonal() * basis_ * lambda);
  rates.drift = transposed_product<double>(basis_, response);

  // What the mean of an update does is drift; the rest keeps the correlations of noise: Σ_ℓ 2 arcsin(r_ℓ C)/arcsin(C).
  Eigen::ArrayXXd instant = n * 2 / M_PI * correlation(covariance).asin();
  const Eigen::ArrayXXd c = correlation(noise_covariance);
  Eigen::ArrayXXd later = Eigen::ArrayXXd::Zero(c.rows(), c.cols());
  double slope = 0;
  for (Eigen::Index i = 1; i < lags_.correlation.size(); ++i) {
    later += lags_.count(i) * (lags_.correlation(i) * c).asin();
    slope += lags_.count(i) * lags_.correlation(i);
  }
  const Eigen::ArrayXXd factor = (c.abs() > 1e-6).select(later / c.asin(), slope);
  const Eigen::ArrayXXd mean = sandwich(response, seen, response);
  rates.diffusion = transposed_sandwich(basis_, (instant + factor * (instant - mean)).matrix(), basis_);
  return rates;
}

}  // namespace muonphase
