#pragma once
#include <Eigen/Core>
#include <limits>

namespace muonphase {

/// Weighted nodes that stand for the whole numbers 1..count: Σ_j F(j) = Σ_i weight_i F(index_i).
struct IntegerNodes {
  Eigen::ArrayXd index, weight;
};

/// Numbers up to `exact` one by one; beyond, bins [a, 2a), no wider than `widest`, carry six nodes each, the Gauss
/// quadrature of the uniform measure on the integers of the bin (discrete Chebyshev polynomials): polynomials of degree
/// 11 are summed exactly. `count`, `exact` ≥ 1 and `widest` ≥ 1 are whole numbers (the last may be infinite).
IntegerNodes integer_nodes(double count, double exact, double widest = std::numeric_limits<double>::infinity());

}  // namespace muonphase
