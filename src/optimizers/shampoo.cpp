// Shampoo: fourth roots of moving averages of the two Gram matrices.
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/eigensystem.hpp"
#include "optimizers/all.hpp"

namespace muonphase {
namespace {

// (A + εI)^{−1/4} over the eigenvalues that are not zero to machine precision.
template <class S>
Matrix<S> inverse_fourth_root(const Matrix<S>& a, double eps) {
  const Eigensystem system = eigensystem(a.template cast<double>());  // also of single precision
  const double zero =
      system.values.cwiseAbs().maxCoeff() * std::numeric_limits<S>::epsilon() * static_cast<double>(a.rows());
  const Eigen::VectorXd roots = system.values.unaryExpr([&](double x) {
    const double shifted = std::max(x, 0.0) + eps;
    return shifted > zero ? std::pow(shifted, -0.25) : 0.0;
  });
  const Eigen::MatrixXd scaled = system.vectors * roots.asDiagonal();
  return product<double>(scaled, system.vectors.transpose()).template cast<S>();
}

}  // namespace

OptimizerDescription shampoo_optimizer() {
  return {
      .name = "shampoo",
      .label = "Shampoo",
      .color = 0x56B4E9,
      .doc =
          "Φ = (L̂ + εI)^{−1/4} G (R̂ + εI)^{−1/4}, bias-corrected moving averages of GGᵀ and GᵀG; null spaces left "
          "out",
      .options = {number_option("beta", 0.95, Interval::within_below(0, 1), "decay of the accumulated Gram matrices"),
                  number_option("eps", 1e-12, Interval::at_least(0), "added to the Gram matrices")},
      .scale_invariant = false,
      .flow = Flow::spectral,
      .update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
        const Matrix<S>& g = step.gradient.matrix();
        const double beta = step.number("beta"), eps = step.number("eps");
        step.average(0, beta, gram<S>(g.transpose(), step.threads));
        step.average(1, beta, gram<S>(g, step.threads));
        const S correction = S(1 / (1 - std::pow(beta, static_cast<double>(step.state.updates))));
        const Matrix<S> left = inverse_fourth_root<S>(correction * step.state.averages[0], eps);
        const Matrix<S> right = inverse_fourth_root<S>(correction * step.state.averages[1], eps);
        return product<S>(product<S>(left, g, step.threads), right, step.threads);
      })};
}

}  // namespace muonphase
