#pragma once
// What one sample does to SignSVD's resolvent, Σ_out isotropic: docs/theory-full-closure.md §1–4.
#include <Eigen/Core>
#include <utility>
#include <vector>

#include "muonphase/closures/averages/gaussian_ratio.hpp"
#include "muonphase/closures/averages/sampled_modes.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
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
  double highest_log_s() const { return 4; }

  // What averages are taken over: all points, or the first few of them times the quotient of both at the last iterate
  // that had all. Iterations take few, which cost little; what a solution has is the average over all, but for the
  // change of that quotient, of second order.
  enum class Sampling { all, few };
  struct Sums {
    Eigen::ArrayXd noise, excess, coupling;
    double spare = 0;
  };
  struct Averages : Sums {  // ϑ_j, e_j/δ_j², C_j and ϑ_⊥
    Sums quotient;          // of all points over few
    // Kept between calls to save allocations.
    GaussianRatio ratio;
    Eigen::MatrixXd column;  // [points, 9]: ∂F/∂V, ∂F/∂τ_i of noise, excess and coupling, then these F themselves
    Eigen::MatrixXd mean;    // [variables, 9]: of these times χ²
  };
  // At the resolvent's τ_o and t_j = λ_j ρ_j.
  void average(double tau_out, const Eigen::ArrayXd& t, const Eigen::ArrayXd& share,
               const Eigen::ArrayXd& residual_variance, Sampling sampling, Averages& result) const;

  // The resolvent that a sample meets: its blocks along the columns, u_j = Δ_j/|Δ_j|, and the columns themselves.
  struct Resolvent {
    double tau_out, trace_of_square, spare;  // tr ρ^(out), tr ρ^(out)² and ρ^(out) where there is no signal
    Eigen::ArrayXd along, cross;             // u_jᵀ ρ^(out) u_j and R_jj/|Δ_j|, R the block of outputs and inputs
    Eigen::MatrixXd inner;                   // √(λ_j λ_l) ρ_jl
    const Eigen::MatrixXd& projection;       // √(λ_j λ_l) Δ_jᵀΔ_l
    const std::vector<Eigen::Index>& leading;  // the modes of the largest shares; others go by their means together
  };
  // What `average` leaves out, of order 1/n: how quadratic forms of the sample vary, its cross form, and that the
  // columns of Δ are not orthogonal. §10. After an average over all points.
  struct Correction {
    Eigen::ArrayXd noise, excess, coupling;  // factors of the averages
    double spare;
    double lost;  // what ϑ_⊥ is less by along a direction, per ρ^(out) there
    Eigen::MatrixXd noise_off, excess_off, coupling_off;  // off the diagonal: of ϑ, e, C over √(λ_j λ_l)
  };
  Correction correction(const Resolvent& resolvent, const Eigen::ArrayXd& residual_variance,
                        const Averages& averages) const;

 private:
  void sample(double tau_out, const Eigen::ArrayXd& t, const Eigen::ArrayXd& share,
              const Eigen::ArrayXd& residual_variance, Eigen::Index points, Averages& result) const;

  Spectrum input_;
  double n_, batch_, noise_variance_;
  SampledModes sampled_;
  Eigen::MatrixXd square_;  // [points, variables] sampled χ²_ν/ν
};

// A fixed point of next(x, sampling): iterations take few points, times what all give of these at an iterate that the
// solution is near. What is left after four rounds is of second order too: a given start's corrections in modes of no
// weight may go back and forth.
template <class Map>
bool solve_sampled(const Map& next, Eigen::ArrayXd& x, double tolerance) {
  const double nearness = 200 * tolerance;
  for (int round = 0; round < 4; ++round) {
    const Eigen::ArrayXd first = x;
    auto sampling = SampleLaw::Sampling::all;
    const auto map = [&](const Eigen::ArrayXd& y) {
      return next(y, std::exchange(sampling, SampleLaw::Sampling::few));
    };
    if (!solve_fixed_point(map, x, tolerance)) return false;
    if ((x - first).abs().maxCoeff() < nearness) break;
  }
  return true;
}

}  // namespace muonphase
