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

/// What a program of gnuplot says of the ticks of x, under such a curve.
std::string ticks(const Axis& axis, const std::vector<double>& values) {
  Panel panel;
  panel.x = axis;
  panel.width = 182;  // room for six labels and a half
  const auto x = Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
  panel.series = {line(x, Eigen::ArrayXd::Ones(x.size()), {})};
  const std::string script = gnuplot_script({"", "", {panel}, 1}, Format::svg), before = "font ',8' ";
  const auto start = script.find(before, script.find("set xtics")) + before.size();
  return script.substr(start, script.find("\nset ytics", start) - start);
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
  const std::string text = ticks(axis, {0, 4, 500});
  EXPECT_EQ(text.find("10, 10\nset xtics add ('0' 2.4"), 0u) << text;
  EXPECT_FALSE(range_of(axis, {1, 500}).zero);
}

TEST(FigureAxis, TicksAreRoundAndNotTooMany) {
  const auto begins = [](const std::string& text, const std::string& start) {
    EXPECT_EQ(text.substr(0, text.find('\n')), start);
  };
  begins(ticks(log_axis(), {1e-3, 10}), "0.001, 10");
  begins(ticks(log_axis(), {1, 1e12}), "1, 100");
  begins(ticks(log_axis(), {0.15, 3}), "(0.2, 0.5, 1, 2)");
  begins(ticks(log_axis(), {0.81, 0.93}), "(0.82, 0.84, 0.86, 0.88, 0.9, 0.92)");
  begins(ticks({}, {-0.025, 1.325}), "0.2");
  begins(ticks({}, {0, 3e6}), "500000");
  Axis named;
  named.categories = {"oak", "dog"};
  begins(ticks(named, {0, 2}), "('oak' 0.5, 'dog' 1.5)");
}

TEST(FigureAxis, EdgesOfCells) {
  EXPECT_TRUE(cell_edges(Eigen::ArrayXd::LinSpaced(3, 0, 2)).isApprox(Eigen::ArrayXd::LinSpaced(4, -0.5, 2.5)));
  EXPECT_TRUE(cell_edges(Eigen::ArrayXd{{0, 1, 3}}).isApprox(Eigen::ArrayXd{{-0.5, 0.5, 2, 4}}));
  EXPECT_NEAR(cell_edges(Eigen::ArrayXd::Constant(1, 0.5))(1), 0.55, 1e-15);
}

}  // namespace
}  // namespace muonphase::figures
