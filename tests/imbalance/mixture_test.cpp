#include "muonphase/imbalance/mixture.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>

#include "imbalance/example_mixture.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/imbalance/loss.hpp"
#include "reference_svd.hpp"

namespace muonphase {
namespace {

/// Orthonormal columns, the same each time: Q of a fixed matrix.
Eigen::MatrixXd directions(Eigen::Index d, Eigen::Index classes) {
  Eigen::MatrixXd a(d, classes);
  for (Eigen::Index i = 0; i < d; ++i)
    for (Eigen::Index j = 0; j < classes; ++j) a(i, j) = std::sin(1.0 + 3.7 * i + 1.9 * i * j + j);
  return orthonormal_columns(a);
}

TEST(Mixture, PriorLaws) {
  const Eigen::ArrayXd zipf = zipf_priors(4);
  EXPECT_NEAR(zipf(0), 12.0 / 25, 1e-15);
  EXPECT_NEAR(zipf(3), 3.0 / 25, 1e-15);
  const Eigen::ArrayXd step = step_priors(5, 20);
  EXPECT_NEAR(step(0), 20.0 / 62, 1e-15);
  EXPECT_NEAR(step(2), 20.0 / 62, 1e-15);
  EXPECT_NEAR(step(3), 1.0 / 62, 1e-15);
}

TEST(Mixture, SpectrumOfTheMoments) {
  const Mixture mixture = example_mixture(9);
  const Eigen::MatrixXd v = directions(9, 4);
  const Moments moments = population_moments(mixture, v);
  const JointSpectrum joint = joint_diagonalisation(moments);
  EXPECT_LT(joint.residual, 1e-14);
  EXPECT_TRUE(joint.cross_singular_value.isApprox(mixture.cross_singular_value(), 1e-13));
  EXPECT_TRUE(joint.input_eigenvalue.isApprox(mixture.input_eigenvalue(), 1e-13));
  EXPECT_TRUE(joint.optimum().isApprox(mixture.optimum(), 1e-13));
  EXPECT_EQ(mixture.first_saturation(), mixture.optimum()(3));
  EXPECT_NEAR(mixture.snr()(0), 1.69 / 0.16, 1e-12);
  // The least-squares solution is the diagonal model with components w*.
  const Eigen::MatrixXd solution = moments.xx.ldlt().solve(moments.yx.transpose()).transpose();
  EXPECT_TRUE(solution.isApprox(mixture.optimum().matrix().asDiagonal() * v.transpose(), 1e-12));
}

TEST(Mixture, EqualSingularValuesAreStillJointlyDiagonal) {
  // p m is the same for both classes, p m² is not.
  const Mixture mixture{Eigen::Array2d(0.25, 0.75), Eigen::Array2d(3, 1), 0.5, 5};
  const JointSpectrum joint = joint_diagonalisation(population_moments(mixture, directions(5, 2)));
  EXPECT_LT(joint.residual, 1e-13);
  EXPECT_NEAR(joint.input_eigenvalue.maxCoeff(), 2.5, 1e-12);
  EXPECT_NEAR(joint.input_eigenvalue.minCoeff(), 1.0, 1e-12);
}

TEST(Mixture, MomentsThatDoNotCommuteHaveAResidual) {
  Moments moments = population_moments(example_mixture(9), directions(9, 4));
  moments.xx.row(0) *= 2;
  moments.xx.col(0) *= 2;
  EXPECT_GT(joint_diagonalisation(moments).residual, 0.01);
}

TEST(Mixture, LossesAgreeAlongThreeRoads) {
  Mixture mixture = example_mixture(9);
  mixture.mean_norm << 1.3, 0.9, 1.1, 2.0;
  const Eigen::MatrixXd v = directions(9, 4);
  const Moments moments = population_moments(mixture, v);
  // The class losses of any W average, over the prior, to the quadratic form in the moments.
  Eigen::MatrixXd w(4, 9);
  for (Eigen::Index i = 0; i < w.size(); ++i) w(i) = std::cos(2.0 * i + 0.3);
  const Eigen::ArrayXd loss = class_loss(mixture, v, w);
  EXPECT_NEAR((loss * mixture.prior).sum(), squared_loss(moments, w), 1e-13);
  // Diagonal models.
  const Eigen::ArrayXXd component = Eigen::RowVector4d(0.1, 0.5, -0.2, 0.3).array();
  const Eigen::MatrixXd diagonal = component.row(0).matrix().asDiagonal() * v.transpose();
  const Eigen::ArrayXXd by_component = class_loss(mixture, component);
  EXPECT_TRUE(by_component.row(0).transpose().isApprox(class_loss(mixture, v, diagonal), 1e-13));
  EXPECT_NEAR(total_loss(mixture, by_component)(0), squared_loss(moments, diagonal), 1e-13);
  EXPECT_NEAR(balanced_loss(by_component)(0), by_component.sum() / 4, 1e-15);
}

TEST(Mixture, RefusesBadFields) {
  const auto refused = [](auto change, const char* field) {
    Mixture mixture = example_mixture(9);
    change(mixture);
    try {
      validate(mixture);
      FAIL() << field;
    } catch (const StudyError& error) {
      EXPECT_NE(std::string(error.what()).find(field), std::string::npos) << error.what();
    }
  };
  EXPECT_NO_THROW(validate(example_mixture(9)));
  refused([](Mixture& m) { m.prior(0) = 0.5; }, "priors");
  refused([](Mixture& m) { m.prior(0) = -0.55; }, "priors");
  refused([](Mixture& m) { m.mean_norm(1) = 0; }, "mean_norm");
  refused([](Mixture& m) { m.mean_norm.conservativeResize(3); }, "mean_norm");
  refused([](Mixture& m) { m.noise = -0.1; }, "noise");
  refused([](Mixture& m) { m.dimension = 3; }, "dimension");
}

}  // namespace
}  // namespace muonphase
