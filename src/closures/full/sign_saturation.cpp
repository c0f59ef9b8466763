#include "closures/full/sign_saturation.hpp"

#include <cmath>

namespace muonphase {
namespace {

// The lattice in ln q; q below it counts as its first cell. Its upper end is beyond every point: |c| < 6.4.
namespace lattice {

constexpr double step = 0.125, begin = -18;
constexpr int nodes = 210;

// Of every point, whole arrays at a time.
struct Places {
  Eigen::ArrayXi node;                   // the first of four
  Eigen::Array<double, 4, Eigen::Dynamic> weight;

  explicit Places(const Eigen::ArrayXd& log_q) {
    const Eigen::ArrayXd x = ((log_q - begin) / step).max(1);
    const Eigen::ArrayXi cell = x.cast<int>().min(nodes - 3);
    const Eigen::ArrayXd p = x - cell.cast<double>(), below = p + 1, above = p - 1, beyond = p - 2;
    node = cell - 1;
    weight.resize(4, p.size());
    weight.row(0) = (p * above * beyond / -6).transpose();
    weight.row(1) = (below * above * beyond / 2).transpose();
    weight.row(2) = (below * p * beyond / -2).transpose();
    weight.row(3) = (below * p * above / 6).transpose();
  }
};

}  // namespace lattice

// Trapezoid rule in ln u for the denominator's ∫ du u^(−1/2) …, u in units of 1/(B · 2R Σ_ii). Its step is four steps
// of the lattice, so that functions of uq have one table.
constexpr int laplace_nodes = 61, laplace_stride = 4;
constexpr double laplace_begin = -16, laplace_step = laplace_stride * lattice::step;

}  // namespace

SignSaturation::SignSaturation(double batch) : batch_(batch) {
  const Eigen::ArrayXd uq =
      (laplace_begin + lattice::begin +
       lattice::step * Eigen::ArrayXd::LinSpaced(laplace_stride * (laplace_nodes - 1) + lattice::nodes, 0,
                                                 laplace_stride * (laplace_nodes - 1) + lattice::nodes - 1))
          .exp() /
      batch_;
  half_ = (1 + 2 * uq).rsqrt();
  three_halves_ = half_.cube();
  bend_ = -3 * uq * half_.square() * three_halves_;
}

SignSaturation::Values SignSaturation::operator()(const Eigen::ArrayXd& log_q, double unit) const {
  const Eigen::Index points = log_q.size();
  Eigen::ArrayXd mass = Eigen::ArrayXd::Zero(lattice::nodes);
  const lattice::Places place(log_q);
  for (Eigen::Index k = 0; k < points; ++k) mass.segment<4>(place.node(k)) += place.weight.col(k);
  mass /= static_cast<double>(points);

  Eigen::ArrayXd psi = Eigen::ArrayXd::Zero(lattice::nodes), slope = psi;
  for (int m = 0; m < laplace_nodes; ++m) {
    const double u = std::exp(laplace_begin + laplace_step * m) / batch_;
    const auto at = [&](const Eigen::ArrayXd& table) { return table.segment(laplace_stride * m, lattice::nodes); };
    const double others = std::exp((batch_ - 1) * std::log((mass * at(half_)).sum()));
    psi += laplace_step * std::sqrt(u) * others * at(three_halves_);
    slope += laplace_step * std::sqrt(u) * others * at(bend_);
  }
  const double scale = batch_ / std::sqrt(M_PI * unit);
  psi *= scale;
  slope *= 2 * scale;
  Values values{Eigen::ArrayXd(points), Eigen::ArrayXd(points)};
  for (Eigen::Index k = 0; k < points; ++k) {
    values.psi(k) = (place.weight.col(k) * psi.segment<4>(place.node(k))).sum();
    values.slope(k) = (place.weight.col(k) * slope.segment<4>(place.node(k))).sum();
  }
  return values;
}

}  // namespace muonphase
