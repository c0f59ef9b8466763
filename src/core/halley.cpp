#include "core/halley.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/blocks.hpp"
#include "core/cholesky.hpp"
#include "core/inverse_root.hpp"
#include "core/symmetric.hpp"

namespace muonphase {
namespace {

template <class S>
struct Limits;
template <>
struct Limits<double> {
  static constexpr double visible = 1e-9;     // σ_min/σ_max below which the Gram matrix shows noise
  static constexpr double least = 3e-10;      // taken there
  static constexpr bool close = true;         // these two are: a second estimate would not change the next weights
  static constexpr double shift = 1e10;       // largest weight c of the Halley step, see halley_weights
  static constexpr double accurate = 8e-9;    // 1/κ beyond which the polar factor need not become less accurate
  static constexpr double certified = 3e-11;  // ‖XᵀX − I‖ that ends the iteration for ill-conditioned matrices
};
template <>
struct Limits<float> {
  static constexpr double visible = 3e-4;
  static constexpr double least = 1e-7;
  static constexpr bool close = false;
  static constexpr double shift = 3e4;
  static constexpr double accurate = 1e-6;
  static constexpr double certified = 1e-5;
};

struct HalleyWeights {
  double a, b, c;
  double map(double x) const { return x * (a + b * x * x) / (1 + c * x * x); }
};

// x (a + b x²)/(1 + c x²) maps [l, 1] into itself with the largest image of l: the degree-(3, 2) Zolotarev function
// (Nakatsukasa, Bai, Gygi 2010). c is limited: a Cholesky step of weight c errs by c ε, and the polar factor of a
// matrix of condition κ deserves κ ε.
HalleyWeights halley_weights(double l, double largest_c) {
  const double d = std::cbrt(4 * (1 - l * l) / std::pow(l, 4));
  double a = std::sqrt(1 + d) + 0.5 * std::sqrt(8 - 4 * d + 8 * (2 - l * l) / (l * l * std::sqrt(1 + d)));
  a = std::min(a, 2 * std::sqrt(largest_c + 1) - 1);
  const double b = (a - 1) * (a - 1) / 4;
  return {a, b, a + b - 1};
}

// X ← √s ((b/c) X + (a − b/c) X (I + c s XᵀX)^{−1}), from the lower triangle of XᵀX; false when the Cholesky
// factorisation breaks down.
template <class S>
bool halley_step(Matrix<S>& x, Matrix<S> gram_matrix, S s, const HalleyWeights& w, int threads) {
  const S shift = 1 / (S(w.c) * s);
  gram_matrix.diagonal().array() += shift;
  const Cholesky<S> factor(std::move(gram_matrix), threads);
  if (!factor.positive_definite()) return false;
  const S kept = std::sqrt(s) * S(w.b / w.c), added = std::sqrt(s) * S(w.a - w.b / w.c) * shift;
  for_blocks(x.rows(), threads, threads,
             [&](Block i) { factor.divide(view(x).block(i.begin, 0, i.size, x.cols()), kept, added); });
  return true;
}

// Estimate of √λ_min(A) from the lower triangle, a few per cent too large at most when the smallest eigenvalue stands
// apart; 0 when it is not above `noise`.
template <class S>
double smallest_singular_value(const Matrix<S>& gram_matrix, double noise, int threads) {
  const Cholesky<S> factor(gram_matrix, threads);
  if (!factor.positive_definite()) return 0;
  const auto l = factor.lower().template triangularView<Eigen::Lower>();
  Vector<S> v = Vector<S>::Ones(gram_matrix.rows()) / std::sqrt(S(gram_matrix.rows()));
  S inverse = 0;
  for (int i = 0; i < 3; ++i) {
    l.solveInPlace(v);
    l.transpose().solveInPlace(v);
    inverse = v.norm();
    v /= inverse;
  }
  const double smallest = 1 / static_cast<double>(inverse);
  return smallest > noise ? std::sqrt(smallest) : 0;
}

double spread(double l) {
  return (1 - l * l) / (1 + l * l);
}

// The scale that centres the squares of [l, 1] around 1, to 1 ± spread(l).
double centring(double l) {
  return 2 / (1 + l * l);
}

// Relative error of what is left of the iteration in single precision, a tenth of it in units of ε, with a margin: that
// of the polynomial alone, or of a Halley step as well, whose weight c may not be large.
double error_in_single(double l) {
  if (l < 0.03) return 1;
  return spread(l) > degree_six ? 0.2 : 0.06;
}

// A matrix whose singular values, in [l, 1], become 1 to the precision of S, without certification. `guessed`: l may be
// wrong, and is seen to first.
template <class S>
Matrix<S> nearly_orthogonal(Matrix<S> x, double l, bool guessed, int threads) {
  Matrix<S> a = lower_product<S>(x, x, threads);
  if (guessed) l = std::clamp(0.9 * smallest_singular_value(a, 0, threads), Limits<S>::visible, l);
  while (spread(l) > degree_six) {
    const HalleyWeights w = halley_weights(l, Limits<S>::shift);
    if (!halley_step(x, std::move(a), S(1), w, threads)) break;
    l = w.map(l);
    a = lower_product<S>(x, x, threads);
  }
  polynomial_step<S>(x, a, S(centring(l)), spread(l), threads);
  return x;
}

}  // namespace

// Dynamically weighted Halley iteration, ended by a polynomial and a correction that is certified by ‖XᵀX − I‖. What
// is left of it is done in single precision from where that errs by less than the condition of the matrix in double.
template <class S>
std::optional<Matrix<S>> halley_polar(Matrix<S> x, bool full_rank, int threads) {
  constexpr double epsilon = std::numeric_limits<S>::epsilon(), single = std::numeric_limits<float>::epsilon();
  // What follows is about √s X, whose singular values are at most one, in [l, 1] if the estimate holds.
  Matrix<S> a = lower_product<S>(x, x, threads);
  S s = 1 / symmetric_norm(a);
  // Rounding may turn a zero eigenvalue into a small one, which counts only where the rank is known to be full.
  const double noise = full_rank ? 0 : 10 * epsilon / static_cast<double>(s);
  double l = 0.9 * std::sqrt(static_cast<double>(s)) * smallest_singular_value(a, noise, threads);
  double deserved = epsilon / std::max(l, Limits<S>::accurate);  // relative error of the polar factor
  const bool guessed = l < Limits<S>::visible;
  if (guessed) l = Limits<S>::least;
  double largest_c = guessed ? Limits<S>::shift : std::min(Limits<S>::shift, std::max(30 / l, 100.0));
  bool known = !guessed || (full_rank && Limits<S>::close), tried = false;
  for (int steps = 0; steps < 30; ++steps) {
    if (spread(l) > degree_six) {
      const HalleyWeights w = halley_weights(l, largest_c);
      if (halley_step(x, std::move(a), s, w, threads)) {
        l = w.map(l);
        s = 1;
      } else {
        if (largest_c < 1e3) return std::nullopt;
        largest_c /= 10;
      }
      if (std::is_same_v<S, double> && known && deserved > single * error_in_single(l)) {
        x = nearly_orthogonal<float>(x.template cast<float>(), l, guessed, threads).template cast<S>();
        l = 0.9;
      }
      a = lower_product<S>(x, x, threads);
      if (!known && s == 1) {
        const double smallest = 0.9 * smallest_singular_value(a, 0, threads);
        if (!full_rank && smallest < 0.5 * l) return std::nullopt;
        known = smallest > 0;
        if (known) {
          l = std::min(smallest, 0.9);
          deserved = epsilon / std::max(l / w.a, Limits<S>::accurate);
        }
      }
      continue;
    }
    const double tolerance = std::clamp(10 * deserved, 50 * epsilon, Limits<S>::certified);
    double distance = distance_from_identity(a, s);
    const bool first_order = 0.75 * distance * distance <= tolerance;
    if (s == 1 && (first_order || std::max(single, 0.7 * distance * distance) * distance <= tolerance)) {
      last_correction(x, a, !first_order, threads);
      return x;
    }
    double width = distance;
    if (width > degree_six) {
      if (tried) {  // some singular value was smaller than assumed
        l = std::min(0.9 * smallest_singular_value(a, 0, threads), 0.8);
        if (!(l > 0)) l = Limits<S>::least;
        tried = false;
        continue;
      }
      tried = true;
      s *= S(centring(l));
      width = spread(l);
      distance = distance_from_identity(a, s);
    }
    if (single * distance <= 3 * deserved * std::sqrt(static_cast<double>(x.cols())))
      polynomial_step<float>(x, a, s, width, threads);
    else
      polynomial_step<S>(x, a, s, width, threads);
    s = 1;
    a = lower_product<S>(x, x, threads);
  }
  return std::nullopt;
}

template std::optional<Matrix<double>> halley_polar(Matrix<double>, bool, int);
template std::optional<Matrix<float>> halley_polar(Matrix<float>, bool, int);

}  // namespace muonphase
