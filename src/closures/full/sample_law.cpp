#include "closures/full/sample_law.hpp"

#include <algorithm>
#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {

SampleLaw::SampleLaw(const Problem& problem, const FullClosureOptions& options)
    : input_(problem.input),
      n_(problem.n_out()),
      batch_(problem.batch),
      noise_variance_(problem.label_noise * problem.label_noise),
      sampled_(problem.input, options.leading_modes) {
  if (problem.output.nodes() != 1)
    throw StudyError("closure = full: this form of SignSVD's full closure needs an isotropic output covariance");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  square_ = chi_square_points(options.points, sampled_.dof);
}

double SampleLaw::rank() const {
  return std::min({n_, batch_, input_.dimension()});
}

double SampleLaw::twice_risk(const Eigen::ArrayXd& share) const {
  const double total = (input_.weight * share).sum() + noise_variance_;
  if (!(total > 0)) throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  return total;
}

Eigen::ArrayXd SampleLaw::residual_variance(const Eigen::ArrayXd& share) const {
  return (square_ * sampled_.sums(input_.weight * share)).array() + noise_variance_;
}

double SampleLaw::scale(const Eigen::ArrayXd& share) const {
  const double trace = input_.trace();
  const double noise = (n_ * input_.largest() + trace) / batch_ + n_ * trace / (batch_ * batch_);
  return std::sqrt(twice_risk(share) * noise + (input_.eigenvalue * share).maxCoeff());
}

double SampleLaw::lowest_log_s(const Eigen::ArrayXd& share) const {
  const double floor = std::sqrt(twice_risk(share) * input_.smallest() * std::max(1.0, n_ / batch_) / batch_);
  return std::min(0.0, std::log(floor / scale(share))) - 5.5;
}

void SampleLaw::average(double tau_out, const Eigen::ArrayXd& t, const Eigen::ArrayXd& share, const Eigen::ArrayXd& v,
                        Sampling sampling, Averages& result) const {
  const Eigen::Index points = square_.rows(), few = std::min(points, std::max<Eigen::Index>(64, points / 8));
  sample(tau_out, t, share, v, few, result);
  Sums& quotient = result.quotient;
  if (sampling == Sampling::all) {
    const Sums least = result;
    sample(tau_out, t, share, v, points, result);
    quotient = {result.noise / least.noise, result.excess / least.excess, result.coupling / least.coupling,
                result.spare / least.spare};
  } else {
    result.noise *= quotient.noise;
    result.excess *= quotient.excess;
    result.coupling *= quotient.coupling;
    result.spare *= quotient.spare;
  }
}

void SampleLaw::sample(double tau_out, const Eigen::ArrayXd& t, const Eigen::ArrayXd& share,
                       const Eigen::ArrayXd& residual_variance, Eigen::Index points, Averages& result) const {
  const Eigen::Index modes = t.size();
  const auto square = square_.topRows(points);
  const Eigen::ArrayXd v = residual_variance.head(points);
  const Eigen::ArrayXd tau_in = (square * sampled_.sums(input_.weight * t)).array();
  GaussianRatio& ratio = result.ratio;
  evaluate_gaussian_ratio(tau_out / (batch_ * batch_) * tau_in * v, ratio);
  const Eigen::ArrayXd quotient = v / tau_in;

  // E[c_j² F] = E[F] + 2 E[c_j² (δ_j² ∂F/∂V + t_j ∂F/∂τ_i)]: the sampled average multiplies what is small for weak
  // modes.
  if (result.column.rows() < points) result.column.resize(square_.rows(), 9);
  auto column = result.column.topRows(points);
  column.col(0) = (ratio.first + ratio.first_slope).matrix();
  column.col(1) = (quotient * ratio.first_slope).matrix();
  column.col(2) = (ratio.excess_slope / quotient).matrix();
  column.col(3) = (ratio.excess + ratio.excess_slope).matrix();
  column.col(4) = (ratio.first_slope / v).matrix();
  column.col(5) = (ratio.first_slope / tau_in).matrix();
  column.col(6) = (v * ratio.first).matrix();
  column.col(7) = (tau_in * ratio.excess).matrix();
  column.col(8) = ratio.first.matrix();
  Eigen::MatrixXd& average = result.mean;
  // Points are read down their columns, which are far apart in memory.
  const Eigen::MatrixXd across = column.transpose() * square;
  average = across.transpose() / static_cast<double>(points);
  const auto mean_square = [&](Eigen::Index which) {
    const double mean = column.col(6 + which).mean();
    Eigen::ArrayXd x(modes);
    for (Eigen::Index j = 0; j < modes; ++j) {
      const Eigen::Index g = sampled_.variable[static_cast<std::size_t>(j)];
      // Where one mode holds nearly everything the parts cancel, and their sampling error could outweigh the rest.
      x(j) = std::max(mean + 2 * (share(j) * average(g, 2 * which) + t(j) * average(g, 2 * which + 1)),
                      0.5 * average(g, 6 + which));
    }
    return x;
  };
  result.noise = input_.eigenvalue * tau_out / batch_ * mean_square(0);
  result.spare = (tau_in * v * ratio.first).mean() / batch_;
  result.excess = mean_square(1) / batch_;
  result.coupling = mean_square(2);
}

}  // namespace muonphase
