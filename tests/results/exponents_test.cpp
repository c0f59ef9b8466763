// Results of 0.1, whose exponents are half of today's.
#include "muonphase/results/exponents.hpp"

#include <gtest/gtest.h>

#include "muonphase/core/error.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/results/tree.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

void add_axes(DataTree& tree, double half_or_one) {
  tree.scale("/alpha", (half_or_one * Eigen::Array2d(1, 2)).eval(), {"1", "data exponent"});
  tree.scale("/beta", (half_or_one * Eigen::Array2d(0, 3)).eval(), {"1", "target exponent"});
  tree.scale("/refined/alpha", (half_or_one * Eigen::Array3d(1, 1.5, 2)).eval(), {"1", "data exponent"});
  tree.scale("/horizon", Eigen::Array2d(1, 10).eval(), {"step", "horizon"});
}

TEST(Exponents, AxesAndStudyOfVersion01AreDoubled) {
  const Scratch scratch;
  DataTree old;
  old.attribute("/", "muonphase_version", "0.1.0");
  old.attribute("/", "kind", "phase");
  old.attribute("/", "study",
                "[problem.input]\nalpha = 0.7\n[problem.output]\nalpha = 0.25\n[problem.target]\nbeta = 0.3\n"
                "[phase]\nalpha_out = \"tied\"\nalpha.min = 0.5\nalpha.max = 1.0\nbeta.min = 0.0\nbeta.max = 1.5\n");
  add_axes(old, 0.5);
  write_file(scratch / "old.h5", hdf5_image(old));
  DataTree now = begin_tree(default_study(), {.kind = "phase", .command_line = {}});
  add_axes(now, 1);
  write_file(scratch / "now.h5", hdf5_image(now));

  const Hdf5Reader before = open_result(scratch / "old.h5"), after = open_result(scratch / "now.h5");
  for (const char* path : {"/alpha", "/beta", "/refined/alpha", "/horizon"})
    EXPECT_TRUE((before.vector(path) == after.vector(path)).all()) << path;
  for (const Hdf5Reader* file : {&before, &after})
    EXPECT_EQ(file->text_attribute("/", "exponents"), "lambda_j = j^-alpha, |W*_j|^2 = j^-beta");
  EXPECT_EQ(after.text_attribute("/", "study"), to_toml(default_study()));

  const Study study = parse_stored_study(before.text_attribute("/", "study"), "study");
  EXPECT_EQ(study.problem.input.alpha, 1.4);
  EXPECT_EQ(study.problem.output.alpha, 0.5);
  EXPECT_EQ(study.problem.target.beta, 0.6);
  EXPECT_EQ(study.phase.alpha.min, 1);
  EXPECT_EQ(study.phase.alpha.max, 2);
  EXPECT_EQ(study.phase.beta.max, 3);
  EXPECT_EQ(study.phase.alpha_out, std::vector<double>{tied_to_alpha});
}

TEST(Exponents, AnUnfinishedMapOfVersion01IsNotGoneOnWith) {
  const Scratch scratch;
  const Study study = default_study();
  std::string journal = Journal::beginning("phase", to_toml(study));
  ASSERT_EQ(journal.substr(0, 20), "muonphase journal 2\n");
  journal[18] = '1';
  scratch.write("map.h5.partial", journal);
  try {
    Output(scratch / "map.h5", Existing::resume, "phase", study);
    ADD_FAILURE() << "resumed";
  } catch (const StudyError& error) {
    EXPECT_NE(std::string(error.what()).find("unfinished run of muonphase 0.1"), std::string::npos) << error.what();
  }
  EXPECT_NO_THROW(Output(scratch / "map.h5", Existing::overwrite, "phase", study));
}

}  // namespace
}  // namespace muonphase
