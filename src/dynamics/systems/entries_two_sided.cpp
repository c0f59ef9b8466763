#include <algorithm>
#include <cmath>
#include <utility>

#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/closures/full/full_signsgd_two_sided.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {
namespace {

class TwoSidedSystem {
 public:
  using State = TwoSidedState;
  using Rates = TwoSidedRates;

  TwoSidedSystem(const Problem& problem, const FullSignSgdTwoSided& closure, State start)
      : problem_(problem), closure_(closure), weight_(risk_weight(problem)), start_(std::move(start)) {}

  static constexpr bool lines = true;

  const State& start() const { return start_; }
  int panels() const { return 8; }
  double risk(const State& state) const { return population_risk(problem_, state.mean.square() + state.variance); }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return (state.mean.square() + state.variance).colwise().sum().transpose();
  }
  double greedy(const State& state, const Rates& rates) const {
    const Eigen::ArrayXXd mean = closure_.mean(state, rates.response);
    return (weight_ * (mean * state.mean + rates.rate * state.variance)).sum() /
           (weight_ * (mean.square() + rates.rate.square() * state.variance + rates.noise)).sum();
  }

  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    Rates result{first_mode(a.response, x, b.response, y), x * a.rate + y * b.rate, x * a.noise + y * b.noise};
    result.response.width = x * a.response.width + y * b.response.width;
    return result;
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    const auto bounded_number = [length](double from, double change) {
      return std::clamp(from + length * change, 0.5 * from, 2 * from);
    };
    return {{bounded(first.response.width, slope.response.width, length),
             (first.response.table + length * slope.response.table).eval(),
             bounded_number(first.response.range, slope.response.range),
             bounded_number(first.response.jitter, slope.response.jitter)},
            bounded(first.rate, slope.rate, length),
            bounded(first.noise, slope.noise, length)};
  }

  // The response's widths and range stay as they are.
  Rates at_size(const Rates& rates, double x) const { return {rates.response, rates.rate / x, rates.noise}; }

  // The mean and the first mode take every step; what relaxes towards its noise goes through the panel at once.
  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count;
    State state = from;
    const bool followed = !(from.mean == 0).all();
    for (double i = 0; i < count; ++i) {
      const double eta = std::lerp(eta_left, eta_right, i / count);
      SignResponse now = first_mode(left.response, 1 - i / count, right.response, i / count);
      const FirstModeStep first = closure_.first_mode(state, now, eta);
      if (followed) {
        now.width = (1 - i / count) * left.response.width + i / count * right.response.width;
        Eigen::ArrayXXd mean = closure_.mean(state, now);
        mean(0, 0) = first.mean;
        state.mean -= eta * mean;
      }
      state.variance(0, 0) = first.variance;
      state.kurtosis = first.kurtosis;
    }
    const Eigen::ArrayXXd fall = w * eta_left * left.rate + (1 - w) * eta_right * right.rate;
    const Eigen::ArrayXXd gain = w * eta_left * eta_left * left.noise + (1 - w) * eta_right * eta_right * right.noise;
    for (Eigen::Index i = 1; i < fall.size(); ++i)  // all but the first mode
      state.variance.data()[i] = relaxed(from.variance.data()[i], fall.data()[i], gain.data()[i], count);
    return state;
  }

 private:
  // All but the widths: what the first mode alone needs.
  static SignResponse first_mode(const SignResponse& a, double x, const SignResponse& b, double y) {
    return {{}, x * a.table + y * b.table, x * a.range + y * b.range, x * a.jitter + y * b.jitter};
  }

  const Problem& problem_;
  const FullSignSgdTwoSided& closure_;
  Eigen::ArrayXXd weight_;
  State start_;
};

}  // namespace

RiskCurve integrate_two_sided(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis_out,
                              const Eigen::MatrixXd& basis_in, const Monitor& monitor, const LearningRate& schedule,
                              const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  const FullSignSgdTwoSided closure(problem, basis_out, basis_in);
  const Eigen::ArrayXXd none = Eigen::ArrayXXd::Zero(problem.energy.rows(), problem.energy.cols());
  TwoSidedState state = start.size() == 0 ? TwoSidedState{none, problem.energy} : TwoSidedState{start.array(), none};
  return integrate_stretches(
      TwoSidedSystem(problem, closure, std::move(state)),
      [&](const TwoSidedState& now) {
        monitor.check();
        return closure(now);
      },
      schedule, record, options);
}

}  // namespace muonphase
