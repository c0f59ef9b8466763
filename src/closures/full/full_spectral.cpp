#include "muonphase/closures/full/full_spectral.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <utility>

#include "closures/full/sample_law.hpp"
#include "closures/full/unsolved.hpp"
#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/quasi_points.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

Eigen::ArrayXcd joined(const Eigen::ArrayXd& x) {
  const Eigen::Index half = x.size() / 2;
  Eigen::ArrayXcd z(half);
  z.real() = x.head(half);
  z.imag() = x.tail(half);
  return z;
}

Eigen::ArrayXd split(const Eigen::ArrayXcd& z) {
  Eigen::ArrayXd x(2 * z.size());
  x << z.real(), z.imag();
  return x;
}

constexpr double tempered = 1e-5;
// Shares of ‖M‖_F² from which on a mode's own counts, worth 0.5 % of its rate at most below; and where the rest of the
// norm is too little for the poles to resolve.
constexpr double least_share = 0.02, most_share = 0.95;

}  // namespace

// One pole s: iterates the self-consistent system of FullSignSvd, complex and over the window.
struct FullSpectral::Node {
  const FullSpectral& closure;
  Complex s;
  const Eigen::ArrayXd& share;              // δ_j² = λ_j v_j
  const Eigen::ArrayXd& seen;               // of it, what the average has
  const Eigen::ArrayXd& residual_variance;  // V at each sampled point
  Eigen::ArrayXcd coupling, determinant;    // C_j and (q+e_j)(s+ϑ_j) + S_j² at the last iterate

  // Averages over samples by mode: ϑ_j/λ_j, e_j/δ_j², C_j and, last, B ϑ_⊥.
  struct Sums {
    Eigen::ArrayXcd input, excess, coupling;
    Complex spare = 0;
  };
  Sums quotient;  // of all points over few

  Eigen::ArrayXd next(const Eigen::ArrayXd& real_x, SampleLaw::Sampling sampling) {
    const Eigen::ArrayXcd x = joined(real_x);
    const Eigen::ArrayXd& lambda = closure.problem_.input.eigenvalue;
    const Eigen::ArrayXd& weight = closure.problem_.input.weight;
    const Eigen::Index modes = lambda.size(), points = closure.square_.rows(),
                       few = std::min(points, std::max<Eigen::Index>(64, points / 8));
    const double batch = closure.problem_.batch, n = closure.problem_.n_out();
    const Complex tau_out = std::exp(x(modes)) / s;
    const Eigen::ArrayXcd t = lambda * x.head(modes).exp() / s;
    Sums mean = average(tau_out, t, few);
    if (sampling == SampleLaw::Sampling::all) {
      const Sums least = std::exchange(mean, average(tau_out, t, points));
      const auto over = [](const Eigen::ArrayXcd& a, const Eigen::ArrayXcd& b) -> Eigen::ArrayXcd {
        return (b.abs() > 0).select(a / b, Complex(1));
      };
      quotient = {over(mean.input, least.input), over(mean.excess, least.excess), over(mean.coupling, least.coupling),
                  least.spare == 0.0 ? 1 : mean.spare / least.spare};
    } else {
      mean = {mean.input * quotient.input, mean.excess * quotient.excess, mean.coupling * quotient.coupling,
              mean.spare * quotient.spare};
    }
    const Eigen::ArrayXcd input = lambda * mean.input * tau_out / batch;
    const Complex spare = mean.spare / batch;
    const Eigen::ArrayXcd extra = share / batch * mean.excess;
    coupling = mean.coupling;
    const Eigen::ArrayXcd signal = lambda * seen * coupling.square();

    const Complex q = n / tau_out;
    determinant = (q + extra) * (s + input) + signal;
    const Eigen::ArrayXcd load = extra + signal / (s + input);
    Eigen::ArrayXcd y(modes + 1);
    y.head(modes) = (s * (q + extra) / determinant).log();
    y(modes) = std::log(s * n / (s + spare + (weight * q * load / (q + load)).sum() / n));
    return split(y);
  }

