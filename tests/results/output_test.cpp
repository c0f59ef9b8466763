// One run at a time writes a result, and what it has saved is known to be whole.
#include "muonphase/results/output.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "muonphase/results/tree.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

DataTree unfinished(const Study& study) {
  DataTree tree = begin_tree(study, {.kind = "ode", .command_line = {}});
  tree.scale("/checkpoint/weights", Eigen::ArrayXd::LinSpaced(100, 1, 2).eval(), {"1", "weights"});
  return tree;
}

std::string refusal(const std::filesystem::path& path, Existing existing, const Study& study) {
  try {
    Output(path, existing, "ode", study);
  } catch (const IoError& error) {
    return error.what();
  }
  return "";
}

TEST(OutputLock, ASecondRunIsRefused) {
  const Scratch scratch;
  const Study study = default_study();
  const auto expect_taken = [&](const std::string& name) {
    for (const auto existing : {Existing::refuse, Existing::overwrite, Existing::resume})
      EXPECT_EQ(refusal(scratch / name, existing, study),
                (scratch / (name + ".partial")).string() + ": another run is at work on it");
  };
  {
    Output first(scratch / "a.h5", Existing::refuse, "ode", study);
    expect_taken("a.h5");
    EXPECT_EQ(refusal(scratch / "b.h5", Existing::refuse, study), "");
    first.save_checkpoint(unfinished(study));
    expect_taken("a.h5");
    first.save_checkpoint(unfinished(study));
    expect_taken("a.h5");
    first.commit(unfinished(study));
    EXPECT_NE(refusal(scratch / "a.h5", Existing::refuse, study).find("is there already"), std::string::npos);
    EXPECT_EQ(refusal(scratch / "a.h5", Existing::overwrite, study), "");
  }
  {
    Output phase(scratch / "c.h5", Existing::refuse, "ode", study);
    const Journal journal = phase.journal();
    expect_taken("c.h5");
  }
  EXPECT_EQ(scratch.list(), "a.h5 c.h5.partial");
}

TEST(OutputLock, NothingIsLeftOfARunThatSavedNothing) {
  const Scratch scratch;
  { const Output output(scratch / "a.h5", Existing::refuse, "ode", default_study()); }
  EXPECT_EQ(scratch.list(), "");
}

// The lock of a killed process is gone, and an empty file is no unfinished run.
TEST(OutputLock, AKilledRunIsInNobodysWay) {
  const Scratch scratch;
  const Study study = default_study();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Output output(scratch / "a.h5", Existing::refuse, "ode", study);
    const char done = 1;
    if (write(ready[1], &done, 1) != 1) _exit(1);
    while (true) pause();
  }
  char done = 0;
  ASSERT_EQ(read(ready[0], &done, 1), 1);
  EXPECT_NE(refusal(scratch / "a.h5", Existing::resume, study).find("another run"), std::string::npos);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(scratch.list(), "a.h5.partial");
  EXPECT_EQ(refusal(scratch / "a.h5", Existing::refuse, study), "");
}

TEST(Output, ADamagedCheckpointIsNotContinued) {
  const Scratch scratch;
  const Study study = default_study();
  Output(scratch / "a.h5", Existing::refuse, "ode", study).save_checkpoint(unfinished(study));
  const std::string whole = scratch.read("a.h5.partial");
  EXPECT_TRUE(Output(scratch / "a.h5", Existing::resume, "ode", study).checkpoint());
  for (std::size_t at = 40; at + 40 < whole.size(); at += 397) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    scratch.write("a.h5.partial", bytes);
    EXPECT_NE(refusal(scratch / "a.h5", Existing::resume, study), "") << at;
    EXPECT_EQ(scratch.read("a.h5.partial"), bytes);
  }
  for (std::size_t size = 1; size < whole.size() - 40; size += 797) {
    scratch.write("a.h5.partial", whole.substr(0, size));
    EXPECT_NE(refusal(scratch / "a.h5", Existing::resume, study), "") << size;
  }
}

// A dimension that is shorter than the data along it: whoever reads one beside the other would read beyond its end.
TEST(OpenResult, RefusesShapesThatDimensionsDoNotHave) {
  const Scratch scratch;
  DataTree tree = begin_tree(default_study(), {.kind = "ode", .command_line = {}});
  tree.scale("/signsvd/step", Eigen::Array3d(0, 1, 2).eval(), {"step", "step"});
  tree.dataset("/signsvd/risk", {"/signsvd/step"}, Eigen::Array3d(3, 2, 1).eval(), {"1", "risk"});
  write_file(scratch / "a.h5", hdf5_image(tree));
  EXPECT_EQ(open_result(scratch / "a.h5").vector("/signsvd/risk").size(), 3);

  const hid_t file = H5Fopen((scratch / "a.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  H5Ldelete(file, "/signsvd/step", H5P_DEFAULT);
  const hsize_t size = 2;
  const hid_t space = H5Screate_simple(1, &size, nullptr);
  H5Dclose(H5Dcreate2(file, "/signsvd/step", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Fclose(file);
  EXPECT_THROW(open_result(scratch / "a.h5"), IoError);
}

}  // namespace
}  // namespace muonphase
