#include "core/array_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace muonphase {
namespace {

TEST(ArrayFunctions, AgreeWithTheLibrary) {
  const Eigen::ArrayXXd x = Eigen::ArrayXd::LinSpaced(2001, -1, 1).reshaped(69, 29);
  EXPECT_LT((error_function<double>(5 * x) - (5 * x).unaryExpr([](double y) { return std::erf(y); })).abs().maxCoeff(),
            2e-7);
  EXPECT_LT((arcsine<double>(x) - x.asin()).abs().maxCoeff(), 3e-8);
  const Eigen::ArrayXXf narrow = x.cast<float>();
  EXPECT_LT((error_function<float>(narrow).cast<double>() - error_function<double>(x)).abs().maxCoeff(), 1e-6);
  EXPECT_LT((arcsine<float>(narrow).cast<double>() - arcsine<double>(x)).abs().maxCoeff(), 2e-3);
  EXPECT_LT((arcsine<float>(0.9f * narrow).cast<double>() - (0.9 * x).asin()).abs().maxCoeff(), 1e-6);
}

}  // namespace
}  // namespace muonphase
