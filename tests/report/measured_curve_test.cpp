#include "muonphase/report/measured_curve.hpp"

#include <gtest/gtest.h>

#include "muonphase/results/results.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

const std::string folder = std::string(MUONPHASE_TEST_DATA) + "/overlay/";

void expect_the_curve(const MeasuredRisk& curve, const std::string& name) {
  ASSERT_EQ(curve.step.size(), 3) << name;
  EXPECT_TRUE((curve.step == Eigen::ArrayXd{{0, 10, 100}}).all()) << name;
  EXPECT_TRUE((curve.risk == Eigen::ArrayXd{{0.8, 0.5, 0.1}}).all()) << name;
}

std::string refusal(const std::string& path) {
  try {
    read_measured_risk(path);
  } catch (const StudyError& error) {
    return error.what();
  }
  return "read";
}

TEST(MeasuredCurve, TheHeaderDecidesWhichColumnsAreRead) {
  for (const char* name : {"risk-first.csv", "epochs.csv", "semicolons.csv", "other-names.csv:iter,loss"})
    expect_the_curve(read_measured_risk(folder + name), name);
  EXPECT_EQ(read_measured_risk(folder + "other-names.csv:iter,loss").label, "other-names.csv");
}

TEST(MeasuredCurve, WithoutAHeaderStepComesFirst) {
  const Scratch scratch;
  for (const char* text : {"0,0.8\n10,0.5\n100,0.1\n", "# mine\n0 0,8\n\n10 0,5\n100 0,1\n",
                           "0\t0.8\tx\n10\t0.5\ty\n100\t0.1\t\n", "0, 0.8\n10, 5e-1\n100, +0.1\n"})
    expect_the_curve(read_measured_risk(scratch.write("a.txt", text)), text);
}

TEST(MeasuredCurve, AForeignHeaderIsRefusedWithTheWayOut) {
  const std::string why = refusal(folder + "other-names.csv");
  for (const char* part : {"other-names.csv:1:", "iter, loss", "step and risk", "other-names.csv:xcolumn,ycolumn"})
    EXPECT_NE(why.find(part), std::string::npos) << why;
  EXPECT_NE(refusal(folder + "other-names.csv:iter,accuracy").find("iter, loss"), std::string::npos);
}

TEST(MeasuredCurve, RowsThatAreNoPointOfALogarithmicAxisAreRefused) {
  const Scratch scratch;
  const auto says = [&](const std::string& text, const char* part) {
    const std::string why = refusal(scratch.write("a.csv", text));
    EXPECT_NE(why.find(part), std::string::npos) << why;
  };
  says("step,risk\n0,0.8\n10,-0.5\n", "a.csv:3: risk -0.5: must be positive");
  says("step,risk\n0,0\n", "must be positive");
  says("step,risk\n0,inf\n", "must be positive and finite");
  says("step,risk\n1,2\n3,oops\n", "a.csv:3");
  says("step,risk\n-1,2\n", "a.csv:2");
  says("step,risk\n", "has no steps and risks");
  EXPECT_NE(refusal(scratch.write("n.csv", "0,1\n").string() + ":a,b").find("no line of names"), std::string::npos);
  EXPECT_THROW(read_measured_risk((scratch / "none.csv").string()), IoError);
}

TEST(MeasuredCurve, TheFilesOfOthers) {
  const std::string others = std::string(MUONPHASE_TEST_DATA) + "/readers/";
  for (const char* name : {"o1.csv", "o2.csv"}) {
    const MeasuredRisk curve = read_measured_risk(others + name);
    EXPECT_TRUE((curve.step == Eigen::ArrayXd{{0, 10, 100}}).all()) << name;
    EXPECT_TRUE((curve.risk == Eigen::ArrayXd{{0.8, 0.5, 0.2}}).all()) << name;
  }
  EXPECT_EQ(read_measured_risk(others + "m2.csv").risk(0), 0.8);
  EXPECT_EQ(read_measured_risk(others + "m3.csv:iter,loss").step(1), 10);
  EXPECT_NE(refusal(others + "m3.csv").find("m3.csv:1: has the columns iter, loss"), std::string::npos);
  EXPECT_NE(refusal(others + "m3.csv:loss").find("m3.csv:xcolumn,ycolumn"), std::string::npos);
  EXPECT_NE(refusal(others + "m5.csv").find("m5.csv:3: risk -0.5: must be positive"), std::string::npos);
  EXPECT_NE(refusal(others + "lam.npy").find("lam.npy: needs a step"), std::string::npos);
}

TEST(MeasuredCurve, Hdf5) {
  const Scratch scratch;
  DataTree file;
  const MeasuredRisk csv = read_measured_risk(folder + "epochs.csv");
  write_curve(file, "/mine", {.step = csv.step, .risk = csv.risk, .learning_rate = csv.risk, .mode_energy = {}});
  write_file(scratch / "b.h5", hdf5_image(file));
  expect_the_curve(read_measured_risk((scratch / "b.h5").string() + ":/mine"), "b.h5");
}

}  // namespace
}  // namespace muonphase
