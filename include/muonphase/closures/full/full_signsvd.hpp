#pragma once
#include <Eigen/Core>
#include <memory>
#include <optional>

#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/core/warm_nodes.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

class SampleLaw;

/// SignSVD's rates in the full closure, Σ_out isotropic: the signal may be as strong as the noise of the gradient and
/// the residual may sit in few modes (docs/theory-full-closure.md §1–4). Any n, d, B < ∞, label noise included.
///
///     FullSignSvd rates(problem);
///     ModeRates now = rates(problem.energy);
///
/// Each call solves one self-consistent system for each node s of the resolvent variable, starting from the solution of
/// the call before. Cost of one system: O(points · min(modes, leading_modes + 10 ln(modes)) + modes) for each of 2–20
/// iterations. StudyError when Σ_out is not isotropic or the batch is infinite; NoResultError when a system does not
/// converge.
class FullSignSvd {
 public:
  explicit FullSignSvd(const Problem& problem, const FullClosureOptions& options = {});

  /// Rates at energies [1, input nodes]. StudyError when there is neither signal nor label noise.
  ModeRates operator()(const Eigen::ArrayXXd& energy);

 private:
  struct Node;

  std::shared_ptr<const SampleLaw> law_;
  FullClosureOptions options_;
  std::optional<WarmNodes> path_;  ///< unknowns: ln(s ρ_j) for each input node, then ln(s τ_o)
};

}  // namespace muonphase
