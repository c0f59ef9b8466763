#include "muonphase/optimizers/update.hpp"

#include <algorithm>

namespace muonphase {

template <class S>
const Matrix<S>& Gradient<S>::matrix() const {
  if (matrix_) return *matrix_;
  if (formed_.size() == 0) {
    formed_ = transposed_product<S>(*left_, *right_, threads_);
    if (!formed_.allFinite()) throw NotFinite{};
  }
  return formed_;
}

template <class S>
Matrix<S> Gradient<S>::polar(PolarMethod method, int threads) const {
  if (matrix_ || method == PolarMethod::svd) return polar_factor<S>(matrix(), method, threads);
  if (left_->rows() < std::min(left_->cols(), right_->cols()))
    return polar_factor_of_product<S>(*left_, *right_, PolarMethod::qdwh, threads);
  return polar_factor<S>(matrix(), PolarMethod::qdwh, threads);
}

template class Gradient<double>;
template class Gradient<float>;

}  // namespace muonphase
