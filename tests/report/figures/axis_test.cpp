#include "report/figures/axis.hpp"

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

/// The range of an axis under a curve that has these values.
Range range_of(const Axis& axis, const std::vector<double>& values) {
  Panel panel;
  panel.x = axis;
  const auto x = Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  panel.series = {line(x, Eigen::ArrayXd::Ones(x.size()), {})};
  return frames_of({"", "", {panel}, 1}).front().x;
}

using Labels = std::vector<std::string>;

Labels labels(const Axis& axis, const std::vector<double>& values) {
  Labels list;
  for (const Tick& t : ticks_of(axis, range_of(axis, values), 6.5))
    if (!t.label.empty()) list.push_back(t.label.enhanced());
  return list;
}

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
  EXPECT_EQ(labels(axis, {0, 4, 500}), (Labels{"0", "10^{1}", "10^{2}"}));
  const std::vector<Tick> ticks = ticks_of(axis, range, 6);
  for (std::size_t i = 1; i < ticks.size(); ++i) EXPECT_GE(ticks[i].position, 4);
  EXPECT_FALSE(range_of(axis, {1, 500}).zero);
}

TEST(FigureAxis, LogTicks) {
  EXPECT_EQ(labels(log_axis(), {1e-3, 10}), (Labels{"10^{−3}", "10^{−2}", "10^{−1}", "10^{0}", "10^{1}"}));
  EXPECT_EQ(labels(log_axis(), {1, 1e12}),
            (Labels{"10^{0}", "10^{2}", "10^{4}", "10^{6}", "10^{8}", "10^{10}", "10^{12}"}));
  EXPECT_EQ(labels(log_axis(), {0.15, 3}), (Labels{"0.2", "0.5", "1", "2"}));
  EXPECT_EQ(labels(log_axis(), {0.81, 0.93}), (Labels{"0.85", "0.9"}));
  EXPECT_TRUE(labels({}, {0, 3}).empty());  // round numbers are found by whoever draws the axis
}

TEST(FigureAxis, CategoriesAreInTheMiddleOfTheirCells) {
  Axis axis;
  axis.categories = {"oak", "dog"};
  const std::vector<Tick> ticks = ticks_of(axis, {}, 1);
  ASSERT_EQ(ticks.size(), 2u);
  EXPECT_EQ(ticks[1].label, Label("dog"));
  EXPECT_EQ(ticks[1].position, 1.5);
}

TEST(FigureAxis, EdgesOfCells) {
  EXPECT_TRUE(cell_edges(Eigen::ArrayXd::LinSpaced(3, 0, 2)).isApprox(Eigen::ArrayXd::LinSpaced(4, -0.5, 2.5)));
  EXPECT_TRUE(cell_edges(Eigen::ArrayXd{{0, 1, 3}}).isApprox(Eigen::ArrayXd{{-0.5, 0.5, 2, 4}}));
  EXPECT_NEAR(cell_edges(Eigen::ArrayXd::Constant(1, 0.5))(1), 0.55, 1e-15);
}

}  // namespace
}  // namespace muonphase::figures
