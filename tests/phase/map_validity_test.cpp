// Which cells of a map its closure may be trusted in.
#include "muonphase/phase/map_validity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "phase/array.hpp"

namespace muonphase {
namespace {

PhaseOptions two_cells() {
  PhaseOptions options;
  options.compare = {make_optimizer("muon", {{"momentum", 0.95}}), make_optimizer("signsvd")};
  options.alpha = array({0.0, 2.0});
  options.beta = array({0.5});
  options.horizon = array({1, 3, 11});
  options.dimension = 400;
  options.batch_ratio = 0.05;
  return options;
}

// A map whose risks fall by e^(−fall) a step from horizon 3 to 11, and half as fast before.
PhaseMap map_of(const PhaseOptions& options, double fall) {
  PhaseMap map{.compare = {"muon", "signsvd"},
               .alpha = options.alpha,
               .beta = options.beta,
               .axis = options.horizon,
               .third = {},
               .cells = {}};
  map.cells.resize(2);
  for (auto& cell : map.cells)
    for (auto& tuned : cell.tuned) tuned.risk = array({1, std::exp(-fall), std::exp(-9 * fall)});
  return map;
}

TEST(MapValidity, SharesAreThoseOfThePowerLaws) {
  const PhaseOptions options = two_cells();
  const auto cells = map_validity(options, map_of(options, 0));
  for (std::size_t c = 0; c < 2; ++c) {
    const double exponent = options.alpha(static_cast<Eigen::Index>(c)) + 0.5;
    double sum = 0;
    for (int j = 1; j <= 400; ++j) sum += std::pow(j, -exponent);
    EXPECT_NEAR(cells[c].largest_share, 1 / sum, 1e-9) << c;  // Σ_out is isotropic: rows count together
  }
}

// The mean of a gradient does not know of the batch, and its noise falls with the root.
TEST(MapValidity, SignalOverNoiseGrowsWithTheRootOfTheBatch) {
  PhaseOptions options = two_cells();
  const auto small = map_validity(options, map_of(options, 0));
  options.batch_ratio *= 16;
  const auto large = map_validity(options, map_of(options, 0));
  for (std::size_t c = 0; c < 2; ++c) EXPECT_NEAR(large[c].signal_to_noise / small[c].signal_to_noise, 4, 1e-9) << c;
  options.batch_ratio = infinite_batch;  // its definition hides the signal
  for (const auto& cell : map_validity(options, map_of(options, 0))) {
    EXPECT_TRUE(std::isnan(cell.signal_to_noise));
    EXPECT_TRUE(cell.signal_hidden);
  }
}

// Flat data hide the signal, steep data do not: one mode is two thirds of the risk.
TEST(MapValidity, TheLinearClosureHoldsWhereTheSignalIsHidden) {
  const PhaseOptions options = two_cells();
  const auto cells = map_validity(options, map_of(options, 0));
  EXPECT_TRUE(cells[0].signal_hidden);
  EXPECT_FALSE(cells[1].signal_hidden);
  EXPECT_TRUE(cells[0].holds(Closure::linear));
  EXPECT_FALSE(cells[1].holds(Closure::linear));
  EXPECT_TRUE(cells[1].holds(Closure::full));
}

// Twenty steps of memory: ln R may fall by 0.1 over them. An optimizer without memory has no window to be long.
TEST(MapValidity, WindowsAreLongWhereTheRiskMovesWithinThem) {
  const PhaseOptions options = two_cells();
  for (const double fall : {0.0124, 0.0126}) {
    const auto cells = map_validity(options, map_of(options, fall));
    EXPECT_NEAR(cells[0].window_change[0], 20 * fall, 1e-12);
    EXPECT_EQ(cells[0].window_change[1], 0);
    EXPECT_EQ(cells[0].holds(Closure::full), fall < 0.0125);
    EXPECT_EQ(cells[0].holds(Closure::linear), fall < 0.0125);
  }
}

TEST(MapValidity, TimesToAccuracySayNothingOfWindows) {
  PhaseOptions options = two_cells();
  PhaseMap map = map_of(options, 1);
  map.criterion = Criterion::accuracy;
  const auto cells = map_validity(options, map);
  EXPECT_TRUE(std::isnan(cells[0].window_change[0]));
  EXPECT_TRUE(cells[0].holds(Closure::linear));
}

}  // namespace
}  // namespace muonphase
