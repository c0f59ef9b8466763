#pragma once
#include <Eigen/Core>
#include <memory>
#include <optional>
#include <vector>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

class SampleLaw;

/// SignSVD's rates in the full closure for a given Δ_0, Σ_out isotropic: the mean of Δ over batches is a matrix, not
/// Gaussian entries of known variances, and only what the batches add to it is (docs/theory-full-closure.md §10). It
/// matters where the signal dominates, as at large batches. What a single sample does is kept to order 1/n, and so are
/// columns that are not orthogonal: the drift of a given Δ is right to 0.3 % at n = 96 and 1 % at n = 24.
///
///     FullSignSvdMean rates(problem);
///     MeanRates now = rates({delta.transpose() * delta, Eigen::MatrixXd::Zero(d, d)});
///
/// Exact modes. As FullSignSvd, plus O(d³) for each iteration and O(d²) numbers for each node; the same errors. Nodes
/// are 1.2 apart in ln s and solved to 1e-4 at least, which leaves 1e-4 of a curve.
class FullSignSvdMean {
 public:
  explicit FullSignSvdMean(const Problem& problem, const FullClosureOptions& options = {});

  MeanRates operator()(const MeanMoments& moment);

 private:
  struct State;
  class Node;
  /// What single samples and oblique columns change in the equations at a node (§10): factors of the averages, and what
  /// F and D⁻¹K have off their diagonals, over the roots of these.
  struct Refinement {
    Eigen::ArrayXd noise, excess, coupling;
    double spare;
    Eigen::MatrixXd f, gain;
  };

  std::shared_ptr<const SampleLaw> law_;
  FullClosureOptions options_;
  /// Unknowns: ln(s ρ_j) for each mode, ln(s τ_o), ln(q/s), of the resolvent without one sample.
  std::optional<WarmNodes> path_;
  std::vector<Refinement> refinement_;  ///< at every node, from the solution before
  bool corrected_ = true;               ///< to first order in 1/n
};

}  // namespace muonphase
