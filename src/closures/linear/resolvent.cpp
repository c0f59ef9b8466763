#include "muonphase/closures/linear/resolvent.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

struct Value {
  double value, slope;
};

// Root of an increasing function by Newton, bisecting whenever a step would leave the bracket seen so far.
template <class F>
double increasing_root(F f, double x) {
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < 200; ++iteration) {
    const auto [value, slope] = f(x);
    if (value == 0) return x;
    (value < 0 ? low : high) = x;
    double step = -value / slope;
    // Newton doubles the digits with every step: after a change of 1e−8 the root is exact.
    if (std::abs(step) < 1e-8) return x + step;
    if (!(std::abs(step) < 10)) step = -std::copysign(10.0, value);
    x = x + step > low && x + step < high ? x + step : 0.5 * (low + high);
    if (high - low < 1e-14 * std::abs(x)) return x;
  }
  throw NumericalError("the resolvent's fixed point did not converge");
}

// Sums over the modes of one side at t = s/θ.
struct Filling {
  double filled;  // q = Σ λ/(t + λ)
  double empty;   // Σ t/(t + λ) = dimension − q, without the subtraction
  double slope;   // Σ λ t/(t + λ)² = −dq/d ln t
};

Filling filling(const Spectrum& side, double t) {
  const double* lambda = side.eigenvalue.data();
  const double* weight = side.weight.data();
  const Eigen::Index nodes = side.nodes();
  double filled = 0, empty = 0, slope = 0;
#pragma omp simd reduction(+ : filled, empty, slope)
  for (Eigen::Index i = 0; i < nodes; ++i) {
    const double inverse = 1 / (t + lambda[i]);
    const double share = lambda[i] * inverse, rest = t * inverse;
    filled += weight[i] * share;
    empty += weight[i] * rest;
    slope += weight[i] * share * rest;
  }
  return {filled, empty, slope};
}

// The fixed point at one s. Side a is the smaller one; its ln t is the unknown. Side b follows from the equal fillings
// q, and the loop is closed by q = B Σ (1 − E[A]) over the window, or, where both approach the same number, d = the
// samples in the window, by its complement.
class FixedPoint {
 public:
  FixedPoint(const Spectrum& a, const Spectrum& b, double batch, const SampleWindow& window, bool noise_dominated)
      : a_(a),
        b_(b),
        batch_(batch),
        window_(window),
        capacity_(batch * window.ages()),
        noise_dominated_(noise_dominated),
        dimension_a_(a.dimension()),
        surplus_(b.dimension() - dimension_a_),
        b_isotropic_(b.isotropic()) {}

  void solve(double s, double guess) {
    const double log_s2b = 2 * std::log(s) + std::log(batch_);
    const auto closing = [&](double y) -> Value {
      const Filling a = filling(a_, std::exp(y));
      const double slope_b = match(a, y);
      const double both = y + log_t_b;  // ln t_a t_b
      const double log_q = std::log(a.filled);
      const double tau_rate = 1 + a.slope / slope_b - 2 * a.slope / a.filled;  // d ln κ / dy
      kappa = noise_dominated_ ? 0 : std::exp(2 * log_q + both - log_s2b) / batch_;
      moments = window_moments(window_, kappa);
      const WindowMoments<double>& m = moments;
      filled = a.filled;
      if (!noise_dominated_ && dimension_a_ == capacity_ && a.empty < a.filled)
        return {std::log(a.empty / (batch_ * m.unsaturated)),
                a.slope / a.empty + m.variance / m.unsaturated * tau_rate};
      const double saturated = noise_dominated_ ? 0 : m.variance / (kappa * m.second) - 1;  // d ln E[z²A] / d ln κ
      return {log_q + both - log_s2b + std::log(m.second), tau_rate * (1 + saturated) + a.slope / a.filled};
    };
    log_t_a = increasing_root(closing, guess);
    closing(log_t_a);  // leaves the members at the root
  }

