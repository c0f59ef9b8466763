// The command from outside: what users type, what they are told, what is left on the disk.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "apps/cli.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/results/results.hpp"
#include "results/scratch.hpp"

namespace muonphase {
namespace {

constexpr const char* small_map =
    " --set phase.alpha.count=2 --set phase.beta.count=3 --set phase.horizons.count=4 --set phase.dimension=50 ";

TEST_F(Cli, AloneSaysWhatToDoNext) {
  const Ran ran = run("");
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.out.find("muonphase phase -o phase.h5"), std::string::npos);
  EXPECT_NE(run("--help").out.find("coefficients"), std::string::npos);
  EXPECT_NE(run("--version").out.find("muonphase "), std::string::npos);
  for (const char* command : {"phase", "ode", "coefficients", "plot", "info"}) {
    const Ran help = run(std::string(command) + " --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Examples:"), std::string::npos) << command;
    EXPECT_EQ(run(std::string(command) + " --version").code, 0);
  }
}

TEST_F(Cli, OdeWritesWhatTheContractSays) {
  ASSERT_EQ(run("ode study.toml -o ode.h5").code, 0);
  EXPECT_EQ(scratch.list(), "ode.h5 study.toml");
  const Hdf5Reader file = open_result(scratch / "ode.h5");
  EXPECT_EQ(file.text_attribute("/", "kind"), "ode");
  EXPECT_NE(file.text_attribute("/", "command_line").find("ode study.toml -o ode.h5"), std::string::npos);
  EXPECT_EQ(optimizers_of(file), (std::vector<std::string>{"signsvd", "signsgd"}));
  const RiskCurve curve = read_curve(file, "/signsvd");
  EXPECT_EQ(curve.step(0), 0);
  EXPECT_EQ(curve.step(curve.step.size() - 1), 100);
  EXPECT_LT(curve.risk(curve.step.size() - 1), curve.risk(0));
  EXPECT_EQ(file.dimensions("/signsvd/mode_energy"), (std::vector<std::string>{"step", "mode"}));
  EXPECT_EQ(curve.mode_energy.cols(), 10);
  const Ran info = run("info ode.h5");
  EXPECT_EQ(info.code, 0);
  EXPECT_NE(info.out.find("/signsgd/risk"), std::string::npos);
  scratch.write("again.toml", run("info --study ode.h5").out);
  EXPECT_EQ(run("ode again.toml -o ode.h5 --resume").code, 0);
}

TEST_F(Cli, FlagsStandBeforeOrAfterTheStudy) {
  EXPECT_EQ(run("ode --set run.steps=50 --seed 3 study.toml -q -o a.h5 --set run.record=5 --threads 1").out, "");
  const Hdf5Reader file = open_result(scratch / "a.h5");
  EXPECT_EQ(file.number_attribute("/", "seed"), 3);
  EXPECT_EQ(file.number_attribute("/", "threads"), 1);
  EXPECT_EQ(read_curve(file, "/signsgd").step.maxCoeff(), 50);
}

TEST_F(Cli, ANamedOptimizerWithoutARateIsGreedyAndWarned) {
  const Ran ran = run("ode study.toml --set 'run.optimizers=[\"sgd\"]'");
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(ran.says("warning: run.learning_rate.sgd is not given")) << ran.err;
}

TEST_F(Cli, SweepsWriteRiskAgainstRateAtHorizons) {
  ASSERT_EQ(run("ode study.toml --sweep-rate 1e-4:1e-1:7 --set 'run.horizons=[30, 10]' -o flag.h5").code, 0);
  const LearningRateSweep sweep = read_sweep(open_result(scratch / "flag.h5"), "/signsvd");
  EXPECT_EQ(sweep.learning_rate.size(), 7);
  EXPECT_DOUBLE_EQ(sweep.learning_rate(6), 0.1);
  EXPECT_EQ(sweep.horizon(0), 10);
  EXPECT_EQ(sweep.risk.cols(), 2);
  EXPECT_GT(sweep.stability_edge, 0);
  ASSERT_EQ(run("ode study.toml --set 'run.learning_rate.signsvd=[1e-4, 1e-2]' -o list.h5").code, 0);
  const Hdf5Reader list = open_result(scratch / "list.h5");
  EXPECT_EQ(read_sweep(list, "/signsvd").horizon(1), 100);
  EXPECT_TRUE(list.has("/signsgd/risk"));
  EXPECT_EQ(run("plot list.h5 -o list.svg").code, 0);
  for (const char* bad : {"1:2", "0:1:5", "2:1:5", "1:2:1", "1:2:3x", "a:b:c", "1:inf:4", "1:nan:4"})
    refuses(std::string("ode study.toml --sweep-rate ") + bad, 2, "MIN:MAX:COUNT");
}

