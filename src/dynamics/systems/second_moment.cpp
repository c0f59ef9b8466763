#include "muonphase/dynamics/systems/second_moment.hpp"

#include <Eigen/Cholesky>

#include "core/eigensystem.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

void require_coupled_modes(const Problem& problem) {
  validate(problem);
  if (problem.output.nodes() != 1 || !problem.input.exact())
    throw StudyError("coupled modes need an isotropic output covariance and exact input modes");
}

// What the two systems share: risks of a moment matrix, linear predictors.
class CoupledModes {
 public:
  explicit CoupledModes(const Problem& problem)
      : eigenvalue_(problem.input.eigenvalue.matrix()), noise_variance_(problem.noise_variance()) {}

  int panels() const { return 2; }

 protected:
  double weighted(const Eigen::MatrixXd& moment) const { return eigenvalue_.dot(moment.diagonal()); }
  // λ · the diagonal of L M.
  double fall(const Eigen::MatrixXd& drift, const Eigen::MatrixXd& moment) const {
    return eigenvalue_.dot(drift.cwiseProduct(moment).rowwise().sum());
  }
  double risk_of(double weighted_moment) const { return 0.5 * (weighted_moment + noise_variance_); }

 private:
  Eigen::VectorXd eigenvalue_;
  double noise_variance_;
};

// Of a symmetric matrix. An eigensystem is only solved where something is negative beyond round-off.
Eigen::MatrixXd positive_part(const Eigen::MatrixXd& matrix) {
  Eigen::MatrixXd lifted = matrix;
  lifted.diagonal().array() += 1e-9 * matrix.diagonal().cwiseAbs().mean() + 1e-300;
  if (lifted.llt().info() == Eigen::Success) return matrix;
  const Eigensystem system = eigensystem(matrix);
  return system.vectors * system.values.cwiseMax(0).asDiagonal() * system.vectors.transpose();
}

class MomentSystem : public CoupledModes {
 public:
  using State = Eigen::MatrixXd;
  using Rates = MomentRates;

  MomentSystem(const Problem& problem, State start) : CoupledModes(problem), start_(std::move(start)) {}

  const State& start() const { return start_; }
  double risk(const State& moment) const { return risk_of(weighted(moment)); }
  double greedy(const State& moment, const Rates& rates) const {
    return fall(rates.drift, moment) / weighted(rates.diffusion);
  }
  Eigen::ArrayXd mode_energy(const State& moment) const { return moment.diagonal().array(); }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.drift + y * b.drift, x * a.diffusion + y * b.diffusion};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }

  Rates at_size(const Rates& rates, double x) const { return {rates.drift / x, rates.diffusion}; }

  State panel(const State& moment, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    const Eigen::MatrixXd drift = (w * eta_left * left.drift + (1 - w) * eta_right * right.drift).transpose();
    // One step is M ← WᵀM W + N with Wᵀ = 1 − ηL; what WᵀM W has beyond first order in η is taken back in N.
    return AffineMap<double>{one_minus<double>(drift), w * eta_left * eta_left * left.diffusion +
                                           (1 - w) * eta_right * eta_right * right.diffusion -
                                           congruent<double>(drift, moment)}(moment, count);
  }

 private:
  State start_;
};

class MeanSystem : public CoupledModes {
 public:
  using State = MeanMoments;
  using Rates = MeanRates;

  MeanSystem(const Problem& problem, State start) : CoupledModes(problem), start_(std::move(start)) {}

  const State& start() const { return start_; }
  double risk(const State& moment) const { return risk_of(weighted(moment.mean) + weighted(moment.covariance)); }
  double greedy(const State& moment, const Rates& rates) const {
    return (fall(rates.mean, moment.mean) + fall(rates.covariance, moment.covariance)) / weighted(rates.diffusion);
  }
  Eigen::ArrayXd mode_energy(const State& moment) const {
    return (moment.mean.diagonal() + moment.covariance.diagonal()).array();
  }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.mean + y * b.mean, x * a.covariance + y * b.covariance, x * a.diffusion + y * b.diffusion};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }

  Rates at_size(const Rates& rates, double x) const { return {rates.mean / x, rates.covariance / x, rates.diffusion}; }

  State panel(const State& moment, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    const Eigen::MatrixXd given = (w * eta_left * left.mean + (1 - w) * eta_right * right.mean).transpose();
    const Eigen::MatrixXd spread =
        (w * eta_left * left.covariance + (1 - w) * eta_right * right.covariance).transpose();
    State after{AffineMap<double>{one_minus<double>(given), {}}(moment.mean, count), {}};
    // The second moment of the mean step is no spread; what WᵀN W has beyond first order is taken back.
    const Eigen::MatrixXd mean = 0.5 * (moment.mean + after.mean);
    // Where nearly all of a step is its mean, what is left of its second moment may come out negative.
    after.covariance = positive_part(
        AffineMap<double>{one_minus<double>(spread), w * eta_left * eta_left * left.diffusion +
                                         (1 - w) * eta_right * eta_right * right.diffusion - congruent<double>(given, mean) -
                                         congruent<double>(spread, moment.covariance)}(moment.covariance, count));
    return after;
  }

 private:
  State start_;
};

}  // namespace

Eigen::MatrixXd initial_moment(const Problem& problem) {
  return (problem.n_out() * problem.energy.row(0)).matrix().asDiagonal();
}

RiskCurve integrate_second_moment(const Problem& problem, const Eigen::MatrixXd& start, const MomentRateFunction& rates,
                                  const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  return integrate_stretches(MomentSystem(problem, start), rates, schedule, record, options);
}

RiskCurve integrate_mean(const Problem& problem, const Eigen::MatrixXd& start, const MeanRateFunction& rates,
                         const LearningRate& schedule, const Eigen::ArrayXd& record,
                         const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  const MeanMoments moment{start, Eigen::MatrixXd::Zero(start.rows(), start.cols())};
  return integrate_stretches(MeanSystem(problem, moment), rates, schedule, record, options);
}

}  // namespace muonphase
