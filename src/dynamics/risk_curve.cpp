#include "muonphase/dynamics/risk_curve.hpp"

#include <algorithm>
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

Eigen::ArrayXd neighbouring_steps(const Eigen::ArrayXd& record) {
  std::vector<double> kept;
  for (const double step : record)
    for (const double whole : {std::floor(step), std::ceil(step)})
      if (kept.empty() || whole > kept.back()) kept.push_back(whole);
  return Eigen::Map<const Eigen::ArrayXd>(kept.data(), static_cast<Eigen::Index>(kept.size()));
}

RiskCurve between_steps(const RiskCurve& curve, const Eigen::ArrayXd& record) {
  RiskCurve between{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()),
                    Eigen::ArrayXXd(record.size(), curve.mode_energy.cols()), curve.work, curve.path};
  Eigen::Index next = 0;
  for (Eigen::Index i = 0; i < record.size(); ++i) {
    while (curve.step(next) < record(i)) ++next;
    const Eigen::Index before = std::max<Eigen::Index>(0, next - 1);
    const double part = curve.step(next) == record(i) ? 1 : record(i) - curve.step(before), rest = 1 - part;
    between.risk(i) = part == 1 ? curve.risk(next) : std::pow(curve.risk(before), rest) * std::pow(curve.risk(next), part);
    between.learning_rate(i) = rest * curve.learning_rate(before) + part * curve.learning_rate(next);
    between.mode_energy.row(i) = rest * curve.mode_energy.row(before) + part * curve.mode_energy.row(next);
  }
  return between;
}

}  // namespace muonphase