TEST_F(Cli, CoefficientsFollowTheContract) {
  ASSERT_EQ(run("coefficients study.toml").code, 0);
  const Hdf5Reader one_sided = open_result(scratch / "coef.h5");
  EXPECT_EQ(one_sided.shape("/signsvd/drift"), (std::vector<std::size_t>{10}));
  EXPECT_NEAR(one_sided.vector("/signsvd/diffusion").sum(), 10, 1e-6);  // the rank, min(n, d, B)
  EXPECT_EQ(run("plot coef.h5 -o coef.svg").code, 0);
  ASSERT_EQ(run("coefficients study.toml --set problem.output.spectrum=power-law -o two.h5").code, 0);
  EXPECT_EQ(open_result(scratch / "two.h5").shape("/signsvd/drift"), (std::vector<std::size_t>{12, 10}));
}

TEST_F(Cli, PhaseMapOfAnotherPairHasAThirdAxis) {
  ASSERT_EQ(
      run(std::string("phase -o p.h5 --set 'phase.compare=[\"sgd\",\"signsvd\"]' --set phase.label_noise=[0,0.5]") +
          small_map)
          .code,
      0);
  const Hdf5Reader file = open_result(scratch / "p.h5");
  EXPECT_EQ(file.dimensions("/sgd/risk"), (std::vector<std::string>{"label_noise", "alpha", "beta", "horizon"}));
  EXPECT_EQ(file.shape("/phase"), (std::vector<std::size_t>{2, 2, 3}));
  EXPECT_EQ(file.text_attribute("/phase", "flag_meanings"), "indistinguishable signsvd sgd tradeoff");
  const PhaseMap map = read_phase_map(file);
  EXPECT_EQ(map.compare[0], "sgd");
  EXPECT_EQ(map.third(1), 0.5);
  EXPECT_NEAR(map.cell(1, 2, 1).initial_risk - map.cell(1, 2, 0).initial_risk, 0.125, 1e-12);
  EXPECT_EQ(run("plot p.h5 -o p.svg").code, 0);
  const std::string svg = scratch.read("p.svg");
  EXPECT_NE(svg.find("SGD"), std::string::npos);
  EXPECT_NE(svg.find("0.5"), std::string::npos);
  EXPECT_EQ(svg.find("predicted"), std::string::npos);
}

