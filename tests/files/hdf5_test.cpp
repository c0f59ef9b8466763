#include "muonphase/files/hdf5.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>

#include <array>
#include <cstdlib>

#include "muonphase/results/output.hpp"
#include "muonphase/results/results.hpp"
#include "muonphase/results/tree.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

RiskCurve small_curve() {
  RiskCurve curve;
  curve.step = Eigen::ArrayXd::LinSpaced(3, 0, 20);
  curve.risk = Eigen::ArrayXd::LinSpaced(3, 1, 0.25);
  curve.learning_rate = Eigen::ArrayXd::LinSpaced(3, 0.1, 0.3);
  curve.mode_energy = Eigen::ArrayXd::LinSpaced(12, 1, 12).reshaped(3, 4);
  return curve;
}

DataTree small_result() {
  DataTree file = begin_tree(default_study(), {.kind = "ode", .command_line = "muonphase ode 'a b'"});
  write_curve(file, "/signsvd", small_curve(), Eigen::ArrayXd::LinSpaced(4, 1, 4));
  return file;
}

TEST(Hdf5, ReadsBackWhatWasWritten) {
  const Scratch scratch;
  DataTree writer;
  writer.scale("/x", std::array{1.0, 2.0}, {"m", "place"});
  writer.scale("/class", std::array<std::string, 3>{"a", "", "ç"}, {"1", "class"});
  writer.index_scale("/g/trial", 2, {"1", "trial"});
  const std::array values{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  writer.dataset("/g/h/table", {"/x", "/class"}, values, {"1", "numbers"});
  writer.dataset("/g/phase", {"/g/trial"}, std::array<std::uint8_t, 2>{3, 255}, {"1", "phase"});
  writer.dataset("/g/float", {"/g/trial"}, std::array{0.5f, 2.0f}, {"1", "single"});
  writer.dataset("/g/name", {"/g/trial"}, std::array<std::string, 2>{"one", "two"}, {"1", "name"});
  writer.scalar("/g/edge", 0.125, {"1", "edge"});
  writer.attribute("/g", "note", "text");
  writer.attribute("/g/phase", "flag_values", std::vector<std::uint8_t>{0, 1});
  writer.attribute("/", "count", std::int64_t{7});
  writer.attribute("/", "number", 0.1);
  write_file(scratch / "a.h5", hdf5_image(writer));

  const Hdf5Reader reader(scratch / "a.h5");
  EXPECT_EQ(reader.numbers("/g/h/table").shape, (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(reader.matrix("/g/h/table")(1, 0), 4);
  EXPECT_EQ(reader.dimensions("/g/h/table"), (std::vector<std::string>{"x", "class"}));
  EXPECT_EQ(reader.dimensions("/x"), (std::vector<std::string>{"x"}));
  EXPECT_EQ(reader.vector("/g/phase")(1), 255);
  EXPECT_EQ(reader.vector("/g/float")(0), 0.5);
  EXPECT_EQ(reader.strings("/g/name")[1], "two");
  EXPECT_EQ(reader.strings("/class"), (std::vector<std::string>{"a", "", "ç"}));
  EXPECT_TRUE(reader.numbers("/g/edge").shape.empty());
  EXPECT_EQ(reader.numbers("/g/edge").values[0], 0.125);
  EXPECT_EQ(reader.text_attribute("/g", "note"), "text");
  EXPECT_EQ(reader.text_attribute("/x", "units"), "m");
  EXPECT_EQ(reader.number_attribute("/", "count"), 7);
  EXPECT_EQ(reader.number_attribute("/", "number"), 0.1);
  EXPECT_EQ(reader.datasets("/"), (std::vector<std::string>{"x", "class"}));
  EXPECT_EQ(reader.datasets("/g"), (std::vector<std::string>{"trial", "phase", "float", "name", "edge"}));
  EXPECT_EQ(reader.groups("/g"), (std::vector<std::string>{"h"}));
  EXPECT_TRUE(reader.has("/g/h/table"));
  EXPECT_FALSE(reader.has("/no/such/table"));
  EXPECT_THROW(reader.numbers("/no/such"), IoError);
  EXPECT_THROW(reader.numbers("/g/name"), IoError);
  EXPECT_THROW(reader.vector("/g/h/table"), IoError);
  EXPECT_THROW(reader.strings("/x"), IoError);
  EXPECT_THROW(reader.text_attribute("/g", "none"), IoError);
}

TEST(Hdf5, MisuseIsALogicError) {
  DataTree writer;
  writer.scale("/x", std::array{1.0, 2.0}, {"1", "x"});
  EXPECT_THROW(writer.scale("/x", std::array{1.0}, {"1", "x"}), std::logic_error);
  EXPECT_THROW(writer.dataset("/y", {"/x"}, std::array{1.0}, {"1", "y"}), std::logic_error);
  EXPECT_THROW(writer.dataset("/y", {"/z"}, std::array{1.0}, {"1", "y"}), std::logic_error);
  EXPECT_THROW(writer.scalar("y", 1, {"1", "y"}), std::logic_error);
}

// A dataset without a value, as h5py.Empty makes it.
TEST(Hdf5, ADatasetOfNothingIsRefused) {
  const Scratch scratch;
  {
    const hid_t file = H5Fcreate((scratch / "null.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_NULL);
    const hid_t set = H5Dcreate2(file, "v", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(set), H5Sclose(space), H5Fclose(file);
  }
  const Hdf5Reader file(scratch / "null.h5");
  EXPECT_THROW(file.shape("/v"), IoError);
  EXPECT_THROW(file.numbers("/v"), IoError);
}

TEST(Hdf5, BadFilesAreIoErrorsOfOneLine) {
  const Scratch scratch;
  write_file(scratch / "whole.h5", hdf5_image(small_result()));
  const std::string bytes = scratch.read("whole.h5");
  scratch.write("empty.h5", "");
  scratch.write("text.h5", "not HDF5 at all\n");
  for (const double share : {0.1, 0.5, 0.9})
    scratch.write("cut" + std::to_string(share), bytes.substr(0, static_cast<std::size_t>(share * bytes.size())));
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    if (entry.path().filename() == "whole.h5") continue;
    try {
      open_result(entry.path());
      ADD_FAILURE() << entry.path();
    } catch (const IoError& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      EXPECT_EQ(std::string(error.what()).rfind(entry.path().string(), 0), 0u) << error.what();
    }
  }
  EXPECT_THROW(Hdf5Reader(scratch / "missing.h5"), IoError);
  EXPECT_THROW(Hdf5Reader(scratch.path()), IoError);
  DataTree foreign;
  write_file(scratch / "foreign.h5", hdf5_image(foreign));
  EXPECT_THROW(open_result(scratch / "foreign.h5"), StudyError);
}

TEST(Output, GoesThroughThePartialFileAndLeavesNothingBeside) {
  const Scratch scratch;
  const Study study = default_study();
  Output output(scratch / "a.h5", Existing::refuse, "ode", study);
  EXPECT_EQ(scratch.list(), "a.h5.partial");  // empty yet, and this run's
  output.save_checkpoint(small_result());
  EXPECT_EQ(scratch.list(), "a.h5.partial");
  EXPECT_THROW(Output(scratch / "a.h5", Existing::refuse, "ode", study), IoError);
  output.commit(small_result());
  EXPECT_EQ(scratch.list(), "a.h5");
  EXPECT_THROW(Output(scratch / "a.h5", Existing::refuse, "ode", study), IoError);
  EXPECT_FALSE(Output(scratch / "a.h5", Existing::overwrite, "ode", study).complete());

  const Hdf5Reader file = open_result(scratch / "a.h5");
  EXPECT_EQ(file.text_attribute("/", "kind"), "ode");
  EXPECT_EQ(file.text_attribute("/", "command_line"), "muonphase ode 'a b'");
  EXPECT_EQ(file.text_attribute("/", "study"), to_toml(study));
  EXPECT_EQ(file.text_attribute("/", "created").size(), 20u);
  const RiskCurve curve = read_curve(file, "/signsvd"), expected = small_curve();
  EXPECT_TRUE((curve.risk == expected.risk).all() && (curve.mode_energy == expected.mode_energy).all());
  EXPECT_TRUE((curve.step == expected.step).all() && (curve.learning_rate == expected.learning_rate).all());
}

TEST(Output, ResumesTheSameStudyOnly) {
  const Scratch scratch;
  const Study study = default_study();
  const auto resume = [&](const std::string& kind, const Study& s) {
    return Output(scratch / "a.h5", Existing::resume, kind, s);
  };
  EXPECT_FALSE(resume("ode", study).complete());
  EXPECT_FALSE(resume("ode", study).checkpoint());
  DataTree unfinished = begin_tree(study, {.kind = "ode", .command_line = {}});
  unfinished.scalar("/checkpoint/trials", 0, {"1", "number of trials"});
  resume("ode", study).save_checkpoint(unfinished);
  EXPECT_TRUE(resume("ode", study).checkpoint());
  EXPECT_FALSE(resume("ode", study).complete());
  try {
    resume("ode", default_study({"run.steps=7"}));
    ADD_FAILURE();
  } catch (const StudyError& error) {
    EXPECT_NE(std::string(error.what()).find("run.steps: 1000, now 7"), std::string::npos) << error.what();
  }
  EXPECT_THROW(resume("simulate", study), StudyError);
  resume("ode", study).commit(small_result());
  EXPECT_TRUE(resume("ode", study).complete());
  EXPECT_FALSE(resume("ode", study).checkpoint());
  EXPECT_THROW(resume("ode", default_study({"seed=2"})), StudyError);
}

TEST(Output, RefusesWhatCannotBeWrittenBeforeComputing) {
  const Scratch scratch;
  const Study study = default_study();
  for (const std::filesystem::path& path :
       {scratch.path(), scratch / "no/such/folder/a.h5", scratch / "", std::filesystem::path("/proc/a.h5"),
        std::filesystem::path("/dev/full"), std::filesystem::path("")})
    EXPECT_THROW(Output(path, Existing::overwrite, "ode", study), IoError) << path;
  EXPECT_EQ(scratch.list(), "");
}

TEST(Output, AFullDiskKeepsTheCheckpointAndNothingElse) {
  const Scratch scratch;
  const Study study = default_study();
  Output output(scratch / "a.h5", Existing::refuse, "ode", study);
  output.save_checkpoint(small_result());
  const std::string checkpoint = scratch.read("a.h5.partial");

  // A limit on the size of files fails writes as a full disk does, and any user can set it.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit tight{4096, before.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &tight);
  EXPECT_THROW(output.commit(small_result()), IoError);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_EQ(scratch.list(), "a.h5.partial");
  EXPECT_EQ(scratch.read("a.h5.partial"), checkpoint);
}

}  // namespace
}  // namespace muonphase