  // Over the first few points.
  Sums average(Complex tau_out, const Eigen::ArrayXcd& t, Eigen::Index points) {
    const Eigen::ArrayXd& weight = closure.problem_.input.weight;
    const auto square = closure.square_.topRows(points);
    const Eigen::Index modes = t.size();
    const double batch = closure.problem_.batch;
    const Eigen::ArrayXd tau_in_re = square * closure.sampled_.sums(weight * t.real()),
                         tau_in_im = square * closure.sampled_.sums(weight * t.imag());

    // As in FullSignSvd: E[c_j² F] = E[F] + 2 E[c_j² (δ_j² ∂F/∂V + t_j ∂F/∂τ_i)].
    if (derivative.rows() != points) derivative.resize(points, 12);
    Complex noise_input = 0, noise_output = 0, excess = 0, signal_mean = 0;
    const auto put = [&](Eigen::Index i, Eigen::Index column, Complex value) {
      derivative(i, 2 * column) = value.real();
      derivative(i, 2 * column + 1) = value.imag();
    };
    for (Eigen::Index i = 0; i < points; ++i) {
      const double v = residual_variance(i);
      const Complex tau_in(tau_in_re(i), tau_in_im(i));
      const WindowRatio m = closure.table_(tau_out / (batch * batch) * tau_in * v);
      const Complex inverse = std::conj(tau_in) / std::norm(tau_in);
      put(i, 0, m.noise + m.noise_slope);
      put(i, 1, v * inverse * m.noise_slope);
      put(i, 2, tau_in / v * m.excess_slope);
      put(i, 3, m.excess + m.excess_slope);
      put(i, 4, m.signal_slope / v);
      put(i, 5, inverse * m.signal_slope);
      noise_input += v * m.noise;
      noise_output += tau_in * v * m.noise;
      excess += tau_in * m.excess;
      signal_mean += m.signal;
    }
    const double count = static_cast<double>(points);
    const Eigen::MatrixXd average = square.transpose() * derivative / count;
    const auto mean_square = [&](Complex mean, Eigen::Index by_variance, Eigen::Index by_tau) {
      Eigen::ArrayXcd result(modes);
      for (Eigen::Index j = 0; j < modes; ++j) {
        const Eigen::Index g = closure.sampled_.variable[static_cast<std::size_t>(j)];
        const auto at = [&](Eigen::Index column) {
          return Complex(average(g, 2 * column), average(g, 2 * column + 1));
        };
        result(j) = mean / count + 2.0 * (share(j) * at(by_variance) + t(j) * at(by_tau));
      }
      return result;
    };
    return {mean_square(noise_input, 0, 1), mean_square(excess, 2, 3), mean_square(signal_mean, 4, 5),
            noise_output / count};
  }

  Eigen::MatrixXd derivative;
};

FullSpectral::FullSpectral(const Problem& problem, const SpectralRule& rule, const FullClosureOptions& options)
    : problem_(problem),
      window_(sample_window(problem, rule.window)),
      table_(window_),
      map_(rule.map.exact_sign() ? spectral_poles(tempered_map(tempered)) : rule.map),
      spread_(rule.map.exact_sign() ? map_ : effective_map(problem, window_, map_)),
      exact_(rule.map.exact_sign()),
      own_share_(exact_ ? std::nullopt : std::optional<OwnShare>(map_)),
      options_(options),
      sampled_(problem.input, options.leading_modes) {
  if (problem.output.nodes() != 1)
    throw StudyError("closure = full: Muon's full closure needs an isotropic output covariance");
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
  square_ = chi_square_points(options.points, sampled_.dof);
  const SpectralRule noise{rule.window, rule.map.exact_sign() ? map_ : rule.map};
  const Eigen::ArrayXXd instant = spectral_lagged_diffusion(problem, 0, noise);
  lagged_ = ((spectral_coefficients(problem, noise).diffusion - instant) / instant).row(0).transpose();
}

// E[M_kj²]: independent noise of the window's samples and the mean.
Eigen::ArrayXXd FullSpectral::average_moment(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) const {
  const Eigen::ArrayXXd product =
      (problem_.output.eigenvalue.matrix() * problem_.input.eigenvalue.matrix().transpose()).array();
  const Eigen::ArrayXXd noise = gradient_second_moment(problem_, energy) - product.square() * energy;
  return window_.sum_of_squares() * noise + product.square() * seen;
}

// A mode that holds much of ‖M‖_F² moves the norm; the others see its spread.
FullSpectral::PoleWeights FullSpectral::pole_weights(const Eigen::ArrayXd& share) const {
  const Eigen::Index modes = share.size();
  PoleWeights result{spread_.odd.transpose().replicate(modes, 1), spread_.even.transpose().replicate(modes, 1)};
  if (exact_) return result;
  for (Eigen::Index j = 0; j < modes; ++j)
    if (share(j) > least_share) {
      const SpectralPoles own = (*own_share_)(std::min(share(j), most_share));
      result.odd.row(j) = own.odd.transpose();
      result.even.row(j) = own.even.transpose();
    }
  return result;
}

