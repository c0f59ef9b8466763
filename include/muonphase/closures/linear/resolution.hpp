#pragma once
#include <limits>

#include "muonphase/problem/spectrum.hpp"

namespace muonphase {

/// How far down a spectrum a gradient of given rank tells modes apart: mode j is filled to the share Λλ_j/(1 + Λλ_j), its
/// diffusion under SignSVD, and these add up to the rank. NaN where the rank is the dimension, which fills all.
struct Resolution {
  double scale = std::numeric_limits<double>::quiet_NaN();  ///< Λ
  double mode = std::numeric_limits<double>::quiet_NaN();   ///< i_#, where Λλ = 1: Λ^(1/α); NaN for equal eigenvalues
};

/// `rank` > 0, that of a gradient: min(B, n_out, n_in) without momentum. O(modes · 50).
Resolution resolution(const Spectrum& spectrum, double rank);

}  // namespace muonphase
