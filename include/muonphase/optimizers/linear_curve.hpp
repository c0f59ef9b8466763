#pragma once
#include <Eigen/Core>

#include "muonphase/dynamics/integrate.hpp"
#include "muonphase/dynamics/systems/inertial.hpp"
#include "muonphase/optimizers/optimizer.hpp"

namespace muonphase {

/// Runs of the linear closure for one set of coefficients: in rescaled time where updates know of one gradient only, and
/// by integrate_inertial() with memory or weight decay. With an infinite batch windows are short against the unit of time
/// and count as such, and weight decay is refused (UnsupportedError).
///
/// Calls are independent of each other, also in parallel.
class LinearCurve {
 public:
  LinearCurve(const Problem& problem, const Optimizer& optimizer, const Coefficients& coefficients);

  /// Without memory and weight decay.
  const ModeEquation& equation() const { return equation_; }
  RiskCurve curve(const LearningRate& schedule, const Eigen::ArrayXd& recorded, const IntegrateOptions& options) const;
  Eigen::ArrayXd risk(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                      const IntegrateOptions& options) const;
  /// Of a constant rate. A run that diverges ends where it does.
  RunPath path(const ConstantRate& rate, double horizon, const IntegrateOptions& options) const;

 private:
  RiskCurve with_inertia(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                         const IntegrateOptions& options) const;

  Problem problem_;
  Coefficients coefficients_;
  ModeEquation equation_;
  Inertia inertia_;
};

}  // namespace muonphase
