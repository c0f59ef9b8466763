#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/window.hpp"

namespace muonphase {

/// What Adam does to one entry of the gradient at one step (docs/adam.md): functions of the share that a mean has in
/// the entry's own average of squares. All are of entries in units of the root of the averaged variance D̂ of the noise.
class AdamGains {
 public:
  /// E[U]/μ for a mean μ whose square averaged over the memory is θ D̂, ε negligible. θ ≥ 0.
  double mean(double theta) const { return table(mean_, theta); }
  /// E[1/v̂] D̂ there over that at θ = 0.
  double inverse(double theta) const { return table(inverse_, theta); }

 private:
  friend class AdamLaw;
  static constexpr double begin_ = -9, step_ = 0.25;  // of ln θ
  static constexpr int nodes_ = 97;                   // up to ln θ = 15; below, it counts as 0
  static double table(const Eigen::ArrayXd& values, double theta);

  Eigen::ArrayXd mean_, inverse_;  // at θ = 0, then along ln θ
};

/// The law of Adam's update of an entry whose gradients are a small mean and a batch's noise, y_b = r_b x_b: given the
/// residuals the entries of a row are Gaussian with the common variance Y = Σ_b z_b² w_b²/B (Σ_b e_b²/B in the linear
/// layer, Residual::unit). χ, K and their table are
/// derived in docs/adam.md; Laplace transforms by trapezoid rules in their logarithm, 1e−5 of the values.
///
///     AdamLaw law(0.9, 0.95, 64);
///     law.drift();   // 0.98299: E[U] = χ μ/s
///     law.noise();   // 0.9762: Σ over lags of E[U_t U_{t+ℓ}]
class AdamLaw {
 public:
  /// β1 in [0, 1), β2 in [0, 1) with β1² < β2 or β1 = 0: else updates have no variance. `batch` ≥ 1 or infinite: Gaussian
  /// entries. StudyError.
  AdamLaw(double beta1, double beta2, double batch, Residual residual = Residual::gaussian);

  double drift() const { return drift_; }   ///< χ
  double noise() const { return noise_; }   ///< K(1)
  double linear() const { return linear_; }  ///< K'(0) of entries of one row, by their correlation; χ² for Gaussian ones
  /// χ at steps 1, 2, … over χ, until it is 1 within 1e−4.
  Eigen::ArrayXd startup() const;
  /// At step t ≥ 1, where averages hold t gradients.
  AdamGains gains(double steps) const;

 private:
  struct Weighted;
  void tabulate_batch();
  Weighted weighted(double steps) const;
  double drift_at(double steps) const;
  double noise_at(double lag, const Weighted& full) const;
  double shared_row() const;

  /// ln l(t) of one sample's part of Y, and minus its slope.
  struct OneSample {
    double log, slope;
  };
  OneSample one_sample(double t) const;

  double beta1_, beta2_, batch_;
  Residual residual_;
  Eigen::ArrayXd exponent_, slope_;  // −ln L(u)/u and ln(h/L)(u) along ln u
  double drift_ = 0, noise_ = 0, linear_ = 0;
};

}  // namespace muonphase