TEST_F(Cli, TimesToAccuracyAreWrittenReadAgainAndDrawn) {
  const std::string map =
      " --set phase.criterion=accuracy --set phase.accuracies.min=1e-4 --set phase.accuracies.count=6 --set phase.alpha.min=1.2";
  for (const char* policy : {"constant", "floor"}) {
    ASSERT_EQ(run(std::string("phase --force -o p.h5") + small_map + map + " --set phase.policy=" + policy).code, 0);
    const Hdf5Reader file = open_result(scratch / "p.h5");
    EXPECT_EQ(file.dimensions("/signsvd/time"), (std::vector<std::string>{"alpha", "beta", "accuracy"}));
    EXPECT_EQ(file.shape("/log_time_ratio"), (std::vector<std::size_t>{2, 3, 6}));
    EXPECT_FALSE(file.has("/horizon") || file.has("/signsvd/risk") || file.has("/crossing_horizon"));
    const PhaseMap read = read_phase_map(file);
    EXPECT_EQ(read.criterion, Criterion::accuracy);
    EXPECT_NEAR(read.cell(1, 1).cut, std::pow(50, 1 - 2.6 - 1.5), 1e-12);
    const NumericArray phase = file.numbers("/phase"), crossing = file.numbers("/crossing_accuracy");
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 3; ++j) {
        const Verdict verdict = verdict_of(read.cell(i, j), read.axis, 1.25);
        EXPECT_EQ(phase.values[static_cast<std::size_t>(i * 3 + j)], static_cast<double>(verdict.phase));
        EXPECT_EQ(std::isnan(crossing.values[static_cast<std::size_t>(i * 3 + j)]), std::isnan(verdict.crossing));
      }
    EXPECT_EQ(run("plot p.h5 -o p.svg --force").code, 0);
    EXPECT_NE(scratch.read("p.svg").find("2α − 1"), std::string::npos);
  }
  EXPECT_EQ(run("report p.h5 -o p.html").code, 0);
  EXPECT_NE(scratch.read("p.html").find("\"axis_name\":\"accuracy ε\""), std::string::npos);
  refuses("phase -o q.h5 --scaling --compute-optimal" + map, 2, "phase.compute: needs phase.criterion = \"horizon\"");
  refuses("phase -o q.h5 --verify 2" + map, 2, "needs phase.criterion");
  refuses("phase -o q.h5 --set phase.accuracies.max=1" + map, 2, "must be below the risk at the start");
  refuses("phase -o q.h5 --set problem.label_noise=0.1" + map, 2, "the label noise's part");
}

TEST_F(Cli, FloorsAreRatesOfTheLinearClosureAndRefuseWhatNoneReaches) {
  ASSERT_EQ(run("ode study.toml --set 'run.learning_rate.signsvd={policy=\"floor\",risk=[1e-3,1e-2]}'").code, 0);
  ASSERT_EQ(run("coefficients study.toml").code, 0);
  const Hdf5Reader coefficients = open_result(scratch / "coef.h5"), curves = open_result(scratch / "ode.h5");
  const double noise = coefficients.number_attribute("/signsvd", "noise_coefficient");
  EXPECT_NEAR(curves.vector("/signsvd/sweep/learning_rate")(0) * noise, 2 * std::sqrt(1e-3), 1e-9);
  EXPECT_TRUE(std::isnan(coefficients.number_attribute("/signsvd", "resolution")));  // 12 samples resolve 10 modes
  const std::string floor = "ode study.toml -o q.h5 --set problem.label_noise=0.1 --set 'run.learning_rate.signsvd=";
  refuses(floor + "{policy=\"floor\",risk=4e-3}'", 2, "a risk above 0.005 (the label noise's part)");
  refuses(floor + "{policy=\"floor\",risk=40}'", 2, "(the risk at the start)");
  refuses("simulate study.toml -o q.h5 --set 'run.optimizers=[\"shampoo\"]' --set "
          "'run.learning_rate.shampoo={policy=\"floor\",risk=0.01}'",
          2, "a floor needs the linear closure");
}

TEST_F(Cli, CoefficientsStandBesideMonteCarlo) {
  scratch.write("c.toml", "[problem]\nn_out = 12\nn_in = 10\nbatch = 12\n");
  ASSERT_EQ(run("coefficients c.toml --set coefficients.batches=3 --set coefficients.spectral_density=true "
                "--set problem.batch=6")
                .code,
            0);
  const Hdf5Reader file = open_result(scratch / "coef.h5");
  for (const char* name : {"measured_drift", "measured_drift_sem", "measured_diffusion", "measured_diffusion_sem"})
    EXPECT_EQ(file.shape(std::string("/signsgd/") + name), std::vector<std::size_t>{10}) << name;
  EXPECT_NEAR(file.vector("/signsvd/measured_diffusion").sum(), 6, 1e-9);  // the rank of every gradient
  EXPECT_EQ(file.shape("/spectral_density/eigenvalue"), (std::vector<std::size_t>{12, 3}));
  EXPECT_EQ(file.dimensions("/spectral_density/density_in"), std::vector<std::string>{"x"});
  EXPECT_EQ(run("plot coef.h5 -o c.png").code, 0);
  refuses("coefficients c.toml -o q.h5 --set coefficients.batches=1", 2, "coefficients.batches = 1: must be 0 or at least 2");
  refuses("coefficients c.toml -o q.h5 --set coefficients.batches=4 --set problem.batch=infinite", 2, "batch");
}

