#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Share of correct predictions (largest logit, the first of equals) among the samples of each class, [C]; NaN for a
/// class without samples. logits [n, C], samples in rows.
Eigen::ArrayXd class_accuracy(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label);

/// Share of all samples that are right.
double accuracy(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label);

/// min_i (z_{i,y_i} − max_{c ≠ y_i} z_ic): positive once every sample is classified. C ≥ 2.
double smallest_margin(const Eigen::MatrixXd& logits, const Eigen::ArrayXi& label);

/// Norms in which margins are compared; each optimizer is steepest descent in one of them (GD, SignGD, SpecGD).
struct Norms {
  double frobenius = 0, max = 0, spectral = 0;
};
Norms norms(const Eigen::MatrixXd& weights);

/// Singular values, decreasing, as many as the shorter side, by the Gram matrix of the shorter side: absolute accuracy
/// 1e−8 of the largest.
Eigen::ArrayXd singular_values(const Eigen::MatrixXd& matrix);

/// KL divergence Σ q_i ln(q_i r) of q = s/Σs to the uniform distribution over the r singular values: 0 when all are
/// equal, ln r for rank one. 0 for the zero matrix.
double divergence_to_uniform(const Eigen::ArrayXd& singular_value);

/// 1 − Σ_c (u_cᵀ W v_c)²/‖W‖_F²: the share of the energy of W [C, d] outside the diagonal of the bases `left` [C, r]
/// and `right` [d, r]. 0 for W = 0.
double off_diagonal_share(const Eigen::MatrixXd& weights, const Eigen::MatrixXd& left, const Eigen::MatrixXd& right);

}  // namespace muonphase
