#pragma once
#include <Eigen/Core>
#include <complex>
#include <vector>

#include "muonphase/closures/averages/window.hpp"

namespace muonphase {

/// The Gaussian averages of GaussianRatio summed over a window of samples, at complex κ off the negative real axis:
/// with h(κ) = E[z²/(1 + κz²)] and w(κ) = E[(z⁴ − z²)/(1 + κz²)],
///
///     noise  = Σ ω² h(ω²κ),     signal = Σ ω h(ω²κ),     excess = Σ ω² w(ω²κ),
///
/// each with its κ d/dκ. docs/theory-full-closure.md §11.
struct WindowRatio {
  std::complex<double> noise, noise_slope, signal, signal_slope, excess, excess_slope;
};

/// Those averages as a table in ln κ, interpolated by cubics: 1e−5 of their size. |κ| beyond the table counts as its
/// end. Some 3 MB and 0.1 s to fill.
class WindowTable {
 public:
  explicit WindowTable(const SampleWindow& window);
  WindowRatio operator()(std::complex<double> kappa) const;

 private:
  static constexpr int values = 12;  ///< real and imaginary parts of WindowRatio
  double begin_;                     ///< of ln |κ|
  std::vector<double> table_;        ///< [ln |κ|, arg κ, values], arg in [0, π]
};

}  // namespace muonphase
