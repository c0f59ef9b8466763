#include "muonphase/closures/full/full_signsgd.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "closures/full/sign_saturation.hpp"
#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

double chi_of(const Problem& problem) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  return chi(problem.batch);
}

}  // namespace

FullSignSgd::FullSignSgd(const Problem& problem, Eigen::MatrixXd basis, const FullClosureOptions& options)
    : eigenvalue_(problem.input.eigenvalue),
      n_(problem.n_out()),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      basis_(std::move(basis)) {
  if (problem.output.nodes() != 1)
    throw StudyError(
        "closure = full: SignSGD's full closure in an explicit basis needs an isotropic output covariance");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  if (!problem.input.exact())
    throw StudyError("modes = binned: an explicit basis needs exact modes (basis = \"generic\" takes binned ones)");
  if (basis_.rows() != eigenvalue_.size() || basis_.cols() != eigenvalue_.size())
    throw StudyError("the basis must be a square matrix of the input dimension");
  point_ = gaussian_points(options.points, eigenvalue_.size());
  coordinate_ = product<double>(point_ * eigenvalue_.sqrt().matrix().asDiagonal(), basis_.transpose());
  variance_ = basis_.array().square().matrix() * eigenvalue_.matrix();
  // The points give every coordinate its variance: most of what few points miss.
  const Eigen::ArrayXd sampled = coordinate_.array().square().colwise().mean();
  coordinate_ = coordinate_ * (variance_ / sampled).sqrt().matrix().asDiagonal();
  log_square_ = (coordinate_.array().square().rowwise() / variance_.transpose()).log();
}

