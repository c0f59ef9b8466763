#pragma once
#include "core/multiply.hpp"

namespace muonphase {

// A = L Lᵀ, n × n and positive definite, and divisions by it. The bits do not depend on `threads`.
template <class S>
class Cholesky {
 public:
  explicit Cholesky(Matrix<S> a, int threads = 1);  // reads the lower triangle

  bool positive_definite() const { return positive_definite_; }
  const Matrix<S>& lower() const { return l_; }  // L; what is above its diagonal is not defined
  // These two only when it is positive definite; the others give NaN when it is not.
  void divide_by_transpose(View<S> x) const;        // X ← X L^{−T}, on one thread
  void divide(View<S> x, S kept, S added) const;    // X ← kept X + added X A^{−1}, on one thread
  Matrix<S> inverse() const;                        // A^{−1}
  Matrix<S> solve(const Matrix<S>& x) const;        // A^{−1} X
  Matrix<S> solve_lower(const Matrix<S>& x) const;  // L^{−1} X

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
