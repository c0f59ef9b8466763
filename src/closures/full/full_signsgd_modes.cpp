#include "muonphase/closures/full/full_signsgd_modes.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>

#include "closures/full/sign_saturation.hpp"
#include "core/eigensystem.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

// Modes below this part of the largest eigenvalue are left as they are: their eigenvectors are round-off.
constexpr double resolved = 1e-12;

// In how many parts points are dealt out to ranges of coordinates: at most so many, each of so many coordinates and
// points.
constexpr int most_parts = 8, least_coordinates = 32, least_points = 64;

int free_threads() {
  return omp_in_parallel() ? 1 : omp_get_max_threads();
}

// Eigenvectors V of Λ^(1/2) Qᵀ D^(−1/2) Q Λ^(1/2), by falling eigenvalue.
Eigen::MatrixXd frame_of(const Eigen::ArrayXd& eigenvalue, const Eigen::MatrixXd& basis,
                         const Eigen::ArrayXd& variance) {
  const Eigen::Index d = eigenvalue.size();
  const Eigen::Index seen = (eigenvalue >= resolved * eigenvalue.maxCoeff()).count();
  const Eigen::MatrixXd x = variance.pow(-0.25).matrix().asDiagonal() * basis.leftCols(seen) *
                            eigenvalue.head(seen).sqrt().matrix().asDiagonal();
  Eigen::MatrixXd vectors = Eigen::MatrixXd::Identity(d, d);
  vectors.topLeftCorner(seen, seen) = eigensystem(gram<double>(x, free_threads())).vectors.rowwise().reverse();
  return vectors;
}

}  // namespace

FullSignSgdModes::FullSignSgdModes(const Problem& problem, const Eigen::MatrixXd& basis,
                                   const FullClosureOptions& options)
    : n_(problem.n_out()), batch_(problem.batch), noise_variance_(problem.noise_variance()) {
  const Eigen::ArrayXd& eigenvalue = problem.input.eigenvalue;
  const Eigen::Index d = eigenvalue.size(), k = leading_modes;
  if (problem.output.nodes() != 1 || problem.noise_dominated() || !problem.input.exact() || basis.rows() != d ||
      basis.cols() != d || d <= k)
    throw StudyError("many modes of SignSGD need an isotropic output, a finite batch, exact modes and a square basis");
  const int threads = free_threads();
  variance_ = basis.cwiseAbs2() * eigenvalue.matrix();
  frame_ = {frame_of(eigenvalue, basis, variance_), k};
  const Eigen::MatrixXd scaled = basis * eigenvalue.sqrt().matrix().asDiagonal();
  coordinates_ = product<double>(scaled, frame_.vectors, threads);
  single_ = coordinates_.cast<float>();
  squares_ = coordinates_.rightCols(d - k).array().square();
  covariance_ = gram<double>(scaled.transpose(), threads);

  // Every coordinate takes a part of the points, as the mean over coordinates is what counts.
  parts_ = 1;
  while (parts_ < most_parts && 2 * parts_ * least_coordinates <= d && options.points >= 2 * parts_ * least_points)
    parts_ *= 2;
  const Eigen::MatrixXd point = gaussian_points(options.points, d);
  leading_point_ = point.leftCols(k);
  rest_square_ = point.rightCols(d - k).array().square();
  const Eigen::Index own = options.points / parts_;
  coordinate_.resize(own, d);
  for (Eigen::Index part = 0; part < parts_; ++part) {
    const Eigen::Index begin = part * d / parts_, size = (part + 1) * d / parts_ - begin;
    coordinate_.middleCols(begin, size) =
        product<double>(point.middleRows(part * own, own), coordinates_.middleRows(begin, size).transpose(), threads);
  }
  // The points give every coordinate its variance: most of what few points miss.
  const Eigen::ArrayXd sampled = coordinate_.array().square().colwise().mean();
  coordinate_ = coordinate_ * (variance_ / sampled).sqrt().matrix().asDiagonal();
  log_square_ = (coordinate_.array().square().rowwise() / variance_.transpose()).log();
}

