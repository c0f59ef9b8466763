#include "muonphase/dynamics/schedule.hpp"

#include <gtest/gtest.h>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/risk_curve.hpp"

namespace muonphase {
namespace {

TEST(Schedule, ValuesOfEachKind) {
  EXPECT_EQ(rate_at(ConstantRate{0.3}, 17, 100), 0.3);
  EXPECT_DOUBLE_EQ(rate_at(PowerRate{2, 10, 0.5}, 30, 100), 1.0);
  const WsdRate wsd{1, 0.1, 0.5};
  EXPECT_DOUBLE_EQ(rate_at(wsd, 5, 100), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(wsd, 30, 100), 1);
  EXPECT_DOUBLE_EQ(rate_at(wsd, 75, 100), 0.5);
  EXPECT_DOUBLE_EQ(rate_at(wsd, 100, 100), 0);
  TableRate table{Eigen::ArrayXd::LinSpaced(3, 10, 30), Eigen::ArrayXd::LinSpaced(3, 1, 3)};
  EXPECT_DOUBLE_EQ(rate_at(table, 0, 100), 1);
  EXPECT_DOUBLE_EQ(rate_at(table, 15, 100), 1.5);
  EXPECT_DOUBLE_EQ(rate_at(table, 99, 100), 3);
  EXPECT_THROW(rate_at(GreedyRate{}, 1, 2), StudyError);
}

TEST(Schedule, RefusesBadParameters) {
  EXPECT_THROW(validate(ConstantRate{-1}, "k"), StudyError);
  EXPECT_THROW(validate(PowerRate{1, 0, 1}, "k"), StudyError);
  EXPECT_THROW(validate(WsdRate{1, 0.7, 0.7}, "k"), StudyError);
  EXPECT_THROW(validate(TableRate{Eigen::ArrayXd::Zero(2), Eigen::ArrayXd::Ones(2)}, "k"), StudyError);
  EXPECT_THROW(validate(GreedyRate{0}, "k"), StudyError);
  EXPECT_NO_THROW(validate(WsdRate{1, 0.5, 0.5}, "k"));
}

TEST(RecordedSteps, StartAtZeroEndAtTheLastAndIncrease) {
  for (double steps : {1.0, 2.0, 17.0, 1e12})
    for (int record : {2, 3, 50}) {
      const Eigen::ArrayXd t = recorded_steps(steps, record);
      EXPECT_EQ(t(0), 0);
      EXPECT_EQ(t(t.size() - 1), steps);
      EXPECT_LE(t.size(), record);
      for (Eigen::Index i = 1; i < t.size(); ++i) EXPECT_GT(t(i), t(i - 1));
    }
}

}  // namespace
}  // namespace muonphase
