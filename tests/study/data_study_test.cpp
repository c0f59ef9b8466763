#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

namespace fs = std::filesystem;

// 60 samples of 5 inputs, one of them always zero, and labels of three classes that depend on them.
class DataStudy : public testing::Test {
 protected:
  DataStudy() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder = fs::temp_directory_path() / (std::string("muonphase_data_") + test->name() + std::to_string(getpid()));
    fs::create_directories(folder);
    const Eigen::MatrixXd x = normals<double>({1, 0, 0, Purpose::batch_in}, 60, 5);
    std::ofstream file(folder / "data.csv");
    file.precision(17);
    file << "a,b,c,d,e,y\n";
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      const int label = x(i, 0) + 0.5 * x(i, 1) > 0.4 ? 2 : x(i, 2) > 0 ? 1 : 0;
      file << 1 + x(i, 0) << ',' << 3 * x(i, 1) << ',' << 0 << ',' << x(i, 2) * x(i, 2) << ',' << x(i, 4) << ','
           << label << '\n';
    }
  }
  ~DataStudy() override { fs::remove_all(folder); }

  Study study(const std::string& more = "") {
    return parse_study("[problem]\nmodel = \"linear-layer\"\n[problem.data]\npath = \"data.csv\"\n" + more,
                       (folder / "study.toml").string());
  }
  std::string refusal(const std::string& more) {
    try {
      make_problem(study(more));
    } catch (const StudyError& error) {
      return error.what();
    }
    return "";
  }

  fs::path folder;
};

TEST_F(DataStudy, TakesSizesAndCoordinatesFromTheFile) {
  const Study given = study();
  EXPECT_EQ(given.problem.n_in, 5);
  EXPECT_EQ(given.problem.n_out, 3);
  EXPECT_EQ(given.problem.input.basis, Basis::data);
  const Study again = parse_study(to_toml(with_absolute_paths(given)), "again.toml");
  EXPECT_EQ(first_difference(with_absolute_paths(given), again), std::nullopt);
  EXPECT_EQ(study("preprocess = \"centre\"\n[problem.input]\nbasis = \"eigen\"").problem.input.basis, Basis::eigen);
}

// Least squares: uncorrelated residuals, W* in eigenbases whose coordinates give back the inputs.
TEST_F(DataStudy, IsTheLeastSquaresProblem) {
  const Problem problem = make_problem(study("preprocess = \"centre\""));
  const DataRows& data = *problem.data;
  const double samples = static_cast<double>(data.rows.inputs.rows());
  EXPECT_EQ(samples, 60);
  EXPECT_EQ(problem.n_in(), 4);   // one input is always zero
  EXPECT_EQ(problem.n_out(), 2);  // three classes, centred
  EXPECT_EQ(data.input_coordinates.rows(), 4);
  EXPECT_EQ(data.output_coordinates.rows(), 3);
  const Eigen::MatrixXd moment = data.rows.inputs.transpose() * data.rows.inputs / samples;
  EXPECT_LT((moment - Eigen::MatrixXd(data.eigenvalue.matrix().asDiagonal())).norm(), 1e-12 * moment.norm());
  EXPECT_LT((data.rows.inputs.transpose() * data.rows.residuals).norm() / samples, 1e-12);
  const Eigen::MatrixXd noise = data.rows.residuals.transpose() * data.rows.residuals / samples;
  EXPECT_LT((noise - Eigen::MatrixXd(data.noise.matrix().asDiagonal())).norm(), 1e-12);
  // R(0) = ½ E|y|² of one-hot vectors, centred.
  const Eigen::MatrixXd outputs = data.rows.inputs * data.target.transpose() + data.rows.residuals;
  EXPECT_NEAR(population_risk(problem, problem.energy), 0.5 * outputs.squaredNorm() / samples, 1e-12);
  EXPECT_TRUE(problem.sample_rows);
  EXPECT_FALSE(make_problem(study("sampling = \"gaussian\"")).sample_rows);
}

TEST_F(DataStudy, RefusesWhatDataLeaveNoRoomFor) {
  EXPECT_NE(refusal("[problem.target]\npath = \"w.csv\"").find("problem.target.path"), std::string::npos);
  EXPECT_NE(refusal("outputs = \"none\"").find("problem.data.path"), std::string::npos);
  Study bilinear = study();
  bilinear.problem.model = Model::bilinear;
  EXPECT_THROW(make_problem(bilinear), StudyError);
  Study other = study();
  other.problem.n_in = 7;
  EXPECT_THROW(make_problem(other), StudyError);
  EXPECT_THROW(default_study({"problem.input.basis=\"data\""}), StudyError);
}

// Rows that are drawn are the data's: with the residual left out, one step of SGD from the batch's own rows.
TEST_F(DataStudy, TrainsOnItsRows) {
  SimulationProblem problem = make_simulation_problem(study("preprocess = \"centre\""));
  problem.model.batch = 7;
  const SimulationOptions options{.steps = 1, .record = 2, .trials = 1, .seed = 3};
  const std::vector<OptimizerRun> runs{{"sgd", make_optimizer(study(), "sgd"), ConstantRate{0.1}}};
  const auto curves = simulated_curves(runs, options, simulate(problem, runs, options));
  const DataRows& data = *problem.model.data;
  const auto words = random_words({3, 0, 0, Purpose::rows}, 7);
  Eigen::MatrixXd gradient = Eigen::MatrixXd::Zero(2, 4);
  for (const auto word : words) {
    const auto row = static_cast<Eigen::Index>(word % 60);
    const Eigen::VectorXd x = data.rows.inputs.row(row).transpose();
    gradient += (-data.target * x - data.rows.residuals.row(row).transpose()) * x.transpose() / 7;
  }
  const Eigen::MatrixXd after = -data.target - 0.1 * gradient;
  const double risk = 0.5 * ((after.array().square().rowwise() * data.eigenvalue.transpose()).sum() + data.noise.sum());
  EXPECT_NEAR(curves[0].mean.risk(1), risk, 1e-12);
}

}  // namespace
}  // namespace muonphase
