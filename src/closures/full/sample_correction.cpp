// SampleLaw::correction: docs/theory-full-closure.md §10, "One sample".
#include <algorithm>
#include <cmath>
#include <cstddef>

#include "closures/full/sample_law.hpp"
#include "core/eigensystem.hpp"
#include "muonphase/core/matrix.hpp"

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
  const auto leading = [&](Eigen::Index a) { return resolvent.leading[static_cast<std::size_t>(a)]; };

  const Eigen::ArrayXd share = resolvent.projection.diagonal().array(), v = residual_variance.head(points);
  const Eigen::ArrayXd tau_in = form(resolvent.inner.diagonal().array()), along = resolvent.along / resolvent.tau_out;
  const Eigen::ArrayXd own = form(share * along) / v;  // of the output's quadratic form, what lies along the residual
  // Σ_{j≠l} x_jl y_jl c_j²c_l², half of the covariance of cᵀxc and cᵀyc given c_j²; of modes that do not lead c_j² = 1.
  const auto lead = static_cast<Eigen::Index>(resolvent.leading.size());
  Eigen::MatrixXd lead_square(points, lead);
  for (Eigen::Index a = 0; a < lead; ++a) lead_square.col(a) = square.col(variable(leading(a)));
  const auto oblique = [&](const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) -> Eigen::ArrayXd {
    const Eigen::MatrixXd both = x.cwiseProduct(y);
    Eigen::VectorXd beside = both.colwise().sum().transpose() - both.diagonal();
    const double all = beside.sum();
    Eigen::MatrixXd inside = both(resolvent.leading, resolvent.leading);
    inside.diagonal().setZero();
    Eigen::VectorXd across = beside(resolvent.leading) - inside.colwise().sum().transpose();
    const double rest = all - inside.sum() - 2 * across.sum();
    return product<double>(lead_square, inside).cwiseProduct(lead_square).rowwise().sum().array() +
           2 * (lead_square * across).array() + rest;
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
  const auto of_all = [&](Eigen::Index c) {
    return Eigen::ArrayXd::NullaryExpr(modes, [&](Eigen::Index j) { return averages.mean(variable(j), c); }).eval();
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
  // Where c_j² or c_l² hardly moves F, their averages of ∂F are those with one of them, and the other's excess.
  struct Pairs {
    Eigen::ArrayXd one;      // with c_j²
    double none;             // with neither
    Eigen::MatrixXd inside;  // with both, of leading modes
  };
  const auto with_two = [&](Eigen::Index which) -> Pairs {
    return {
        of_all(which), averages.column.col(which).mean(),
        transposed_product<double>(lead_square, averages.column.col(which).head(points).asDiagonal() * lead_square) /
            static_cast<double>(points)};
  };
  const auto off = [&](Eigen::Index by_variance, double scale) {
    const Pairs by_v = with_two(by_variance), by_tau = with_two(by_variance + 1);
    Eigen::MatrixXd pairs(modes, modes);
    for (Eigen::Index l = 0; l < modes; ++l)
      pairs.col(l) = (2 * scale *
                      (resolvent.projection.col(l).array() * (by_v.one + (by_v.one(l) - by_v.none)) +
                       resolvent.inner.col(l).array() * (by_tau.one + (by_tau.one(l) - by_tau.none))))
                         .matrix();
    for (Eigen::Index b = 0; b < lead; ++b)
      for (Eigen::Index a = 0; a < lead; ++a) {
        const Eigen::Index j = leading(a), l = leading(b);
        pairs(j, l) =
            2 * scale * (resolvent.projection(j, l) * by_v.inside(a, b) + resolvent.inner(j, l) * by_tau.inside(a, b));
      }
    pairs.diagonal().setZero();
    return pairs;
  };
  result.noise_off = off(0, resolvent.tau_out / batch_);
  result.excess_off = off(2, 1 / batch_);
  result.coupling_off = off(4, 1);
  return result;
}

}  // namespace muonphase
