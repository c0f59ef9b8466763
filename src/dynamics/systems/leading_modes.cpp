#include "muonphase/dynamics/systems/leading_modes.hpp"

#include <limits>

#include "core/eigensystem.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"

namespace muonphase {
namespace {

// Modes one by one: what is left of the start's moment, of its overlap with W* and of W*'s own, and the variance that
// batches add.
struct SingleModes {
  Eigen::ArrayXd start, overlap, target, noise;

  Eigen::ArrayXd moment() const { return start + noise; }
};

class LeadingSystem {
 public:
  struct State {
    Eigen::MatrixXd leading;  // of [Δ, W*] with weight decay
    SingleModes rest;
  };
  using Rates = LeadingRates;

  LeadingSystem(const Problem& problem, const ModeFrame& frame, const MomentDecay& decay)
      : frame_(frame),
        eigenvalue_(problem.input.eigenvalue.max(std::numeric_limits<double>::min())),
        squares_(frame.vectors.rightCols(frame.vectors.cols() - frame.leading).array().square()),
        decay_(decay.rate),
        noise_variance_(problem.noise_variance()) {
    const Eigen::MatrixXd moment = initial_moment(problem);
    const auto in_frame = [&](const Eigen::MatrixXd& diagonal) {  // of a moment that is diagonal in the eigenbasis
      const Eigen::MatrixXd v = frame_.vectors.leftCols(frame_.leading);
      return Eigen::MatrixXd(v.transpose() * (diagonal.diagonal().array() * eigenvalue_).matrix().asDiagonal() * v);
    };
    const auto rest_of = [&](const Eigen::MatrixXd& diagonal) {
      return Eigen::ArrayXd(
          (squares_.transpose() * (diagonal.diagonal().array() * eigenvalue_).matrix()).array());
    };
    start_.rest.start = rest_of(moment);
    start_.rest.noise = start_.rest.overlap = start_.rest.target = Eigen::ArrayXd::Zero(start_.rest.start.size());
    MomentDecay seen{decay.rate};
    if (decay_ > 0) {
      seen.overlap = in_frame(decay.overlap);
      seen.target = in_frame(decay.target);
      start_.rest.overlap = rest_of(decay.overlap);
      start_.rest.target = rest_of(decay.target);
    }
    start_.leading = with_target(in_frame(moment), seen);
    // Energies of single modes leave out what V mixes between them.
    const Eigen::ArrayXd exact = moment.diagonal().array() * eigenvalue_, kept = seen_energy(start_);
    whole_ = (kept > 0).select(exact / kept, 1);
  }

  int panels() const { return 2; }
  const State& start() const { return start_; }
  LeadingMoments moment(const State& state) const {
    return {of_delta(state.leading, decay_), state.rest.moment()};
  }
  double risk(const State& state) const {
    return 0.5 * (state.leading.diagonal().head(frame_.leading).sum() + state.rest.moment().sum() + noise_variance_);
  }
  double greedy(const State& state, const Rates& rates) const {
    const LeadingMoments now = moment(state);
    return (rates.drift.cwiseProduct(now.leading).sum() + (rates.rest_drift * now.rest).sum()) /
           (rates.diffusion.trace() + rates.rest_diffusion.sum());
  }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return (whole_ * seen_energy(state) + (squares_ * state.rest.noise.matrix()).array()) / eigenvalue_;
  }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.drift + y * b.drift, x * a.diffusion + y * b.diffusion, x * a.rest_drift + y * b.rest_drift,
            x * a.rest_diffusion + y * b.rest_diffusion};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }
  Rates at_size(const Rates& rates, double x) const {
    return {rates.drift / x, rates.diffusion, rates.rest_drift / x, rates.rest_diffusion};
  }

  // As of MomentSystem, mode by mode beyond the leading ones.
  State panel(const State& state, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count, first = w * eta_left, last = (1 - w) * eta_right,
                 decay = decay_ * (first + last);
    const Eigen::MatrixXd drift = (first * left.drift + last * right.drift).transpose();
    State after{positive_part(decayed_map(drift,
                                          first * eta_left * left.diffusion + last * eta_right * right.diffusion -
                                              congruent<double>(drift, of_delta(state.leading, decay_)),
                                          decay_, first + last)(state.leading, count)),
                state.rest};
    const Eigen::ArrayXd fall = first * left.rest_drift + last * right.rest_drift,
                         gain = first * eta_left * left.rest_diffusion + last * eta_right * right.rest_diffusion -
                                fall.square() * state.rest.moment();
    for (Eigen::Index l = 0; l < fall.size(); ++l) {
      const Geometric kept = geometric(fall(l) + decay, count);
      const double pulled = decay * kept.sum, target = state.rest.target(l), overlap = state.rest.overlap(l);
      after.rest.start(l) = kept.power * (kept.power * state.rest.start(l) - 2 * pulled * overlap) +
                            pulled * pulled * target;
      after.rest.overlap(l) = kept.power * overlap - pulled * target;
      after.rest.noise(l) = relaxed(state.rest.noise(l), fall(l) + decay, gain(l), count);
    }
    return after;
  }

 private:
  // λ_j times the energies of the eigenmodes, but for the noise of single modes.
  Eigen::ArrayXd seen_energy(const State& state) const {
    const auto v = frame_.vectors.leftCols(frame_.leading);
    return (v * of_delta(state.leading, decay_)).cwiseProduct(v).rowwise().sum().array() +
           (squares_ * state.rest.start.matrix()).array();
  }

  const ModeFrame& frame_;
  Eigen::ArrayXd eigenvalue_;
  Eigen::MatrixXd squares_;  // V_jl² of single modes
  double decay_, noise_variance_;
  State start_;
  Eigen::ArrayXd whole_;
};

}  // namespace

RiskCurve integrate_leading_modes(const Problem& problem, const ModeFrame& frame, const LeadingRateFunction& rates,
                                  const MomentDecay& decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options) {
  require_coupled_modes(problem);
  const LeadingSystem system(problem, frame, decay);
  return integrate_stretches(
      system, [&](const LeadingSystem::State& state) { return rates(system.moment(state)); }, schedule, record, options);
}

}  // namespace muonphase
