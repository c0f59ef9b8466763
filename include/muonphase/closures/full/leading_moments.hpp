#pragma once
#include <Eigen/Core>
#include <functional>

namespace muonphase {

/// Coordinates of the input side in which an update's drift couples few modes: Δ Λ^(1/2) V, V orthogonal. The first
/// `leading` of them are followed as a matrix, the rest one by one.
struct ModeFrame {
  Eigen::MatrixXd vectors;  ///< V [d, d], from the eigenbasis of Σ_in
  Eigen::Index leading;     ///< K ≤ d
};

/// M = E[VᵀΛ^(1/2) ΔᵀΔ Λ^(1/2) V] in such a frame; 2R = tr M + σ².
struct LeadingMoments {
  Eigen::MatrixXd leading;  ///< [K, K]
  Eigen::ArrayXd rest;      ///< the diagonal beyond [d − K]
};

/// M ← M − η (L M + M Lᵀ) + η² D, L and D without the entries that M has not.
struct LeadingRates {
  Eigen::MatrixXd drift, diffusion;           ///< [K, K]
  Eigen::ArrayXd rest_drift, rest_diffusion;  ///< [d − K]
};

using LeadingRateFunction = std::function<LeadingRates(const LeadingMoments& moment)>;

}  // namespace muonphase
