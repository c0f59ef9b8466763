#include <cmath>
#include <utility>

#include "core/eigensystem.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"
#include "dynamics/window_size.hpp"
#include "muonphase/dynamics/systems/inertial.hpp"

namespace muonphase {
namespace {

// Δ = A + N, m its average, side by side: [A, E m, W*], the latter where weights decay, and [N, m − E m].
struct Averages {
  Eigen::MatrixXd mean, covariance;  // second moments of these
  Eigen::MatrixXd average_noise;     // of ε in m [d, d]
  double past = 0;                   // Σ_{a≥1} of the weighted squares 2R
};

class InertialMeanSystem {
 public:
  using State = Averages;
  struct Rates {
    Eigen::MatrixXd drift, spread, white, kick;  // of c's mean and its noise; covariances of ξ and ε
  };

  InertialMeanSystem(const Problem& problem, const Eigen::MatrixXd& start, const Memory& memory,
                     const MomentDecay& decay)
      : eigenvalue_(problem.input.eigenvalue.matrix()),
        noise_variance_(problem.noise_variance()),
        modes_(eigenvalue_.size()),
        memory_(memory),
        decay_(decay.rate),
        newest_(memory.mean.newest),
        retention_(memory.mean.retention),
        older_(memory.mean.tail * retention_ / (1 - retention_)) {
    const Eigen::Index d = modes_, width = (decay_ > 0 ? 3 : 2) * d;
    start_.mean = Eigen::MatrixXd::Zero(width, width);
    start_.mean.topLeftCorner(d, d) = start;
    if (decay_ > 0) {
      start_.mean.topRightCorner(d, d) = decay.overlap;
      start_.mean.bottomLeftCorner(d, d) = decay.overlap.transpose();
      start_.mean.bottomRightCorner(d, d) = decay.target;
    }
    start_.covariance = Eigen::MatrixXd::Zero(2 * d, 2 * d);
    start_.average_noise = Eigen::MatrixXd::Zero(d, d);
  }

  const State& start() const { return start_; }
  int panels() const { return 2; }
  MeanMoments moments(const State& state) const { return {of_delta(state.mean), of_delta(state.covariance)}; }
  double excess(const State& state) const { return 0.5 * (weighted(state.mean) + weighted(state.covariance)); }
  double risk(const State& state) const { return excess(state) + 0.5 * noise_variance_; }
  double size(const State& state) const { return std::sqrt(scale(state)); }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return (state.mean.diagonal().head(modes_) + state.covariance.diagonal().head(modes_)).array();
  }

  // E[cᵀc] but for the noise that c holds, with noise as large as it is now.
  MeanMoments seen(const State& state) const {
    const double ratio = 2 * risk(state) / scale(state);
    const Eigen::MatrixXd own = of_average(state.covariance) - older_ * older_ * state.average_noise;
    return {ratio * of_average(state.mean), ratio * own};
  }

  Rates rates_of(const CoupledStepRates& now, const State& state) const {
    const double ratio = std::sqrt(2 * risk(state) / scale(state));
    const Eigen::MatrixXd along = congruent<double>(now.spread.transpose(), now.noise);
    return {now.drift * ratio, now.spread * ratio, positive_part(now.excess - along), now.noise};
  }