  double log_t_a = 0, log_t_b = 0, kappa = 0, filled = 0;
  WindowMoments<double> moments{};

 private:
  // Finds t_b with the same filling as side a; returns the slope there.
  double match(const Filling& a, double guess) {
    const double empty_b = surplus_ + a.empty;
    if (b_isotropic_) {
      const double share = a.filled / (a.filled + empty_b);
      log_t_b = std::log(b_.eigenvalue(0)) + std::log(empty_b / a.filled);
      return a.filled * (1 - share);
    }
    if (!started_) log_t_b = guess, started_ = true;
    const bool by_filled = a.filled < empty_b;
    const auto mismatch = [&](double y) -> Value {
      const Filling b = filling(b_, std::exp(y));
      return by_filled ? Value{std::log(a.filled / b.filled), b.slope / b.filled}
                       : Value{std::log(b.empty / empty_b), b.slope / b.empty};
    };
    log_t_b = increasing_root(mismatch, log_t_b);
    return filling(b_, std::exp(log_t_b)).slope;
  }

  const Spectrum& a_;
  const Spectrum& b_;
  double batch_;
  const SampleWindow& window_;
  double capacity_;  // samples in the window
  bool noise_dominated_;
  double dimension_a_, surplus_;
  bool b_isotropic_;
  bool started_ = false;
};

struct Nodes {
  Eigen::ArrayXd s, weight;
};

// x = ln s = y + e^(y − right) − e^(left − y): spacing `step` across the singular values of G, which lie within [left,
// right], growing double-exponentially outside, where the integrands are pure powers of s.
Nodes nodes_in_s(const Spectrum& output, const Spectrum& input, double batch, const SampleWindow& window,
                 bool noise_dominated, const ResolventOptions& options) {
  constexpr double margin = 1.5, reach = 3.75;  // e^3.75 = 42 nats beyond the margins
  const double tr_out = output.trace(), tr_in = input.trace();
  double scale = tr_out * input.largest() + tr_in * output.largest();
  scale *= window.sum_of_squares() / batch;
  if (!noise_dominated) scale += tr_out * tr_in * std::pow(window.weight(0) / batch, 2);
  const double largest = 0.5 * std::log(scale);
  // The batches needed to fill the spectrum spread it further, by the weight of the last of them.
  const double needed = noise_dominated ? 0 : std::min(output.dimension(), input.dimension()) / batch;
  const double oldest = window.age.maxCoeff();
  const double width =
      0.5 * (std::log(input.largest() / input.smallest()) + std::log(output.largest() / output.smallest())) +
      std::log(window.weight(0) / sample_weight(window.window, std::min(needed, oldest)));
  // With both sides anisotropic the double integral of V needs s/s' ≈ 1 resolved where its mass thins out towards a
  // hard edge.
  const double edge = output.isotropic() || input.isotropic() ? 3 : 12;
  const double right = largest + margin, left = largest - width - edge - margin;
  const double span = right - left + 2 * reach;
  const Eigen::Index count =
      options.nodes > 1 ? options.nodes : static_cast<Eigen::Index>(std::ceil(span / options.step)) + 1;
  const Eigen::ArrayXd y = Eigen::ArrayXd::LinSpaced(count, right + reach, left - reach);
  const Eigen::ArrayXd up = (y - right).exp(), down = (left - y).exp();
  Nodes nodes;
  nodes.s = (y + up - down).exp();
  nodes.weight = span / static_cast<double>(count - 1) * nodes.s * (1 + up + down);
  return nodes;
}

}  // namespace

Residual residual_of(const Problem& problem) {
  return problem.linear_layer() ? Residual::unit : Residual::gaussian;
}

SampleWindow sample_window(const Problem& problem, const Window& weights) {
  const double filling = problem.noise_dominated() ? 0 : std::min(problem.n_out(), problem.n_in()) / problem.batch;
  return sample_window(weights, filling, residual_of(problem));
}

