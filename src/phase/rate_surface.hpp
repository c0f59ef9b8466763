#pragma once
// The risk at any constant rate and horizon, from runs at a few rates.
#include <Eigen/Core>
#include <map>
#include <vector>

#include "muonphase/dynamics/risk_curve.hpp"

namespace muonphase {

/// At a fixed horizon R has a kink in η, where the risk dies out and the noise floor begins. At a fixed clock
/// s = ∫η dt/√(2R) both t and R are smooth in η (docs/theory.md §6): there ln t and ln R are cubics in ln η through
/// four runs, and R at a horizon is where t says so.
class RateSurface {
 public:
  /// Whole runs at one more rate, one on each basis, which reach to three times the longest horizon or diverge. Rates
  /// may differ by a factor of two.
  void add(double log_rate, const std::vector<RunPath>& runs);

  /// ln R [horizons] at a rate between those of the runs, the mean over bases; infinite where these do not tell.
  /// `horizons` > 0 increase. Of the four runs two are to either side, or `shift` more above.
  Eigen::ArrayXd log_risk(double log_rate, const Eigen::ArrayXd& horizons, int shift = 0) const;

 private:
  // A run on nodes that are evenly spaced in ln s, from the first one on.
  struct Run {
    Eigen::Index first = 0;
    Eigen::ArrayXd log_step, log_risk;
  };
  static Run on_nodes(const RunPath& path);

  std::map<double, std::vector<Run>> runs_;  // by ln η
};

}  // namespace muonphase
