#include "closures/full/whitened.hpp"

#include "muonphase/core/matrix.hpp"

namespace muonphase {

// With standard deviations 1/(s_k s_i) every mode's moment goes through Q_outᵀ diag(s) Q_out and the same of the input
// side; their squares keep every part positive.
Eigen::ArrayXXd whitened_moment(const Eigen::ArrayXXd& moment, const Eigen::ArrayXXd& variance,
                                const Eigen::MatrixXd& basis_out, const Eigen::MatrixXd& basis_in) {
  const Eigen::ArrayXXd log_scale = -0.5 * variance.log();
  const auto squares = [](const Eigen::MatrixXd& basis, const Eigen::ArrayXd& log_factor) -> Eigen::MatrixXd {
    return transposed_product<double>(basis, log_factor.exp().matrix().asDiagonal() * basis).cwiseAbs2();
  };
  const Eigen::MatrixXd out = squares(basis_out, log_scale.rowwise().mean() - log_scale.mean());
  const Eigen::MatrixXd in = squares(basis_in, log_scale.colwise().mean().transpose());
  const Eigen::ArrayXXd result = product<double>(product<double>(out, moment.matrix()), in);
  return result * (static_cast<double>(result.size()) / result.sum());
}

}  // namespace muonphase
