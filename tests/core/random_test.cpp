#include "muonphase/core/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace muonphase {
namespace {

constexpr Stream stream{.seed = 7, .trial = 3, .step = 11, .purpose = Purpose::batch_in};

// The published known answer of Philox-4x64-10 (kat_vectors of Random123, key and counter zero), and the block after it
// by NumPy's generator of that name.
TEST(RandomStream, WordsAreThoseOfPhilox) {
  const std::vector<std::uint64_t> expected = {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
                                               0x7e68b68aec7ba23b, 0x02f4ba6408e4d89b, 0x3dd62b0b9ca8c5b2,
                                               0x1c8667a55d902e79, 0x907d7a052fd5b4dc};
  EXPECT_EQ(random_words({}, 8), expected);
  EXPECT_EQ(random_words(stream, 1).front(), 0x3998d43f32cf8459);  // NumPy, counter (0, 2, 11, 3), key (7, 0)
}

// Box–Muller of NumPy's words in Python's double precision: these bits are what equal seeds promise.
TEST(RandomStream, NormalsAreThoseOfAnotherImplementation) {
  const Eigen::MatrixXd z = normals<double>(stream, 128, 1);
  const struct {
    int pair;
    double cosine, sine;
  } expected[] = {{0, -0.6798631453673594, -1.5878288387964745},
                  {1, 0.07583735809821418, 0.4208423745278781},
                  {5, -1.0727932254023558, -1.2658279321609323},
                  {63, -0.10436297781562087, 0.7043058505973107}};
  for (const auto& [pair, cosine, sine] : expected) {
    EXPECT_NEAR(z(pair), cosine, 1e-14);
    EXPECT_NEAR(z(pair + 64), sine, 1e-14);
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
