#pragma once
#include "muonphase/core/matrix.hpp"

namespace muonphase {

// WᵀM W of symmetric M.
template <class S>
Matrix<S> congruent(const Matrix<S>& w, const Matrix<S>& moment) {
  return symmetric_product<S>(w, product<S>(moment, w));
}

// 1 − X.
template <class S>
Matrix<S> one_minus(Matrix<S> x) {
  x = -x;
  x.diagonal().array() += 1;
  return x;
}

// The affine map M ← WᵀM W + N of symmetric matrices, taken `count` times; N may be left empty for none.
template <class S>
struct AffineMap {
  Matrix<S> w, noise;

  Matrix<S> operator()(const Matrix<S>& moment, double count) {
    Matrix<S> result = moment;
    // By the binary digits of `count`: the map twice is (W², WᵀN W + N).
    for (auto left_over = static_cast<long long>(count);; left_over /= 2) {
      if (left_over % 2 == 1) {
        result = congruent<S>(w, result);
        if (noise.size() > 0) result += noise;
      }
      if (left_over <= 1) return result;
      if (noise.size() > 0) noise += congruent<S>(w, noise);
      w = product<S>(w, w);
    }
  }
};

}  // namespace muonphase
