#include "closures/full/gaussian_polar.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/cholesky.hpp"

namespace muonphase {
namespace {

constexpr double step = 1.2, tolerance = 1e-4;

}  // namespace

std::optional<GaussianPolar::Response> GaussianPolar::operator()(double n, const Eigen::MatrixXd& signal,
                                                                 const Eigen::MatrixXd& noise) {
  const Eigen::Index d = noise.rows();
  unit_ = std::sqrt(n * noise.diagonal().maxCoeff() + noise.trace() + signal.diagonal().maxCoeff());
  if (!path_) path_.emplace(std::log(std::sqrt(n * noise.diagonal().minCoeff()) / unit_) - 7, 4, step);
  const auto nodes = static_cast<std::size_t>(path_->nodes());
  std::vector<Eigen::MatrixXd> given(nodes), spread(nodes);  // densities over ln s
  const auto solve_node = [&](Eigen::Index i, Eigen::ArrayXd& x) {
    const double s = path_->s(i, unit_);
    Eigen::MatrixXd g;
    double q = 0, b = 0;
    // x: ln((s + a)/s) and ln(s b/n).
    const auto next = [&](const Eigen::ArrayXd& y) -> Eigen::ArrayXd {
      q = s * std::exp(y(0));
      b = n / s * std::exp(y(1));
      g = b * noise + signal / q;
      g.diagonal().array() += s;
      const Cholesky<double> factors(g);
      if (!factors.positive_definite()) return Eigen::ArrayXd::Constant(2, std::numeric_limits<double>::quiet_NaN());
      g.setIdentity();
      factors.divide(view(g), 0, 1);
      const double a = noise.cwiseProduct(g).sum();
      // n − tr(SᵀS G)/q without the difference.
      const double trace = (n - static_cast<double>(d) + s * g.trace() + b * a) / q;
      return Eigen::ArrayXd{{std::log1p(a / s), std::log(s * trace / n)}};
    };
    if (!solve_fixed_point(next, x, tolerance)) return false;
    given[static_cast<std::size_t>(i)] = s / q * g;
    spread[static_cast<std::size_t>(i)] = s * b / n * g;
    return true;
  };
  if (!path_->solve(false, Eigen::ArrayXd::Zero(2), unit_, solve_node) &&
      !path_->solve(false, Eigen::ArrayXd::Zero(2), unit_, solve_node))
    return std::nullopt;
  given[0] = spread[0] = Eigen::MatrixXd::Zero(d, d);
  return Response{M_2_PI * path_->integral(given), M_2_PI * path_->integral(spread)};
}

Eigen::ArrayXd GaussianPolar::independent_columns(double n, const Eigen::ArrayXd& noise) const {
  Eigen::ArrayXXd density = Eigen::ArrayXXd::Zero(noise.size(), path_->nodes());
  double last = 0;  // ln((s + a)/s)
  for (Eigen::Index i = path_->nodes() - 1; i > 0; --i) {
    const double s = path_->s(i, unit_);
    double b = 0;
    Eigen::ArrayXd x = Eigen::ArrayXd::Constant(1, last), g;
    const auto next = [&](const Eigen::ArrayXd& y) -> Eigen::ArrayXd {
      b = n / (s * std::exp(y(0)));
      g = 1 / (s + b * noise);
      return Eigen::ArrayXd::Constant(1, std::log1p((noise * g).sum() / s));
    };
    solve_fixed_point(next, x, tolerance);
    last = x(0);
    density.col(i) = s * b / n * g;
  }
  return M_2_PI * path_->integral(density);
}

}  // namespace muonphase
