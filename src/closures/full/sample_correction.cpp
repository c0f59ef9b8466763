// SampleLaw::correction: docs/theory-full-closure.md §10, "One sample".
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "closures/full/sample_law.hpp"
#include "core/eigensystem.hpp"

namespace muonphase {
namespace {

struct Rule {
  Eigen::ArrayXd square, weight;
};

// E[f(z²)] for z ~ N(0, 1): Gauss's rule with 2·count nodes, folded.
Rule gauss_rule(Eigen::Index count) {
  Eigen::MatrixXd jacobi = Eigen::MatrixXd::Zero(2 * count, 2 * count);
  for (Eigen::Index i = 1; i < 2 * count; ++i) jacobi(i - 1, i) = jacobi(i, i - 1) = std::sqrt(static_cast<double>(i));
  const Eigensystem system = eigensystem(jacobi);
  return {system.values.tail(count).array().square(),
          2 * system.vectors.row(0).tail(count).array().square().transpose()};
}

// Half the relative variances of V and τ_i that c_j² leaves out, and their covariance.
struct Oblique {
  Eigen::ArrayXd v, both, tau;
};

// Over z at each point, with D = (1 + ϖz²)² + kz² (1 + (z² − 1)m) and D₀ = 1 + kz².
struct Residuals {
  Eigen::ArrayXd noise, spare, excess, coupling;  // E[z²/D …] less E[z²/D₀ …]
  Eigen::ArrayXd second, fourth;                  // E[kz⁴/D²], E[kz⁶/D²]
};

// `spread` is the relative variance of the output's quadratic form.
Residuals over_residuals(const Eigen::ArrayXd& k, const Eigen::ArrayXd& cross, const Eigen::ArrayXd& along,
                         double spread, const Oblique& oblique) {
  static const Rule rule = gauss_rule(12);
  const Eigen::ArrayXd zero = Eigen::ArrayXd::Zero(k.size()), all = oblique.v + oblique.both + oblique.tau;
  Residuals sum{zero, zero, zero, zero, zero, zero};
  for (Eigen::Index i = 0; i < rule.square.size(); ++i) {
    const double z2 = rule.square(i), weight = rule.weight(i) * z2;
    const Eigen::ArrayXd kz2 = k * z2, u = 1 + cross * z2, form = 1 + (z2 - 1) * along;
    const Eigen::ArrayXd plain = 1 / (1 + kz2), inverse = 1 / (u.square() + kz2 * form), square = inverse.square();
    const Eigen::ArrayXd bend = spread * kz2.square() * square * inverse;  // half of the variance times ∂²(1/D)/∂τ_o²
    const Eigen::ArrayXd slope = -kz2 * plain.square(),
                         curve = 2 * all * kz2.square() * plain.cube();  // of 1/D₀ in ln k
    sum.coupling += weight * (u * (inverse + bend) - plain + curve + oblique.both * slope);
    sum.noise += weight * (form * inverse - spread * kz2 * u.square() * square * inverse - plain + curve +
                           2 * (oblique.v + oblique.both) * slope);
    sum.spare += weight * (inverse + bend - plain + curve + (2 * all + oblique.both) * slope + oblique.both * plain);
    sum.excess += weight * (z2 - 1) * (inverse + bend - plain + curve + 2 * (oblique.both + oblique.tau) * slope);
    sum.second += weight * kz2 * square;
    sum.fourth += weight * z2 * kz2 * square;
  }
  return sum;
}

}  // namespace

SampleLaw::Correction SampleLaw::correction(const Resolvent& resolvent, const Eigen::ArrayXd& residual_variance,
                                            const Averages& averages) const {
  const Eigen::Index points = std::min<Eigen::Index>(square_.rows(), 512), modes = resolvent.along.size();
  const auto square = square_.topRows(points);
  const auto form = [&](const Eigen::ArrayXd& x) -> Eigen::ArrayXd { return (square * sampled_.sums(x)).array(); };
  const auto variable = [&](Eigen::Index j) { return sampled_.variable[static_cast<std::size_t>(j)]; };

  const Eigen::ArrayXd share = resolvent.projection.diagonal().array(), v = residual_variance.head(points);
  const Eigen::ArrayXd tau_in = form(resolvent.inner.diagonal().array()), along = resolvent.along / resolvent.tau_out;
  const Eigen::ArrayXd own = form(share * along) / v;  // of the output's quadratic form, what lies along the residual
  // Σ_{j≠l} x_jl y_jl c_j²c_l², half of the covariance of cᵀxc and cᵀyc given c_j².
  const auto oblique = [&](const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) -> Eigen::ArrayXd {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(square.cols(), square.cols());
    for (Eigen::Index l = 0; l < modes; ++l)
      for (Eigen::Index j = 0; j < modes; ++j)
        if (j != l) sum(variable(j), variable(l)) += x(j, l) * y(j, l);
    return (square * sum).cwiseProduct(square).rowwise().sum().array();
  };
  const Eigen::ArrayXd k = resolvent.tau_out / (batch_ * batch_) * tau_in * v;
  const Residuals z = over_residuals(k, form(share * resolvent.cross) / batch_, own,
                                     2 * resolvent.trace_of_square / (resolvent.tau_out * resolvent.tau_out),
                                     {oblique(resolvent.projection, resolvent.projection) / v.square(),
                                      2 * oblique(resolvent.projection, resolvent.inner) / (v * tau_in),
                                      oblique(resolvent.inner, resolvent.inner) / tau_in.square()});

  Eigen::MatrixXd column(points, 5);
  column.col(0) = (z.coupling + 2 * z.second * own).matrix();
  column.col(1) = z.second.matrix();
  column.col(2) = (v * z.noise).matrix();
  column.col(3) = (tau_in * (z.excess + 4 * z.fourth * own - 2 * z.second * own)).matrix();
  column.col(4) = (tau_in * (z.second - z.fourth)).matrix();
  const Eigen::MatrixXd mean = square.transpose() * column / static_cast<double>(points);
  const auto of = [&](Eigen::Index c) {
    return Eigen::ArrayXd::NullaryExpr(modes, [&](Eigen::Index j) { return mean(variable(j), c); }).eval();
  };
  const Eigen::ArrayXd& lambda = input_.eigenvalue;
  Correction result;
  // In matrices of a few rows 1/n is not small: no factor may turn negative.
  constexpr double least = 0.1;
  result.coupling = (1 + (of(0) - 2 * along * of(1)) / averages.coupling).max(least);
  result.noise = (1 + resolvent.tau_out / batch_ * lambda * of(2) / averages.noise).max(least);
  result.excess = (1 + (of(3) + 4 * along * of(4)) / (batch_ * averages.excess)).max(least);
  result.lost = 2 * (tau_in * v * z.second).mean() / (batch_ * resolvent.tau_out);
  result.spare =
      std::max(1 + ((tau_in * v * z.spare).mean() / batch_ - result.lost * resolvent.spare) / averages.spare, least);

  // E[c_j c_l F] = 2 (Δ's √(λλ) Δ_jᵀΔ_l E[c_j²c_l² ∂F/∂V] + √(λλ) ρ_jl E[c_j²c_l² ∂F/∂τ_i]), to first order in either.
  const auto off = [&](Eigen::Index by_variance, double scale) {
    const auto gram = [&](Eigen::Index c) -> Eigen::MatrixXd {
      return square.transpose() * averages.column.col(c).head(points).asDiagonal() * square;
    };
    const Eigen::MatrixXd by_v = gram(by_variance), by_tau = gram(by_variance + 1);
    scale *= 2 / static_cast<double>(points);
    return Eigen::MatrixXd::NullaryExpr(
               modes, modes,
               [&](Eigen::Index j, Eigen::Index l) {
                 return j == l ? 0
                               : scale * (resolvent.projection(j, l) * by_v(variable(j), variable(l)) +
                                          resolvent.inner(j, l) * by_tau(variable(j), variable(l)));
               })
        .eval();
  };
  result.noise_off = off(0, resolvent.tau_out / batch_);
  result.excess_off = off(2, 1 / batch_);
  result.coupling_off = off(4, 1);
  return result;
}

}  // namespace muonphase
