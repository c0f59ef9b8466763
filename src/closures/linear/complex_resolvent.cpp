#include "muonphase/closures/linear/complex_resolvent.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <optional>
#include <utility>

#include "muonphase/closures/averages/gaussian.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

// Sums over the modes of one side at complex t, as in the real fixed point.
struct ComplexFilling {
  Complex filled, empty, slope;
};

ComplexFilling complex_filling(const Spectrum& side, Complex t) {
  const double* lambda = side.eigenvalue.data();
  const double* weight = side.weight.data();
  const Eigen::Index nodes = side.nodes();
  const double re = t.real(), im = t.imag();
  double filled_re = 0, filled_im = 0, empty_re = 0, slope_re = 0, slope_im = 0;
#pragma omp simd reduction(+ : filled_re, filled_im, empty_re, slope_re, slope_im)
  for (Eigen::Index i = 0; i < nodes; ++i) {
    const double sum = re + lambda[i], scale = 1 / (sum * sum + im * im);
    const double share_re = lambda[i] * sum * scale, share_im = -lambda[i] * im * scale;
    const double rest_re = (re * sum + im * im) * scale;  // 1 − share
    filled_re += weight[i] * share_re;
    filled_im += weight[i] * share_im;
    empty_re += weight[i] * rest_re;
    slope_re += weight[i] * (share_re * rest_re + share_im * share_im);
    slope_im += weight[i] * (share_im * rest_re - share_re * share_im);
  }
  return {{filled_re, filled_im}, {empty_re, -filled_im}, {slope_re, slope_im}};
}

struct Point {
  Complex log_t_a, log_t_b;
};

// Whether Newton's steps have come to their end: below `close`, or at the rounding of what they are computed from,
// where they are small and shrink no more.
class Settled {
 public:
  explicit Settled(double close) : close_(close) {}
  bool operator()(double size) {
    const double before = std::exchange(before_, size);
    return size < close_ || (before < 1e-8 && size >= 0.5 * before);
  }

 private:
  double close_, before_ = std::numeric_limits<double>::infinity();
};

// The fixed point at complex s from a nearby one, as in the real case: ln t of the smaller side a is the unknown, side
// b follows from the equal fillings.
class Continuation {
 public:
  Continuation(const Spectrum& a, const Spectrum& b, double batch, const SampleWindow& window, bool noise_dominated)
      : a_(a),
        b_(b),
        batch_(batch),
        window_(window),
        noise_dominated_(noise_dominated),
        surplus_(b.dimension() - a.dimension()),
        b_isotropic_(b.isotropic()),
        hard_edge_(!noise_dominated && a.dimension() == batch * window.ages()) {}

  // From `point`, a guess; nothing when Newton does not settle. On an arc a long way from the guess means another
  // branch, and nothing too.
  std::optional<Point> solve(Complex s, Point point) {
    const Complex log_s2b = 2.0 * std::log(s) + std::log(batch_);
    Settled settled(1e-11);
    for (int iteration = 0; iteration < 60; ++iteration) {
      const ComplexFilling a = complex_filling(a_, std::exp(point.log_t_a));
      const std::optional<Complex> slope_b = match(a, point);
      if (!slope_b) return {};
      const Complex tau_rate = 1.0 + a.slope / *slope_b - 2.0 * a.slope / a.filled;
      const Complex log_ratio = std::log(a.filled) + point.log_t_a + point.log_t_b - log_s2b;
      Complex saturated = 0;
      if (noise_dominated_) {
        kappa = 0;
        moments = {window_.ages(), window_.sum_of_squares(), 0, (window_.count * window_.weight).sum()};
      } else {
        kappa = std::exp(log_ratio + std::log(a.filled)) / batch_;
        moments = window_moments(window_, kappa);
        saturated = moments.variance / (kappa * moments.second) - 1.0;
      }
      filled = a.filled;
      Complex value = std::log(std::exp(log_ratio) * moments.second);
      Complex slope = tau_rate * (1.0 + saturated) + a.slope / a.filled;
      if (hard_edge_ && std::abs(a.empty) < std::abs(a.filled)) {
        value = std::log(a.empty / (batch_ * moments.unsaturated));
        slope = a.slope / a.empty + moments.variance / moments.unsaturated * tau_rate;
      }
      const Complex step = -value / slope;
      if (!std::isfinite(std::abs(step))) return {};
      const double size = std::abs(step);
      if (settled(size)) return point;
      if (size > 3 && s.imag() != 0) return {};
      point.log_t_a += step * std::min(1.0, 3 / size);
    }
    return {};
  }

  Complex kappa, filled;
  WindowMoments<std::complex<double>> moments{};