  double greedy(const State& state, const Rates& rates) const {
    const Eigen::MatrixXd given = pull(rates.drift, decay_, state.mean.rows()),
                          spread = pull(rates.spread, decay_, state.covariance.rows());
    const Eigen::MatrixXd along = transposed_product<double>(given, state.mean.leftCols(modes_)) +
                                  transposed_product<double>(spread, state.covariance.leftCols(modes_));
    const Eigen::MatrixXd square = congruent<double>(given, state.mean) + congruent<double>(spread, state.covariance) +
                                   newest_ * newest_ * congruent<double>(rates.spread.transpose(), rates.kick) +
                                   rates.white;
    return eigenvalue_.dot(along.diagonal()) / eigenvalue_.dot(square.diagonal());
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.drift + y * b.drift, x * a.spread + y * b.spread, x * a.white + y * b.white, x * a.kick + y * b.kick};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }
  Rates at_size(const Rates& rates, double x) const {
    return {rates.drift / x, rates.spread / x, rates.white, rates.kick * (x * x)};
  }

  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count, x = w * eta_left, y = (1 - w) * eta_right, forgotten = 1 - retention_,
                 decay = decay_ * (x + y);
    const Eigen::Index d = modes_;
    const Eigen::MatrixXd fall = x * left.spread + y * right.spread, kick = w * left.kick + (1 - w) * right.kick,
                          shared = -newest_ * forgotten * (fall * kick);
    // One row of noise is ε [−newest ηL_Nᵀ, 1 − β] + η [ξ, 0].
    Eigen::MatrixXd noise(2 * d, 2 * d);
    noise << newest_ * newest_ * congruent<double>(fall.transpose(), kick) + x * eta_left * left.white +
                 y * eta_right * right.white,
        shared, shared.transpose(), forgotten * forgotten * kick;
    State to;
    // Single precision is far below what the closure leaves.
    const auto moved = [&](const Eigen::MatrixXd& by, const Eigen::MatrixXd& kicked, const Eigen::MatrixXd& moment) {
      AffineMap<float> map{by.cast<float>(), kicked.cast<float>()};
      return Eigen::MatrixXd(map(moment.cast<float>(), count).cast<double>());
    };
    to.mean = moved(step(x * left.drift + y * right.drift, decay, from.mean.rows()), {}, from.mean);
    to.covariance = moved(step(fall, decay, 2 * d), noise, from.covariance);
    const Geometric kept = geometric(1 - retention_ * retention_, count);
    to.average_noise = kept.power * from.average_noise + forgotten * forgotten * kept.sum * kick;
    to.past = past_after(memory_.square, from.past, 2 * risk(from), 2 * risk(to), count);
    return to;
  }

 private:
  Eigen::MatrixXd of_delta(const Eigen::MatrixXd& moment) const { return moment.topLeftCorner(modes_, modes_); }
  Eigen::MatrixXd of_average(const Eigen::MatrixXd& moment) const {
    const auto shared = moment.block(0, modes_, modes_, modes_), average = moment.block(modes_, modes_, modes_, modes_);
    return newest_ * newest_ * of_delta(moment) + newest_ * older_ * (shared + shared.transpose()) +
           older_ * older_ * average;
  }
  double weighted(const Eigen::MatrixXd& moment) const { return eigenvalue_.dot(moment.diagonal().head(modes_)); }

  // What Δ loses in a step is a row times this.
  Eigen::MatrixXd pull(const Eigen::MatrixXd& fall, double decay, Eigen::Index width) const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(width, modes_);
    result.topRows(modes_) = newest_ * fall.transpose();
    result.middleRows(modes_, modes_) = older_ * fall.transpose();
    result.topRows(modes_).diagonal().array() += decay;
    if (width > 2 * modes_) result.bottomRows(modes_).diagonal().array() += decay;
    return result;
  }
  Eigen::MatrixXd step(const Eigen::MatrixXd& fall, double decay, Eigen::Index width) const {
    Eigen::MatrixXd result = Eigen::MatrixXd::Identity(width, width);
    result.leftCols(modes_) -= pull(fall, decay, width);
    result.block(0, modes_, modes_, modes_).diagonal().array() = 1 - retention_;
    result.block(modes_, modes_, modes_, modes_).diagonal().array() = retention_;
    return result;
  }
  double scale(const State& state) const { return weighted_square(memory_.square, 2 * risk(state), state.past); }

  Eigen::VectorXd eigenvalue_;
  double noise_variance_;
  Eigen::Index modes_;
  const Memory& memory_;
  double decay_;
  double newest_, retention_, older_;  // c = newest (Δ + ε) + older m
  State start_;
};

}  // namespace

RiskCurve integrate_inertial_mean(const Problem& problem, const Eigen::MatrixXd& start,
                                  const CoupledStepRateFunction& rates, const Memory& memory, const MomentDecay& decay,
                                  const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  const InertialMeanSystem system(problem, start, memory, decay);
  return integrate_stretches(
      system,
      [&](const Averages& state) { return system.rates_of(rates(system.moments(state), system.seen(state)), state); },
      schedule, record, options);
}

}  // namespace muonphase
