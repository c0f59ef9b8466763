#include <cmath>

#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {
namespace {

// Δ = A + N in the coordinates of W, docs/theory-full-closure.md §12.
struct Entries {
  Eigen::MatrixXd mean;        // A [n, d]
  Eigen::MatrixXd covariance;  // E[NᵀN] [d, d]
};

class EntrySystem {
 public:
  using State = Entries;
  using Rates = Eigen::MatrixXd;  // P: ΔP is the mean of sign(G) where that is linear in Δ

  EntrySystem(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis)
      : noise_variance_(problem.label_noise * problem.label_noise),
        rows_(problem.n_out()),
        basis_(basis),
        covariance_(basis * problem.input.eigenvalue.matrix().asDiagonal() * basis.transpose()),
        start_{start * basis.transpose(), Eigen::MatrixXd::Zero(basis.rows(), basis.cols())} {}

  const State& start() const { return start_; }
  int panels() const { return 1; }
  double risk(const State& state) const {
    return 0.5 * ((state.mean * covariance_).cwiseProduct(state.mean).sum() +
                  covariance_.cwiseProduct(state.covariance).sum() + noise_variance_);
  }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return ((state.mean * basis_).colwise().squaredNorm() +
            (state.covariance * basis_).cwiseProduct(basis_).colwise().sum())
        .transpose()
        .array();
  }
  double greedy(const State& state, const Rates& rates) const {
    const Step step = step_of(state, rates);
    const double fall =
        (state.mean * covariance_).cwiseProduct(step.mean).sum() + covariance_.cwiseProduct(step.fall).sum();
    const double kick =
        (step.mean * covariance_).cwiseProduct(step.mean).sum() + covariance_.cwiseProduct(step.noise).sum();
    return fall / kick;
  }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const { return x * a + y * b; }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const { return first + length * slope; }

  Rates at_size(const Rates& rates, double x) const { return rates / x; }

  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    State state = from;
    for (double i = 0; i < count; ++i) {
      const double eta = std::lerp(eta_left, eta_right, i / count);
      const Step step = step_of(state, mix(left, 1 - i / count, right, i / count));
      state.mean -= eta * step.mean;
      // Round-off's antisymmetric part would not be damped, while what it adds to the noise feeds it: it goes.
      const Eigen::MatrixXd change = 0.5 * eta * eta * step.noise - eta * step.fall;
      state.covariance = 0.5 * (state.covariance + state.covariance.transpose()).eval() + change + change.transpose();
    }
    return state;
  }

 private:
  struct Step {
    Eigen::MatrixXd mean;   // E[Φ | A] [n, d]
    Eigen::MatrixXd fall;   // E[ΦᵀN] = L_N E[NᵀN]
    Eigen::MatrixXd noise;  // the covariance of Φ given A, summed over rows
  };

  Step step_of(const State& state, const Eigen::MatrixXd& response) const {
    const Eigen::MatrixXd pull = response.transpose() * state.covariance;
    const Eigen::MatrixXd answer = M_PI / 2 * pull * response / rows_;  // covariance of √(π/2) NP along a row
    const Eigen::ArrayXd widening = (1 + answer.diagonal().array().max(0)).rsqrt();
    // The mean over batch and N of an entry: its argument in standard deviations, and the Hermite functions of that.
    const Eigen::ArrayXXd m =
        (state.mean * (response * (std::sqrt(M_PI / 2) * widening).matrix().asDiagonal())).array();
    const Eigen::ArrayXXd square = m.square(), psi = (-0.5 * square).exp();
    Step step;
    step.mean = (m * M_SQRT1_2).unaryExpr([](double x) { return std::erf(x); }).matrix();
    step.fall = (psi.colwise().mean().transpose() * widening).matrix().asDiagonal() * pull;

    // cov(sign, sign') = (2/π) ψψ' Σ He_j(m) He_j(m') c^(j+1)/(j+1)!, with the part at m = 0 summed up: arcsin c.
    // c has N's part and the batch's; the former explains L_N E[NᵀN] L_Nᵀ of it, so that no step makes E[NᵀN]
    // indefinite as long as the batch's is a correlation matrix: it is that of the present state, never extrapolated.
    const Eigen::MatrixXd batch = sample_covariance(state);
    const Eigen::VectorXd scale = (batch.diagonal().array().rsqrt() * widening).matrix();
    const Eigen::ArrayXXd c = (scale.asDiagonal() * batch * scale.asDiagonal() +
                               widening.matrix().asDiagonal() * answer * widening.matrix().asDiagonal())
                                  .array()
                                  .max(-1)
                                  .min(1);
    const auto gram = [](const Eigen::ArrayXXd& f) -> Eigen::ArrayXXd {
      return (f.matrix().transpose() * f.matrix()).array();
    };
    const Eigen::ArrayXXd even = gram(psi), c2 = c.square();
    step.noise = (2 / M_PI *
                  (c.asin() * even + c2 / 2 * gram(psi * m) + c * c2 / 6 * (gram(psi * (square - 1)) - even) +
                   c2.square() / 24 * gram(psi * m * (square - 3))))
                     .matrix();
    step.noise.diagonal() = (rows_ - step.mean.colwise().squaredNorm().array()).matrix().transpose();
    return step;
  }

  // Of a row of one sample's gradient, up to a factor.
  Eigen::MatrixXd sample_covariance(const State& state) const {
    const Eigen::MatrixXd signal = state.mean * covariance_;
    return (2 + 4 / rows_) * (signal.transpose() * signal + covariance_ * state.covariance * covariance_) +
           ((1 + 2 / rows_) * 2 * risk(state)) * covariance_;
  }

  double noise_variance_, rows_;
  Eigen::MatrixXd basis_, covariance_;  // Q, and Σ_in in the coordinates of W
  State start_;
};

}  // namespace

RiskCurve integrate_entries(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis,
                            const ResponseFunction& response, const LearningRate& schedule,
                            const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  if (problem.output.nodes() != 1 || !problem.input.exact())
    throw StudyError("given entries need an isotropic output covariance and exact input modes");
  return integrate_stretches(
      EntrySystem(problem, start, basis),
      [&](const Entries& now) { return response(now.mean.transpose() * now.mean + now.covariance); }, schedule, record,
      options);
}

}  // namespace muonphase