LeadingRates FullSignSgdModes::operator()(const LeadingMoments& moment) const {
  const double twice_risk = moment.leading.trace() + moment.rest.sum() + noise_variance_;
  if (twice_risk == 0 && (moment.rest == 0).all() && moment.leading.isZero(0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  if (!moment.leading.allFinite() || !moment.rest.isFinite().all() || !(twice_risk > 0))
    throw NumericalError(no_longer_finite);
  const int threads = free_threads();
  const Eigen::Index k = frame_.leading;
  const auto leading = coordinates_.leftCols(k);
  const Answers answer = answers(moment, twice_risk);

  // Saturation as in FullSignSgd: ν_i is the variance of the mean of entries in coordinate i.
  const Eigen::VectorXd rest = moment.rest, rest_square = moment.rest.square(), rest_cube = moment.rest.cube();
  const Eigen::ArrayXd own = answer.own, saturated = answer.saturated;
  const Eigen::ArrayXd of_leading =
      product<double>(answer.leading, moment.leading, threads).cwiseProduct(answer.leading).rowwise().sum();
  const Eigen::ArrayXd of_rest = own.square() * (squares_ * rest).array() +
                                 2 * own * saturated * (squares_ * rest_square).array() +
                                 saturated.square() * (squares_ * rest_cube).array();
  const Eigen::VectorXd slope = (1 + M_PI / 2 * (1 - 1 / batch_) * (of_leading + of_rest) / n_).rsqrt();
  LeadingRates rates;
  rates.drift = transposed_product<double>(leading, slope.asDiagonal() * answer.leading, threads);
  const Eigen::VectorXd of_own = slope.array() * own, of_saturated = slope.array() * saturated;
  rates.rest_drift =
      (squares_.transpose() * of_own).array() + moment.rest * (squares_.transpose() * of_saturated).array();

  // n Gᵀ (2/π) arcsin(C) G, the entries that M has.
  const Eigen::MatrixXf seen = product<float>(kernel(moment, twice_risk), single_, threads);
  const double scale = n_ * 2 / M_PI;
  rates.diffusion = scale * symmetric_product<float>(single_.leftCols(k), seen.leftCols(k), threads).cast<double>();
  rates.rest_diffusion = scale * single_.rightCols(moment.rest.size())
                                     .cwiseProduct(seen.rightCols(moment.rest.size()))
                                     .colwise()
                                     .sum()
                                     .transpose()
                                     .array()
                                     .cast<double>();
  return rates;
}

// √(2/π) A, A_il = E[x_i c_l Ψ_i(V x_i²)] as in FullSignSgd::drift. What a mode beyond the leading ones pulls is tied
// to x_i alone: E[ρ_i c_l] = G_il E[ρ_i x_i]/Σ_ii.
FullSignSgdModes::Answers FullSignSgdModes::answers(const LeadingMoments& moment, double twice_risk) const {
  const Eigen::Index d = variance_.size(), own = coordinate_.rows();
  const int threads = free_threads();
  const Eigen::MatrixXd pull = product<double>(leading_point_, moment.leading, threads);
  const Eigen::ArrayXd v =
      (pull.cwiseProduct(leading_point_).rowwise().sum() + rest_square_ * moment.rest.matrix()).array().max(0) +
      std::max(noise_variance_, 1e-14 * twice_risk);
  const Eigen::ArrayXd log_v = (v / twice_risk).log(), of_rest = (squares_ * moment.rest.matrix()).array();
  const SignSaturation saturation(batch_);
  Eigen::MatrixXd response(own, d);
  Eigen::ArrayXd square(d), along(d);  // E[x_i² Ψ_i], E[ρ_i x_i]
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (Eigen::Index i = 0; i < d; ++i) {
    // The range of coordinates that i belongs to, and the points dealt out to it.
    Eigen::Index part = i * parts_ / d;
    while ((part + 1) * d / parts_ <= i) ++part;
    const auto here = Eigen::seqN(part * own, own);
    const auto x = coordinate_.col(i).array();
    const SignSaturation::Values at = saturation(log_v(here) + log_square_.col(i), twice_risk * variance_(i));
    response.col(i) = (at.slope * x / v(here)).matrix();
    square(i) = (x.square() * at.psi).mean();
    along(i) = (response.col(i).array() * x).mean();
  }
  Eigen::MatrixXd leading(d, frame_.leading);  // E[ρ_i (M c)_l]
  for (Eigen::Index part = 0; part < parts_; ++part) {
    const Eigen::Index begin = part * d / parts_, size = (part + 1) * d / parts_ - begin;
    leading.middleRows(begin, size) =
        transposed_product<double>(response.middleCols(begin, size), pull.middleRows(part * own, own), threads) /
        static_cast<double>(own);
  }
  const auto directions = coordinates_.leftCols(frame_.leading);
  const Eigen::ArrayXd average =
      (square - directions.cwiseProduct(leading).rowwise().sum().array() - of_rest * along / variance_) / variance_;
  leading += average.matrix().asDiagonal() * directions;
  // The signal's part of a residual betrays the output: its squares are (1 + 2/n) times those of independent ones.
  const double coupled = 1 + 2 / n_ * (1 - 1 / batch_) * (1 - noise_variance_ / twice_risk);
  const double scale = std::sqrt(2 / (M_PI * coupled));
  return {scale * average, scale * along / variance_, scale * leading};
}

// arcsin(C), C the correlation of the gradient's entries along a row. Beyond the leading modes, whose energies are
// small parts of 2R, their mean stands for all.
Eigen::MatrixXf FullSignSgdModes::kernel(const LeadingMoments& moment, double twice_risk) const {
  const int threads = free_threads();
  const Eigen::Index d = variance_.size();
  const auto directions = coordinates_.leftCols(frame_.leading);
  const double mean = (squares_ * moment.rest.matrix()).sum() / std::max(squares_.sum(), 1e-300);
  Eigen::MatrixXd signal = moment.leading;
  signal.diagonal().array() -= mean;
  const double pairs = 2 + (batch_ + 3) / n_, alone = (1 + 2 / n_) * twice_risk + pairs * mean;
  const Eigen::MatrixXf turned = product<double>(directions, pairs * signal, threads).transpose().cast<float>(),
                        leading = directions.transpose().cast<float>();
  const Eigen::MatrixXf of_leading = symmetric_product<float>(turned, leading, threads);
  const Eigen::VectorXf inverse =
      (alone * variance_ + of_leading.diagonal().array().cast<double>()).rsqrt().cast<float>();
  Eigen::MatrixXf kernel(d, d);
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1)
  for (Eigen::Index j = 0; j < d; ++j) {
    const Eigen::ArrayXf correlation =
        ((alone * covariance_.col(j).array()).cast<float>() + of_leading.col(j).array()) * inverse.array() * inverse(j);
    kernel.col(j) = correlation.max(-1).min(1).asin().matrix();
    kernel(j, j) = static_cast<float>(M_PI / 2);
  }
  return kernel;
}

}  // namespace muonphase
