#include "muonphase/equivalent/pole_pairs.hpp"

#include <complex>
#include <vector>

#include "muonphase/equivalent/complex_gaussian.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

// E[z²A] and E[A(1 − A)] at every pole for one weight, as κz²A and its slope.
struct Saturated {
  Eigen::ArrayXcd kappa, filled, variance;  // ω²κ, E[1 − A], E[A(1 − A)]
};

Saturated saturated(const Eigen::ArrayXcd& kappa, double weight) {
  const Eigen::Index size = kappa.size();
  Saturated result{weight * weight * kappa, Eigen::ArrayXcd(size), Eigen::ArrayXcd(size)};
  for (Eigen::Index i = 0; i < size; ++i) {
    const ComplexSaturation m = saturation_moments(result.kappa(i));
    result.filled(i) = result.kappa(i) * m.second;
    result.variance(i) = m.variance;
  }
  return result;
}

// E[z² A A'] = (E[A] − E[A'])/(κ' − κ), and where κ ≈ κ' its limit E[A(1 − A)]/κ, for every pair of poles.
Eigen::ArrayXXcd pairs(const Saturated& here, const Saturated& there) {
  const Eigen::Index size = here.kappa.size(), other = there.kappa.size();
  Eigen::ArrayXXcd result(size, other);
  for (Eigen::Index j = 0; j < other; ++j) {
    const Eigen::ArrayXcd difference = there.kappa(j) - here.kappa;
    result.col(j) = (there.filled(j) - here.filled) / difference;
    const double near = 1e-8 * std::norm(there.kappa(j));
    for (Eigen::Index i = 0; i < size; ++i)
      if (std::norm(difference(i)) < near)
        result(i, j) = 0.5 * (here.variance(i) / here.kappa(i) + there.variance(j) / there.kappa(j));
  }
  return result;
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
  Side result;
  const Eigen::MatrixXcd weighted = spectrum.weight.cast<Complex>().matrix().asDiagonal() * filled;
  const Eigen::MatrixXcd empty =
      ((filled.array().colwise() / spectrum.eigenvalue.cast<Complex>()).rowwise() * t.transpose()).matrix();
  result.shared = filled.transpose() * weighted;
  result.shared_conjugate = filled.transpose() * weighted.conjugate();
  result.exchange = empty.transpose() * weighted;
  result.exchange_conjugate = empty.transpose() * weighted.conjugate();
  result.propagator = (empty.array().rowwise() / path_.s.transpose()).matrix();
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
    cross = earlier = later = Eigen::ArrayXXcd::Zero(size, size);
    const Eigen::ArrayXcd kappa_later = primed(path_.kappa);
    for (Eigen::Index a = 0; a < after.size(); ++a) {
      const double here = window_.weight(a), there = after(a), count = window_.count(a);
      const Saturated first = saturated(path_.kappa, here), last = saturated(kappa_later, there);
      const Eigen::ArrayXXcd both = count * pairs(first, last);
      cross += here * there * both;
      earlier += here * here * both;
      later += there * there * both;
      kept += count * last.filled / kappa_later;
    }
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
