#pragma once
#include <Eigen/Core>

#include "muonphase/core/monitor.hpp"
#include "muonphase/imbalance/mixture.hpp"

namespace muonphase {

/// Components w_c(t) of linear models trained on the population moments of a mixture: W(t) = Σ_c w_c(t) e_c v_cᵀ. Every
/// function returns [T, C], one row for each entry of its time argument (increasing, ≥ 0). docs/theory.md §8.
///
/// Depth-1 models start at 0; deep ones from the balanced start in which each of the L layers has all C singular values
/// equal to `start` ε > 0 in the joint eigenbasis, so w_c(0) = ε^L.

/// GD after `step` (whole) steps of rate eta: w*_c (1 − (1 − η s_c)^t), s_c the eigenvalue of Σ_xx.
Eigen::ArrayXXd gradient_descent_components(const Mixture& mixture, double eta, const Eigen::ArrayXd& step);

/// Gradient flow: w*_c (1 − e^(−s_c t)).
Eigen::ArrayXXd gradient_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time);

/// Spectral flow: min(t, w*_c). SpecGD after k steps of rate η is its value at t = ηk, within η once saturated.
Eigen::ArrayXXd spectral_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time);

/// Normalised gradient flow: the path of gradient flow run at unit Frobenius speed, dt = ‖∇L‖_F dτ, integrated to
/// relative accuracy 1e−12 in t. It arrives at w* at a finite time and stays.
Eigen::ArrayXXd normalized_flow_components(const Mixture& mixture, const Eigen::ArrayXd& time);

/// L-layer spectral flow: min((ε + t)^L, w*_c) while ε^L ≤ w*_c.
Eigen::ArrayXXd deep_spectral_flow_components(const Mixture& mixture, int depth, double start,
                                              const Eigen::ArrayXd& time);

/// L-layer gradient flow, dw/dt = L w^(2 − 2/L) (s^yx_c − s^xx_c w): closed for L ≤ 2 (logistic for L = 2), integrated
/// to 1e−11 for L ≥ 3, which the monitor may interrupt.
Eigen::ArrayXXd deep_gradient_flow_components(const Mixture& mixture, int depth, double start,
                                              const Eigen::ArrayXd& time, const Monitor& monitor = {});

/// Times ((w*_c)^(1/L) − ε) at which L-layer spectral flow saturates each component, [C].
Eigen::ArrayXd spectral_saturation_times(const Mixture& mixture, int depth, double start);

/// First times at which each column of `component` [T, C] reaches `fraction` of its optimum, linear between rows; NaN
/// where it never does. [C]
Eigen::ArrayXd saturation_times(const Eigen::ArrayXd& time, const Eigen::ArrayXXd& component,
                                const Eigen::ArrayXd& optimum, double fraction);

}  // namespace muonphase
