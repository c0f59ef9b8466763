// Sums over whole numbers by few nodes, against the sums themselves in long double.
#include "muonphase/problem/integer_nodes.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

template <class F>
long double sum_over_nodes(const IntegerNodes& nodes, F f) {
  long double sum = 0;
  for (Eigen::Index i = 0; i < nodes.index.size(); ++i)
    sum += nodes.weight(i) * f(static_cast<long double>(nodes.index(i)));
  return sum;
}

template <class F>
long double direct_sum(int count, F f) {
  long double sum = 0;
  for (int j = 1; j <= count; ++j) sum += f(static_cast<long double>(j));
  return sum;
}

TEST(IntegerNodes, AreTheNumbersThemselvesUpToExact) {
  for (const double count : {1.0, 7.0, 64.0}) {
    const IntegerNodes nodes = integer_nodes(count, 64);
    ASSERT_EQ(nodes.index.size(), static_cast<Eigen::Index>(count));
    for (Eigen::Index i = 0; i < nodes.index.size(); ++i) {
      EXPECT_EQ(nodes.index(i), i + 1);
      EXPECT_EQ(nodes.weight(i), 1);
    }
  }
}

TEST(IntegerNodes, CountEveryNumberOnce) {
  for (const double count : {65.0, 100.0, 1e3, 12345.0, 1e6, 1e9, 1e15}) {
    const IntegerNodes nodes = integer_nodes(count, 64);
    EXPECT_NEAR(nodes.weight.sum() / count, 1, 1e-13) << count;
    EXPECT_LT(nodes.index.size(), 64 + 6 * (std::log2(count / 64) + 2)) << count;
    EXPECT_GT(nodes.weight.minCoeff(), 0) << count;
    EXPECT_GE(nodes.index(0), 1) << count;
    EXPECT_LE(nodes.index(nodes.index.size() - 1), count) << count;
    for (Eigen::Index i = 1; i < nodes.index.size(); ++i) EXPECT_GT(nodes.index(i), nodes.index(i - 1)) << count;
  }
}

// Degree 11 is summed exactly and degree 12 is not, whatever is left for the last bin.
TEST(IntegerNodes, SumPolynomialsOfDegreeElevenExactly) {
  for (const int count : {37, 100, 1000, 5000})
    for (int degree = 0; degree <= 12; ++degree) {
      const auto power = [degree](long double j) { return std::pow(j, static_cast<long double>(degree)); };
      const auto error =
          static_cast<double>(sum_over_nodes(integer_nodes(count, 10), power) / direct_sum(count, power) - 1);
      if (degree < 12) {
        EXPECT_LT(std::abs(error), 2e-13) << count << " " << degree;
      } else {
        EXPECT_GT(std::abs(error), 1e-12) << count;
      }
    }
}

TEST(IntegerNodes, SumPowerLaws) {
  for (const long double exponent : {0.3L, 1.0L, 1.4L, 3.0L}) {
    const auto power = [&](long double j) { return std::pow(j, -exponent); };
    EXPECT_NEAR(static_cast<double>(sum_over_nodes(integer_nodes(200000, 64), power) / direct_sum(200000, power)), 1,
                1e-9)
        << static_cast<double>(exponent);
  }
}

// A narrow function is met where bins may not be wide, and missed where they may.
TEST(IntegerNodes, BinsAreNoWiderThanTheWidest) {
  const auto bump = [](long double j) { return std::exp(-(j - 7000) * (j - 7000) / (2 * 400.0L)); };
  const long double exact = direct_sum(10000, bump);
  EXPECT_NEAR(static_cast<double>(sum_over_nodes(integer_nodes(10000, 100, 40), bump) / exact), 1, 1e-6);
  EXPECT_GT(std::abs(static_cast<double>(sum_over_nodes(integer_nodes(10000, 100), bump) / exact - 1)), 0.1);
  const IntegerNodes narrow = integer_nodes(1000, 100, 3);  // six numbers a bin are the numbers themselves
  EXPECT_EQ(narrow.index.size(), 1000);
}

}  // namespace
}  // namespace muonphase
