#include "muonphase/problem/samples.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "muonphase/files/data_tree.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/problem/power_law_fit.hpp"

namespace muonphase {
namespace {

namespace fs = std::filesystem;

class SamplesTest : public testing::Test {
 protected:
  SamplesTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = fs::temp_directory_path() / (std::string("muonphase_samples_") + test->name() + std::to_string(getpid()));
    fs::create_directories(folder);
  }
  ~SamplesTest() override { fs::remove_all(folder); }

  std::string text(const std::string& name, const std::string& content) {
    std::ofstream(folder / name) << content;
    return name;
  }
  std::string message(const SamplePlace& place, Preprocess preprocess = Preprocess::none) {
    try {
      sample_moments(open_samples(place, folder), preprocess);
    } catch (const StudyError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder;
};

Eigen::MatrixXd gaussian(Eigen::Index rows, Eigen::Index cols, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  Eigen::MatrixXd m(rows, cols);
  for (double& value : m.reshaped()) value = normal(engine);
  return m;
}

std::string write_hdf5(const fs::path& folder, const Eigen::MatrixXd& x, const Eigen::MatrixXd& y) {
  DataTree tree;
  tree.index_scale("/sample", static_cast<std::size_t>(x.rows()), {"1", "sample"});
  tree.index_scale("/input", static_cast<std::size_t>(x.cols()), {"1", "input"});
  tree.index_scale("/output", static_cast<std::size_t>(y.cols()), {"1", "output"});
  tree.dataset("/x", {"/sample", "/input"}, Eigen::ArrayXXd(x.array()), {"1", "inputs"});
  tree.dataset("/y", {"/sample", "/output"}, Eigen::ArrayXXd(y.array()), {"1", "outputs"});
  write_file(folder / "data.h5", hdf5_image(tree));
  return "data.h5";
}

// A shift of 1e6 would lose ten digits of sums of squares.
TEST_F(SamplesTest, MomentsInBlocksAreThoseOfTheWhole) {
  const Eigen::Index rows = 9000, d = 7, n = 3;
  const Eigen::MatrixXd x = (gaussian(rows, d, 1).array() + 1e6).matrix(), y = gaussian(rows, n, 2);
  const SampleFiles files = open_samples({write_hdf5(folder, x, y)}, folder);
  EXPECT_TRUE(files.classes.empty());
  const SampleMoments centred = sample_moments(files, Preprocess::centre, 2);
  const Eigen::MatrixXd cx = x.rowwise() - x.colwise().mean(), cy = y.rowwise() - y.colwise().mean();
  EXPECT_LT((centred.inputs - cx.transpose() * cx / rows).norm(), 1e-9);
  EXPECT_LT((centred.cross - cy.transpose() * cx / rows).norm(), 1e-9);
  EXPECT_LT((centred.outputs - cy.transpose() * cy / rows).norm(), 1e-12);
  const SampleMoments raw = sample_moments(files, Preprocess::none);
  EXPECT_LT((raw.inputs - x.transpose() * x / rows).norm() / raw.inputs.norm(), 1e-14);
  EXPECT_LT((raw.cross - y.transpose() * x / rows).norm() / raw.cross.norm(), 1e-11);
  const SampleMoments standard = sample_moments(files, Preprocess::standardise);
  EXPECT_LT((standard.inputs.diagonal().array() - 1).abs().maxCoeff(), 1e-12);
  EXPECT_EQ(sample_moments(files, Preprocess::centre, 1).inputs, centred.inputs) << "of any number of threads";
  const Samples prepared = read_samples(files, standard.preparation);
  EXPECT_LT((prepared.inputs.transpose() * prepared.inputs / rows - standard.inputs).norm(), 1e-9);
  EXPECT_LT((prepared.outputs.transpose() * prepared.inputs / rows - standard.cross).norm(), 1e-9);
}

TEST_F(SamplesTest, LeastSquaresLeaveResidualsOrthogonalToTheInputs) {
  const Eigen::Index rows = 500, d = 6;
  const Eigen::MatrixXd x = gaussian(rows, d, 3), w = gaussian(2, d, 4);
  const Eigen::MatrixXd y = x * w.transpose() + 0.1 * gaussian(rows, 2, 5);
  const SampleFiles files = open_samples({write_hdf5(folder, x, y)}, folder);
  const SampleMoments moments = sample_moments(files, Preprocess::none);
  const MeasuredLayer layer = measured_layer(moments);
  const Eigen::MatrixXd target = layer.target * layer.eigenvector.transpose();
  const Eigen::MatrixXd residual = y - x * target.transpose();
  EXPECT_LT((residual.transpose() * x / rows).norm(), 1e-12);
  EXPECT_LT((residual.transpose() * residual / rows - layer.residual_covariance).norm(), 1e-12);
  EXPECT_NEAR(layer.output_energy, y.squaredNorm() / rows, 1e-12);
  // E|y|² is what the target explains and what it leaves.
  EXPECT_NEAR((layer.target_energy() * layer.eigenvalue).sum() + layer.residual_covariance.trace(), layer.output_energy,
              1e-12);
  const MeasuredLayer damped = measured_layer(moments, 1e6);
  EXPECT_LT(damped.target.norm(), 1e-4 * layer.target.norm());
}

TEST_F(SamplesTest, LabelsAreOneHotAndCentred) {
  const std::string path = text("iris.csv", "width,length,label\n1,2,0\n3,4,2\n5,1,2\n2,2,7\n");
  const SampleFiles files = open_samples({path}, folder);
  EXPECT_EQ(files.classes, (std::vector<double>{0, 2, 7}));
  EXPECT_EQ(files.inputs.columns, 2);
  const SampleMoments moments = sample_moments(files, Preprocess::none);
  const Samples samples = read_samples(files, moments.preparation);
  EXPECT_LT(samples.outputs.colwise().sum().norm(), 1e-15);
  EXPECT_NEAR(samples.outputs(1, 1), 0.5, 1e-15);  // half of the samples are of class 2
  const MeasuredLayer layer = measured_layer(moments);
  EXPECT_NEAR(layer.target.colwise().sum().norm(), 0, 1e-12) << "the null direction of centred labels";
}

TEST_F(SamplesTest, BadDataAreToldWithTheirPlace) {
  EXPECT_NE(message({text("nan.csv", "a,b,y\n1,2,0.5\n3,nan,0.1\n")}).find("row 2, column b"), std::string::npos);
  EXPECT_NE(message({text("one.csv", "a,label\n1,3\n2,3\n")}).find("all labels are 3"), std::string::npos);
  EXPECT_NE(message({.path = text("no.csv", "a,b\n1,3\n2,3\n"), .outputs = "c"}).find("no column \"c\""),
            std::string::npos);
  EXPECT_NE(message({.path = text("x.csv", "a,b\n1,3\n2,3\n"), .outputs = text("y.csv", "y\n0.5\n1.5\n2.5\n")})
                .find("has 2 rows"),
            std::string::npos);
  EXPECT_NE(message({text("same.csv", "a,b\n1,3\n1,3\n")}, Preprocess::standardise).find("no column varies"),
            std::string::npos);
  EXPECT_NE(message({text("empty.csv", "a,b\n")}).find("no numbers"), std::string::npos);
}

TEST(PowerLawFit, FindsTheExponentsOfASample) {
  const Eigen::Index d = 200;
  Eigen::ArrayXd exact(d);
  for (Eigen::Index j = 0; j < d; ++j) exact(j) = 3 * std::pow(j + 1.0, -1.3);
  const PowerLawFit fit = fit_power_law(exact, {1, d});
  EXPECT_NEAR(fit.exponent, 1.3, 1e-12);
  EXPECT_NEAR(fit_power_law(exact, {1, d}, BinMean::arithmetic).exponent, 1.3, 0.01);
  EXPECT_TRUE(fit.is_power_law());
  const Eigen::ArrayXd flat_then_steep = exact.unaryExpr([](double v) { return std::min(v, 0.1) * v; });
  EXPECT_FALSE(fit_power_law(flat_then_steep, {1, d}).is_power_law());
  // p(λ) ~ λ^(−1−1/α): 1 + 1/1.3
  const DensityFit density = fit_density(exact);
  EXPECT_NEAR(density.rank_exponent(), 1.3, 3 * 1.3 * density.standard_error);
}

}  // namespace
}  // namespace muonphase
