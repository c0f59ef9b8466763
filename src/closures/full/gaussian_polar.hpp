#pragma once
// The polar factor of a given matrix plus Gaussian noise.
#include <Eigen/Core>
#include <optional>

#include "muonphase/core/warm_nodes.hpp"

namespace muonphase {

// Of M = S + Z [n, d], the rows of Z independent N(0, T): with polar(M) = (2/π) ∫ ds M (s² + MᵀM)^(−1) over s > 0,
//
//     E polar(M) = S X_S,     E[Zᵀ polar(M)] = n T X_Z,
//     X_S = (2/π) ∫ ds G/(s + a),     X_Z = (2/π) ∫ ds (b/n) G,
//     G = (s + bT + SᵀS/(s + a))^(−1),     a = tr(TG),     b = (n − tr(SᵀS G)/(s + a))/(s + a).
//
// Each call starts from the solution of the call before. O(d³) for each of some 40 iterations.
class GaussianPolar {
 public:
  struct Response {
    Eigen::MatrixXd signal, noise;  // X_S, X_Z
  };
  // SᵀS and T; nullopt where it does not converge.
  std::optional<Response> operator()(double n, const Eigen::MatrixXd& signal, const Eigen::MatrixXd& noise);

  // X_Z where S is Gaussian too and all columns of M independent, of the variances `noise` [d].
  Eigen::ArrayXd independent_columns(double n, const Eigen::ArrayXd& noise) const;

 private:
  double unit_ = 0;
  std::optional<WarmNodes> path_;
};

}  // namespace muonphase
