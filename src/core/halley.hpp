#pragma once
#include <optional>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

// The polar factor of a matrix whose largest entry is ±1 and that has at least as many rows as columns. `full_rank`:
// the smallest singular values count however small; else nothing is returned for a matrix that may be rank-deficient to
// working precision.
template <class S>
std::optional<Matrix<S>> halley_polar(Matrix<S> x, bool full_rank, int threads);

}  // namespace muonphase
