#pragma once
#include <Eigen/Core>

#include "muonphase/closures/averages/gaussian.hpp"

namespace muonphase {

/// The average over past gradients that an optimizer's map acts on, M_t = Σ_a ω_a G_{t−a}:
///
///     ω_0 = newest,     ω_a = tail · retention^a for a ≥ 1.
///
/// One step (the default) is the gradient itself. docs/theory.md §7.
struct Window {
  double newest = 1;     ///< ω_0
  double tail = 0;       ///< of the geometric weights beyond
  double retention = 0;  ///< in [0, 1); 0: nothing of earlier gradients is kept

  bool one_step() const { return retention == 0; }
  /// Steps over which an average forgets, 1/(1 − retention).
  double memory() const { return 1 / (1 - retention); }
};

/// M_t = μ M_{t−1} + (1 − μ) G_t, or with `nesterov` the look-ahead μ M_t + (1 − μ) G_t. μ in [0, 1), StudyError
/// otherwise.
Window momentum_window(double momentum, bool nesterov = false);

/// β1 m_{t−1} + (1 − β1) G_t of an average m_t = β2 m_{t−1} + (1 − β2) G_t, as in Lion. β1 in [0, 1), β2 in (0, 1),
/// StudyError otherwise.
Window interpolated_window(double beta1, double beta2);

/// How much of a gradient one sample is, given its directions: a residual z ~ N(0, 1), or, where the residual is itself
/// one of the two directions (the linear layer), 1.
enum class Residual { gaussian, unit };

/// The batches that an average M = Σ_a ω_a G_{t−a} still holds, by their age a = 0, 1, … in steps, as weighted nodes
/// (docs/theory.md §7). Arrays have one entry per node.
struct SampleWindow {
  Window window;
  Eigen::ArrayXd age;     ///< of the node; whole up to 11
  Eigen::ArrayXd count;   ///< number of ages that the node stands for
  Eigen::ArrayXd weight;  ///< ω
  Residual residual = Residual::gaussian;

  double ages() const { return count.sum(); }
  double sum_of_squares() const { return (count * weight.square()).sum(); }
};

/// ω at any age ≥ 0.
double sample_weight(const Window& window, double age);

/// The window of an average whose spectrum is filled by the samples of `filling` batches (the smaller dimension over
/// B): beyond that age, weights down to e^−20 of the last one needed, and none below e^−37 of the first, which double
/// precision does not see. A window of one step is one batch.
SampleWindow sample_window(const Window& window, double filling, Residual residual = Residual::gaussian);

/// Weights of the same samples `lag` steps later.
Eigen::ArrayXd weights_after(const SampleWindow& window, double lag);

/// Lags 1, 2, … over which averages stay correlated, as weighted nodes; empty for a window of one step.
struct LagNodes {
  Eigen::ArrayXd lag, count;
};
LagNodes correlated_lags(const Window& window);

/// Averages over the residual of one sample, at one κ or at many.
template <class T>
Saturation<T> saturation_of(const SampleWindow& window, const T& kappa);

/// Sums over the window of expectations with A_a = 1/(1 + ω_a² κ z²), z the residual, T = double or
/// std::complex<double>.
template <class T>
struct WindowMoments {
  T unsaturated;  ///< Σ E[A_a]
  T second;       ///< Σ ω_a² E[z² A_a]
  T variance;     ///< Σ E[A_a (1 − A_a)]
  T signal;       ///< Σ ω_a E[z² A_a]
};
template <class T>
WindowMoments<T> window_moments(const SampleWindow& window, T kappa);

/// Sums over the window at two times and two κ's: A at κ_i with the weights of the window, A' at κ_j with those ω' of
/// the same samples `lag` steps later. Matrices [κ.size(), κ.size()].
struct WindowPairs {
  Eigen::MatrixXd cross;    ///< Σ ω ω' E[z² A A']
  Eigen::MatrixXd earlier;  ///< Σ ω² E[z² A A']
  Eigen::MatrixXd later;    ///< Σ ω'² E[z² A A']
  Eigen::ArrayXd kept;      ///< Σ ω'² E[z² A'], by j
};
WindowPairs window_pairs(const SampleWindow& window, const Eigen::ArrayXd& kappa, double lag);

/// χ_B = E [Σ_a ω_a S_a / √(Σ_a ω_a² S_a)], S_a = Σ_{b≤B} z_ab² w_ab², w iid N(0,1), z the residuals, for whole B ≥ 1:
/// the drift of the signs of an average (docs/theory.md §4, §7). For one step E √S: χ_1 = 2/π, χ_B → √B; of residuals
/// that are 1, χ_B = √2 Γ((B+1)/2)/Γ(B/2). Relative error below 1e−10.
double chi(double batch, const SampleWindow& window = sample_window({}, 0));

/// Correlations r_ℓ = Σ_a ω_aω_{a+ℓ} / Σ_a ω_a² of the noise of two averages, and how often each counts in V(0) + 2 Σ_ℓ
/// V(ℓ): lag 0 first.
struct LagCorrelations {
  Eigen::ArrayXd correlation, count;
};
LagCorrelations lag_correlations(const SampleWindow& window);

}  // namespace muonphase
