#include "muonphase/phase/verify.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

PhaseOptions small_map() {
  PhaseOptions options;
  options.alpha = Eigen::ArrayXd::LinSpaced(3, 0.2, 2.6);
  options.beta = Eigen::ArrayXd::LinSpaced(3, 0.0, 2.4);
  options.horizon = Eigen::ArrayXd{{5.0, 20.0, 200.0}};
  options.dimension = 32;
  options.batch_ratio = 0.5;
  return options;
}

VerifyOptions few(int cells) {
  return {.cells = cells, .trials = 4};
}

VerifiedCell cell_of(double predicted, double measured, double sem) {
  VerifiedCell cell;
  cell.horizons.resize(1);
  cell.horizons[0].predicted_log_ratio = predicted;
  cell.horizons[0].log_ratio = measured;
  cell.horizons[0].log_ratio_sem = sem;
  return cell;
}

TEST(Verify, AVerdictHoldsWithinTwoStandardErrors) {
  EXPECT_TRUE(cell_of(-0.5, -0.4, 0.01).verdict_holds(1.25));
  EXPECT_FALSE(cell_of(-0.5, -0.2, 0.01).verdict_holds(1.25));  // ln 1.25 = 0.223
  EXPECT_TRUE(cell_of(-0.5, -0.2, 0.02).verdict_holds(1.25));
  EXPECT_FALSE(cell_of(-0.5, 0.4, 0.01).verdict_holds(1.25));
  EXPECT_FALSE(cell_of(0.0, 0.3, 0.01).verdict_holds(1.25));
  EXPECT_FALSE(cell_of(-0.5, std::nan(""), 0.01).verdict_holds(1.25));
  EXPECT_EQ(cell_of(-0.5, 0.4, 0.01).predicted(1.25), Phase::first);
  EXPECT_EQ(cell_of(-0.5, 0.4, 0.01).measured(1.25), Phase::second);
}

TEST(Verify, TakesCellsOfEveryPhase) {
  const PhaseMap map = compute_phase_map(small_map());
  std::set<Phase> present, taken;
  for (const auto& cell : map.cells) present.insert(classify(cell.log_ratio(), 1.25));
  ASSERT_GE(present.size(), 2u);
  const auto chosen = cells_to_verify(map, 4, 1.25);
  for (const std::size_t cell : chosen) taken.insert(classify(map.cells[cell].log_ratio(), 1.25));
  EXPECT_EQ(taken, present);
  EXPECT_EQ(std::set(chosen.begin(), chosen.end()).size(), 4u);
  EXPECT_EQ(cells_to_verify(map, 100, 1.25).size(), 9u);
}

// n = d = 32 is small for the theory: training has to agree about who wins and about the rate.
TEST(Verify, TrainingConfirmsAFullClosureMap) {
  PhaseOptions options = small_map();
  options.alpha = options.alpha.tail(1).eval();
  options.beta = options.beta.head(1).eval();
  options.closure = Closure::full;
  const auto verified = verify_phases(options, compute_phase_map(options), few(1));
  ASSERT_EQ(verified.size(), 1u);
  EXPECT_TRUE(verified[0].verdict_holds(1.25));
  EXPECT_EQ(verified[0].horizons.back().horizon, 200);
  for (const auto& horizon : verified[0].horizons)
    for (const auto& trained : horizon.trained) {
      EXPECT_TRUE(trained.optimum_holds(0.1)) << horizon.horizon << ": " << trained.excess;
      EXPECT_NEAR(std::log(trained.risk(2) / trained.predicted_risk), 0, 0.5);
      EXPECT_NEAR(trained.learning_rate(4) / trained.learning_rate(2), 2, 1e-12);
    }
}

// Where each optimizer leads most, and one drawn among the horizons that training may be held to: the seed decides.
TEST(Verify, OneHorizonIsDrawnAtRandom) {
  PhaseOptions options = small_map();
  options.alpha = options.beta = Eigen::ArrayXd::Constant(1, 1);
  options.dimension = 4;
  options.horizon = Eigen::ArrayXd(21);
  options.horizon << 5, Eigen::ArrayXd::LinSpaced(20, 20, 39);
  PhaseMap map = compute_phase_map(options);
  PhaseCell& cell = map.cells[0];
  for (auto& tuned : cell.tuned) tuned.risk.setOnes();
  cell.tuned[0].risk(0) = 9;    // too short to count
  cell.tuned[0].risk(4) = 0.5;  // step 23
  cell.tuned[1].risk(9) = 0.5;  // step 28
  const auto horizons = [&](std::uint64_t seed) {
    const auto verified = verify_phases(options, map, {.cells = 1, .trials = 2, .seed = seed});
    std::set<double> steps;
    for (const auto& horizon : verified[0].horizons) steps.insert(horizon.horizon);
    return steps;
  };
  std::map<double, int> drawn;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::set<double> steps = horizons(seed);
    EXPECT_TRUE(steps.erase(23) && steps.erase(28)) << seed;
    ASSERT_LE(steps.size(), 1u);
    for (const double step : steps) ++drawn[step];
  }
  EXPECT_FALSE(drawn.contains(5));
  EXPECT_GE(drawn.size(), 10u);  // of eighteen others; 15.9 ± 1.3 are expected of 36 draws
  for (const auto& [step, times] : drawn) EXPECT_LE(times, 9) << step;
  EXPECT_EQ(horizons(3), horizons(3));
}

TEST(Verify, RefusesWhatCannotBeTrained) {
  PhaseOptions options = small_map();
  options.horizon = Eigen::ArrayXd{{1.0, 10.0}};
  EXPECT_THROW(verify_phases(options, compute_phase_map(options), few(1)), StudyError);
  options = small_map();
  options.batch_ratio = infinite_batch;
  EXPECT_THROW(verify_phases(options, compute_phase_map(options), few(1)), StudyError);
  options = small_map();
  options.dimension = 1e5;
  EXPECT_THROW(verify_phases(options, compute_phase_map(options), few(1)), StudyError);
}

}  // namespace
}  // namespace muonphase
