#pragma once
#include <Eigen/Core>

namespace muonphase {

/// Quasi-Monte Carlo points for averages over independent scaled χ² variables: row i holds one point, column m a
/// variable χ²_ν/ν with ν = dof(m) > 0 (mean one; ν = 1 is the square of a standard Gaussian). Every point has weight
/// 1/points.
///
/// Sobol's sequence with Owen's nested scrambling (by a fixed hash), mapped by the quantiles, which are monotone in
/// every coordinate: an even function of a Gaussian is thereby not folded, and converges about four times faster than
/// through the Gaussian quantile. `points` is a power of two. Variables beyond 3667, for which
/// the sequence is not tabulated, are spread evenly one by one. Same arguments, same bits.
Eigen::MatrixXd chi_square_points(int points, const Eigen::ArrayXd& dof);

/// Quasi-Monte Carlo points of `variables` independent standard Gaussians: [points, variables].
Eigen::MatrixXd gaussian_points(int points, Eigen::Index variables);

}  // namespace muonphase
