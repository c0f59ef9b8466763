// What `phase` computes besides the map, through the command: keys, flags, datasets, figures.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "muonphase/results/output.hpp"
#include "muonphase/results/phase_analyses.hpp"
#include "muonphase/results/results.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

class PhaseStudies : public testing::Test {
 protected:
  int run(const std::string& arguments) const {
    const std::string command = "cd " + scratch.path().string() + " && " MUONPHASE_CLI " " + arguments + " >out 2>err";
    return std::system(command.c_str());
  }
  std::string map(const std::string& name, const std::string& more) const {
    return "phase --no-progress -o " + name +
           " --set phase.alpha.min=1.2 --set phase.alpha.max=2 "
           "--set phase.alpha.count=2 --set phase.beta.min=0.8 --set phase.beta.max=2.8 --set phase.beta.count=2 "
           "--set phase.horizons.max=1e6 --set phase.horizons.count=4 --set phase.dimension=1e4 " +
           more;
  }
  Scratch scratch;
};

using Shape = std::vector<std::size_t>;

TEST_F(PhaseStudies, RefineScalingAndComputeAreWrittenAndDrawn) {
  const std::string few =
      " --set phase.scaling.dimension.max=1e6 --set phase.scaling.dimension.count=3 --set phase.scaling.tau.count=2"
      " --set phase.compute.dimension.max=1e4 --set phase.compute.dimension.count=4";
  ASSERT_EQ(run(map("p.h5", "--refine 2 --scaling --compute-optimal" + few)), 0) << scratch.read("err");
  const Hdf5Reader file = open_result(scratch / "p.h5");
  EXPECT_EQ(file.shape("/refined/phase"), (Shape{5, 5}));
  EXPECT_EQ(file.dimensions("/refined/phase"), (std::vector<std::string>{"alpha", "beta"}));
  EXPECT_EQ(file.shape("/scaling/log_risk_ratio"), (Shape{2, 2, 3, 3}));
  EXPECT_EQ(file.dimensions("/scaling/exponent"), (std::vector<std::string>{"alpha", "beta", "tau"}));
  EXPECT_TRUE(std::isinf(file.vector("/scaling/tau")(2)));
  // The corners of the refined lattice are the cells of the map.
  const Eigen::ArrayXXd phase = file.matrix("/phase"), refined = file.matrix("/refined/phase");
  EXPECT_EQ(refined(0, 0), phase(0, 0));
  EXPECT_EQ(refined(4, 0), phase(1, 0));
  EXPECT_EQ(refined(0, 4), phase(0, 1));
  const ComputeOptimal compute = read_compute_optimal(file, read_phase_map(file));
  EXPECT_EQ(file.shape("/compute_optimal/signsvd/risk")[2], static_cast<std::size_t>(compute.compute.size()));
  EXPECT_LT(compute.cells[0][0].risk.tail(1)(0), compute.cells[0][0].risk(0));
  EXPECT_EQ(run("plot p.h5 -o scaling.svg"), 0);
  EXPECT_NE(scratch.read("scaling.svg").find("predicted, d"), std::string::npos);
  // The flags are the keys: a resumed run without them is another study.
  EXPECT_NE(run(map("p.h5", "--refine 2 --scaling --resume" + few)), 0);
  EXPECT_NE(scratch.read("err").find("phase.compute.enabled"), std::string::npos) << scratch.read("err");
}

TEST_F(PhaseStudies, PoliciesAreWrittenWithWhatTheyTune) {
  ASSERT_EQ(
      run(map("w.h5",
              "--set phase.policy=wsd --set phase.yardstick=true --set phase.beta.max=0.8 --set phase.beta.count=1")),
      0)
      << scratch.read("err");
  EXPECT_NE(scratch.read("out").find("R/R_optimal"), std::string::npos);
  const Hdf5Reader file = open_result(scratch / "w.h5");
  EXPECT_EQ(file.shape("/yardstick/signsgd/excess"), (Shape{4, 2, 1, 4}));
  const PhaseMap map = read_phase_map(file);
  const NumericArray excess = file.numbers("/yardstick/signsgd/excess"),
                     optimal = file.numbers("/yardstick/signsgd/optimal_risk");
  // Of the policy of the study, wsd, the fourth, they are those of the map.
  for (std::size_t c = 0; c < 2; ++c) {
    ASSERT_EQ(map.cells[c].tuned[1].shape.size(), 4);
    EXPECT_TRUE((map.cells[c].tuned[1].shape >= 0).all() && (map.cells[c].tuned[1].shape <= 1).all());
    for (std::size_t h = 0; h < 4; ++h)
      EXPECT_NEAR(std::log(map.cells[c].tuned[1].risk(static_cast<Eigen::Index>(h)) / optimal.values[c * 4 + h]),
                  excess.values[(3 * 2 + c) * 4 + h], 1e-9);
  }
  EXPECT_EQ(run("plot w.h5 -o w.svg"), 0);
  EXPECT_NE(scratch.read("w.svg").find("wsd"), std::string::npos);
}

}  // namespace
}  // namespace muonphase
