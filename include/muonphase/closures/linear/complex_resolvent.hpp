#pragma once
#include <Eigen/Core>

#include "muonphase/closures/linear/resolvent.hpp"

namespace muonphase {

/// A ResolventPath off the real axis: the same quantities at complex s.
struct ComplexResolvent {
  double batch;
  bool noise_dominated;
  Eigen::ArrayXcd s, t_out, t_in, filled, kappa, second, signal;
};

/// Continues the fixed point from the real axis to every s, Re s > 0, along the arc of constant |s|, by Newton on the
/// one scalar equation (docs/theory.md §7). `real` is the solution on the real axis for the same window. Cost
/// O(s.size() · (modes + window nodes)) for each of some 20 Newton steps. NumericalError when a continuation is lost
/// (not seen).
ComplexResolvent continue_resolvent(const Spectrum& output, const Spectrum& input, const SampleWindow& window,
                                    const ResolventPath& real, const Eigen::ArrayXcd& s);

}  // namespace muonphase
