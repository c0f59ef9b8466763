#include <cmath>
#include <string>
#include <utility>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

const double drift_scale = std::sqrt(2 / M_PI);  // E|z|

// χ_B and the lags; in the units of the noise-dominated limit (η n_out/√B, time in n_out/B steps) the drift carries
// χ_B/√B → Σω/√Σω² and the diffusion per entry 1/n_out.
struct Averaging {
  Averaging(const Problem& problem, const Window& weights) {
    const SampleWindow window = sample_window(weights, 0, residual_of(problem));
    lags = lag_correlations(window);
    if (problem.noise_dominated()) {
      drift = (window.count * window.weight).sum() / std::sqrt(window.sum_of_squares());
      diffusion = 1 / problem.n_out();
    } else {
      drift = chi(problem.batch, window);
    }
  }

  double drift, diffusion = 1;
  LagCorrelations lags;
};

// What one side of W contributes: the drift factor λ_l w_l of each mode, and E[sign sign] in powers of the correlation.
struct Side {
  Eigen::ArrayXd drift;         // λ_l Σ_i Q_il² D_ii^(−1/2)
  Eigen::MatrixXd correlation;  // C without its diagonal (zero there); empty in the eigenbasis
  Eigen::MatrixXd basis;        // Q

  bool diagonal() const { return correlation.size() == 0; }
};

Side explicit_side(const Spectrum& spectrum, const Eigen::MatrixXd& basis, const std::string& name) {
  if (basis.size() == 0) return {spectrum.eigenvalue.sqrt(), {}, {}};
  if (!spectrum.exact())
    throw StudyError("SignSGD in an explicit " + name + " basis needs exact modes (modes = \"exact\")");
  if (basis.cols() != spectrum.nodes()) throw StudyError("the " + name + " basis must have one column for each mode");
  const Eigen::MatrixXd covariance =
      product<double>(basis * spectrum.eigenvalue.matrix().asDiagonal(), basis.transpose());
  const Eigen::VectorXd inverse_root = covariance.diagonal().array().rsqrt();
  Side side;
  side.drift = spectrum.eigenvalue * (basis.array().square().matrix().transpose() * inverse_root).array();
  side.correlation = inverse_root.asDiagonal() * covariance * inverse_root.asDiagonal();
  side.correlation.diagonal().setZero();
  // Round-off keeps a diagonal Σ from being one to the bit.
  if (side.correlation.cwiseAbs().maxCoeff() < 1e-14) side.correlation.resize(0, 0);
  side.basis = basis;
  return side;
}

// q_lᵀ M q_l for every mode l.
Eigen::ArrayXd quadratic_forms(const Side& side, const Eigen::MatrixXd& matrix) {
  return (matrix * side.basis).cwiseProduct(side.basis).colwise().sum().transpose().array();
}

// q_lᵀ Σ_ℓ arcsin(r_ℓ (C − I)) q_l: the off-diagonal part of K on one side, the other being the same coordinate.
Eigen::ArrayXd arcsine_forms(const Side& side, const LagCorrelations& lags, Eigen::Index modes) {
  if (side.diagonal()) return Eigen::ArrayXd::Zero(modes);
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(side.correlation.rows(), side.correlation.cols());
  for (Eigen::Index i = 0; i < lags.count.size(); ++i)
    sum.array() += lags.count(i) * (lags.correlation(i) * side.correlation.array()).asin();
  return quadratic_forms(side, sum);
}

// Both coordinates different: arcsin(rxy) = Σ_m c_m (r x y)^(2m+1), c_0 = 1, c_m/c_(m−1) = (2m − 1)²/(2m (2m + 1)).
Eigen::ArrayXXd arcsine_pair_forms(const Side& out, const Side& in, const LagCorrelations& lags) {
  Eigen::MatrixXd x = out.correlation, y = in.correlation;
  const Eigen::MatrixXd x2 = x.cwiseAbs2(), y2 = y.cwiseAbs2();
  const double ratio = x2.maxCoeff() * y2.maxCoeff();
  Eigen::ArrayXXd sum = Eigen::ArrayXXd::Zero(x.rows(), y.rows());
  double coefficient = 1, bound = 1;
  for (int m = 0; m < 2000 && coefficient * bound > 1e-13; ++m) {
    const double repeated = (lags.count * lags.correlation.pow(2 * m + 1)).sum();
    sum += repeated * coefficient *
           (quadratic_forms(out, x).matrix() * quadratic_forms(in, y).matrix().transpose()).array();
    x = x.cwiseProduct(x2);
    y = y.cwiseProduct(y2);
    bound *= ratio;
    coefficient *= (2 * m + 1.0) * (2 * m + 1.0) / ((2 * m + 2.0) * (2 * m + 3.0));
  }
  return sum;
}

}  // namespace

