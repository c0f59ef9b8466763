#include "muonphase/closures/linear/pole_pairs.hpp"

#include <complex>

#include "muonphase/closures/averages/gaussian.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

// Sums of E[z² A A'] over the window for every pair of poles. As ω'/ω is the same for all gradients but the newest, the
// weights ωω', ω² and ω'² need two sums: the newest gradient's, and that of the others with ω².
struct PairSums {
  Eigen::ArrayXXd newest_re, newest_im, others_re, others_im;

  explicit PairSums(Eigen::Index size) {
    for (auto* sum : {&newest_re, &newest_im, &others_re, &others_im}) *sum = Eigen::ArrayXXd::Zero(size, size);
  }

  // E[z² A A'] = (E[A] − E[A'])/(κ' − κ), and where κ ≈ κ' its limit E[A(1 − A)]/κ. `sign` = −1 takes κ' for its
  // conjugate.
  static void add(const SaturatedPoles& first, const SaturatedPoles& last, double sign, double count,
                  Eigen::ArrayXXd& sum_re, Eigen::ArrayXXd& sum_im) {
    const Eigen::Index size = sum_re.rows();
    const double *k_re = first.kappa_re.data(), *k_im = first.kappa_im.data(), *f_re = first.filled_re.data(),
                 *f_im = first.filled_im.data(), *s_re = first.slope_re.data(), *s_im = first.slope_im.data();
    for (Eigen::Index j = 0; j < size; ++j) {
      const double kj_re = last.kappa_re(j), kj_im = sign * last.kappa_im(j), fj_re = last.filled_re(j),
                   fj_im = sign * last.filled_im(j), sj_re = last.slope_re(j), sj_im = sign * last.slope_im(j);
      const double near = 1e-8 * (kj_re * kj_re + kj_im * kj_im);
      double *re = &sum_re(0, j), *im = &sum_im(0, j);
#pragma omp simd
      for (Eigen::Index i = 0; i < size; ++i) {
        const double dk_re = kj_re - k_re[i], dk_im = kj_im - k_im[i];
        const double df_re = fj_re - f_re[i], df_im = fj_im - f_im[i];
        const double norm = dk_re * dk_re + dk_im * dk_im;
        const bool apart = norm > near;
        const double inverse = 1 / (apart ? norm : 1.0);
        re[i] += count * (apart ? (df_re * dk_re + df_im * dk_im) * inverse : 0.5 * (s_re[i] + sj_re));
        im[i] += count * (apart ? (df_im * dk_re - df_re * dk_im) * inverse : 0.5 * (s_im[i] + sj_im));
      }
    }
  }
};

Eigen::ArrayXXcd joined(const Eigen::ArrayXXd& re, const Eigen::ArrayXXd& im) {
  Eigen::ArrayXXcd z(re.rows(), re.cols());
  z.real() = re;
  z.imag() = im;
  return z;
}

}  // namespace

PolePairs::PolePairs(const Problem& problem, const ComplexResolvent& path, const SampleWindow& window,
                     const Eigen::MatrixXcd& filled_out, const Eigen::MatrixXcd& filled_in)
    : problem_(problem),
      path_(path),
      window_(window),
      out_(side(problem.output, path.t_out, filled_out)),
      in_(side(problem.input, path.t_in, filled_in)) {
  if (path.noise_dominated) return;
  for (const double weight : window.weight) earlier_.emplace_back(window, path.kappa, weight);
}

PolePairs::Side PolePairs::side(const Spectrum& spectrum, const Eigen::ArrayXcd& t,
                                const Eigen::MatrixXcd& filled) const {
  Side result{side_sums<Complex>(spectrum, path_.s, t, filled), {}, {}};
  result.shared_conjugate = filled.transpose() * result.weighted.conjugate();
  result.exchange_conjugate = result.empty.transpose() * result.weighted.conjugate();
  return result;
}

SaturatedPoles::SaturatedPoles(const SampleWindow& window, const Eigen::ArrayXcd& at, double weight) {
  const Eigen::ArrayXcd kappa = weight * weight * at;
  const Saturation<Eigen::ArrayXcd> m = saturation_of(window, kappa);
  const Eigen::ArrayXcd filled = kappa * m.second, slope = m.variance * kappa.conjugate() / kappa.abs2();
  kappa_re = kappa.real();
  kappa_im = kappa.imag();
  filled_re = filled.real();
  filled_im = filled.imag();
  slope_re = slope.real();
  slope_im = slope.imag();
}

