#pragma once
#include <Eigen/Core>

namespace muonphase {

/// The diagonal in the eigenbases of a gradient's second moment once every coordinate of W is divided by its standard
/// deviation: what the term of arcsin(C) linear in C contributes to the diffusion of signs
/// (docs/theory-full-closure.md §11). `moment` [n, d] is diagonal in the eigenbases, `variance` [n, d] is its diagonal
/// in the coordinates of W; columns of the bases are eigenvectors. The standard deviations are taken as a factor for
/// each row times one for each column, as they are in noise, and the result is scaled to the trace n d.
Eigen::ArrayXXd whitened_moment(const Eigen::ArrayXXd& moment, const Eigen::ArrayXXd& variance,
                                const Eigen::MatrixXd& basis_out, const Eigen::MatrixXd& basis_in);

}  // namespace muonphase
