#include "muonphase/equivalent/full_signum.hpp"

#include <cmath>

#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/equivalent/full_sgd.hpp"
#include "muonphase/error.hpp"
#include "whitened.hpp"

namespace muonphase {

FullSignum::FullSignum(const Problem& problem, const Momentum& momentum)
    : problem_(problem), window_(sample_window(momentum, 0)) {
  prepare(signsgd_generic_coefficients(problem).diffusion, signsgd_generic_coefficients(problem, momentum).diffusion);
}

FullSignum::FullSignum(const Problem& problem, const Momentum& momentum, const Eigen::MatrixXd& output_basis,
                       const Eigen::MatrixXd& input_basis)
    : problem_(problem), window_(sample_window(momentum, 0)), basis_in_(input_basis) {
  basis_out_ = output_basis.size() > 0 ? output_basis : Eigen::MatrixXd::Ones(1, 1);
  prepare(signsgd_coefficients(problem, output_basis, input_basis).diffusion,
          signsgd_coefficients(problem, output_basis, input_basis, momentum).diffusion);
}

void FullSignum::prepare(const Eigen::ArrayXXd& instant, const Eigen::ArrayXXd& total) {
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
Eigen::ArrayXXd FullSignum::variance(const Eigen::ArrayXXd& moment) const {
  return (basis_out_.cwiseAbs2() * moment.matrix() * basis_in_.cwiseAbs2().transpose()).array();
}

double FullSignum::mean_over_entries(const Eigen::ArrayXXd& moment) const {
  return (problem_.output.weight.matrix().transpose() * moment.matrix() * problem_.input.weight.matrix())(0) /
         (problem_.n_out() * problem_.n_in());
}

Eigen::ArrayXXd FullSignum::mean_of_inverse_root(const Eigen::ArrayXXd& moment) const {
  if (basis_in_.size() == 0)
    return Eigen::ArrayXXd::Constant(moment.rows(), moment.cols(), 1 / std::sqrt(mean_over_entries(moment)));
  return (basis_out_.cwiseAbs2().transpose() * variance(moment).rsqrt().matrix() * basis_in_.cwiseAbs2()).array();
}

Eigen::ArrayXXd FullSignum::whitened(const Eigen::ArrayXXd& moment) const {
  if (basis_in_.size() == 0) return moment / mean_over_entries(moment);
  return whitened_moment(moment, variance(moment), basis_out_, basis_in_);
}

ModeRates FullSignum::operator()(const Eigen::ArrayXXd& energy) const {
  const Eigen::ArrayXXd mean_square = product_.square() * energy;
  const Eigen::ArrayXXd moment =
      window_.sum_of_squares() * (gradient_second_moment(problem_, energy) - mean_square) + mean_square;
  if (!(moment > 0).any())
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  ModeRates result;
  result.rate = drift_scale_ * product_ * mean_of_inverse_root(moment);
  const Eigen::ArrayXXd instant = noise_ + 2 / M_PI * whitened(moment);
  result.diffusion = instant + lagged_ * (instant - result.rate.square() * energy).max(0);
  return result;
}

}  // namespace muonphase
