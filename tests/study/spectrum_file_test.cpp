// Spectra, targets and starts from files.
#include <gtest/gtest.h>

#include "muonphase/study/study.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

const std::string reader_data = std::string(MUONPHASE_TEST_DATA) + "/readers/";

std::string quoted(const std::string& text) {
  return "\"" + text + "\"";
}

// A study whose input spectrum is in a file.
Study with_spectrum(const std::string& path, std::vector<std::string> more = {}) {
  more.insert(more.end(),
              {"problem.input.spectrum=file", "problem.input.basis=eigen", "problem.input.path=" + quoted(path)});
  return default_study(more);
}

double first_risk(const Study& study) {
  const Problem problem = make_problem(study);
  return population_risk(problem, problem.energy);
}

std::string problem_refusal(const Study& study) {
  try {
    make_problem(study);
  } catch (const StudyError& error) {
    return error.what();
  }
  return "made";
}

void expect_refused(const Study& study, std::initializer_list<std::string> parts) {
  const std::string why = problem_refusal(study);
  for (const auto& part : parts) EXPECT_NE(why.find(part), std::string::npos) << part << " in " << why;
  EXPECT_EQ(why.find('\n'), std::string::npos);
}

TEST(SpectrumFile, EveryFormatGivesTheTwelveAndTheirNumber) {
  for (const char* name : {"header.csv", "header.csv:eigenvalue", "tabs.txt", "one-row.csv", "lam.npy",
                           "lam-column.npy", "index-ascending-negative.csv", "semicolon-decimal-comma.csv",
                           "lam.txt.gz", "utf16.txt", "lam.h5:/lam", "lam.h5:/group/row", "trailing-zero.txt"}) {
    const Study study = with_spectrum(reader_data + name);
    EXPECT_EQ(study.problem.n_in, 12) << name;
    const Spectrum input = make_problem(study).input;
    ASSERT_EQ(input.nodes(), 12) << name;
    EXPECT_NEAR(input.eigenvalue(0), 4.406512, 6e-6) << name;
    EXPECT_NEAR(input.eigenvalue(4), 0.448209, 6e-6) << name;
    EXPECT_NEAR(input.eigenvalue(11), 0.025913, 6e-6) << name;
  }
}

TEST(SpectrumFile, RoundOffIsLeftOutCountedAndSaid) {
  EXPECT_TRUE(problem_notes(with_spectrum(reader_data + "header.csv")).empty());
  EXPECT_TRUE(problem_notes(default_study({})).empty());
  EXPECT_TRUE(problem_notes(default_study({"problem.input.path=\"\"", "problem.output.path=\"\""})).empty());
  const auto says = [](const Study& study, std::initializer_list<const char*> parts) {
    const auto notes = problem_notes(study);
    ASSERT_EQ(notes.size(), 1u);
    for (const char* part : parts) EXPECT_NE(notes[0].find(part), std::string::npos) << part << " in " << notes[0];
  };
  says(default_study({"problem.input.path=\"nowhere\""}), {"problem.input.path is not read"});
  says(with_spectrum(reader_data + "index-ascending-negative.csv"),
       {"index-ascending-negative.csv: 2 of 14", "2 negative", "12 remain"});
  says(with_spectrum(reader_data + "trailing-zero.txt"), {"1 of 13", "0 negative", "12 remain"});
  const Study one = with_spectrum(reader_data + "title-round-off.txt");
  says(one, {"11 of 12", "1 remain"});
  EXPECT_EQ(one.problem.n_in, 1);
  EXPECT_EQ(make_problem(one).input.eigenvalue(0), 40.5);
}

TEST(SpectrumFile, SizesMayCountWhatIsLeftOutOrNot) {
  const std::string file = reader_data + "index-ascending-negative.csv";
  EXPECT_EQ(with_spectrum(file, {"problem.n_in=12"}).problem.n_in, 12);
  EXPECT_EQ(with_spectrum(file, {"problem.n_in=14"}).problem.n_in, 12);
  EXPECT_EQ(make_problem(with_spectrum(file, {"problem.n_in=14"})).n_in(), 12);
  expect_refused(with_spectrum(file, {"problem.n_in=13"}), {"--set: problem.n_in = 13", "must be 12"});
  const Study stored = parse_study(to_toml(with_spectrum(file)), "stored.toml");
  EXPECT_EQ(stored.problem.n_in, 12);
  EXPECT_EQ(make_problem(stored).n_in(), 12);
  // What is not read must not be there.
  EXPECT_EQ(with_spectrum("nowhere.txt").problem.n_in, 128);
  EXPECT_THROW(make_problem(with_spectrum("nowhere.txt")), IoError);
  const Study output = default_study({"problem.output.spectrum=file", "problem.output.path=" + quoted(file)});
  EXPECT_EQ(output.problem.n_out, 12);
  EXPECT_EQ(output.problem.n_in, 128);
}