 private:
  // Moves point.log_t_b to the filling of side a; returns the slope there.
  std::optional<Complex> match(const ComplexFilling& a, Point& point) {
    const Complex empty_b = surplus_ + a.empty;
    if (b_isotropic_) {
      const Complex share = a.filled / (a.filled + empty_b);
      point.log_t_b = std::log(b_.eigenvalue(0)) + std::log(empty_b / a.filled);
      return a.filled * (1.0 - share);
    }
    Settled settled(1e-12);
    for (int iteration = 0; iteration < 30; ++iteration) {
      const ComplexFilling b = complex_filling(b_, std::exp(point.log_t_b));
      const Complex step = std::log(b.filled / a.filled) * b.filled / b.slope;
      const double size = std::abs(step);
      if (!std::isfinite(size)) return {};
      point.log_t_b += step * std::min(1.0, 3 / size);
      if (settled(size)) return b.slope;
    }
    return {};
  }

  const Spectrum& a_;
  const Spectrum& b_;
  double batch_;
  const SampleWindow& window_;
  bool noise_dominated_;
  double surplus_;
  bool b_isotropic_;
  bool hard_edge_;
};

// ln t of the real path at ln s, linear between its nodes and a power beyond.
double interpolate(const Eigen::ArrayXd& s, const Eigen::ArrayXd& t, double log_s) {
  Eigen::Index i = 1;
  while (i + 1 < s.size() && std::log(s(i)) > log_s) ++i;
  const double x0 = std::log(s(i - 1)), x1 = std::log(s(i));
  return std::lerp(std::log(t(i - 1)), std::log(t(i)), (log_s - x0) / (x1 - x0));
}

// To the angle of `s` in steps that shrink towards the imaginary axis.
Point follow_arc(Continuation& point, Complex s, Point real) {
  const double radius = std::abs(s), end = std::arg(s);
  std::optional<Point> here = point.solve(radius, real);
  if (!here) throw NumericalError("the resolvent's fixed point was lost on the real axis");
  Point slope{0, 0};
  double angle = 0, length = 0.3;
  while (angle != end) {
    const double left = M_PI_2 - std::abs(angle);
    double step = std::copysign(std::min(length, 0.5 * left), end);
    if (std::abs(end - angle) <= 1.5 * std::abs(step)) step = end - angle;
    const auto next = point.solve(std::polar(radius, angle + step),
                                  {here->log_t_a + step * slope.log_t_a, here->log_t_b + step * slope.log_t_b});
    if (!next) {
      length = 0.3 * std::abs(step);
      if (length < 1e-6) throw NumericalError("the resolvent's fixed point was lost off the real axis");
      continue;
    }
    slope = {(next->log_t_a - here->log_t_a) / step, (next->log_t_b - here->log_t_b) / step};
    here = next;
    angle = angle + step;
    length = std::min(0.3, 1.5 * length);
  }
  return *here;
}

}  // namespace

ComplexResolvent continue_resolvent(const Spectrum& output, const Spectrum& input, const SampleWindow& window,
                                    const ResolventPath& real, const Eigen::ArrayXcd& s) {
  const Eigen::Index count = s.size();
  ComplexResolvent path{real.batch,
                        real.noise_dominated,
                        s,
                        Eigen::ArrayXcd(count),
                        Eigen::ArrayXcd(count),
                        Eigen::ArrayXcd(count),
                        Eigen::ArrayXcd(count),
                        Eigen::ArrayXcd(count),
                        Eigen::ArrayXcd(count)};
  const bool input_smaller = input.dimension() <= output.dimension();
  const Spectrum& a = input_smaller ? input : output;
  const Spectrum& b = input_smaller ? output : input;
  Continuation point(a, b, real.batch, window, real.noise_dominated);
  for (Eigen::Index i = 0; i < count; ++i) {
    const double log_radius = std::log(std::abs(s(i)));
    const double t_in = interpolate(real.s, real.t_in, log_radius), t_out = interpolate(real.s, real.t_out, log_radius);
    const Point here = follow_arc(
        point, s(i), input_smaller ? Point{Complex(t_in), Complex(t_out)} : Point{Complex(t_out), Complex(t_in)});
    (input_smaller ? path.t_in : path.t_out)(i) = std::exp(here.log_t_a);
    (input_smaller ? path.t_out : path.t_in)(i) = std::exp(here.log_t_b);
    path.filled(i) = point.filled;
    path.kappa(i) = point.kappa;
    path.second(i) = point.moments.second;
    path.signal(i) = point.moments.signal;
  }
  return path;
}

}  // namespace muonphase
