#pragma once
#include <Eigen/Core>

namespace muonphase {

// Of a moment that no Δ has, as steps at a rate far too large may leave it.
inline constexpr const char* no_longer_finite =
    "the risk is no longer finite or positive: the learning rate is far too large";

// How one coordinate's samples saturate a sign, exact in the batch (docs/theory-full-closure.md §6): with q = V x² in
// units of `unit` = 2R Σ_ii, at every point,
//
//     Ψ(q) = (B/√π) ∫ du u^(−1/2) P(u) (1 + 2uq)^(−3/2),   P = E[(1 + 2uq)^(−1/2)]^(B − 1),
//
// E over the points. Ψ is tabulated on a uniform lattice in ln q with cubic Lagrange interpolation.
class SignSaturation {
 public:
  explicit SignSaturation(double batch);

  struct Values {
    Eigen::ArrayXd psi;    ///< Ψ(q) [points]
    Eigen::ArrayXd slope;  ///< 2 q Ψ'(q), [points]
  };
  Values operator()(const Eigen::ArrayXd& log_q, double unit) const;

 private:
  double batch_;
  Eigen::ArrayXd half_, three_halves_, bend_;  // (1 + 2uq)^(−1/2), its cube, −3uq times its fifth power, over all uq
};

}  // namespace muonphase