ResolventPath solve_resolvent(const Spectrum& output, const Spectrum& input, double batch, const SampleWindow& window,
                              const ResolventOptions& options) {
  if (!(options.step > 0 && options.step <= 2)) throw StudyError("the resolvent's step must be in (0, 2]");
  ResolventPath path;
  path.noise_dominated = std::isinf(batch);
  path.batch = path.noise_dominated ? 1 : batch;
  Nodes nodes = nodes_in_s(output, input, path.batch, window, path.noise_dominated, options);
  const Eigen::Index count = nodes.s.size();
  path.t_out.resize(count);
  path.t_in.resize(count);
  path.filled.resize(count);
  path.kappa.resize(count);
  path.second.resize(count);
  path.signal.resize(count);

  const bool input_smaller = input.dimension() <= output.dimension();
  const Spectrum& a = input_smaller ? input : output;
  const Spectrum& b = input_smaller ? output : input;
  FixedPoint point(a, b, path.batch, window, path.noise_dominated);
  // As s → ∞ nothing is filled: τ_b = tr Σ_b / s and t_a = s/θ_a = s² B / tr Σ_b.
  double guess = 2 * std::log(nodes.s(0)) + std::log(path.batch / (window.sum_of_squares() * b.trace()));
  for (Eigen::Index i = 0; i < count; ++i) {
    const double before = point.log_t_a;
    point.solve(nodes.s(i), guess);
    if (i > 0 && i + 1 < count) {
      const double slope = (point.log_t_a - before) / std::log(nodes.s(i) / nodes.s(i - 1));
      guess = point.log_t_a + slope * std::log(nodes.s(i + 1) / nodes.s(i));
    } else {
      guess = point.log_t_a;
    }
    (input_smaller ? path.t_in : path.t_out)(i) = std::exp(point.log_t_a);
    (input_smaller ? path.t_out : path.t_in)(i) = std::exp(point.log_t_b);
    path.filled(i) = point.filled;
    path.kappa(i) = point.kappa;
    path.second(i) = point.moments.second;
    path.signal(i) = point.moments.signal;
  }
  path.s = std::move(nodes.s);
  path.weight = std::move(nodes.weight);
  return path;
}

template <class T>
Eigen::MatrixX<T> filled_shares(const Spectrum& spectrum, const Eigen::ArrayX<T>& t) {
  const Eigen::ArrayX<T> lambda = spectrum.eigenvalue.template cast<T>();
  return (lambda.replicate(1, t.size()) /
          (lambda.replicate(1, t.size()) + t.transpose().replicate(spectrum.nodes(), 1)))
      .matrix();
}

template <class T>
SideSums<T> side_sums(const Spectrum& spectrum, const Eigen::ArrayX<T>& s, const Eigen::ArrayX<T>& t,
                      const Eigen::MatrixX<T>& filled) {
  SideSums<T> result;
  const Eigen::ArrayX<T> lambda = spectrum.eigenvalue.template cast<T>();
  result.weighted = spectrum.weight.template cast<T>().matrix().asDiagonal() * filled;
  // empty = t/(t + λ) = (t/λ) filled
  result.empty = ((filled.array().colwise() / lambda).rowwise() * t.transpose()).matrix();
  result.shared = filled.transpose() * result.weighted;
  result.exchange = result.empty.transpose() * result.weighted;
  result.propagator = (result.empty.array().rowwise() / s.transpose()).matrix();
  return result;
}

template Eigen::MatrixXd filled_shares(const Spectrum&, const Eigen::ArrayXd&);
template Eigen::MatrixXcd filled_shares(const Spectrum&, const Eigen::ArrayXcd&);
template SideSums<double> side_sums(const Spectrum&, const Eigen::ArrayXd&, const Eigen::ArrayXd&,
                                    const Eigen::MatrixXd&);
template SideSums<std::complex<double>> side_sums(const Spectrum&, const Eigen::ArrayXcd&, const Eigen::ArrayXcd&,
                                                  const Eigen::MatrixXcd&);

}  // namespace muonphase
