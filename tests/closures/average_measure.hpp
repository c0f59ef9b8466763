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
  AverageStream(const Problem& p, const Momentum& momentum) : problem_(p), momentum_(momentum) {}

  Eigen::MatrixXd next() {
    const auto n = static_cast<Eigen::Index>(problem_.n_out()), d = static_cast<Eigen::Index>(problem_.n_in());
    const auto batch = static_cast<Eigen::Index>(problem_.batch);
    Eigen::MatrixXd out = normals<double>({7, 0, step_, Purpose::batch_out}, batch, n);
    Eigen::MatrixXd in = normals<double>({7, 0, step_, Purpose::batch_in}, batch, d);
    const Eigen::VectorXd r = normals<double>({7, 0, step_++, Purpose::label_noise}, batch, 1).col(0);
    out.array().rowwise() *= problem_.output.eigenvalue.sqrt().transpose();
    in.array().rowwise() *= problem_.input.eigenvalue.sqrt().transpose();
    gradient_ = out.transpose() * r.asDiagonal() * in / problem_.batch;
    const double mu = momentum_.retention;
    average_ = average_.size() > 0 ? Eigen::MatrixXd(mu * average_ + (1 - mu) * gradient_) : (1 - mu) * gradient_;
    return momentum_.nesterov ? Eigen::MatrixXd(mu * average_ + (1 - mu) * gradient_) : average_;
  }

  /// G_t of the last call of next().
  const Eigen::MatrixXd& gradient() const { return gradient_; }

  void skip(int steps) {
    for (int t = 0; t < steps; ++t) next();
  }

 private:
  const Problem& problem_;
  Momentum momentum_;
  Eigen::MatrixXd gradient_, average_;
  std::uint64_t step_ = 0;
};

inline int burn_in(const Momentum& momentum) {
  return static_cast<int>(12 / (1 - momentum.retention));
}

/// Means of Φ(M_t) Φ(M_{t+ℓ}) over `steps` steps of pure noise (2R = 1, a vanishing signal), by lag (increasing).
template <class Phi>
std::vector<Eigen::ArrayXXd> measure(const Problem& p, const Momentum& momentum, const std::vector<int>& lags,
                                     int steps, Phi phi) {
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  AverageStream stream(p, momentum);
  stream.skip(burn_in(momentum));
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
Eigen::ArrayXd measure_drift(const Problem& p, const Momentum& momentum, int steps, Phi phi) {
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  const auto ages = momentum.retention > 0 ? static_cast<std::size_t>(8 / (1 - momentum.retention)) : std::size_t{1};
  AverageStream stream(p, momentum);
  std::deque<Eigen::MatrixXd> window;
  Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(n, d);
  Eigen::ArrayXd result = Eigen::ArrayXd::Zero(d);
  const int burn = burn_in(momentum);
  for (int t = 0; t < burn + steps; ++t) {
    const Eigen::MatrixXd average = stream.next();
    window.push_front(stream.gradient());
    sum += window.front();
    if (window.size() > ages) {
      sum -= window.back();
      window.pop_back();
    }
    if (t >= burn) result += phi(average).cwiseProduct(sum).colwise().sum().transpose().array();
  }
  return result * p.batch / (p.n_out() * steps);
}

}  // namespace muonphase
