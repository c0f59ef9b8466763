#pragma once
#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "muonphase/optimizers/optimizer.hpp"
#include "muonphase/phase/phase_map.hpp"

/// Verdicts of the phase diagram tested by training.
namespace muonphase {

inline constexpr double shortest_verified = 20, largest_verified = 1024;

struct VerifyOptions {
  int cells = 12;           ///< how many
  int trials = 8;           ///< ≥ 2, of each run
  double threshold = 1.25;  ///< of the verdicts
  double tolerance = 0.05;  ///< of ln R: how much worse than its neighbours a predicted rate may be
  std::uint64_t seed = 1;   ///< of training and of the horizons drawn at random
};

/// Training with one optimizer at the rate predicted to be best for a horizon and at rates around it: ½, 1/√2, 1, √2, 2
/// times. Every run sees the same draws.
struct TrainedRates {
  double predicted_risk = 0;
  Eigen::ArrayXd learning_rate;   ///< [5], the predicted one in the middle
  Eigen::ArrayXd risk, risk_sem;  ///< [5] means over trials; NaN where a trial diverged
  double excess = 0;      ///< ln of the risk at the predicted rate over the best of the five, its standard error
  double excess_sem = 0;  ///< (of paired trials)

  bool optimum_holds(double tolerance) const { return excess - 2 * excess_sem <= tolerance; }
};

/// One horizon of a cell.
struct VerifiedHorizon {
  double horizon = 0;
  double predicted_log_ratio = 0;  ///< ln of the risk of the first optimizer over that of the second
  double log_ratio = 0;            ///< of the trained ones, at the predicted rates
  double log_ratio_sem = 0;        ///< of paired trials
  std::array<TrainedRates, 2> trained;
};

struct VerifiedCell {
  PhasePoint point;
  /// One to three: where each optimizer leads most, by the prediction, and one drawn at random.
  std::vector<VerifiedHorizon> horizons;

  Phase predicted(double threshold) const;
  Phase measured(double threshold) const;  ///< of the trained ratios
  bool verdict_equals(double threshold) const;  ///< strictly: the two are one
  /// Whether moving the trained ratios by at most two standard errors gives the predicted phase.
  bool verdict_holds(double threshold) const;
};

/// The cells to verify: of each phase in turn the one farthest from those taken, the first of a phase nearest to its
/// middle. Fewer when the map has fewer cells. Indices into `map.cells`.
std::vector<std::size_t> cells_to_verify(const PhaseMap& map, int count, double threshold);

/// StudyError when the batch is infinite somewhere, a side is beyond `largest_verified`, or all horizons are below
/// `shortest_verified`.
void require_trainable(const PhaseOptions& options);

/// Trains on them, at horizons from `shortest_verified` on: fewer steps are no flow. `options` are those of the map;
/// where they say Basis::generic, Haar bases are trained in. StudyError as require_trainable(). Cost: 10 runs of
/// `trials` trials for each horizon.
std::vector<VerifiedCell> verify_phases(const PhaseOptions& options, const PhaseMap& map, const VerifyOptions& verify,
                                        const Monitor& monitor = {});

}  // namespace muonphase