TEST_F(Cli, PhaseMapIsWrittenReadAgainAndReread) {
  ASSERT_EQ(run(std::string("phase -o p.h5") + small_map).code, 0);
  const Hdf5Reader file = open_result(scratch / "p.h5");
  EXPECT_EQ(file.shape("/signsgd/learning_rate"), (std::vector<std::size_t>{2, 3, 4}));
  EXPECT_EQ(file.dimensions("/log_risk_ratio"), (std::vector<std::string>{"alpha", "beta", "horizon"}));
  EXPECT_EQ(file.text_attribute("/phase", "flag_meanings"), "indistinguishable signsgd signsvd tradeoff");
  const PhaseMap map = read_phase_map(file);
  const NumericArray ratio = file.numbers("/log_risk_ratio"), phase = file.numbers("/phase");
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 3; ++j) {
      const Eigen::ArrayXd computed = map.cell(i, j).log_ratio();
      const auto cell = static_cast<std::size_t>(i * 3 + j);
      EXPECT_DOUBLE_EQ(computed(2), ratio.values[cell * 4 + 2]);
      EXPECT_EQ(phase.values[cell], static_cast<double>(classify(computed, 1.25)));
    }
  EXPECT_EQ(run("plot p.h5 --threshold 1.5").code, 0);
  EXPECT_NE(scratch.list().find("p.png"), std::string::npos);
  refuses("plot p.h5 --threshold 0.5 -o q.png", 2, "must be a finite number > 1");
  ASSERT_EQ(run("ode study.toml").code, 0);
  refuses("plot ode.h5 --threshold 2 -o q.png", 2, "threshold");
}

TEST_F(Cli, ExistingOutputIsKeptUnlessForcedOrResumed) {
  ASSERT_EQ(run("ode study.toml").code, 0);
  const std::string first = scratch.read("ode.h5");
  refuses("ode study.toml", 4, "ode.h5: is there already");
  EXPECT_EQ(run("ode study.toml --resume").code, 0);
  EXPECT_EQ(scratch.read("ode.h5"), first);
  refuses("ode study.toml --resume --set run.steps=7", 2, "run.steps: 100, now 7");
  refuses("coefficients study.toml --resume -o ode.h5", 2, "result of ode, not of coefficients");
  refuses("ode study.toml --resume --force", 2, "excludes");
  EXPECT_EQ(run("ode study.toml --force --set run.steps=7").code, 0);
  EXPECT_NE(scratch.read("ode.h5"), first);
  EXPECT_EQ(run("plot ode.h5 -o f.svg").code, 0);
  refuses("plot ode.h5 -o f.svg", 4, "f.svg: is there already");
  EXPECT_EQ(run("plot ode.h5 -o f.svg --force").code, 0);
}

TEST_F(Cli, BadUsageIsOneLineAndExitCode2) {
  refuses("nonsense", 2, "nonsense");
  refuses("ode", 2, "STUDY is required");
  refuses("ode study.toml --no-such-flag", 2, "--no-such-flag");
  refuses("ode study.toml other.toml", 2, "other.toml");
  refuses("ode study.toml --threads 0", 2, "--threads");
  refuses("ode study.toml --threads many", 2, "--threads");
  refuses("ode study.toml --seed -1", 2, "--seed");
  refuses("ode study.toml --log-level loud", 2, "--log-level");
  refuses("ode study.toml --set", 2, "--set");
  refuses("plot study.toml -o a.gif", 2, "png");
}

