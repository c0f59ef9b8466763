#pragma once
#include "muonphase/core/matrix.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

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

// The moment of [Δ, W*], where weight decay pulls towards W*.
inline Eigen::MatrixXd with_target(const Eigen::MatrixXd& moment, const MomentDecay& decay) {
  if (decay.rate == 0) return moment;
  const Eigen::Index d = moment.rows();
  Eigen::MatrixXd both(2 * d, 2 * d);
  both << moment, decay.overlap, decay.overlap.transpose(), decay.target;
  return both;
}
// Its part of Δ.
inline Eigen::MatrixXd of_delta(const Eigen::MatrixXd& state, double decay) {
  return decay == 0 ? state : Eigen::MatrixXd(state.topLeftCorner(state.rows() / 2, state.cols() / 2));
}
// Δ ← Δ (1 − X − ηδ) − ηδ W*, and noise added to E[ΔᵀΔ]; δ = `decay`, not η (which may be 0, or NaN in a trial that is
// given up), says whether the state has W*.
inline AffineMap<double> decayed_map(const Eigen::MatrixXd& x, const Eigen::MatrixXd& noise, double decay, double eta) {
  if (decay == 0) return {one_minus<double>(x), noise};
  const Eigen::Index d = x.rows();
  const double pulled = eta * decay;
  AffineMap<double> map{Eigen::MatrixXd::Identity(2 * d, 2 * d), {}};
  map.w.topLeftCorner(d, d) = one_minus<double>(x);
  map.w.topLeftCorner(d, d).diagonal().array() -= pulled;
  map.w.bottomLeftCorner(d, d).diagonal().array() = -pulled;
  if (noise.size() > 0) {
    map.noise = Eigen::MatrixXd::Zero(2 * d, 2 * d);
    map.noise.topLeftCorner(d, d) = noise;
  }
  return map;
}

}  // namespace muonphase
