#pragma once
#include "muonphase/core/random.hpp"
#include "muonphase/simulation/simulation.hpp"

namespace muonphase {

// One training run in precision S, from the start or from a state.
template <class S>
class Trial {
 public:
  /// The monitor may interrupt the drawing of random bases, and steps on large matrices.
  Trial(const SimulationProblem& problem, const OptimizerRun& run, const SimulationOptions& options, int trial,
        const TrialState& state, int threads, const Monitor& monitor);

  // Takes step number `step` (0-based) at learning rate eta; false when a number overflowed. After Interrupted the trial
  // is as it was before.
  bool step(std::int64_t step, double eta);

  // [d] what the risk weighs by λ_j, Σ_k λ_k Δ_kj² (Σ_k Δ_kj² in the linear layer), and Σ_k Δ_kj², in the eigenbases,
  // in double precision.
  struct Energy {
    Eigen::ArrayXd weighted, plain;
  };
  Energy energy() const;

  std::int64_t updates() const { return state_.updates; }
  std::vector<Eigen::MatrixXd> matrices() const;

 private:
  // In the optimizer's coordinates.
  Matrix<S> seen(const Eigen::MatrixXd& matrix) const;
  // [B, n] and [B, d]
  struct Factors {
    Matrix<S> left, right;
  };

  bool take(std::int64_t step, double eta);
  Factors factors(std::int64_t step) const;
  Factors layer_factors(std::int64_t step) const;
  Factors row_factors(std::int64_t step) const;
  Factors bilinear_factors(std::int64_t step) const;
  Gradient<S> gradient(const Factors& made);
  Matrix<S> batch(std::int64_t step, Purpose purpose, const Eigen::ArrayXd& scale, const Matrix<S>& rotation) const;

  const SimulationProblem& problem_;
  const OptimizerRun& run_;
  const SimulationOptions& options_;
  std::uint64_t trial_;
  int threads_;
  Monitor monitor_;
  Eigen::Index batch_;
  Eigen::ArrayXd scale_out_, scale_in_;   // √λ; empty on an isotropic output side
  Matrix<S> rotation_out_, rotation_in_;  // Qᵀ, from the eigenbasis to the optimizer's coordinates; empty for I
  Matrix<S> delta_;                       // W − W*, in the optimizer's coordinates
  Matrix<S> target_;                      // W*, likewise; empty without weight decay
  Matrix<S> formed_;                      // the gradient, where its rank is to be seen
  OptimizerState<S> state_;
};

}  // namespace muonphase
