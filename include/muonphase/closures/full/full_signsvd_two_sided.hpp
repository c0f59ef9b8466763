#pragma once
#include <Eigen/Core>
#include <optional>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// SignSVD's rates in the full closure for any two spectra: the signal is a random matrix of independent entries with
/// the variances of the energies, added to the noise of the gradient (docs/theory-full-closure.md §8). Any n, d, B < ∞,
/// label noise included. FullSignSvd is sharper and cheaper where Σ_out is isotropic.
///
///     FullSignSvdTwoSided rates(problem);
///     ModeRates now = rates(problem.energy);
///     EntryRates of_given = rates(EntryMoments{delta, Eigen::ArrayXXd::Zero(n, d)});  // exact modes
///
/// Each call solves one self-consistent system for each node of the resolvent variable, from the solution of the call
/// before: O(nodes_out · nodes_in + points · (nodes_out + nodes_in)) for each iteration, with a given mean O(n d
/// min(n, d)) besides. Errors as FullSignSvd.
class FullSignSvdTwoSided {
 public:
  explicit FullSignSvdTwoSided(const Problem& problem, const FullClosureOptions& options = {});

  /// Rates at energies [output nodes, input nodes].
  ModeRates operator()(const Eigen::ArrayXXd& energy);
  /// Rates of a given mean of Δ and the variances of what the batches have added (docs/theory-full-closure.md §8).
  EntryRates operator()(const EntryMoments& moment);

 private:
  struct State;  // what does not depend on s
  struct Node;

  double scale(const Eigen::ArrayXXd& share, double total) const;

  Problem problem_;
  FullClosureOptions options_;
  Eigen::MatrixXd square_out_, square_in_;  ///< [points, nodes] a_k², c_j²
  Eigen::MatrixXd weak_diffusion_;          ///< V_kj of the linear closure
  std::optional<WarmNodes> path_;           ///< unknowns: ln(s ρ_k) for each output node, then ln(s ρ_j)
};

}  // namespace muonphase
