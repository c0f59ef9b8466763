#include "muonphase/phase/classify.hpp"

#include <cmath>
#include <limits>

namespace muonphase {

Phase classify(const Eigen::ArrayXd& log_risk_ratio, double threshold) {
  const double epsilon = std::log(threshold);
  const bool first_wins = (log_risk_ratio < -epsilon).any();
  const bool second_wins = (log_risk_ratio > epsilon).any();
  if (first_wins && second_wins) return Phase::tradeoff;
  if (first_wins) return Phase::first;
  return second_wins ? Phase::second : Phase::indistinguishable;
}

double crossing_horizon(const Eigen::ArrayXd& horizon, const Eigen::ArrayXd& log_risk_ratio, double threshold) {
  const double epsilon = std::log(threshold);
  double side = 0;  // of the first horizon beyond ε
  for (Eigen::Index i = 0; i < horizon.size(); ++i) {
    const double here = log_risk_ratio(i);
    if (std::abs(here) <= epsilon) continue;
    if (side == 0) {
      side = here;
    } else if (side * here < 0) {
      Eigen::Index before = i;
      while (log_risk_ratio(before) * here > 0) --before;
      const double a = log_risk_ratio(before), b = log_risk_ratio(before + 1);
      return horizon(before) * std::pow(horizon(before + 1) / horizon(before), a / (a - b));
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace muonphase