FullSpectral::Instant FullSpectral::instant(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) {
  const Eigen::ArrayXd& lambda = problem_.input.eigenvalue;
  const Eigen::Index modes = lambda.size();
  const double n = problem_.n_out(), label_noise = problem_.label_noise * problem_.label_noise;
  const Eigen::ArrayXd share = lambda * energy.row(0).transpose() * n;
  if (!((problem_.input.weight * share).sum() + label_noise > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const Eigen::ArrayXd variance = (square_ * sampled_.sums(problem_.input.weight * share)).array() + label_noise;
  const Eigen::ArrayXd seen_share = lambda * seen.row(0).transpose() * n;
  const Eigen::ArrayXXd moment = average_moment(energy, seen);
  const double unit = std::sqrt(n * (problem_.input.weight * moment.row(0).transpose()).sum());
  const Eigen::Index poles = map_.p.size();
  const PoleWeights weight = pole_weights(n / (unit * unit) * moment.row(0).transpose());
  const bool warm = !last_.empty();
  Eigen::ArrayXd start = Eigen::ArrayXd::Zero(2 * (modes + 1));
  start(modes) = std::log(n);
  if (!warm) {
    last_.assign(static_cast<std::size_t>(poles), start);
    earlier_.assign(static_cast<std::size_t>(poles), {});
  }
  const double log_unit = std::log(unit), moved = log_unit - std::exchange(log_unit_, log_unit);
  const double ahead =
      warm && std::abs(moved) > 1e-9 && std::abs(moved_) > 1e-9 ? std::clamp(moved / moved_, -1.0, 1.5) : 0;
  moved_ = moved;

  Eigen::ArrayXcd rate = Eigen::ArrayXcd::Zero(modes), projection = rate;
  Eigen::ArrayXd on_axis = start;  // the last solution there, |s| above
  for (Eigen::Index m = poles - 1; m >= 0; --m) {
    Eigen::ArrayXd& x = last_[static_cast<std::size_t>(m)];
    const Complex end = unit * map_.p(m);
    Node node{*this, end, share, seen_share, variance, {}, {}, {}, {}};
    const auto solve = [&](Complex s, Eigen::ArrayXd& y) {
      node.s = s;
      return solve_sampled(
          [&](const Eigen::ArrayXd& z, SampleLaw::Sampling sampling) { return node.next(z, sampling); }, y,
          options_.tolerance);
    };
    // From the real axis along the arc, in steps that shrink towards the imaginary axis.
    const auto follow_arc = [&](double longest) {
      Eigen::ArrayXd y = on_axis;
      if (!solve(std::abs(end), y)) return false;
      on_axis = y;
      Eigen::ArrayXd slope = Eigen::ArrayXd::Zero(y.size());
      for (double angle = 0, last = std::arg(end); angle != last;) {
        const double left = M_PI_2 - std::abs(angle);
        double step = std::copysign(longest * std::min(1.0, left), last);
        if (std::abs(last - angle) <= 1.5 * std::abs(step)) step = last - angle;
        Eigen::ArrayXd next = y + step * slope;
        angle += step;
        if (!solve(std::polar(std::abs(end), angle), next)) return false;
        slope = (next - y) / step;
        y = next;
      }
      x = y;
      return true;
    };
    // Along the line from the solution before the last one.
    const Eigen::ArrayXd before = x;
    Eigen::ArrayXd& earlier = earlier_[static_cast<std::size_t>(m)];
    if (ahead != 0 && earlier.size() > 0) x += ahead * (x - earlier);
    bool found = warm && solve(end, x);
    if (warm) earlier = before;
    for (double longest : {0.3, 0.1, 0.03}) found = found || follow_arc(longest);
    if (!found) throw unsolved("spectral maps", problem_.batch, n);
    rate += unit * weight.odd.col(m) * lambda * node.coupling / node.determinant;
    projection += weight.even.col(m) * (1 - joined(x).head(modes).exp());
  }

  return {rate.real(), projection.real() / n};
}

ModeRates FullSpectral::operator()(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) {
  const auto [rate, square] = instant(energy, seen);
  const Eigen::ArrayXd mean = rate.square() * seen.row(0).transpose();
  return {rate.transpose(), (square + lagged_ * (square - mean).max(0)).transpose()};
}

}  // namespace muonphase
