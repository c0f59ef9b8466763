#pragma once
// Monte Carlo of what muon and signum act on: momentum averages of gradients, updated by any Φ.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <vector>

#include "muonphase/equivalent/coefficients.hpp"
#include "muonphase/simulation/random.hpp"

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

/// M_t of gradients whose residuals are noise of variance one plus `signal` x_outᵀ D x_in, D [n, d]; with the same
/// noise for every signal.
class AverageStream {
 public:
  AverageStream(const Problem& p, const Momentum& momentum, Eigen::MatrixXd signal)
      : problem_(p), momentum_(momentum), signal_(std::move(signal)) {}

  Eigen::MatrixXd next() {
    const auto n = static_cast<Eigen::Index>(problem_.n_out()), d = static_cast<Eigen::Index>(problem_.n_in());
    const auto batch = static_cast<Eigen::Index>(problem_.batch);
    Eigen::MatrixXd out = normals<double>({7, 0, step_, Purpose::batch_out}, batch, n);
    Eigen::MatrixXd in = normals<double>({7, 0, step_, Purpose::batch_in}, batch, d);
    Eigen::VectorXd r = normals<double>({7, 0, step_++, Purpose::label_noise}, batch, 1).col(0);
    out.array().rowwise() *= problem_.output.eigenvalue.sqrt().transpose();
    in.array().rowwise() *= problem_.input.eigenvalue.sqrt().transpose();
    if (signal_.size() > 0) r += (out * signal_).cwiseProduct(in).rowwise().sum();
    const Eigen::MatrixXd gradient = out.transpose() * r.asDiagonal() * in / problem_.batch;
    const double mu = momentum_.retention;
    average_ = average_.size() > 0 ? Eigen::MatrixXd(mu * average_ + (1 - mu) * gradient) : (1 - mu) * gradient;
    return momentum_.nesterov ? Eigen::MatrixXd(mu * average_ + (1 - mu) * gradient) : average_;
  }

  void skip(int steps) {
    for (int t = 0; t < steps; ++t) next();
  }

 private:
  const Problem& problem_;
  Momentum momentum_;
  Eigen::MatrixXd signal_, average_;
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
  AverageStream stream(p, momentum, {});
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

/// f_j of every input mode, Σ_out isotropic: the response of Φ to a weak signal D hidden in the noise, with shares ∝ √λ
/// and of either sign in the same noise.
template <class Phi>
Eigen::ArrayXd measure_drift(const Problem& p, const Momentum& momentum, int steps, Phi phi) {
  const auto n = static_cast<Eigen::Index>(p.n_out()), d = static_cast<Eigen::Index>(p.n_in());
  const double gain = (1 + momentum.retention) / (1 - momentum.retention);
  const double strength = std::min(0.3, 5 / (p.batch * gain));
  Eigen::MatrixXd signal = normals<double>({7, 1, 0, Purpose::target}, n, d);
  signal.colwise().normalize();
  const Eigen::ArrayXd root = p.input.eigenvalue.sqrt();
  signal.array().rowwise() *= (strength / root.sum() / root).sqrt().transpose();
  AverageStream plus(p, momentum, signal), minus(p, momentum, -signal);
  plus.skip(burn_in(momentum));
  minus.skip(burn_in(momentum));
  Eigen::MatrixXd response = Eigen::MatrixXd::Zero(n, d);
  for (int t = 0; t < steps; ++t) response += (phi(plus.next()) - phi(minus.next())) / (2.0 * steps);
  return std::sqrt(1 + strength) * response.cwiseProduct(signal).colwise().sum().transpose().array() /
         signal.colwise().squaredNorm().transpose().array();
}

}  // namespace muonphase
