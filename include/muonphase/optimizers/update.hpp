#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "muonphase/core/matrix.hpp"
#include "muonphase/core/polar.hpp"
#include "muonphase/optimizers/option.hpp"

namespace muonphase {

/// What an optimizer remembers between steps; a plain value, empty before the first step.
template <class S>
struct OptimizerState {
  std::int64_t updates = 0;         ///< gradients seen, this one included
  std::vector<Matrix<S>> averages;  ///< what the rule keeps: momentum; m and v for Adam; L and R for Shampoo
};

/// A gradient [n, d] whose entries are not all finite.
struct NotFinite {};

/// The gradient of one batch: a matrix, or the two factors of leftᵀ right in general position, formed when first looked
/// at. Keeps references.
template <class S>
class Gradient {
 public:
  explicit Gradient(const Matrix<S>& matrix) : matrix_(&matrix) {}
  /// left [B, n], right [B, d], of rank min(n, d, B).
  Gradient(const Matrix<S>& left, const Matrix<S>& right, int threads)
      : left_(&left), right_(&right), threads_(threads) {}

  /// NotFinite where the product of factors overflows.
  const Matrix<S>& matrix() const;
  /// Its polar factor; from the factors where these are smaller.
  Matrix<S> polar(PolarMethod method, int threads) const;

 private:
  const Matrix<S>*matrix_ = nullptr, *left_ = nullptr, *right_ = nullptr;
  int threads_ = 1;
  mutable Matrix<S> formed_;
};

/// What an update rule sees.
template <class S>
struct Step {
  const OptimizerOptions& options;
  OptimizerState<S>& state;
  const Gradient<S>& gradient;
  PolarMethod polar = PolarMethod::automatic;
  int threads = 1;

  double number(const std::string& key) const { return options.number(key); }
  bool flag(const std::string& key) const { return options.flag(key); }

  /// The average in `slot`, zero at first: average ← β average + (1 − β) value.
  const Matrix<S>& average(std::size_t slot, double beta, const Matrix<S>& value) {
    if (state.averages.size() <= slot) state.averages.resize(slot + 1);
    Matrix<S>& kept = state.averages[slot];
    kept = kept.size() == 0 ? Matrix<S>(S(1 - beta) * value) : Matrix<S>(S(beta) * kept + S(1 - beta) * value);
    return kept;
  }

  /// M_t = μ M_{t−1} + (1 − μ) G_t, or with `nesterov` μ M_t + (1 − μ) G_t; G_t itself for μ = 0. Slot 0.
  Matrix<S> momentum(double mu, bool nesterov) {
    const Matrix<S>& g = gradient.matrix();
    if (mu == 0) return g;
    const Matrix<S>& m = average(0, mu, g);
    return nesterov ? Matrix<S>(S(mu) * m + S(1 - mu) * g) : m;
  }
};

/// Takes the next gradient and returns Φ [n, d]; W ← W − η Φ is the caller's. Made of one generic function for both
/// precisions.
///
///     UpdateRule rule([](auto& step) { return step.gradient.matrix(); });   // plain descent
class UpdateRule {
 public:
  UpdateRule() = default;
  template <class F>
  explicit UpdateRule(F rule) : double_(rule), single_(rule) {}

  Matrix<double> operator()(Step<double>& step) const { return double_(step); }
  Matrix<float> operator()(Step<float>& step) const { return single_(step); }

 private:
  std::function<Matrix<double>(Step<double>&)> double_;
  std::function<Matrix<float>(Step<float>&)> single_;
};

/// Entries −1, 0 or 1.
template <class S>
Matrix<S> entry_signs(const Matrix<S>& g) {
  return g.array().sign();
}

/// G/‖G‖_F, zero for zero.
template <class S>
Matrix<S> normalised(const Matrix<S>& g) {
  const S norm = g.stableNorm();
  return norm > 0 ? Matrix<S>(g / norm) : Matrix<S>::Zero(g.rows(), g.cols());
}

}  // namespace muonphase
