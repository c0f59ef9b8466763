#include "muonphase/report/figures/contours.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase::figures {
namespace {

TEST(FigureContours, CircleIsOneClosedLineAtItsRadius) {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(41, -2, 2), y = Eigen::ArrayXd::LinSpaced(51, -2, 2);
  Eigen::ArrayXXd z(41, 51);
  for (int i = 0; i < 41; ++i)
    for (int j = 0; j < 51; ++j) z(i, j) = std::hypot(x(i), y(j));
  const std::vector<Polyline> lines = contour_lines(x, y, z, 1.3);
  ASSERT_EQ(lines.size(), 1u);
  const Polyline& line = lines[0];
  EXPECT_TRUE(line.row(0).isApprox(line.row(line.rows() - 1), 1e-9));
  double length = 0;
  for (Eigen::Index i = 0; i < line.rows(); ++i) {
    EXPECT_NEAR(std::hypot(line(i, 0), line(i, 1)), 1.3, 2e-3);
    if (i > 0) length += (line.row(i) - line.row(i - 1)).matrix().norm();
  }
  EXPECT_NEAR(length, 2 * M_PI * 1.3, 0.02);
}

TEST(FigureContours, PlaneGivesItsStraightLineAndKeepsOutOfMissingNodes) {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(6, 0, 5), y = Eigen::ArrayXd::LinSpaced(5, 0, 4);
  Eigen::ArrayXXd z = x.replicate(1, 5);
  ASSERT_EQ(contour_lines(x, y, z, 2.5).size(), 1u);
  z(2, 2) = std::nan("");  // cuts the line x = 2.5 between y = 1 and y = 3
  const std::vector<Polyline> lines = contour_lines(x, y, z, 2.5);
  ASSERT_EQ(lines.size(), 2u);
  for (const Polyline& line : lines) {
    EXPECT_TRUE(((line.col(0) - 2.5).abs() < 1e-12).all());
    EXPECT_TRUE((line.col(1) <= 1.5).all() || (line.col(1) >= 2.5).all());
  }
}

TEST(FigureContours, NothingToDraw) {
  const Eigen::ArrayXd one = Eigen::ArrayXd::Constant(1, 0.5);
  EXPECT_TRUE(contour_lines(one, one, Eigen::ArrayXXd::Constant(1, 1, 3), 3).empty());
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(4, 0, 1);
  EXPECT_TRUE(contour_lines(x, x, Eigen::ArrayXXd::Constant(4, 4, std::nan("")), 0).empty());
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