TEST_F(Cli, BadStudiesAreOneLineAndExitCode2) {
  for (const char* size : {"0", "-1", "nan", "inf", "2.5", "1e16", "true", "'\"many\"'"})
    for (const char* key : {"problem.n_in", "problem.n_out", "problem.batch", "run.steps", "phase.dimension"})
      refuses(std::string("ode study.toml --set ") + key + "=" + size, 2, std::string("--set: ") + key + " = ");
  refuses("ode study.toml --set problem.n_inn=3", 2, "nearest known key is problem.n_in");
  scratch.write("infinite.toml", "[problem]\nbatch = \"infinite\"\n");
  refuses("ode infinite.toml", 2, "infinite.toml:2: problem.batch = \"infinite\": must be a whole number for the full");
  refuses("ode study.toml --set problem.input.basis=generic --set problem.output.spectrum=power-law", 2,
          "--set: problem.input.basis = \"generic\": must be an explicit basis, or \"generic\" on both sides");
  for (const std::string command : {"simulate", "validate"}) {
    refuses(command + " infinite.toml", 2, "infinite.toml:2: problem.batch = \"infinite\": must be a whole number for");
    refuses(command + " study.toml --set problem.input.basis=generic", 2,
            "--set: problem.input.basis = \"generic\": must be \"eigen\", \"haar\" or \"hadamard\" for " + command);
  }
  refuses("ode study.toml --set 'run.optimizers=[\"shampoo\"]'", 2, "--set: run.optimizers = [\"shampoo\"]: must be");
  refuses("ode study.toml --set problem.n_in=9e4 --set problem.n_out=9e4 --set problem.output.spectrum=power-law", 2,
          "problem.output.modes = \"auto\": must be \"binned\"");
  refuses("phase --set phase.policy=best", 2, "phase.policy = \"best\"");
  refuses("phase --set phase.output_ratio=1e12", 2, "phase.output_ratio = ");
  refuses("phase --set 'phase.closure=\"full\"'", 2, "phase.batch_ratio = \"infinite\": must be finite");
  refuses("phase --set phase.closure=full --set phase.batch_ratio=1 --set phase.basis=haar", 2,
          "phase.dimension = 1e+06: in an explicit basis");
  refuses(std::string("phase --verify 2") + small_map, 2, "must be a number to verify by training");
  refuses("phase --verify 0", 2, "--verify");
  scratch.write("syntax.toml", "[run]\nsteps = = 3\n");
  refuses("ode syntax.toml", 2, "syntax.toml:2: syntax error in \"steps = = 3\"");
  scratch.write("name.toml", "[$run]\nsteps = 3\n");
  refuses("ode name.toml", 2, "name.toml:1: syntax error in \"[$run]\"");
  scratch.write("binary.toml", std::string("\0\1\2\xff\xfe", 5));
  refuses("ode binary.toml", 2, "binary.toml:1: syntax error");
  scratch.write("typed.toml", "[problem]\nn_in = \"many\"\n");
  refuses("ode typed.toml", 2, "typed.toml:2: problem.n_in = \"many\": must be a whole number");
}

TEST_F(Cli, FilesThatCannotBeReadOrWrittenAreExitCode4) {
  refuses("ode missing.toml", 4, "missing.toml: cannot read the study: No such file");
  refuses("ode ''", 4, "cannot read the study");
  refuses("ode .", 4, "is a directory");
  refuses("ode study.toml -o .", 4, "cannot be written");
  refuses("ode study.toml -o no/such/folder/a.h5", 4, "No such file or directory");
  refuses("ode study.toml -o /dev/full", 4, "not a regular file");
  refuses("phase -o .", 4, "cannot be written");
  refuses("plot missing.h5 -o a.png", 4, "missing.h5: no such file");
  refuses("info missing.h5", 4, "missing.h5: no such file");
  refuses("info .", 4, "is a directory");
  refuses("info study.toml", 4, "study.toml: is not an HDF5 file");
  refuses("plot study.toml -o a.png", 4, "study.toml: is not an HDF5 file");
  ASSERT_EQ(run("ode study.toml -q").code, 0);
  const std::string whole = scratch.read("ode.h5");
  scratch.write("cut.h5", whole.substr(0, whole.size() / 2));
  refuses("info cut.h5", 4, "cut.h5: damaged HDF5 file");
  refuses("plot cut.h5 -o a.png", 4, "cut.h5: damaged HDF5 file");
  write_file(scratch / "foreign.h5", hdf5_image(DataTree()));
  refuses("info foreign.h5", 2, "not a result of muonphase");
  refuses("plot foreign.h5 -o a.png", 2, "not a result of muonphase");
  refuses("ode ode.h5 -o a.h5", 2, "is an HDF5 file, not a study");
  refuses("ode study.toml -o a.h5 --set problem.input.spectrum=file --set problem.input.path=none.txt", 4,
          "none.txt: cannot be read");
}

