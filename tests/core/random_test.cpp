#include "muonphase/core/random.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace muonphase {
namespace {

constexpr Stream stream{.seed = 7, .trial = 3, .step = 11, .purpose = Purpose::batch_in};

TEST(RandomStream, FollowsPhiloxAndBoxMuller) {
  const Eigen::MatrixXd z = normals<double>(stream, 128, 1);
  for (const int i : {0, 1, 5, 63}) {
    const auto position = static_cast<std::uint64_t>(i / 4);
    const auto purpose = static_cast<std::uint64_t>(Purpose::batch_in);
    const r123::Philox4x64::ctr_type counter{{position, purpose, 11, 3}};
    const std::uint64_t word = r123::Philox4x64()(counter, {{7, 0}})[static_cast<std::size_t>(i % 4)];
    const double radius = std::sqrt(-2 * std::log((static_cast<double>(word >> 24) + 0.5) / std::exp2(40)));
    const double angle = (static_cast<double>(word & 0xffffff) + 0.5 - std::exp2(21)) / std::exp2(24);
    EXPECT_NEAR(z(i), radius * std::cos(2 * std::numbers::pi * angle), 1e-14);
    EXPECT_NEAR(z(i + 64), radius * std::sin(2 * std::numbers::pi * angle), 1e-14);
  }
}

TEST(RandomStream, MomentsOfTheNormalLaw) {
  const Eigen::ArrayXd z = normals<double>(stream, 1000000, 1).col(0).array();
  const double n = 1e6;
  EXPECT_NEAR(z.mean(), 0, 5 / std::sqrt(n));
  EXPECT_NEAR(z.square().mean(), 1, 5 * std::sqrt(2 / n));
  EXPECT_NEAR(z.cube().mean(), 0, 5 * std::sqrt(15 / n));
  EXPECT_NEAR(z.pow(4).mean(), 3, 5 * std::sqrt(96 / n));
  EXPECT_NEAR((z.head(999936) * z.tail(999936)).mean(), 0, 5 / std::sqrt(n));  // cosine against sine of a pair
  EXPECT_NEAR((z.head(999999) * z.tail(999999)).mean(), 0, 5 / std::sqrt(n));
  EXPECT_NEAR((z > 3).cast<double>().mean(), 0.00134990, 5 * std::sqrt(0.00135 / n));
}

TEST(RandomStream, AddressesAreIndependentOfEachOther) {
  const Eigen::MatrixXd z = normals<double>(stream, 1000, 1);
  for (const Stream& other : {Stream{8, 3, 11, Purpose::batch_in}, Stream{7, 4, 11, Purpose::batch_in},
                              Stream{7, 3, 12, Purpose::batch_in}, Stream{7, 3, 11, Purpose::batch_out}}) {
    const Eigen::MatrixXd w = normals<double>(other, 1000, 1);
    EXPECT_LT(std::abs(z.col(0).dot(w.col(0)) / 1000), 5 / std::sqrt(1000.0));
  }
  EXPECT_EQ(normals<double>(stream, 300, 1), z.topRows(300));
}

TEST(RandomStream, SameBitsForAnyThreadsAndSinglePrecisionRounds) {
  const Eigen::MatrixXd z = normals<double>(stream, 77, 31);
  EXPECT_EQ(normals<double>(stream, 77, 31, 4), z);
  EXPECT_EQ(normals<float>(stream, 77, 31), z.cast<float>());
}

}  // namespace
}  // namespace muonphase