TEST(SpectrumFile, WhatIsNoSpectrumIsRefusedWithPlaceValueAndWayOut) {
  const auto refused = [](const std::string& name, std::initializer_list<std::string> parts) {
    expect_refused(with_spectrum(reader_data + name), parts);
  };
  refused("ragged.csv", {"--set: problem.input.path: ", "ragged.csv:2:", "1.9,0.7"});
  refused("minima-maxima.csv", {"minima-maxima.csv:1: has 3 columns", "minima-maxima.csv:step\"", "csv:max\""});
  refused("minima-maxima.csv:min", {"minima-maxima.csv:2: -12.5", "round-off"});
  refused("complex.csv", {"complex.csv:1:", "0.98+0.1j"});
  refused("words.txt", {"words.txt:2:", "king"});
  refused("lam.h5", {"several datasets", "lam.h5:/group/row\"", "lam.h5:/lam\""});
  refused("lam.h5:/nan", {"lam.h5:/nan: row 6: nan", "finite"});
  refused("huge.txt", {"huge.txt:1: 4.40651e+300", "[1e-150, 1e150]"});
  refused("denormal.txt", {"denormal.txt:1: 4.40651e-310", "[1e-150, 1e150]"});
  refused("columns-fortran.npy", {"columns-fortran.npy: row 2: -3"});
  const Scratch scratch;
  const auto text_refused = [&](const std::string& text, std::initializer_list<std::string> parts) {
    expect_refused(with_spectrum(scratch.write("a.csv", text).string()), parts);
  };
  text_refused("", {"a.csv: has no numbers"});
  text_refused("0\n-0\n", {"no positive eigenvalue"});
  text_refused("3.5,2,nan\n", {"a.csv:1: value 3: nan"});
  text_refused("0,406512\n1,962592\n", {"a.csv:1: ", "decimal commas", "a.csv:2\""});
  text_refused("name,city\na,b\n", {"a.csv:2: column name: \"a\" is not a number"});
  text_refused("n,value\n1,2\n2,NA\n", {"a.csv:3: column value: \"NA\""});
}

// ½ Σ_kj λ_k λ_j Δ_kj² of one entry of 1 in the column of λ = 0.1 is ½ · 0.1, in whatever order the file has them.
TEST(SpectrumFile, TheTargetsColumnsGoWithTheirEigenvalues) {
  const auto study = [](const std::string& spectrum, const std::string& target, const std::string& key = "target") {
    return load_study(reader_data + "ascending.toml",
                      {"problem.input.path=\"ascending.h5:/" + spectrum + "\"", "problem.target.path=\"\"",
                       "problem.target.beta=200", "problem." + key + ".path=\"ascending.h5:/" + target + "\""});
  };
  EXPECT_NEAR(first_risk(load_study(reader_data + "ascending.toml")), 0.05, 1e-15);
  EXPECT_NEAR(first_risk(study("ascending", "W")), 0.05, 1e-15);
  EXPECT_NEAR(first_risk(study("descending", "W_permuted")), 0.05, 1e-15);
  EXPECT_NEAR(first_risk(study("ascending", "W_permuted")), 2, 1e-15);
  EXPECT_NEAR(first_risk(study("descending", "W")), 2, 1e-15);
  const SimulationProblem simulated = make_simulation_problem(study("ascending", "W"));
  EXPECT_EQ(simulated.offset, (Eigen::MatrixXd{{0, 0, -1}, {0, 0, 0}}));
  EXPECT_EQ(simulated.model.input.eigenvalue(2), 0.1);
  // A start without a target: the random target, of 1/n in the first mode only, adds ½ · 4.
  EXPECT_NEAR(first_risk(study("ascending", "W", "start")), 2.05, 1e-12);
  EXPECT_EQ(make_simulation_problem(study("ascending", "W", "start")).offset, (Eigen::MatrixXd{{0, 0, 1}, {0, 0, 0}}));
}

TEST(SpectrumFile, TheTargetsRowsGoWithTheOutputSide) {
  const Scratch scratch;
  const Study study = default_study(
      {"problem.output.spectrum=file", "problem.output.basis=eigen",
       "problem.output.path=" + quoted(scratch.write("out.txt", "0.5\n3\n1\n").string()), "problem.input.spectrum=file",
       "problem.input.basis=eigen", "problem.input.path=" + quoted(scratch.write("in.txt", "1 4\n").string()),
       "problem.target.path=" + quoted(scratch.write("target.csv", ",0,1\n0,1,2\n1,3,4\n2,5,6\n").string()),
       "problem.start.path=" + quoted(scratch.write("start.csv", "10,0\n0,0\n0,0\n").string())});
  EXPECT_EQ(study.problem.n_out, 3);
  EXPECT_EQ(study.problem.n_in, 2);
  // Rows of λ = 3, 1, 0.5; columns of λ = 4, 1.
  EXPECT_EQ(make_simulation_problem(study).offset, (Eigen::MatrixXd{{-4, -3}, {-6, -5}, {-2, 9}}));
  EXPECT_NEAR(first_risk(study), 0.5 * (3 * (4 * 16 + 9) + 1 * (4 * 36 + 25) + 0.5 * (4 * 4 + 81)), 1e-12);
}

TEST(SpectrumFile, RowsAndColumnsOfZeroEigenvaluesAreLeftOut) {
  const Scratch scratch;
  const std::string spectrum = scratch.write("in.txt", "-1e-16\n1\n0\n3\n").string();
  const auto study = [&](const std::string& target) {
    return with_spectrum(spectrum,
                         {"problem.n_out=1", "problem.target.path=" + quoted(scratch.write("w.csv", target).string())});
  };
  EXPECT_EQ(make_simulation_problem(study("9,2,9,5\n")).offset, (Eigen::MatrixXd{{-5, -2}}));
  EXPECT_NEAR(first_risk(study("9,2,9,5\n")), 0.5 * (3 * 25 + 4), 1e-12);
  expect_refused(study("2,5\n"), {"problem.target.path = ", "must be a matrix of 1 × 4", "(it has 1 × 2)"});
  expect_refused(study("9,2,x,5\n"), {"w.csv:1:", "\"x\""});
  expect_refused(study("9,2,nan,5\n"), {"finite"});
  const std::string none = quoted((scratch / "none.csv").string());
  EXPECT_THROW(make_problem(with_spectrum(spectrum, {"problem.target.path=" + none})), IoError);
}

}  // namespace
}  // namespace muonphase
