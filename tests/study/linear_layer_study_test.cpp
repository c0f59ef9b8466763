#include <gtest/gtest.h>

#include "muonphase/core/error.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

Study layer_study(const std::vector<std::string>& more = {}) {
  std::vector<std::string> assignments = {"problem.model=\"linear-layer\"", "problem.n_out=20", "problem.n_in=24",
                                          "problem.label_noise=0.5"};
  assignments.insert(assignments.end(), more.begin(), more.end());
  return default_study(assignments);
}

TEST(LinearLayerStudy, ReachesTheProblem) {
  const Study study = layer_study();
  const Problem problem = make_problem(study);
  EXPECT_TRUE(problem.linear_layer());
  // σ is that of each of 20 outputs.
  const double signal = (problem.input.eigenvalue.transpose() * problem.energy.row(0)).sum() * 20;
  EXPECT_NEAR(2 * population_risk(problem, problem.energy), signal + 20 * 0.25, 1e-12);
  EXPECT_TRUE(make_simulation_problem(study).model.linear_layer());
  EXPECT_TRUE(parse_study(to_toml(study), "again.toml").problem.model == Model::linear_layer);
  EXPECT_FALSE(make_problem(default_study()).linear_layer());
}

// Without a limit of the batch maps of both problems are one; phase reads the key.
TEST(LinearLayerStudy, PhasesWithoutLimitOfTheBatchAreTheBilinearOnes) {
  const std::vector<std::string> grid = {"phase.alpha.count=2", "phase.beta.count=2", "phase.horizons.count=4",
                                         "problem.label_noise=0", "phase.dimension=1e4"};
  const Study study = layer_study(grid);
  EXPECT_EQ(unread_keys(study, "phase").find("problem.model"), std::string::npos);
  const PhaseOptions options = make_phase_options(study);
  EXPECT_TRUE(phase_problem(options, {1, 1, 0}).linear_layer());
  PhaseOptions bilinear = options;
  bilinear.model = Model::bilinear;
  const PhaseMap a = compute_phase_map(options), b = compute_phase_map(bilinear);
  for (std::size_t c = 0; c < a.cells.size(); ++c)
    EXPECT_LT((a.cells[c].log_ratio() - b.cells[c].log_ratio()).abs().maxCoeff(), 1e-9);
  PhaseOptions refused = options;
  refused.alpha_out = 1;
  EXPECT_THROW(compute_phase_map(refused), StudyError);
  refused = options;
  refused.closure = Closure::full;
  refused.batch_ratio = 1;
  refused.dimension = 64;
  EXPECT_THROW(compute_phase_map(refused), StudyError);
}

}  // namespace
}  // namespace muonphase
