#include <gtest/gtest.h>

#include <limits>

#include "muonphase/results/results.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

class SimulationResults : public testing::Test {
 protected:
  // The file as it comes back from the disk.
  Hdf5Reader reread(const DataTree& file) const {
    write_file(scratch.path() / "file.h5", hdf5_image(file));
    return Hdf5Reader(scratch.path() / "file.h5");
  }
  Scratch scratch;
};

TEST_F(SimulationResults, StateComesBackBitForBit) {
  SimulationState state;
  state.trials.resize(3);
  state.trials[0] = {.step = 7,
                     .risk = {1.0 / 3, 0.1},
                     .mode_energy = {Eigen::ArrayXd::LinSpaced(4, 0, 1.1), Eigen::ArrayXd::LinSpaced(4, 0, 0.7)},
                     .diverged = false,
                     .updates = 7,
                     .matrices = {Eigen::MatrixXd::Random(3, 4), Eigen::MatrixXd::Random(3, 3)}};
  state.trials[1] = {.step = 2, .risk = {0.5}, .mode_energy = {}, .diverged = true, .updates = 2, .matrices = {}};
  DataTree file;
  write_simulation_state(file, state);
  const SimulationState back = read_simulation_state(reread(file));
  ASSERT_EQ(back.trials.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const TrialState &a = state.trials[i], &b = back.trials[i];
    EXPECT_EQ(a.step, b.step);
    EXPECT_EQ(a.updates, b.updates);
    EXPECT_EQ(a.diverged, b.diverged);
    EXPECT_EQ(a.risk, b.risk);
    ASSERT_EQ(a.mode_energy.size(), b.mode_energy.size());
    for (std::size_t t = 0; t < a.mode_energy.size(); ++t) EXPECT_TRUE((a.mode_energy[t] == b.mode_energy[t]).all());
    ASSERT_EQ(a.matrices.size(), b.matrices.size());
    for (std::size_t m = 0; m < a.matrices.size(); ++m) EXPECT_EQ(a.matrices[m], b.matrices[m]);
  }
}

TEST_F(SimulationResults, CurveComesBack) {
  const Eigen::ArrayXd step{{0, 1, 10}};
  SimulatedCurve curve;
  curve.mean = {.step = step, .risk = 1 / (1 + step), .learning_rate = 0.1 + step, .mode_energy = {}};
  curve.risk_sem = 0.01 * step;
  curve.risk_trials = Eigen::ArrayXXd::Random(2, 3);
  curve.divergences = {{1, 4}};
  DataTree file;
  write_simulated_curve(file, "/signsvd", curve);
  const SimulatedCurve back = read_simulated_curve(reread(file), "/signsvd");
  EXPECT_TRUE((back.mean.risk == curve.mean.risk).all());
  EXPECT_TRUE((back.risk_sem == curve.risk_sem).all());
  EXPECT_TRUE((back.risk_trials == curve.risk_trials).all());
  ASSERT_EQ(back.divergences.size(), 1u);
  EXPECT_EQ(back.divergences[0].trial, 1);
  EXPECT_EQ(back.divergences[0].step, 4);
}

}  // namespace
}  // namespace muonphase
