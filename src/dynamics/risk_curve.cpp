#include "muonphase/dynamics/risk_curve.hpp"

#include <cmath>
#include <vector>

namespace muonphase {

RiskCurve mean_curve(const std::vector<RiskCurve>& curves) {
  RiskCurve mean = curves.front();
  for (std::size_t i = 1; i < curves.size(); ++i) {
    mean.risk += curves[i].risk;
    mean.learning_rate += curves[i].learning_rate;
    mean.mode_energy += curves[i].mode_energy;
    mean.work.evaluations += curves[i].work.evaluations;
    mean.work.rejected += curves[i].work.rejected;
  }
  const auto count = static_cast<double>(curves.size());
  mean.risk /= count;
  mean.learning_rate /= count;
  mean.mode_energy /= count;
  return mean;
}

Eigen::ArrayXd recorded_steps(double steps, int record) {
  std::vector<double> kept{0};
  for (int i = 0; i < record - 1; ++i) {
    const double fraction = record > 2 ? i / (record - 2.0) : 1.0;
    const double step = fraction == 1 ? steps : std::round(std::exp(fraction * std::log(steps)));
    if (step > kept.back()) kept.push_back(step);
  }
  return Eigen::Map<const Eigen::ArrayXd>(kept.data(), static_cast<Eigen::Index>(kept.size()));
}

}  // namespace muonphase
