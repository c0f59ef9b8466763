#include "muonphase/closures/full/full_spectral_mean.hpp"

#include "closures/full/gaussian_polar.hpp"
#include "closures/full/unsolved.hpp"
#include "core/eigensystem.hpp"
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {

struct FullSpectralMean::Parts {
  Problem problem;
  double squares;  // Σ ω²
  FullSpectral modes;
  GaussianPolar polar;
};

FullSpectralMean::FullSpectralMean(const Problem& problem, const SpectralRule& rule, const FullClosureOptions& options)
    : parts_(new Parts{problem, sample_window(rule.window, 0).sum_of_squares(), FullSpectral(problem, rule, options), {}}) {
  if (!problem.input.exact()) throw StudyError("modes = binned: a given start needs exact modes");
}
FullSpectralMean::FullSpectralMean(const FullSpectralMean& other) : parts_(new Parts(*other.parts_)) {}
FullSpectralMean::~FullSpectralMean() = default;

FullSpectralMean::Rates FullSpectralMean::operator()(const MeanMoments& moment, const MeanMoments& seen) {
  const Problem& problem = parts_->problem;
  const double n = problem.n_out();
  const Eigen::ArrayXd& eigenvalue = problem.input.eigenvalue;
  const auto lambda = eigenvalue.matrix().asDiagonal();
  const Eigen::MatrixXd total = moment.mean + moment.covariance;
  const Eigen::MatrixXd samples = parts_->squares * gradient_row_noise(problem, total);
  // An average holds no less than nothing.
  const Eigen::MatrixXd noise =
      0.1 * samples + positive_part(0.9 * samples + lambda * seen.covariance * lambda / n);
  const Eigen::MatrixXd signal = lambda * seen.mean * lambda;
  const auto response = parts_->polar(n, signal, noise);
  if (!response) throw unsolved("spectral maps", problem.batch, n);

  const auto by_mode = [&](const Eigen::ArrayXd& diagonal) { return Eigen::ArrayXXd(diagonal.transpose() / n); };
  const auto [rate, square] =
      parts_->modes.instant(by_mode(total.diagonal().array()),
                            by_mode((n / eigenvalue.square()) * (noise - samples).diagonal().array() +
                                    seen.mean.diagonal().array()));
  // Of the map and of single samples, by mode.
  const Eigen::ArrayXd polar =
      eigenvalue * parts_->polar.independent_columns(n, noise.diagonal().array() + signal.diagonal().array() / n);
  const auto beyond = (rate / polar).max(0).sqrt().matrix().asDiagonal();
  Rates result;
  result.now.mean = beyond * response->signal * beyond * lambda;
  result.now.covariance = beyond * response->noise * beyond * lambda;
  result.now.diffusion = (n * square).matrix().asDiagonal();
  result.lagged = parts_->modes.lagged();
  return result;
}

}  // namespace muonphase
