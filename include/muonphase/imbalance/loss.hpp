#pragma once
#include <Eigen/Core>

#include "muonphase/imbalance/mixture.hpp"

namespace muonphase {

/// Population class losses L_c = ½ E[‖e_c − W x‖² | y = c] of the diagonal model with components w_c:
/// ½ [(1 − m_c w_c)² + σ² Σ_j w_j²]. `component` [T, C]; returns [T, C].
Eigen::ArrayXXd class_loss(const Mixture& mixture, const Eigen::ArrayXXd& component);

/// Class losses of any W [C, d] when the means point along the columns of `directions` [d, C]:
/// ½ [‖e_c − m_c W v_c‖² + σ² ‖W‖_F²]. Returns [C].
Eigen::ArrayXd class_loss(const Mixture& mixture, const Eigen::MatrixXd& directions, const Eigen::MatrixXd& weights);

/// Mean over the classes, [T].
Eigen::ArrayXd balanced_loss(const Eigen::ArrayXXd& class_losses);

/// Mean over the prior: the loss that is trained, [T].
Eigen::ArrayXd total_loss(const Mixture& mixture, const Eigen::ArrayXXd& class_losses);

}  // namespace muonphase
