#include "muonphase/closures/linear/pole_pairs.hpp"

#include <complex>

#include "muonphase/closures/averages/gaussian.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

// Complex numbers as separate parts: sums over pairs of poles then vectorise.
struct Parts {
  Eigen::ArrayXd re, im;

  explicit Parts(Eigen::Index size) : re(Eigen::ArrayXd::Zero(size)), im(Eigen::ArrayXd::Zero(size)) {}
  void set(Eigen::Index i, Complex value) {
    re(i) = value.real();
    im(i) = value.imag();
  }
};

// At every pole for one weight: ω²κ, E[1 − A] and E[A(1 − A)]/κ.
struct Saturated {
  Parts kappa, filled, slope;

  Saturated(const SampleWindow& window, const Eigen::ArrayXcd& at, double weight)
      : kappa(at.size()), filled(at.size()), slope(at.size()) {
    for (Eigen::Index i = 0; i < at.size(); ++i) {
      const Complex k = weight * weight * at(i);
      const Saturation<std::complex<double>> m = saturation_of(window, k);
      kappa.set(i, k);
      filled.set(i, k * m.second);
      slope.set(i, m.variance / k);
    }
  }
};

// Sums of E[z² A A'] over the window for every pair of poles, with weights ωω', ω² and ω'².
struct PairSums {
  Eigen::ArrayXXd cross_re, cross_im, earlier_re, earlier_im, later_re, later_im;

  explicit PairSums(Eigen::Index size) {
    for (auto* sum : {&cross_re, &cross_im, &earlier_re, &earlier_im, &later_re, &later_im})
      *sum = Eigen::ArrayXXd::Zero(size, size);
  }

  // E[z² A A'] = (E[A] − E[A'])/(κ' − κ), and where κ ≈ κ' its limit E[A(1 − A)]/κ.
  void add(const Saturated& first, double here, const Saturated& last, double there, double count) {
    const Eigen::Index size = cross_re.rows();
    const double *k_re = first.kappa.re.data(), *k_im = first.kappa.im.data(), *f_re = first.filled.re.data(),
                 *f_im = first.filled.im.data(), *s_re = first.slope.re.data(), *s_im = first.slope.im.data();
    for (Eigen::Index j = 0; j < size; ++j) {
      const double kj_re = last.kappa.re(j), kj_im = last.kappa.im(j), fj_re = last.filled.re(j),
                   fj_im = last.filled.im(j), sj_re = last.slope.re(j), sj_im = last.slope.im(j);
      const double near = 1e-8 * (kj_re * kj_re + kj_im * kj_im);
      double *c_re = &cross_re(0, j), *c_im = &cross_im(0, j), *e_re = &earlier_re(0, j), *e_im = &earlier_im(0, j),
             *l_re = &later_re(0, j), *l_im = &later_im(0, j);
#pragma omp simd
      for (Eigen::Index i = 0; i < size; ++i) {
        const double dk_re = kj_re - k_re[i], dk_im = kj_im - k_im[i];
        const double df_re = fj_re - f_re[i], df_im = fj_im - f_im[i];
        const double norm = dk_re * dk_re + dk_im * dk_im;
        const bool apart = norm > near;
        const double inverse = 1 / (apart ? norm : 1.0);
        const double re = count * (apart ? (df_re * dk_re + df_im * dk_im) * inverse : 0.5 * (s_re[i] + sj_re));
        const double im = count * (apart ? (df_im * dk_re - df_re * dk_im) * inverse : 0.5 * (s_im[i] + sj_im));
        c_re[i] += here * there * re;
        c_im[i] += here * there * im;
        e_re[i] += here * here * re;
        e_im[i] += here * here * im;
        l_re[i] += there * there * re;
        l_im[i] += there * there * im;
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
      in_(side(problem.input, path.t_in, filled_in)) {}

PolePairs::Side PolePairs::side(const Spectrum& spectrum, const Eigen::ArrayXcd& t,
                                const Eigen::MatrixXcd& filled) const {
  Side result{side_sums<Complex>(spectrum, path_.s, t, filled), {}, {}};
  result.shared_conjugate = filled.transpose() * result.weighted.conjugate();
  result.exchange_conjugate = result.empty.transpose() * result.weighted.conjugate();
  return result;
}

// The denominator of SpectralDiffusion::kernel, an identity between analytic functions.
Eigen::ArrayXXcd PolePairs::gamma(double lag, bool conjugate) const {
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
    const Eigen::ArrayXcd kappa_later = primed(path_.kappa);
    for (Eigen::Index a = 0; a < after.size(); ++a) {
      const Saturated last(window_, kappa_later, after(a));
      sums.add(Saturated(window_, path_.kappa, window_.weight(a)), window_.weight(a), last, after(a), window_.count(a));
      kept.real() += window_.count(a) * last.filled.re;
      kept.imag() += window_.count(a) * last.filled.im;
    }
    kept /= kappa_later;
    cross = joined(sums.cross_re, sums.cross_im);
    earlier = joined(sums.earlier_re, sums.earlier_im);
    later = joined(sums.later_re, sums.later_im);
  }
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
    const Eigen::ArrayXcd q2 = path_.filled * q_later(j);
    const Eigen::ArrayXcd x_out = w_out * (1 + v_out / y_out), x_in = v_in * (1 + w_in / y_in);
    const Eigen::ArrayXcd c = path_.filled / path_.second * earlier.col(j);
    const Complex newest = lag == 0 ? 0 : second_later(j) - kept(j);
    const Eigen::ArrayXcd c_later = q_later(j) / second_later(j) * (later.col(j) + newest);
    Eigen::ArrayXcd denominator = x_out * (x_in + c_later) + c * x_in;
    if (lag != 0) denominator += c * c_later - q2 * cross.col(j).square() / (path_.second * second_later(j));
    result.col(j) = cross.col(j) * q2.square() / (path_.batch * y_out * y_in * denominator);
  }
  return result;
}

PolePairs::Kernel PolePairs::kernel(double lag) const {
  return {gamma(lag, false), gamma(lag, true)};
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
