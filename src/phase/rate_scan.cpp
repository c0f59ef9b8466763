#include "phase/rate_scan.hpp"

#include <cmath>
#include <limits>

#include "muonphase/dynamics/exponential_stepper.hpp"

namespace muonphase {
namespace {

// The end of a step at every rate: 2R = free + gain u with u = η √(2R), or η 2R for SGD (beyond its stability the risk
// is infinite).
Eigen::ArrayXd close_step(const ModeEquation& equation, const Eigen::ArrayXd& eta, const Eigen::ArrayXd& free,
                          double gain) {
  if (equation.scale_invariant) {
    const Eigen::ArrayXd half = 0.5 * gain * eta;
    return (half + (half.square() + free).sqrt()).square();
  }
  const Eigen::ArrayXd growth = 1 - gain * eta;
  return (growth > 0).select(free / growth, std::numeric_limits<double>::infinity());
}

}  // namespace

RateScan scan_rates(const ModeEquation& eq, const RateClock& schedule, const Eigen::ArrayXd& log_rate, double first_s,
                    double step, const std::function<bool(const ScanNode&)>& done) {
  const Eigen::Index rates = log_rate.size(), modes = eq.rate.size();
  const Eigen::ArrayXd scale = log_rate.exp();
  const bool constant = schedule.kinks().size() == 1;
  const auto eta_at = [&](const Eigen::ArrayXd& area) -> Eigen::ArrayXd {
    if (constant) return scale;
    return (area / scale).unaryExpr([&](double a) { return schedule.rate_at_area(a); }) * scale;
  };
  const auto pace = [&](const Eigen::ArrayXd& twice_risk) -> Eigen::ArrayXd {
    if (eq.scale_invariant) return twice_risk.sqrt();
    return Eigen::ArrayXd::Ones(rates);
  };
  const auto forcing = [&](const Eigen::ArrayXd& eta, const Eigen::ArrayXd& twice_risk) -> Eigen::ArrayXd {
    return eta * (eq.scale_invariant ? twice_risk.sqrt().eval() : twice_risk);
  };

  RateScan result;
  result.log_rate = log_rate;
  Eigen::MatrixXd y = eq.share.matrix().transpose().replicate(rates, 1);
  Eigen::ArrayXd twice_risk = Eigen::ArrayXd::Constant(rates, eq.twice_risk(eq.share));
  Eigen::ArrayXd area = Eigen::ArrayXd::Zero(rates), eta = eta_at(area);
  Eigen::MatrixXd decays(modes, 2), response(3, modes), forcings(rates, 3);
  const double last_s = 60 / eq.rate.minCoeff();  // nothing of the start is left there
  double s = 0, log_s = std::log(first_s);
  while (true) {
    const double ds = std::exp(log_s) - s;
    const StepWeights half = linear_step(eq.rate, ds / 2), full = quadratic_step(eq.rate, ds);
    decays.col(0) = half.decay;
    decays.col(1) = full.decay;
    response.row(0) = eq.kick * full.start;
    response.row(1) = eq.kick * full.middle;
    response.row(2) = eq.kick * full.end;
    const Eigen::MatrixXd kept = y * decays;

    // 2R at the end of a step of which `weight` is the share of the end's pace in the area, which η there depends on.
    Eigen::ArrayXd eta_end;
    const auto closed = [&](const Eigen::ArrayXd& free, double gain, const Eigen::ArrayXd& area_before, double weight,
                            Eigen::ArrayXd end) -> Eigen::ArrayXd {
      for (int round = 0; round < (constant ? 1 : 3); ++round) {
        eta_end = eta_at(area_before + weight * pace(end));
        end = close_step(eq, eta_end, free, gain);
      }
      return end;
    };
    const Eigen::ArrayXd begin = forcing(eta, twice_risk), begin_pace = pace(twice_risk);
    const Eigen::ArrayXd twice_risk_middle =
        closed(kept.col(0).array() + (eq.kick * half.start).sum() * begin + eq.noise, (eq.kick * half.end).sum(),
               area + ds / 4 * begin_pace, ds / 4, twice_risk);
    const Eigen::ArrayXd middle = forcing(eta_end, twice_risk_middle), middle_pace = pace(twice_risk_middle);
    const Eigen::ArrayXd twice_risk_end =
        closed(kept.col(1).array() + response.row(0).sum() * begin + response.row(1).sum() * middle + eq.noise,
               response.row(2).sum(), area + ds / 6 * (begin_pace + 4 * middle_pace), ds / 6, twice_risk_middle);
    eta = eta_end;
    forcings << begin, middle, forcing(eta, twice_risk_end);
    for (Eigen::Index j = 0; j < modes; ++j) {
      y.col(j) = full.decay(j) * y.col(j) + response(0, j) * forcings.col(0) + response(1, j) * forcings.col(1) +
                 response(2, j) * forcings.col(2);
    }
    area += ds / 6 * (begin_pace + 4 * middle_pace + pace(twice_risk_end));
    twice_risk = twice_risk_end;
    s += ds;
    result.log_s.push_back(log_s);
    result.log_twice_excess.push_back(y.rowwise().sum().array().log());
    result.log_area.push_back(area.log());
    if (s >= last_s || done({twice_risk, area})) return result;
    log_s += step;
  }
}

double cubic(const double* v, double x) {
  const double c1 = v[2] - v[1];
  const double second_left = v[0] - 2 * v[1] + v[2], second_right = v[1] - 2 * v[2] + v[3];
  return v[1] + x * (c1 - (1 - x) / 6 * (second_left * (2 - x) + second_right * (1 + x)));
}

}  // namespace muonphase
