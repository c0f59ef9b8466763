#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {
namespace {

// Δ = A + N, both entry by entry: docs/theory-full-closure.md §8.
class EntryMomentSystem {
 public:
  using State = EntryMoments;
  // The mean step is rate ∘ A + coupled: what entries do to themselves follows A at once, what they do to each other is
  // interpolated. `noise` is what E[Φ²] has beyond the squares of the mean step and of N's own drift.
  struct Rates {
    Eigen::ArrayXXd rate, coupled, noise;
  };

  static Rates split(const EntryRates& rates, const State& state) {
    return {rates.rate, rates.step.array() - rates.rate * state.mean.array(),
            (rates.diffusion - rates.step.array().square() - rates.rate.square() * state.variance).max(0)};
  }

  EntryMomentSystem(const Problem& problem, const Eigen::MatrixXd& start, double weight_decay)
      : decay_(weight_decay),
        target_(target_of(problem, start)),
        noise_variance_(problem.noise_variance()),
        weight_(risk_weight(problem)),
        start_{start, Eigen::ArrayXXd::Zero(start.rows(), start.cols())} {}

  const State& start() const { return start_; }
  int panels() const { return 8; }
  double risk(const State& state) const { return 0.5 * ((weight_ * energy(state)).sum() + noise_variance_); }
  Eigen::ArrayXd mode_energy(const State& state) const { return energy(state).colwise().sum().transpose(); }

  double greedy(const State& state, const Rates& rates) const {
    const Eigen::ArrayXXd given = state.mean.array(), step = rates.rate * given + rates.coupled;
    const double fall = (weight_ * (given * step + rates.rate * state.variance)).sum();
    return fall / (weight_ * (step.square() + rates.rate.square() * state.variance + rates.noise)).sum();
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.rate + y * b.rate, x * a.coupled + y * b.coupled, x * a.noise + y * b.noise};
  }

  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return {bounded(first.rate, slope.rate, length), first.coupled + length * slope.coupled,
            bounded(first.noise, slope.noise, length)};
  }

  Rates at_size(const Rates& rates, double x) const { return {rates.rate / x, rates.coupled, rates.noise}; }

  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count, x = w * eta_left, y = (1 - w) * eta_right;
    const Eigen::ArrayXXd fall = x * left.rate + y * right.rate, push = x * left.coupled + y * right.coupled,
                          gain = x * eta_left * left.noise + y * eta_right * right.noise;
    const double decay = decay_ * (x + y);
    State state = from;
    for (Eigen::Index i = 0; i < fall.size(); ++i) {
      const Geometric mean = geometric(fall.data()[i] + decay, count);
      double &given = state.mean.data()[i], &spread = state.variance.data()[i];
      given = given * mean.power - (push.data()[i] + decay * target_.data()[i]) * mean.sum;
      spread = relaxed(spread, fall.data()[i] + decay, gain.data()[i], count);
    }
    return state;
  }

 private:
  static Eigen::ArrayXXd energy(const State& state) { return state.mean.array().square() + state.variance; }

  double decay_;
  Eigen::MatrixXd target_;  // W*
  double noise_variance_;
  Eigen::ArrayXXd weight_;
  State start_;
};

}  // namespace

RiskCurve integrate_entry_moments(const Problem& problem, const Eigen::MatrixXd& start, const EntryRateFunction& rates,
                                  double weight_decay, const LearningRate& schedule, const Eigen::ArrayXd& record,
                                  const QuasilinearOptions& options) {
  validate(problem);
  return integrate_stretches(
      EntryMomentSystem(problem, start, weight_decay),
      [&](const EntryMoments& state) { return EntryMomentSystem::split(rates(state), state); }, schedule, record,
      options);
}

}  // namespace muonphase
