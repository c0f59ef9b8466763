#pragma once
#include <Eigen/Core>
#include <vector>

#include "muonphase/closures/linear/complex_resolvent.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// At every pole for one weight ω: ω²κ, E[1 − A] and E[A(1 − A)]/(ω²κ), real and imaginary parts apart, so that sums
/// over pairs of poles vectorise.
struct SaturatedPoles {
  SaturatedPoles(const SampleWindow& window, const Eigen::ArrayXcd& kappa, double weight);
  Eigen::ArrayXd kappa_re, kappa_im, filled_re, filled_im, slope_re, slope_im;
};

/// SpectralDiffusion off the real axis: second moments of two averages, one as resolvents at s_m, the other at s_m' or
/// its conjugate (docs/theory.md §7).
class PolePairs {
 public:
  /// Keeps references to all its arguments.
  PolePairs(const Problem& problem, const ComplexResolvent& path, const SampleWindow& window,
            const Eigen::MatrixXcd& filled_out, const Eigen::MatrixXcd& filled_in);

  /// Γ(s_m, s_m') and Γ(s_m, s_m'*), [poles, poles].
  struct Kernel {
    Eigen::ArrayXXcd plain, conjugate;
  };
  Kernel kernel(double lag) const;

  /// ½ Re Σ_mm' [c_m c_m' plain λρ_kρ_k' λρ_jρ_j' + c_m c_m'* conjugate λρ_kρ_k'* λρ_jρ_j'*], [output nodes, input
  /// nodes], ρ = ρ(s_m), ρ' = ρ(s_m').
  Eigen::ArrayXXd contract(const Kernel& kernel, const Eigen::ArrayXcd& c) const;

 private:
  struct Side : SideSums<std::complex<double>> {
    Eigen::MatrixXcd shared_conjugate, exchange_conjugate;  ///< Σ ū ū'*, Σ u ū'*
  };
  Side side(const Spectrum& spectrum, const Eigen::ArrayXcd& t, const Eigen::MatrixXcd& filled) const;
  Eigen::ArrayXXcd gamma(double lag, const std::vector<SaturatedPoles>& later, bool conjugate) const;

  const Problem& problem_;
  const ComplexResolvent& path_;
  const SampleWindow& window_;
  Side out_, in_;
  std::vector<SaturatedPoles> earlier_;  ///< by age, where the batch is finite
};

}  // namespace muonphase