MomentRates FullSignSgd::operator()(const Eigen::MatrixXd& moment) const {
  if (!moment.allFinite()) throw NumericalError(no_longer_finite);
  const double twice_risk = (eigenvalue_ * moment.diagonal().array()).sum() + noise_variance_;
  // Steps at a rate far too large may leave a moment that no Δ has.
  if (!(twice_risk > 0) && (moment.diagonal().array() != 0).any()) throw NumericalError(no_longer_finite);
  if (!(twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  // Entries of the mean are Gaussian with variance ν_i where those of Δ are: erf(√π/2 ℓ) has the slope 1/√(1 + πν/2).
  // A single sample has no others whose mean could saturate it.
  const Eigen::MatrixXd linear = drift(moment, twice_risk);
  const Eigen::ArrayXd variance = product<double>(linear, moment).cwiseProduct(linear).rowwise().sum().array() / n_;
  const Eigen::VectorXd slope = (1 + M_PI / 2 * (1 - 1 / batch_) * variance).rsqrt();
  return {transposed_product<double>(basis_, slope.asDiagonal() * linear), diffusion(moment, twice_risk)};
}

Eigen::MatrixXd FullSignSgd::response(const Eigen::MatrixXd& seen) const {
  if (!seen.allFinite()) throw NumericalError(no_longer_finite);
  const Eigen::MatrixXd moment = transposed_sandwich(basis_, seen, basis_);
  const double twice_risk = (eigenvalue_ * moment.diagonal().array()).sum() + noise_variance_;
  if (!(twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  return product<double>(basis_, drift(moment, twice_risk).transpose());
}

// √(2/π) A Λ^(1/2), A_il = E[x_i c_l Ψ_i(V x_i²)]. With g_i = Λ^(1/2) Qᵀ e_i, c = g_i x_i/Σ_ii + a part
// independent of x_i, which V alone ties to Ψ: Gaussian integration by parts in that part gives
//
//     A_il = g_il/Σ_ii (E[x_i² Ψ_i] − E[ρ_i g_iᵀSc]) + E[ρ_i (Sc)_l],   ρ_i = 2 x_i³ Ψ_i'(q),
//
// and samples only what the signal contributes.
Eigen::MatrixXd FullSignSgd::drift(const Eigen::MatrixXd& moment, double twice_risk) const {
  const Eigen::Index points = point_.rows(), d = eigenvalue_.size();
  const Eigen::ArrayXd root = eigenvalue_.sqrt();
  const Eigen::MatrixXd shares = root.matrix().asDiagonal() * moment * root.matrix().asDiagonal();  // S
  const Eigen::MatrixXd pull = product<double>(point_, shares);                                     // Sc
  // Positive, as the moment is but for round-off.
  const Eigen::ArrayXd v = ((pull.array() * point_.array()).rowwise().sum() + noise_variance_).max(1e-14 * twice_risk);
  if (!v.isFinite().all()) throw NumericalError(no_longer_finite);
  const Eigen::MatrixXd along = product<double>(pull, root.matrix().asDiagonal() * basis_.transpose());  // g_iᵀSc
  Eigen::MatrixXd response(points, d);  // 2 x_i³ Ψ_i'(q)
  Eigen::VectorXd average(d);           // E[x_i² Ψ_i] − E[ρ_i g_iᵀSc]
  const SignSaturation saturation(batch_);
  const Eigen::ArrayXd log_v = (v / twice_risk).log();
  for (Eigen::Index i = 0; i < d; ++i) {
    const double unit = twice_risk * variance_(i);
    const SignSaturation::Values at = saturation(log_v + log_square_.col(i), unit);
    const auto x = coordinate_.col(i).array();
    response.col(i) = (at.slope * x / v).matrix();
    average(i) = (x.square() * at.psi - response.col(i).array() * along.col(i).array()).sum() /
                 (static_cast<double>(points) * variance_(i));
  }
  const Eigen::MatrixXd a = average.asDiagonal() * basis_ * root.matrix().asDiagonal() +
                            transposed_product<double>(response, pull) / static_cast<double>(points);
  // The signal's part of a residual betrays the output: its squares are (1 + 2/n) times those of independent ones.
  const double coupled = 1 + 2 / n_ * (1 - 1 / batch_) * (1 - noise_variance_ / twice_risk);
  return std::sqrt(2 / (M_PI * coupled)) * a * root.matrix().asDiagonal();
}

// n Qᵀ (2/π) arcsin(C) Q, C the correlation of the gradient's entries along a row: its exact second moment.
Eigen::MatrixXd FullSignSgd::diffusion(const Eigen::MatrixXd& moment, double twice_risk) const {
  const auto lambda = eigenvalue_.matrix().asDiagonal();
  Eigen::MatrixXd noise = (2 + (batch_ + 3) / n_) * (lambda * moment * lambda);
  noise.diagonal().array() += (1 + 2 / n_) * twice_risk * eigenvalue_;
  const Eigen::MatrixXd covariance = sandwich(basis_, noise, basis_);
  const Eigen::VectorXd inverse = covariance.diagonal().array().rsqrt();
  Eigen::MatrixXd kernel(covariance.rows(), covariance.cols());
  for (Eigen::Index j = 0; j < kernel.cols(); ++j) {
    kernel(j, j) = M_PI / 2;
    for (Eigen::Index i = j + 1; i < kernel.rows(); ++i)
      kernel(j, i) = kernel(i, j) = std::asin(std::clamp(covariance(i, j) * inverse(i) * inverse(j), -1.0, 1.0));
  }
  return n_ * 2 / M_PI * symmetric_product<double>(basis_, product<double>(kernel, basis_));
}

FullSignSgdGeneric::FullSignSgdGeneric(const Problem& problem)
    : problem_(problem), drift_scale_(std::sqrt(2 / M_PI) * chi_of(problem)) {}

ModeRates FullSignSgdGeneric::operator()(const Eigen::ArrayXXd& energy) const {
  // In a flat basis every coordinate of the gradient has the mean second moment, and the correlations between
  // coordinates are small: arcsin(C) ≈ C off the diagonal.
  const Eigen::ArrayXXd moment = gradient_second_moment(problem_, energy);
  const Eigen::VectorXd out = problem_.output.weight, in = problem_.input.weight;
  const double mean = out.dot(moment.matrix() * in) / (problem_.n_out() * problem_.n_in());
  if (!(mean > 0)) throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const Eigen::ArrayXXd product =
      (problem_.output.eigenvalue.matrix() * problem_.input.eigenvalue.matrix().transpose()).array();
  return {drift_scale_ / std::sqrt(problem_.batch * mean) * product, 2 / M_PI * moment / mean + (1 - 2 / M_PI)};
}

}  // namespace muonphase
