#pragma once
#include <array>

#include "muonphase/equivalent/coefficients.hpp"

namespace muonphase {

/// Muon as the deterministic equivalent sees it.
struct MuonRule {
  Momentum momentum{.retention = 0.95, .nesterov = false};
  int steps = 5;                                                ///< of Newton–Schulz; 0: exact polar factors
  std::array<double, 3> coefficients{3.4445, -4.7750, 2.0315};  ///< a, b, c of x → a x + b x³ + c x⁵
};

/// Muon in the linear closure (docs/theory.md §7): signsvd_coefficients() with momentum where the polar factors are
/// exact.
Coefficients muon_coefficients(const Problem& problem, const MuonRule& rule);

}  // namespace muonphase