TEST_F(Cli, AFullDiskLeavesNothing) {
  const Ran ran = run("ode study.toml -o a.h5", "ulimit -f 4;");
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_TRUE(ran.one_line()) << ran.err;
  EXPECT_TRUE(ran.says("a.h5.partial: cannot be written: File too large")) << ran.err;
  EXPECT_EQ(scratch.list(), "study.toml");
}

TEST_F(Cli, AFigureThatCannotBeWrittenLeavesNothing) {
  ASSERT_EQ(run("ode study.toml -q").code, 0);
  for (const char* figure : {"a.png", "a.svg", "a.pdf"}) {
    const Ran ran = run(std::string("plot ode.h5 -o ") + figure, "ulimit -f 8;");
    EXPECT_EQ(ran.code, 4) << ran.err;
    EXPECT_TRUE(ran.one_line()) << ran.err;
    EXPECT_EQ(scratch.list(), "ode.h5 study.toml");
  }
}

TEST_F(Cli, SpectraAndTargetsComeFromFiles) {
  scratch.write("lambda.txt", "# eigenvalues\n1\n0.5  # half\n\n0.25\n");
  DataTree writer;
  writer.scale("/x", std::array{1.0, 0.5, 0.25}, {"1", "eigenvalue"});
  writer.scale("/y", std::array{0.0, 1.0}, {"1", "output"});
  writer.dataset("/target", {"/y", "/x"}, std::array{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {"1", "target"});
  writer.dataset("/short", {"/x"}, std::array{1.0, 2.0, 3.0}, {"1", "wrong shape"});
  write_file(scratch / "in.h5", hdf5_image(writer));
  const std::string sizes =
      "ode study.toml --set problem.n_in=3 --set problem.n_out=2 --set problem.batch=5 "
      "--set problem.input.basis=eigen --set problem.input.spectrum=file ";
  ASSERT_EQ(run(sizes + "--set problem.input.path=lambda.txt --set problem.target.path=in.h5:/target -o a.h5").code, 0);
  // ½ Σ λ_j W_kj²
  EXPECT_DOUBLE_EQ(read_curve(open_result(scratch / "a.h5"), "/signsvd").risk(0),
                   0.5 * (1 + 16 + 0.5 * (4 + 25) + 0.25 * (9 + 36)));
  ASSERT_EQ(run(sizes + "--set problem.input.path=in.h5:/x --set problem.start.path=in.h5:/target -o b.h5").code, 0);
  refuses(sizes + "--set problem.n_in=4 --set problem.input.path=lambda.txt", 2, "must be 3, as many as problem.input.path has eigenvalues");
  refuses(sizes + "--set problem.input.path=in.h5:/none", 2, "name one of its datasets");
  refuses(sizes + "--set problem.input.path=in.h5:/x --set problem.target.path=in.h5:/short", 2, "2 × 3");
  scratch.write("bad.txt", "1\n0.5x\n");
  refuses(sizes + "--set problem.input.path=bad.txt", 2, "bad.txt:2: column 1: \"0.5x\" is not a number");
  scratch.write("negative.txt", "1\n-1\n2\n");
  refuses(sizes + "--set problem.input.path=negative.txt", 2, "positive");
}

TEST_F(Cli, InterruptKeepsWhatIsFinishedAndSaysSo) {
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(scratch.path().c_str()) != 0) _exit(99);
    if (!freopen((logs / "err").c_str(), "w", stderr)) _exit(99);
    execl(MUONPHASE_CLI, "muonphase", "phase", "--set", "phase.alpha.count=400", "--set", "phase.beta.count=400",
          static_cast<char*>(nullptr));
    _exit(99);
  }
  // Until the journal holds a cell, whose study takes some 3 kB.
  std::error_code none;
  for (int i = 0; i < 3000; ++i) {
    const auto size = std::filesystem::file_size(scratch / "phase.h5.partial", none);
    if (!none && size > 8000) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_EQ(logs.read("err"), "error: interrupted\n");
  EXPECT_EQ(scratch.list(), "phase.h5.partial study.toml");
  EXPECT_FALSE(Journal::open(scratch / "phase.h5.partial")->records().empty());
}

