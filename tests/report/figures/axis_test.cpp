#include "muonphase/report/figures/axis.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace muonphase::figures {
namespace {

Axis log_axis() {
  Axis axis;
  axis.scale = Scale::log;
  return axis;
}

std::vector<std::string> labels(const std::vector<Tick>& ticks) {
  std::vector<std::string> list;
  for (const Tick& t : ticks)
    if (!t.label.empty()) list.push_back(t.label.enhanced());
  return list;
}

using Labels = std::vector<std::string>;

TEST(FigureAxis, RangeShowsWhatTheAxisCanShow) {
  const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
  const Range range = range_of(log_axis(), {nan, -1, 0, 0.01, 100, inf});
  EXPECT_DOUBLE_EQ(range.min, 0.01);
  EXPECT_DOUBLE_EQ(range.max, 100);
  EXPECT_TRUE(std::isnan(range.place(0)));
  EXPECT_TRUE(std::isnan(range.place(-1)));
  const Range linear = range_of({}, {nan, -1, 3, inf});
  EXPECT_DOUBLE_EQ(linear.min, -1);
  EXPECT_DOUBLE_EQ(linear.max, 3);
}

TEST(FigureAxis, NothingOrOneValueStillGivesARange) {
  for (const Axis& axis : {Axis{}, log_axis()})
    for (const std::vector<double>& values : {std::vector<double>{}, {0.0}, {5.0}, {1e300}}) {
      const Range range = range_of(axis, values);
      EXPECT_LT(range.min, range.max);
      EXPECT_TRUE(axis.scale == Scale::linear || range.min > 0);
      EXPECT_FALSE(ticks_of(axis, range, 200, 30).empty());
    }
}

TEST(FigureAxis, ZeroHasAPlaceBelowTheFirstPositiveStep) {
  Axis axis = log_axis();
  axis.show_zero = true;
  const Range range = range_of(axis, {0, 4, 500});
  ASSERT_TRUE(range.zero);
  EXPECT_LT(range.min, *range.zero);
  EXPECT_LT(*range.zero, 4);
  EXPECT_DOUBLE_EQ(range.place(0), *range.zero);
  EXPECT_DOUBLE_EQ(range.place(4), 4);
  const std::vector<Tick> ticks = ticks_of(axis, range, 200, 30);
  EXPECT_EQ(labels(ticks), (Labels{"0", "10^{1}", "10^{2}"}));
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_GE(ticks[i].position, 4);
  EXPECT_FALSE(range_of(axis, {1, 500}).zero);
}

TEST(FigureAxis, LogTicks) {
  EXPECT_EQ(labels(ticks_of(log_axis(), range_of(log_axis(), {1e-3, 10}), 200, 30)),
            (Labels{"10^{−3}", "10^{−2}", "10^{−1}", "10^{0}", "10^{1}"}));
  EXPECT_EQ(labels(ticks_of(log_axis(), range_of(log_axis(), {1, 1e12}), 200, 30)),
            (Labels{"10^{0}", "10^{2}", "10^{4}", "10^{6}", "10^{8}", "10^{10}", "10^{12}"}));
  EXPECT_EQ(labels(ticks_of(log_axis(), range_of(log_axis(), {0.15, 3}), 200, 30)), (Labels{"0.2", "0.5", "1", "2"}));
  EXPECT_EQ(labels(ticks_of(log_axis(), range_of(log_axis(), {0.81, 0.93}), 200, 30)),
            (Labels{"0.82", "0.84", "0.86", "0.88", "0.90", "0.92"}));
}

TEST(FigureAxis, LinearTicksAreRoundAndFarEnoughApart) {
  EXPECT_EQ(labels(ticks_of({}, range_of({}, {-0.025, 1.325}), 262, 30)),
            (Labels{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"}));
  EXPECT_EQ(labels(ticks_of({}, range_of({}, {-0.05, 0.05}), 60, 24)), (Labels{"−0.05", "0.00", "0.05"}));
  EXPECT_EQ(labels(ticks_of({}, range_of({}, {0, 3e6}), 200, 60)), (Labels{"0", "10^{6}", "2×10^{6}", "3×10^{6}"}));
}

TEST(FigureAxis, EdgesOfCells) {
  EXPECT_TRUE(cell_edges(Eigen::ArrayXd::LinSpaced(3, 0, 2)).isApprox(Eigen::ArrayXd::LinSpaced(4, -0.5, 2.5)));
  Eigen::ArrayXd uneven(3), edges(4);
  uneven << 0, 1, 3;
  edges << -0.5, 0.5, 2, 4;
  EXPECT_TRUE(cell_edges(uneven).isApprox(edges));
  EXPECT_NEAR(cell_edges(Eigen::ArrayXd::Constant(1, 0.5), 0.2)(1), 0.6, 1e-15);
}

}  // namespace
}  // namespace muonphase::figures
