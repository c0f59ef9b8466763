#include "muonphase/dynamics/systems/second_moment.hpp"

#include <Eigen/Cholesky>

#include "core/eigensystem.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

// What the two systems share: risks of a moment matrix, linear predictors.
class CoupledModes {
 public:
  explicit CoupledModes(const Problem& problem)
      : eigenvalue_(problem.input.eigenvalue.matrix()), noise_variance_(problem.noise_variance()) {}

  int panels() const { return 2; }

 protected:
  double weighted(const Eigen::MatrixXd& moment) const { return eigenvalue_.dot(diagonal(moment)); }
  Eigen::VectorXd diagonal(const Eigen::MatrixXd& moment) const { return moment.diagonal().head(eigenvalue_.size()); }

  // λ · the diagonal of L M.
  double fall(const Eigen::MatrixXd& drift, const Eigen::MatrixXd& moment) const {
    return eigenvalue_.dot(drift.cwiseProduct(moment).rowwise().sum());
  }
  double risk_of(double weighted_moment) const { return 0.5 * (weighted_moment + noise_variance_); }

 private:
  Eigen::VectorXd eigenvalue_;
  double noise_variance_;
};

class MomentSystem : public CoupledModes {
 public:
  using State = Eigen::MatrixXd;
  using Rates = MomentRates;

  // With weight decay the state is that of [Δ, W*].
  MomentSystem(const Problem& problem, const Eigen::MatrixXd& start, const MomentDecay& decay)
      : CoupledModes(problem), start_(with_target(start, decay)), decay_(decay.rate) {}

  const State& start() const { return start_; }
  Eigen::MatrixXd moment(const State& state) const { return of_delta(state, decay_); }
  double risk(const State& state) const { return risk_of(weighted(state)); }
  double greedy(const State& state, const Rates& rates) const {
    return fall(rates.drift, moment(state)) / weighted(rates.diffusion);
  }
  Eigen::ArrayXd mode_energy(const State& state) const { return diagonal(state).array(); }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.drift + y * b.drift, x * a.diffusion + y * b.diffusion};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }

  Rates at_size(const Rates& rates, double x) const { return {rates.drift / x, rates.diffusion}; }

  State panel(const State& state, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    const Eigen::MatrixXd drift = (w * eta_left * left.drift + (1 - w) * eta_right * right.drift).transpose();
    // One step is M ← WᵀM W + N with Wᵀ = 1 − ηL; what WᵀM W has beyond first order in η is taken back in N. Where
    // nearly all is signal, rates of other states than M leave it no second moment.
    return positive_part(decayed_map(drift,
                                     w * eta_left * eta_left * left.diffusion +
                                         (1 - w) * eta_right * eta_right * right.diffusion -
                                         congruent<double>(drift, moment(state)),
                                     decay_, w * eta_left + (1 - w) * eta_right)(state, count));
  }

 private:
  State start_;
  double decay_;
};

class MeanSystem : public CoupledModes {
 public:
  using State = MeanMoments;
  using Rates = MeanRates;

  // With weight decay the mean's moment is that of [A, W*].
  MeanSystem(const Problem& problem, const Eigen::MatrixXd& start, const MomentDecay& decay)
      : CoupledModes(problem),
        start_{with_target(start, decay), Eigen::MatrixXd::Zero(start.rows(), start.cols())},
        decay_(decay.rate) {}

  MeanMoments moments(const State& state) const { return {of_delta(state.mean, decay_), state.covariance}; }

  const State& start() const { return start_; }
  double risk(const State& moment) const { return risk_of(weighted(moment.mean) + weighted(moment.covariance)); }
  double greedy(const State& moment, const Rates& rates) const {
    return (fall(rates.mean, of_delta(moment.mean, decay_)) + fall(rates.covariance, moment.covariance)) /
           weighted(rates.diffusion);
  }
  Eigen::ArrayXd mode_energy(const State& moment) const {
    return (diagonal(moment.mean) + moment.covariance.diagonal()).array();
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
    const double eta = w * eta_left + (1 - w) * eta_right;
    State after{decayed_map(given, {}, decay_, eta)(moment.mean, count), {}};
    // The second moment of the mean step is no spread; what WᵀN W has beyond first order is taken back.
    const Eigen::MatrixXd mean = of_delta(0.5 * (moment.mean + after.mean), decay_);
    Eigen::MatrixXd lost = spread;
    lost.diagonal().array() += eta * decay_;
    // Where nearly all of a step is its mean, what is left of its second moment may come out negative.
    after.covariance = positive_part(AffineMap<double>{
        one_minus<double>(lost),
        w * eta_left * eta_left * left.diffusion + (1 - w) * eta_right * eta_right * right.diffusion -
            congruent<double>(given, mean) - congruent<double>(spread, moment.covariance)}(moment.covariance, count));
    return after;
  }

 private:
  State start_;
  double decay_;
};

}  // namespace

void require_coupled_modes(const Problem& problem) {
  validate(problem);
  if (problem.output.nodes() != 1 || !problem.input.exact())
    throw StudyError("coupled modes need an isotropic output covariance and exact input modes");
}

Eigen::MatrixXd initial_moment(const Problem& problem) {
  return (problem.n_out() * problem.energy.row(0)).matrix().asDiagonal();
}

Eigen::MatrixXd target_of(const Problem& problem, const Eigen::MatrixXd& start) {
  return problem.weights.size() > 0 ? Eigen::MatrixXd(problem.weights - start) : Eigen::MatrixXd(-start);
}

MomentDecay moment_decay(const Problem& problem, double rate, const Eigen::MatrixXd& start) {
  if (rate == 0) return {};
  if (start.size() == 0)
    return {rate, (problem.n_out() * target_overlap(problem).row(0)).matrix().asDiagonal(),
            (problem.n_out() * target_energy(problem).row(0)).matrix().asDiagonal()};
  const Eigen::MatrixXd target = target_of(problem, start);
  return {rate, transposed_product<double>(start, target), gram<double>(target)};
}

RiskCurve integrate_second_moment(const Problem& problem, const Eigen::MatrixXd& start, const MomentRateFunction& rates,
                                  const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  const MomentSystem system(problem, start, decay);
  return integrate_stretches(
      system, [&](const Eigen::MatrixXd& state) { return rates(system.moment(state)); }, schedule, record, options);
}

RiskCurve integrate_mean(const Problem& problem, const Eigen::MatrixXd& start, const MeanRateFunction& rates,
                         const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                         const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  const MeanSystem system(problem, start, decay);
  return integrate_stretches(
      system, [&](const MeanMoments& state) { return rates(system.moments(state)); }, schedule, record, options);
}

}  // namespace muonphase