TEST_F(Cli, NoColoursAwayFromATerminal) {
  EXPECT_EQ(run("ode missing.toml").err.find('\x1b'), std::string::npos);
}

TEST_F(Cli, ValidateSaysAgreeOrDisagree) {
  const Ran agrees = run("validate study.toml --set simulate.trials=6 --set validate.tolerance=0.05 -o v.h5");
  EXPECT_EQ(agrees.code, 0) << agrees.err;
  EXPECT_NE(agrees.out.find("agree"), std::string::npos);
  EXPECT_EQ(scratch.list(), "study.toml v.h5 v.png");
  const Hdf5Reader file = open_result(scratch / "v.h5");
  EXPECT_EQ(file.text_attribute("/", "kind"), "validate");
  const auto steps = file.shape("/ode/signsvd/risk").front();
  EXPECT_EQ(file.shape("/simulate/signsvd/risk_trials"), (std::vector<std::size_t>{6, steps}));
  const Eigen::ArrayXd ratio = file.vector("/ode/signsgd/risk") / file.vector("/simulate/signsgd/risk");
  EXPECT_LT((file.vector("/signsgd/log_ratio") - ratio.log()).abs().maxCoeff(), 1e-12);
  // With power laws the linear closure is wrong by tens of per cent.
  const Ran disagrees =
      run("validate study.toml --set simulate.trials=20 --set 'ode.closure=\"linear\"' --set validate.tolerance=0.01 "
          "-o l.h5");
  EXPECT_EQ(disagrees.code, 3) << disagrees.out;
  EXPECT_NE(disagrees.out.find("DISAGREE"), std::string::npos);
}

// Theory that does not cover a study is refused before training, not after it.
TEST_F(Cli, ClosuresRefuseWhatTheyDoNotCover) {
  const std::string pair = "run.optimizer.signsgd.weight_decay=0.1 --set problem.output.spectrum=power-law ";
  for (const std::string command : {"ode", "validate"}) {
    const std::string study = command + " study.toml -o q.h5 --set ";
    refuses(study + "'run.optimizers=[\"adam\"]' --set problem.output.spectrum=power-law", 2,
            "ode.closure = \"full\": must be \"linear\" for adam where problem.output is not isotropic");
    refuses(study + "'run.optimizers=[\"muon\"]' --set problem.model=linear-layer", 2,
            "ode.closure = \"full\": must be \"linear\" for muon where problem.model = \"linear-layer\"");
    refuses(study + "'run.optimizers=[\"shampoo\"]'", 2, "run.optimizers = [\"shampoo\"]: must be a list of signsvd");
    refuses(study + pair, 2, "must be \"linear\" with weight_decay: the full closure of signs in two explicit bases");
    refuses(study + "ode.closure=linear --set problem.label_noise=30 --set ode.stepper=dopri5 "
                    "--set run.optimizer.signsvd.weight_decay=0.1", 2,
            "must be \"exponential\" for updates with memory and for weight decay");
  }
}

// Found out when cells or trials are done and kept.
TEST_F(Cli, RefusalsInTheMiddleLeaveNothing) {
  refuses(std::string("phase -o p.h5 --set phase.criterion=accuracy --set phase.accuracies.min=1e-30") + small_map, 2,
          "must be at least some 1e-24 of the risk at the start");
  const std::string diverges =
      "validate study.toml -o v.h5 --set 'run.optimizers=[\"sgd\"]' --set run.learning_rate.sgd=100 "
      "--set problem.n_out=6 --set problem.n_in=5 --set problem.batch=4 --set run.steps=200 --set run.record=6 "
      "--set ode.accuracy=fast --set simulate.trials=2 ";
  refuses(diverges + "--checkpoint 0", 2, "the learning rate is far too large");
  refuses(diverges + "--checkpoint 0 --resume", 2, "the learning rate is far too large");
}