// The denominator of SpectralDiffusion::kernel, an identity between analytic functions.
Eigen::ArrayXXcd PolePairs::gamma(double lag, const std::vector<SaturatedPoles>& later_poles, bool conjugate) const {
  const Eigen::Index size = path_.s.size();
  const auto primed = [&](const Eigen::ArrayXcd& value) -> Eigen::ArrayXcd {
    return conjugate ? Eigen::ArrayXcd(value.conjugate()) : value;
  };
  const Eigen::ArrayXcd q_later = primed(path_.filled), second_later = primed(path_.second);
  const Eigen::ArrayXd after = weights_after(window_, lag);
  Eigen::ArrayXXcd cross, earlier, later;  // Σ ωω' E[z²AA'], Σ ω² E[z²AA'], Σ ω'² E[z²AA']
  Eigen::ArrayXcd kept = Eigen::ArrayXcd::Zero(size);
  if (path_.noise_dominated) {
    const auto constant = [&](double value) { return Eigen::ArrayXXcd::Constant(size, size, value); };
    cross = constant((window_.count * window_.weight * after).sum());
    earlier = constant(window_.sum_of_squares());
    later = constant((window_.count * after.square()).sum());
    kept.setConstant((window_.count * after.square()).sum());
  } else {
    PairSums sums(size);
    const double sign = conjugate ? -1 : 1;
    for (Eigen::Index a = 0; a < after.size(); ++a) {
      const SaturatedPoles &first = earlier_[static_cast<std::size_t>(a)],
                           &last = later_poles[static_cast<std::size_t>(a)];
      const double here = window_.weight(a);
      if (a == 0)
        PairSums::add(first, last, sign, window_.count(a), sums.newest_re, sums.newest_im);
      else
        PairSums::add(first, last, sign, window_.count(a) * here * here, sums.others_re, sums.others_im);
      kept.real() += window_.count(a) * last.filled_re;
      kept.imag() += window_.count(a) * sign * last.filled_im;
    }
    kept /= primed(path_.kappa);
    const Eigen::ArrayXXcd newest = joined(sums.newest_re, sums.newest_im),
                           others = joined(sums.others_re, sums.others_im);
    const double here = window_.weight(0), there = after(0);
    const double ratio = after.size() > 1 ? after(1) / window_.weight(1) : 0;
    cross = here * there * newest + ratio * others;
    earlier = here * here * newest + others;
    later = there * there * newest + ratio * ratio * others;
  }
  const Eigen::ArrayXcd share = path_.filled / path_.second;
  Eigen::ArrayXXcd result(size, size);
  for (Eigen::Index j = 0; j < size; ++j) {
    const auto w_out = conjugate ? out_.exchange_conjugate.col(j).array() : out_.exchange.col(j).array();
    const auto w_in = conjugate ? in_.exchange_conjugate.col(j).array() : in_.exchange.col(j).array();
    const Eigen::ArrayXcd v_out = conjugate ? Eigen::ArrayXcd(out_.exchange_conjugate.row(j).transpose().conjugate())
                                            : Eigen::ArrayXcd(out_.exchange.row(j).transpose());
    const Eigen::ArrayXcd v_in = conjugate ? Eigen::ArrayXcd(in_.exchange_conjugate.row(j).transpose().conjugate())
                                           : Eigen::ArrayXcd(in_.exchange.row(j).transpose());
    const auto y_out = conjugate ? out_.shared_conjugate.col(j).array() : out_.shared.col(j).array();
    const auto y_in = conjugate ? in_.shared_conjugate.col(j).array() : in_.shared.col(j).array();
    // Numerator and denominator both times y_out y_in, which leaves one quotient.
    const Eigen::ArrayXcd q2 = path_.filled * q_later(j);
    const Eigen::ArrayXcd x_out = w_out * (y_out + v_out), x_in = v_in * (y_in + w_in);
    const Eigen::ArrayXcd c = share * earlier.col(j);
    const Complex newest = lag == 0 ? 0 : second_later(j) - kept(j);
    const Eigen::ArrayXcd c_later = q_later(j) / second_later(j) * (later.col(j) + newest);
    Eigen::ArrayXcd denominator = x_out * (x_in + c_later * y_in) + c * x_in * y_out;
    if (lag != 0)
      denominator += (c * c_later - share * (q_later(j) / second_later(j)) * cross.col(j).square()) * y_out * y_in;
    result.col(j) = cross.col(j) * q2.square() / (path_.batch * denominator);
  }
  return result;
}

PolePairs::Kernel PolePairs::kernel(double lag) const {
  std::vector<SaturatedPoles> later;
  if (!path_.noise_dominated)
    for (const double weight : weights_after(window_, lag)) later.emplace_back(window_, path_.kappa, weight);
  return {gamma(lag, later, false), gamma(lag, later, true)};
}

Eigen::ArrayXXd PolePairs::contract(const Kernel& kernel, const Eigen::ArrayXcd& c) const {
  const Eigen::Index poles = path_.s.size();
  Eigen::ArrayXXd sum = Eigen::ArrayXXd::Zero(problem_.output.nodes(), problem_.input.nodes());
  const auto weighted = [](const Spectrum& spectrum, const Eigen::MatrixXcd& propagator, Eigen::Index m) {
    return Eigen::VectorXcd(spectrum.eigenvalue.cast<Complex>().matrix().cwiseProduct(propagator.col(m)));
  };
  for (Eigen::Index m = 0; m < poles; ++m) {
    const Eigen::VectorXcd out = weighted(problem_.output, out_.propagator, m);
    const Eigen::VectorXcd in = weighted(problem_.input, in_.propagator, m);
    const Eigen::VectorXcd plain = (c(m) * kernel.plain.row(m).transpose() * c).matrix();
    const Eigen::VectorXcd conjugate = (c(m) * kernel.conjugate.row(m).transpose() * c.conjugate()).matrix();
    if (problem_.output.nodes() == 1) {
      const Eigen::VectorXcd p = out_.propagator.row(0).transpose();
      const Eigen::ArrayXcd first = (in_.propagator * plain.cwiseProduct(p)).array();
      const Eigen::ArrayXcd last = (in_.propagator.conjugate() * conjugate.cwiseProduct(p.conjugate())).array();
      sum.row(0) += 0.5 * (out(0) * in.array() * (first + last)).real().transpose();
    } else {
      const Eigen::MatrixXcd row = out.asDiagonal() * out_.propagator;
      const Eigen::MatrixXcd row_conjugate = out.asDiagonal() * out_.propagator.conjugate();
      const Eigen::MatrixXcd column = in.asDiagonal() * in_.propagator;
      const Eigen::MatrixXcd column_conjugate = in.asDiagonal() * in_.propagator.conjugate();
      sum += 0.5 * (row * plain.asDiagonal() * column.transpose() +
                    row_conjugate * conjugate.asDiagonal() * column_conjugate.transpose())
                       .array()
                       .real();
    }
  }
  return sum;
}

}  // namespace muonphase
