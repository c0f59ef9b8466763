#include "muonphase/closures/full/validity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace muonphase {

Validity validity(const Problem& problem, const Eigen::ArrayXXd& energy) {
  const Problem noisy = noise_problem(problem);
  const Spectrum &out = noisy.output, &in = problem.input;
  const bool one_sided = out.nodes() == 1;
  const double twice_risk = 2 * population_risk(problem, energy);
  const Eigen::VectorXd outer = problem.linear_layer() ? Eigen::ArrayXd::Ones(out.nodes()) : out.eigenvalue;
  const Eigen::ArrayXXd product = (outer * in.eigenvalue.matrix().transpose()).array();
  // Shares per mode of the input when the output is one node, per entry otherwise, and how many there are of each.
  const Eigen::ArrayXXd share = product * energy * (one_sided ? problem.n_out() : 1.0);
  const Eigen::ArrayXXd count = one_sided
                                    ? Eigen::ArrayXXd(in.weight.transpose())
                                    : Eigen::ArrayXXd((out.weight.matrix() * in.weight.matrix().transpose()).array());
  const double total = (count * share).sum(), squares = (count * share.square()).sum();

  // The mean's singular values are at most its largest row or column when entries are independent.
  const Eigen::MatrixXd mean = (product * share).matrix();
  const double signal = std::max((mean * in.weight.matrix()).maxCoeff() * (one_sided ? 0 : 1),
                                 one_sided ? mean.maxCoeff() : (mean.transpose() * out.weight.matrix()).maxCoeff());
  const double edge = std::sqrt(out.trace() * in.largest()) + std::sqrt(in.trace() * out.largest());
  const double noise = std::isinf(problem.batch) ? std::numeric_limits<double>::infinity()
                                                 : twice_risk / problem.residuals() * edge * edge / problem.batch;
  return {.largest_share = twice_risk > 0 ? share.maxCoeff() / twice_risk : 0,
          .signal_to_noise = std::isinf(noise) ? std::numeric_limits<double>::quiet_NaN()
                             : noise > 0       ? std::sqrt(signal / noise)
                                               : 0,
          .effective_dimension = squares > 0 ? total * total / squares : 0};
}

ValidityTrack validity_along(const Problem& problem, const Eigen::ArrayXXd& mode_energy) {
  const Eigen::Index steps = mode_energy.rows();
  ValidityTrack track{Eigen::ArrayXd(steps), Eigen::ArrayXd(steps), Eigen::ArrayXd(steps)};
  for (Eigen::Index t = 0; t < steps; ++t) {
    const Validity now = validity(problem, mode_energy.row(t) / problem.n_out());
    track.largest_share(t) = now.largest_share;
    track.signal_to_noise(t) = now.signal_to_noise;
    track.effective_dimension(t) = now.effective_dimension;
  }
  return track;
}

}  // namespace muonphase
