#include "muonphase/dynamics/systems/quasilinear.hpp"

#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"

namespace muonphase {
namespace {

class EnergySystem {
 public:
  using State = Eigen::ArrayXXd;
  // `diffusion` here is what E[Φ²] has beyond the drift's own square, rate² v. That part follows the energy at once,
  // and a step is v ← (1 − η rate)² v + η² excess: no step beyond one relaxation makes energies oscillate or negative.
  using Rates = ModeRates;

  static Rates split(ModeRates rates, const State& energy) {
    rates.diffusion = (rates.diffusion - rates.rate.square() * energy).max(0);
    return rates;
  }

  explicit EnergySystem(const Problem& problem) : problem_(problem), weight_(risk_weight(problem)) {}

  State start() const { return problem_.energy; }
  int panels() const { return 8; }

  double risk(const State& energy) const {
    return 0.5 * ((weight_ * energy).sum() + problem_.noise_variance());
  }

  double greedy(const State& energy, const Rates& rates) const {
    return (weight_ * rates.rate * energy).sum() / (weight_ * (rates.diffusion + rates.rate.square() * energy)).sum();
  }

  Eigen::ArrayXd mode_energy(const State& energy) const {
    return (energy.matrix().transpose() * problem_.output.weight.matrix()).array();
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.rate + y * b.rate, x * a.diffusion + y * b.diffusion};
  }

  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return {bounded(first.rate, slope.rate, length), bounded(first.diffusion, slope.diffusion, length)};
  }

  Rates at_size(const Rates& rates, double x) const { return {rates.rate / x, rates.diffusion}; }

  State panel(const State& energy, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    const Eigen::ArrayXXd fall = w * eta_left * left.rate + (1 - w) * eta_right * right.rate;
    const Eigen::ArrayXXd gain =
        w * eta_left * eta_left * left.diffusion + (1 - w) * eta_right * eta_right * right.diffusion;
    State after(energy.rows(), energy.cols());
    for (Eigen::Index i = 0; i < energy.size(); ++i)
      after.data()[i] = relaxed(energy.data()[i], fall.data()[i], gain.data()[i], count);
    return after;
  }

 private:
  const Problem& problem_;
  Eigen::ArrayXXd weight_;
};

}  // namespace

RiskCurve integrate_quasilinear(const Problem& problem, const RateFunction& rates, const LearningRate& schedule,
                                const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  return integrate_stretches(
      EnergySystem(problem), [&](const Eigen::ArrayXXd& energy) { return EnergySystem::split(rates(energy), energy); },
      schedule, record, options);
}

}  // namespace muonphase
