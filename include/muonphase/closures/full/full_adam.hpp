#pragma once
#include "muonphase/closures/averages/adam_law.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Adam's rates in the full closure for the flat-diagonal limit (Basis::generic), where every coordinate of the gradient
/// has the mean second moment: any spectra on both sides, binned modes too (docs/adam.md). O(nodes_out · nodes_in).
/// StudyError when the batch is infinite.
class FullAdamGeneric {
 public:
  FullAdamGeneric(const Problem& problem, const AdamLaw& law);
  ModeRates operator()(const Eigen::ArrayXXd& energy) const;

 private:
  Problem problem_;
  double drift_, noise_, linear_;  ///< χ, K(1), K'(0)
};

}  // namespace muonphase
