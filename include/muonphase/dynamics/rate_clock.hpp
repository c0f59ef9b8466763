#pragma once
#include <Eigen/Core>
#include <optional>

#include "muonphase/dynamics/schedule.hpp"

namespace muonphase {

/// A schedule η(t) told by its area a = ∫_0^t η dt', the clock that runs in the mode equation: da = √(2R) ds (da = ds
/// for SGD). η as a function of a is closed-form for every schedule of time alone, zeros included, but for a cosine, whose
/// area is solved for t. Not for GreedyRate (StudyError).
class RateClock {
 public:
  RateClock(const LearningRate& schedule, double horizon);

  double area(double t) const;          ///< ∫_0^t η, t in [0, horizon]; O(log points)
  double rate_at_area(double a) const;  ///< η where the area is a, a ≥ 0; 0 beyond what the schedule ever reaches
  /// Areas at which η has a kink, increasing; a step should not cross one.
  const Eigen::ArrayXd& kinks() const { return area_; }

 private:
  struct Power {
    double eta0, t0, gamma;
  };
  struct Cosine {
    double eta0, final, start, length;  // over [start, start + length]

    double area(double part) const;  // from its start
  };
  double linear_area(double t) const;

  std::optional<Power> power_;
  std::optional<Cosine> cosine_;       // after the linear pieces
  Eigen::ArrayXd step_, rate_, area_;  // piecewise linear
};

}  // namespace muonphase