TEST_F(Cli, ClosuresWithoutASolutionAreRefusedAndCostTheOthersNothing) {
  const std::string alone =
      " study.toml -q -o q.h5 --set problem.n_out=1 --set problem.n_in=4 --set problem.batch=1 --set run.steps=20 "
      "--set 'run.optimizers=[\"signsvd\"]' ";
  refuses("ode --set ode.accuracy=fast" + alone, 2, "the full closure of SignSVD has no solution at batch 1 and n_out = 1");
  refuses("validate --set simulate.trials=2" + alone, 2, "the full closure of SignSVD has no solution at batch 1");
  refuses("tune --set 'tune.batches=[1]'" + alone, 2,
          "tune.batches: at none of them has an optimizer a risk in the full closure");
  const Ran both = run("tune --set problem.n_out=1 --set problem.n_in=4 --set run.steps=20 --set 'tune.batches=[1, 3]' "
                       "-o q.h5 study.toml");
  EXPECT_EQ(both.code, 0) << both.err;
  EXPECT_TRUE(both.says("signsvd at batch 1: the full closure has no risk at any constant learning rate")) << both.err;
  EXPECT_FALSE(both.says("signsvd at batch 3")) << both.err;
  EXPECT_FALSE(both.says("signsgd at batch")) << both.err;
}

TEST_F(Cli, WindowsThatAreLongAgainstTheRunAreWarnedOf) {
  const std::string signum =
      "ode study.toml --force -o w.h5 --set 'run.optimizers=[\"signum\"]' --set run.learning_rate.signum=";
  const Ran fast = run(signum + "0.1");
  EXPECT_EQ(fast.code, 0);
  EXPECT_TRUE(fast.says("signum: the risk changes by a factor of")) << fast.err;
  EXPECT_TRUE(fast.says("within one momentum window of 10 steps")) << fast.err;
  EXPECT_FALSE(run(signum + "0.0001").says("window")) << "slow";
  EXPECT_FALSE(run(signum + "0.1 --set run.optimizer.signum.momentum=0").says("window")) << "no window";
  const std::string map = " -o m.h5 --force --set 'phase.compare=[\"muon\",\"signsvd\"]' --set phase.horizons.min=";
  EXPECT_TRUE(run("phase --set phase.batch_ratio=1 --set run.optimizer.muon.momentum=0.99" + map + "2" + small_map).says("short horizons are not reliable"));
}

TEST_F(Cli, KilledSimulationResumesToTheSameData) {
  const std::string simulate = "simulate study.toml --set run.steps=6000 --set simulate.trials=3 ";
  const auto killed = [&](const char* signal, double seconds) {
    run(simulate + "-o killed.h5 --resume", fmt::format("timeout -s {} {}", signal, seconds));
  };
  for (double seconds = 0.1; scratch.list() == "study.toml" && seconds < 10; seconds *= 2) killed("TERM", seconds);
  ASSERT_EQ(scratch.list(), "killed.h5.partial study.toml");
  killed("KILL", 0.1);  // while it continues from the checkpoint
  ASSERT_EQ(run(simulate + "-o killed.h5 --resume --threads 2").code, 0);
  ASSERT_EQ(run(simulate + "-o whole.h5 --threads 1").code, 0);
  EXPECT_EQ(scratch.list(), "killed.h5 study.toml whole.h5");
  const Hdf5Reader whole = open_result(scratch / "whole.h5"), resumed = open_result(scratch / "killed.h5");
  for (const std::string group : {"/signsvd", "/signsgd"})
    for (const auto& name : whole.datasets(group))
      EXPECT_EQ(whole.numbers(group + "/" + name).values, resumed.numbers(group + "/" + name).values) << name;
}

}  // namespace
}  // namespace muonphase
