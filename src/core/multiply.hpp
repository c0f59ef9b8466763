#pragma once
#include <Eigen/Core>

#include "muonphase/core/matrix.hpp"

namespace muonphase {

// A matrix, or the transpose of one, in somebody else's memory: entry (i, j) is data[i * row + j * col].
template <class S>
struct View {
  S* data;
  Eigen::Index rows, cols;
  Eigen::Index row, col;

  View block(Eigen::Index i, Eigen::Index j, Eigen::Index height, Eigen::Index width) const {
    return {data + i * row + j * col, height, width, row, col};
  }
  View transposed() const { return {data, cols, rows, col, row}; }
  View<const S> constant() const { return {data, rows, cols, row, col}; }
};

template <class S>
View<S> view(Matrix<S>& m) {
  return {m.data(), m.rows(), m.cols(), 1, m.rows()};
}
template <class S>
View<const S> view(const ConstMatrixRef<S>& m) {
  return {m.data(), m.rows(), m.cols(), 1, m.outerStride()};
}

enum class Write { assign, add, subtract };  // C ← AB, C + AB, C − AB

// C ← AB and the like on one thread, C with consecutive rows next to each other in memory. With `lower_only` the
// entries of C above its diagonal are not defined.
//
// 24 × 8 entries of C at a time stay in the registers of AVX-512, or as many as other instruction sets have room for;
// this is 11 % above Eigen's product at n = 512, and the symmetric kind wastes nothing. Every entry of C is one chain
// of multiply-adds along the inner dimension, cut at multiples that depend on it alone: its bits do not depend on the
// place of the entry, so work may be split over rows and columns in any way.
template <class S>
void multiply(View<S> c, View<const S> a, View<const S> b, Write write, bool lower_only = false);

}  // namespace muonphase
