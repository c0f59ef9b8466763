#pragma once
#include <Eigen/Core>

#include "muonphase/closures/linear/resolvent.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Second moments E[sign(M_t)_kj sign(M_{t+ℓ})_kj] of polar factors, per entry of W, as double integrals over a
/// resolvent path (docs/theory.md §3, §7). The sums over modes are made once; every lag then costs O(nodes² · window
/// nodes).
class SpectralDiffusion {
 public:
  /// Keeps references to all its arguments but the last two.
  SpectralDiffusion(const Problem& problem, const ResolventPath& path, const SampleWindow& window,
                    const Eigen::MatrixXd& filled_out, const Eigen::MatrixXd& filled_in);

  /// The kernel Γ(s, s') with the quadrature weights, for a lag ≥ 0 in steps: [nodes, nodes].
  Eigen::MatrixXd kernel(double lag) const;

  /// (2/π)² Σ_ss' kernel(s, s') λ_kρ_kρ_k' λ_jρ_jρ_j', [output nodes, input nodes]. O(nodes² · modes_out · modes_in).
  Eigen::ArrayXXd contract(const Eigen::MatrixXd& kernel) const;

 private:
  const Problem& problem_;
  const ResolventPath& path_;
  const SampleWindow& window_;
  SideSums<double> out_, in_;
};

}  // namespace muonphase
