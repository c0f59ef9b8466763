#pragma once
// What one sample does to SignSVD's resolvent, Σ_out isotropic: docs/theory-full-closure.md §1–4.
#include <Eigen/Core>

#include "muonphase/closures/averages/gaussian_ratio.hpp"
#include "muonphase/closures/averages/sampled_modes.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

// Averages over a sample's input c ~ N(0, I_d), by quasi-Monte Carlo.
class SampleLaw {
 public:
  // StudyError when Σ_out is not isotropic or the batch is infinite.
  SampleLaw(const Problem& problem, const FullClosureOptions& options);

  const Spectrum& input() const { return input_; }
  double n_out() const { return n_; }
  double batch() const { return batch_; }
  double rank() const;  // min(n, d, B)

  // 2R at the shares δ_j² = λ_j v_j; StudyError when it is zero.
  double twice_risk(const Eigen::ArrayXd& share) const;
  // V = Σ δ_j² c_j² + σ² at every point.
  Eigen::ArrayXd residual_variance(const Eigen::ArrayXd& share) const;
  // An upper bound, up to constants, of the gradient's singular values: its noise and its signal.
  double scale(const Eigen::ArrayXd& share) const;
  // ln of the smallest resolvent node that matters, relative to scale(share).
  double lowest_log_s(const Eigen::ArrayXd& share) const;

  struct Averages {
    Eigen::ArrayXd noise;     // ϑ_j
    double spare;             // ϑ_⊥
    Eigen::ArrayXd excess;    // e_j/δ_j²
    Eigen::ArrayXd coupling;  // C_j
    // Kept between calls to save allocations.
    GaussianRatio ratio;
    Eigen::MatrixXd column;  // [points, 9]: ∂F/∂V, ∂F/∂τ_i of noise, excess and coupling, then these F themselves
  };
  // At the resolvent's τ_o and t_j = λ_j ρ_j.
  void average(double tau_out, const Eigen::ArrayXd& t, const Eigen::ArrayXd& share,
               const Eigen::ArrayXd& residual_variance, Averages& result) const;

  // The resolvent that a sample meets: its blocks along the columns, u_j = Δ_j/|Δ_j|, and the columns themselves.
  struct Resolvent {
    double tau_out, trace_of_square, spare;  // tr ρ^(out), tr ρ^(out)² and ρ^(out) where there is no signal
    Eigen::ArrayXd along, cross;             // u_jᵀ ρ^(out) u_j and R_jj/|Δ_j|, R the block of outputs and inputs
    Eigen::MatrixXd inner;                   // √(λ_j λ_l) ρ_jl
    const Eigen::MatrixXd& projection;       // √(λ_j λ_l) Δ_jᵀΔ_l
  };
  // What `average` leaves out, of order 1/n: how quadratic forms of the sample vary, its cross form, and that the
  // columns of Δ are not orthogonal. §10.
  struct Correction {
    Eigen::ArrayXd noise, excess, coupling;  // factors of the averages
    double spare;
    double lost;  // what ϑ_⊥ is less by along a direction, per ρ^(out) there
    Eigen::MatrixXd noise_off, excess_off, coupling_off;  // off the diagonal: of ϑ, e, C over √(λ_j λ_l)
  };
  Correction correction(const Resolvent& resolvent, const Eigen::ArrayXd& residual_variance,
                        const Averages& averages) const;

 private:
  Spectrum input_;
  double n_, batch_, noise_variance_;
  SampledModes sampled_;
  Eigen::MatrixXd square_;  // [points, variables] sampled χ²_ν/ν
};

}  // namespace muonphase
