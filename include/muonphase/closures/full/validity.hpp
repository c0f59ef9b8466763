#pragma once
#include <Eigen/Core>

#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// How far the energies are from what the linear closure assumes, a signal hidden in the gradient's noise and a
/// residual spread over many modes (docs/theory-full-closure.md §9). Rows of the Problem's output side count together
/// when it is one node.
struct Validity {
  double largest_share;        ///< max δ²/2R, of one mode (of one entry when Σ_out is not isotropic), in [0, 1]
  double signal_to_noise;      ///< largest singular value of the gradient's mean over that of its noise; NaN in the
                               ///< limit of infinite batches, which takes the signal as hidden
  double effective_dimension;  ///< (Σδ²)²/Σδ⁴: modes (entries) that carry the residual; 0 without signal

  /// Where the linear closure's rate of the risk was found within 4 % of the full closure's
  /// (docs/theory-full-closure.md §9).
  bool linear_closure_holds() const { return largest_share < 0.03 && signal_to_noise < 0.2; }
};

Validity validity(const Problem& problem, const Eigen::ArrayXXd& energy);

/// The indicators at every step of a curve whose energies per input mode [steps, modes] (summed over outputs) are
/// known, Σ_out isotropic: one array each.
struct ValidityTrack {
  Eigen::ArrayXd largest_share, signal_to_noise, effective_dimension;
};
ValidityTrack validity_along(const Problem& problem, const Eigen::ArrayXXd& mode_energy);

}  // namespace muonphase
