#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/closures/averages/window.hpp"
#include "muonphase/closures/full/mode_rates.hpp"
#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/spectral_map.hpp"
#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/risk_curve.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/dynamics/systems/quasilinear.hpp"
#include "muonphase/problem/problem.hpp"

/// What a closure of an optimizer is made of: a window over past gradients, and a map of the windowed gradient. The
/// functions here pair them with the states that follow a run.
namespace muonphase {

/// Random bases to average over.
struct BasisDraws {
  int count = 16;
  std::uint64_t seed = 1;
};

struct LinearOptions {
  BasisDraws draws = {};
  ResolventOptions resolvent = {};  ///< of exact polar factors
  Monitor monitor = {};             ///< counts the columns of random bases that are drawn; may interrupt
};

/// Coefficients of a problem: one set, or one for each draw where the optimizer acts entry by entry and sees random
/// bases. UnsupportedError for what the closure cannot take.
using LinearClosure = std::function<std::vector<Coefficients>(const Problem&, const LinearOptions&)>;

/// Over which samples the full closure of measured data averages: the rows, or Gaussians of their second moments.
enum class SampleAverage { gaussian, rows };

/// What the full closure of an optimizer starts from.
struct FullProblem {
  Problem problem;                     ///< of finite batch; its energies are those of `start` where that is given
  Eigen::MatrixXd start = {};          ///< Δ_0 [n, d] in the eigenbases; empty: from the energies alone
  double weight_decay = 0;             ///< λ of W ← (1 − ηλ) W − ηΦ
  std::uint64_t seed = 1, draw = 0;    ///< of random bases, those of trial `draw` of a simulation
  FullClosureOptions quadrature = {};  ///< how accurately rates are evaluated
  SampleAverage average = SampleAverage::rows;  ///< of problems with data
  Monitor monitor = {};                ///< of the preparation: counts the columns of random bases; may interrupt

  bool given() const { return start.size() > 0; }
  /// Whether averages are those of the data.
  bool of_rows() const { return problem.data && average == SampleAverage::rows; }
};

/// Rates paired with the state they move: integrates any schedule over recorded steps, the last of which is its
/// horizon. Calls are independent of each other, also in parallel. The monitor may interrupt between evaluations of the
/// rates.
using FullDynamics = std::function<RiskCurve(const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                                             const QuasilinearOptions& options, const Monitor& monitor)>;

/// UnsupportedError for what the closure cannot take.
using FullClosure = std::function<FullDynamics(const FullProblem&)>;

/// A spectral map over a window: SignSVD, Muon. Without a map the exact polar factor; the poles of a map take some 0.3
/// s.
LinearClosure spectral_linear(const Window& window, const std::optional<SpectralMap>& map = {});
FullClosure spectral_full(const Window& window, const std::optional<SpectralMap>& map = {});

/// The sign of every entry over a window: SignSGD, Signum, Lion.
LinearClosure sign_linear(const Window& window);
FullClosure sign_full(const Window& window);

/// The gradient itself, or its average over a window: SGD.
LinearClosure gradient_linear(const Window& window = {});
FullClosure gradient_full(const Window& window = {});

/// The gradient, or its average over a window, over its Frobenius norm: NGD, NMD.
LinearClosure normalised_linear(const Window& window);
FullClosure normalised_full(const Window& window);

/// Adam, ε negligible. StudyError for β's that leave updates without variance.
struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999;
};
LinearClosure adam_linear(const AdamOptions& options);
FullClosure adam_full(const AdamOptions& options);

/// What a closure covers, for people: the table of `muonphase optimizers`.
struct ClosureCoverage {
  std::string spectra;      ///< "one-sided, two-sided"
  std::string starts;       ///< "energies, given start"
  std::string approximate;  ///< what is not exact as n, d → ∞; empty when nothing is
};

}  // namespace muonphase