Coefficients signsgd_generic_coefficients(const Problem& given, const Window& weights) {
  const Problem problem = noise_problem(given);
  const Averaging averaging(problem, weights);
  const auto flat = [](const Spectrum& s) -> Eigen::ArrayXd { return s.eigenvalue / (s.trace() / s.dimension()); };
  const double root_mean =
      std::sqrt(problem.output.trace() / problem.n_out() * (problem.input.trace() / problem.n_in()));
  const Eigen::ArrayXXd relative = (flat(problem.output).matrix() * flat(problem.input).matrix().transpose()).array();
  Coefficients result;
  result.drift = drift_scale * averaging.drift * root_mean * relative;
  // arcsin r on the diagonal of the correlations, r C off it.
  const double linear = (averaging.lags.count * averaging.lags.correlation).sum();
  const double diagonal = (averaging.lags.count * averaging.lags.correlation.asin()).sum();
  result.diffusion = averaging.diffusion * M_2_PI * (linear * relative + (diagonal - linear));
  to_residuals(problem, result.drift);
  return result;
}

Coefficients signsgd_coefficients(const Problem& given, const Eigen::MatrixXd& output_basis,
                                  const Eigen::MatrixXd& input_basis, const Window& weights) {
  const Problem problem = noise_problem(given);
  const Averaging averaging(problem, weights);
  const LagCorrelations& lags = averaging.lags;
  const Side out = explicit_side(problem.output, output_basis, "output");
  const Side in = explicit_side(problem.input, input_basis, "input");
  Coefficients result;
  result.drift = drift_scale * averaging.drift * (out.drift.matrix() * in.drift.matrix().transpose()).array();
  const Eigen::Index rows = problem.output.nodes(), cols = problem.input.nodes();
  // Σ_ℓ arcsin(r_ℓ C_kk' C_jj') by which coordinates coincide: both, one, or neither.
  Eigen::ArrayXXd forms = Eigen::ArrayXXd::Constant(rows, cols, (lags.count * lags.correlation.asin()).sum());
  forms.colwise() += arcsine_forms(out, lags, rows);
  forms.rowwise() += arcsine_forms(in, lags, cols).transpose();
  if (!out.diagonal() && !in.diagonal()) forms += arcsine_pair_forms(out, in, lags);
  result.diffusion = averaging.diffusion * M_2_PI * forms;
  to_residuals(problem, result.drift);
  return result;
}

void to_residuals(const Problem& noise, Eigen::ArrayXXd& drift) {
  if (!noise.linear_layer()) return;
  drift.colwise() *= (noise.noise_dominated() ? 1 : std::sqrt(noise.n_out())) / noise.output.eigenvalue;
}

namespace {

// From SignSGD's in the same coordinates, and the forms of C itself there.
Coefficients adam_from_signs(const Problem& problem, const AdamLaw& law, Coefficients result,
                             const Eigen::ArrayXXd& correlation) {
  const Averaging signs(problem, {});
  const double root_batch = problem.noise_dominated() ? 1 : std::sqrt(problem.batch);
  result.drift *= law.drift() * root_batch / (drift_scale * signs.drift);
  // K(ρ) = K'(0) ρ + (K(1) − K'(0)) (arcsin ρ − ρ)/(π/2 − 1).
  const double bent = (law.noise() - law.linear()) / (M_PI / 2 - 1);
  result.diffusion = (law.linear() - bent) * signs.diffusion * correlation + bent * M_PI / 2 * result.diffusion;
  return result;
}

}  // namespace

Coefficients adam_generic_coefficients(const Problem& given, const AdamLaw& law) {
  const Problem problem = noise_problem(given);
  const Eigen::ArrayXd out = problem.output.eigenvalue / (problem.output.trace() / problem.n_out()),
                       in = problem.input.eigenvalue / (problem.input.trace() / problem.n_in());
  return adam_from_signs(problem, law, signsgd_generic_coefficients(given),
                         (out.matrix() * in.matrix().transpose()).array());
}

Coefficients adam_coefficients(const Problem& given, const AdamLaw& law, const Eigen::MatrixXd& output_basis,
                               const Eigen::MatrixXd& input_basis) {
  const Problem problem = noise_problem(given);
  const auto forms = [](const Side& side, Eigen::Index modes) -> Eigen::ArrayXd {
    if (side.diagonal()) return Eigen::ArrayXd::Ones(modes);
    return 1 + quadratic_forms(side, side.correlation);
  };
  const Eigen::ArrayXd out = forms(explicit_side(problem.output, output_basis, "output"), problem.output.nodes()),
                       in = forms(explicit_side(problem.input, input_basis, "input"), problem.input.nodes());
  return adam_from_signs(problem, law, signsgd_coefficients(given, output_basis, input_basis),
                         (out.matrix() * in.matrix().transpose()).array());
}

Coefficients sgd_coefficients(const Problem& given) {
  const Problem problem = noise_problem(given);
  Coefficients result;
  result.drift = (problem.output.eigenvalue.matrix() * problem.input.eigenvalue.matrix().transpose()).array();
  // With an infinite batch, η n_out/B and time in n_out/B steps leave λλ/n_out; so do η/B and 1/B in the linear layer.
  result.diffusion = result.drift / (problem.noise_dominated() ? problem.n_out() : problem.batch * problem.residuals());
  if (problem.linear_layer()) result.drift.colwise() /= problem.output.eigenvalue;
  result.scale_invariant = false;
  return result;
}

}  // namespace muonphase
