#pragma once
#include <Eigen/Core>

namespace muonphase {

/// M = Q R with orthonormal columns Q and R upper triangular.
struct QrFactors {
  Eigen::MatrixXd q, r;
};

/// Of a tall M [n, d] by Householder reflections, whose signs the diagonal of R has: Q [n, d], R [d, d].
QrFactors tall_qr(const Eigen::MatrixXd& m);

/// M = Q W by reflections with column pivoting: as many columns Q and rows W as M has rank, where pivots up to
/// `threshold` times the largest count as zero.
struct RankFactors {
  Eigen::MatrixXd q, w;
};
RankFactors rank_factors(const Eigen::MatrixXd& m, double threshold);

}  // namespace muonphase
