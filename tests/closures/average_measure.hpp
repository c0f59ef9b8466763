#pragma once
// Monte Carlo of what muon and signum act on: momentum averages of gradients, updated by any Φ.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {

inline Problem problem_of(double n_out, double n_in, double batch, double alpha_out, double alpha_in) {
  return {.output = power_law_spectrum(n_out, alpha_out),
          .input = power_law_spectrum(n_in, alpha_in),
          .batch = batch,
          .energy = {}};
}

inline double total(const Problem& p, const Eigen::ArrayXXd& per_entry) {
  return (per_entry * (p.output.weight.matrix() * p.input.weight.matrix().transpose()).array()).sum();
}

/// M_t of gradients whose residuals are noise of variance one.
class AverageStream {
 public:
  AverageStream(const Problem& p, const Window& window) : problem_(p), window_(window) {}

  Eigen::MatrixXd next() {
    const auto n = static_cast<Eigen::Index>(problem_.n_out()), d = static_cast<Eigen::Index>(problem_.n_in());
    const auto batch = static_cast<Eigen::Index>(problem_.batch);
    Eigen::MatrixXd out = normals<double>({7, 0, step_, Purpose::batch_out}, batch, n);
    Eigen::MatrixXd in = normals<double>({7, 0, step_, Purpose::batch_in}, batch, d);
    const Eigen::VectorXd r = normals<double>({7, 0, step_++, Purpose::label_noise}, batch, 1).col(0);
    out.array().rowwise() *= problem_.output.eigenvalue.sqrt().transpose();
    in.array().rowwise() *= problem_.input.eigenvalue.sqrt().transpose();
    gradient_ = out.transpose() * r.asDiagonal() * in / problem_.batch;
    // Σ_{a ≥ 1} tail r^a G_{t−a} by its own recursion.
    if (older_.size() == 0) older_.setZero(n, d);
    const Eigen::MatrixXd average = window_.newest * gradient_ + older_;
    older_ = window_.retention * (older_ + window_.tail * gradient_);
    return average;
  }

  /// G_t of the last call of next().
  const Eigen::MatrixXd& gradient() const { return gradient_; }

  void skip(int steps) {
    for (int t = 0; t < steps; ++t) next();
  }

 private:
  const Problem& problem_;
  Window window_;
  Eigen::MatrixXd gradient_, older_;
  std::uint64_t step_ = 0;
};

inline int burn_in(const Window& window) {
  return static_cast<int>(12 * window.memory());
}

/// Means of Φ(M_t) Φ(M_{t+ℓ}) over `steps` steps of pure noise (2R = 1, a vanishing signal), by lag (increasing).
template <class Phi>
std::vector<Eigen::ArrayXXd> measure(const Problem& p, const Window& window, const std::vector<int>& lags, int steps,
                                     Phi phi) {
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  AverageStream stream(p, window);
  stream.skip(burn_in(window));
  std::vector<Eigen::ArrayXXd> result(lags.size(), Eigen::ArrayXXd::Zero(n, d));
  std::deque<Eigen::MatrixXd> recent;
  for (int counted = 0; counted < steps;) {
    recent.push_front(phi(stream.next()));
    if (static_cast<int>(recent.size()) <= lags.back()) continue;
    for (std::size_t i = 0; i < lags.size(); ++i)
      result[i] += recent.front().array() * recent[static_cast<std::size_t>(lags[i])].array() / steps;
    recent.pop_back();
    ++counted;
  }
  return result;
}

/// f_j of every input mode, Σ_out isotropic, at a vanishing signal. A weak standing signal D adds x_outᵀ D x_in to
/// every residual of the window; residuals are Gaussian, so that the response of Φ to it is a covariance (integration
/// by parts): f_kj = E[Φ(M_t)_kj Σ_a B G_{t−a,kj}].
template <class Phi>
Eigen::ArrayXd measure_drift(const Problem& p, const Window& window, int steps, Phi phi) {
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  const auto ages = window.one_step() ? std::size_t{1} : static_cast<std::size_t>(8 * window.memory());
  AverageStream stream(p, window);
  std::deque<Eigen::MatrixXd> gradients;
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(n, d);
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(d);
  const int burn = burn_in(window);
  for (int t = 0; t < burn + steps; ++t) {
    const Eigen::MatrixXd average = stream.next();
    gradients.push_front(stream.gradient());
    sum += gradients.front();
    if (gradients.size() > ages) {
      sum -= gradients.back();
      gradients.pop_back();
    }
    if (t >= burn) result += phi(average).cwiseProduct(sum).colwise().sum().transpose().array();
  }
  return result * p.batch / (p.n_out() * steps);
}

}  // namespace muonphase
