#include "report/figures/contours.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace muonphase::figures {
namespace {

/// Trade-off everywhere, T = 10^f at the nodes of a grid of its own.
template <class F>
PhasePanel map_of(int cells, int nodes, F f) {
  const auto axis = [](int n) { return Eigen::ArrayXd::LinSpaced(n, -2, 2); };
  PhasePanel map{
      axis(cells), axis(cells), PhasePanel::Phases::Constant(cells, cells, 3), {axis(nodes), axis(nodes), {}}};
  map.crossing.value.resize(nodes, nodes);
  for (int i = 0; i < nodes; ++i)
    for (int j = 0; j < nodes; ++j)
      map.crossing.value(i, j) = std::pow(10, f(map.crossing.alpha(i), map.crossing.beta(j)));
  return map;
}

/// How many segments end where no other does.
int loose_ends(const Contour& contour) {
  std::map<std::pair<long, long>, int> ends;
  for (const auto& s : contour.segments.rowwise())
    for (int k : {0, 2}) ++ends[{std::lround(1e7 * s(k)), std::lround(1e7 * s(k + 1))}];
  int loose = 0;
  for (const auto& [place, count] : ends) loose += count % 2;
  return loose;
}

TEST(FigureContours, CircleIsClosedAndHasItsRadius) {
  const auto contours = crossing_contours(map_of(41, 41, [](double x, double y) { return std::hypot(x, y); }));
  ASSERT_EQ(contours.size(), 2u);
  EXPECT_EQ(contours[0].level, 1);
  EXPECT_EQ(loose_ends(contours[0]), 0);
  double length = 0;
  for (const auto& s : contours[0].segments.rowwise()) {
    EXPECT_NEAR(std::hypot(s(0), s(1)), 1, 5e-3);
    length += std::hypot(s(2) - s(0), s(3) - s(1));
  }
  EXPECT_NEAR(length, 2 * M_PI, 0.03);
}

// A refined map: cells eight times as fine as the nodes that have horizons, a boundary that no node lies on.
TEST(FigureContours, RefinedMapsHaveUnbrokenLinesUpToTheBoundary) {
  PhasePanel map = map_of(73, 10, [](double x, double) { return x + 2.2; });
  const auto outside = [](double x, double y) { return x > 0.31 * y + 1.2; };
  for (Eigen::Index i = 0; i < 73; ++i)
    for (Eigen::Index j = 0; j < 73; ++j)
      if (outside(map.alpha(i), map.beta(j))) map.phase(i, j) = 1;
  for (Eigen::Index i = 0; i < 10; ++i)
    for (Eigen::Index j = 0; j < 10; ++j)
      if (outside(map.crossing.alpha(i), map.crossing.beta(j)))
        map.crossing.value(i, j) = std::nan("");
  const auto contours = crossing_contours(map);
  ASSERT_GE(contours.size(), 3u);
  for (const Contour& contour : contours) {
    EXPECT_LE(loose_ends(contour), 2) << contour.level;
    for (const auto& s : contour.segments.rowwise()) EXPECT_NEAR(s(0), contour.level - 2.2, 1e-6);
  }
}

TEST(FigureContours, NothingToDraw) {
  EXPECT_TRUE(crossing_contours(map_of(4, 1, [](double, double) { return 1.0; })).empty());
  EXPECT_TRUE(crossing_contours(map_of(4, 4, [](double, double) { return std::nan(""); })).empty());
  EXPECT_TRUE(crossing_contours(map_of(4, 4, [](double, double) { return 2.0; })).empty());
}

TEST(FigureContours, LevelsAreRoundAndInside) {
  EXPECT_EQ(contour_levels(0.4, 4.2, 8), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(contour_levels(1, 3, 8), (std::vector<double>{2}));
  EXPECT_EQ(contour_levels(0, 20, 8), (std::vector<double>{3, 6, 9, 12, 15, 18}));
  EXPECT_EQ(contour_levels(1.2, 2.4, 8), (std::vector<double>{1.5, 2}));
  EXPECT_TRUE(contour_levels(2, 2, 8).empty());
}

}  // namespace
}  // namespace muonphase::figures
