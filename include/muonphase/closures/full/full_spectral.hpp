#pragma once
#include <Eigen/Core>
#include <optional>
#include <vector>

#include "muonphase/closures/averages/sampled_modes.hpp"
#include "muonphase/closures/averages/window_table.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/closures/linear/spectral.hpp"
#include "muonphase/problem/problem.hpp"

namespace muonphase {

/// Muon's rates in the full closure, Σ_out isotropic: FullSignSvd's equations for a window of weighted samples, solved
/// at the complex poles of h (docs/theory-full-closure.md §11). Modes that hold more than 2 % of ‖M‖_F² move it with
/// them. The diffusion of correlated updates takes the linear closure's correlations for the part of the update that is
/// noise.
///
///     FullSpectral rates(problem, rule);
///     ModeRates now = rates(problem.energy);
///
/// Exact polar factors are taken as tempered ones, 1e−5 ‖M‖_F from exact. Each call starts from the solution of the
/// call before. Cost of a call: O(poles · points · min(modes, leading_modes + 10 ln(modes))) for each of some 5
/// iterations. StudyError when Σ_out is not isotropic or the batch is infinite; NoResultError when a system does not
/// converge.
class FullSpectral {
 public:
  FullSpectral(const Problem& problem, const SpectralRule& rule, const FullClosureOptions& options = {});

  /// Rates at energies [1, input nodes]. StudyError when there is neither signal nor label noise.
  ModeRates operator()(const Eigen::ArrayXXd& energy) { return (*this)(energy, energy); }
  /// Where the average's part of Δ is not Δ's own: `seen`, squared.
  ModeRates operator()(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen);

  /// By input mode: E[Φ_kj Δ_kj]/v_kj and E[Φ_kj²] at one time.
  struct Instant {
    Eigen::ArrayXd rate, square;
  };
  Instant instant(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen);
  /// Σ_ℓ 2 V(ℓ)/V(0) over lags ℓ ≥ 1 of the linear closure, by input mode.
  const Eigen::ArrayXd& lagged() const { return lagged_; }

 private:
  struct Node;
  struct PoleWeights {
    Eigen::ArrayXXcd odd, even;  // [modes, poles]
  };
  Eigen::ArrayXXd average_moment(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) const;
  PoleWeights pole_weights(const Eigen::ArrayXd& share) const;

  Problem problem_;
  SampleWindow window_;
  WindowTable table_;
  SpectralPoles map_;
  SpectralPoles spread_;  ///< the map averaged over the norm's spread, at the same poles
  bool exact_;
  std::optional<OwnShare> own_share_;  ///< of modes that move the norm; none for exact polar factors
  FullClosureOptions options_;
  SampledModes sampled_;
  Eigen::MatrixXd square_;            ///< [points, variables] sampled χ²_ν/ν
  Eigen::ArrayXd lagged_;
  /// By pole: real, then imaginary parts of ln(s ρ_j) and ln(s τ_o), of the last call and of the one before.
  std::vector<Eigen::ArrayXd> last_, earlier_;
  double log_unit_ = 0, moved_ = 0;  ///< ln ‖M‖_F of the last call, and by how much it had changed
};

}  // namespace muonphase
