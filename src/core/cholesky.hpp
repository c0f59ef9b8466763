#pragma once
#include "core/multiply.hpp"

namespace muonphase {

// A = L Lᵀ, n × n and positive definite, and divisions by it. The bits do not depend on `threads`.
template <class S>
class Cholesky {
 public:
  explicit Cholesky(Matrix<S> a, int threads = 1);  // reads the lower triangle

  bool positive_definite() const { return positive_definite_; }  // else nothing below may be called
  const Matrix<S>& lower() const { return l_; }                  // L; what is above its diagonal is not defined
  void divide_by_transpose(View<S> x) const;                     // X ← X L^{−T}, on one thread
  void divide(View<S> x, S kept, S added) const;                 // X ← kept X + added X A^{−1}, on one thread

 private:
  void factor(Eigen::Index begin, Eigen::Index size);
  void factor_leaf(Eigen::Index begin, Eigen::Index size);
  void forward(View<S> x, Eigen::Index begin, Eigen::Index size) const;
  void backward(View<S> x, Eigen::Index begin, Eigen::Index size) const;
  template <class Combine>
  void sweep(View<S> x, Eigen::Index begin, Eigen::Index size, bool forward, bool backward,
             const Combine& combine) const;
  View<const S> l(Eigen::Index i, Eigen::Index j, Eigen::Index rows, Eigen::Index cols) const;

  Matrix<S> l_;
  Matrix<S> corners_;  // inverses of the diagonal blocks that are one strip wide, side by side
  int threads_;
  bool positive_definite_ = true;
};

}  // namespace muonphase
