#include "muonphase/study/study.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>

#include "results/scratch.hpp"

namespace muonphase {
namespace {

// The message of the error that a study gives; empty when there is none.
std::string refusal(const std::string& text, const std::vector<std::string>& set = {}) {
  try {
    parse_study(text, "dir/study.toml", set);
  } catch (const StudyError& error) {
    return error.what();
  }
  return "";
}

// Every row of the page that users read, set to the default it names: the study of no keys at all.
TEST(Study, DefaultsAreThoseOfTheReference) {
  const std::string page = std::string(MUONPHASE_TEST_DATA) + "/../../docs/study-reference.md";
  const std::regex section(R"(## \[(.*)\])"), row(R"(\| `([^`]+)` \| [^|]* \| `([^|]*)` \|.*)");
  const Study none = parse_study("", "study.toml");
  std::ifstream lines(page);
  std::string folder;
  std::smatch match;
  int keys = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line == "## Learning rates") break;  // the keys of a rate, which are no study's
    if (std::regex_match(line, match, section)) folder = match[1].str() + '.';
    if (!std::regex_match(line, match, row) || folder == "run.learning_rate.") continue;
    const std::string key = folder + match[1].str(), value = match[2].str();
    const auto difference = first_difference(parse_study("", "study.toml", {key + '=' + value}), none);
    EXPECT_FALSE(difference) << key << " = " << value << ": " << *difference;
    ++keys;
  }
  EXPECT_GT(keys, 100) << page;
}

TEST(Study, ReadsValuesAndAlternatives) {
  const Study study = parse_study(R"(
title = "a \"test\""
seed = 9223372036854775807
[problem]
n_in = 1e12
batch = "infinite"
[problem.input]
spectrum = "isotropic"
basis = "hadamard"
[run]
optimizers = ["sgd", "muon"]
[run.learning_rate]
sgd = 1
muon = [0.1, 0.2]
signsvd = {policy = "power", eta0 = 0.5, t0 = 10, gamma = 0.25}
signsgd = {policy = "table", step = [0, 10], rate = [1, 0.5]}
adam = {policy = "wsd", eta0 = 1, warmup = 0.1, decay = 0.2}
nmd = {policy = "greedy"}
ngd = {policy = "cosine", eta0 = 0.1, warmup = 0.05}
signum = {policy = "floor", risk = [1e-3, 1e-2]}
shampoo = {policy = "linear", eta0 = 0.2, final = 0.1}
lion = {policy = "floor", risk = 1e-3}
[run.optimizer.muon]
coefficients = [[4, -6.5, 3], [2, -1.5, 0.5], [2, -1.5, 0.5]]
steps = 7
scale = "rms"
[run.optimizer.spectral-power]
power = -1
[phase]
alpha = {count = 3}
horizons.min = 10
[imbalance]
priors = {law = "step", classes = 4, ratio = 7}
learning_rate = {gd = 0.5, muon = 0.25}
)",
                                  "study.toml");
  EXPECT_EQ(study.title, "a \"test\"");
  EXPECT_EQ(study.seed, 9223372036854775807u);
  EXPECT_EQ(study.problem.n_in, 1e12);
  EXPECT_EQ(study.problem.batch, infinite_batch);
  EXPECT_EQ(study.problem.input.basis, Basis::hadamard);
  EXPECT_EQ(std::get<ConstantRate>(std::get<LearningRate>(rate_of(study.run, "sgd"))).eta, 1);
  EXPECT_EQ(std::get<std::vector<double>>(rate_of(study.run, "muon")), (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(std::get<PowerRate>(std::get<LearningRate>(rate_of(study.run, "signsvd"))).gamma, 0.25);
  EXPECT_EQ(std::get<TableRate>(std::get<LearningRate>(rate_of(study.run, "signsgd"))).rate(1), 0.5);
  EXPECT_EQ(std::get<GreedyRate>(std::get<LearningRate>(rate_of(study.run, "nmd"))).scale, 1);
  EXPECT_EQ(std::get<FloorRate>(rate_of(study.run, "signum")).risk, (std::vector<double>{1e-3, 1e-2}));
  EXPECT_EQ(std::get<FloorRate>(rate_of(study.run, "lion")).risk, std::vector<double>{1e-3});
  const auto cosine = std::get<DecayRate>(std::get<LearningRate>(rate_of(study.run, "ngd")));
  EXPECT_TRUE(cosine.shape == DecayRate::Shape::cosine && cosine.warmup == 0.05 && cosine.final == 0);
  const OptimizerOptions& muon = study.run.optimizer.at("muon");
  EXPECT_EQ((*muon.get_if<std::vector<std::vector<double>>>("coefficients"))[0][1], -6.5);
  EXPECT_EQ(muon.whole("steps"), 7);
  EXPECT_EQ(muon.word("scale"), "rms");
  EXPECT_EQ(study.run.optimizer.at("spectral-power").number("power"), -1);
  EXPECT_EQ(study.phase.alpha.count, 3);
  EXPECT_EQ(study.phase.alpha.max, 2.6);
  EXPECT_EQ(study.phase.horizons.min, 10);
  EXPECT_EQ(study.imbalance.priors.law, "step");
  EXPECT_EQ(study.imbalance.priors.ratio, 7);
  EXPECT_EQ(study.imbalance.learning_rate.at("muon"), 0.25);
  EXPECT_EQ(study.places.at("problem.batch"), "study.toml:6");

  const std::string filled = to_toml(study);
  const Study again = parse_study(filled, "filled.toml");
  EXPECT_EQ(to_toml(again), filled);
  EXPECT_EQ(first_difference(study, again), std::nullopt);
}

TEST(Study, NumbersRoundTripToTheSameBits) {
  const Study study = parse_study("[problem.input]\nalpha = 0.1234567890123456789\n[run]\nsteps = 1e15", "s.toml");
  const Study again = parse_study(to_toml(study), "s.toml");
  EXPECT_EQ(again.problem.input.alpha, study.problem.input.alpha);
  EXPECT_EQ(again.run.steps, 1e15);
}

TEST(Study, UnknownKeysNameTheirPlaceAndTheNearestKey) {
  EXPECT_EQ(refusal("[problem]\n\nn_inn = 3"),
            "dir/study.toml:3: unknown key problem.n_inn; the nearest known key is problem.n_in");
  EXPECT_EQ(refusal("[problme]\nn_in = 3"), "dir/study.toml:1: unknown key problme; the nearest known key is problem");
  EXPECT_EQ(refusal("[run]\nn_out = 3"),
            "dir/study.toml:2: unknown key run.n_out; the nearest known key is problem.n_out");
  EXPECT_EQ(refusal("[problem.input]\nalhpa = 3"),
            "dir/study.toml:2: unknown key problem.input.alhpa; the nearest known key is problem.input.alpha");
  EXPECT_EQ(refusal("[run.learning_rate]\nsignsdv = 3"),
            "dir/study.toml:2: unknown key run.learning_rate.signsdv; the nearest known key is "
            "run.learning_rate.signsvd");
  EXPECT_EQ(refusal("[run.learning_rate]\nsgd = {policy = \"greedy\", scal = 2.0}"),
            "dir/study.toml:2: unknown key run.learning_rate.sgd.scal; the nearest known key is "
            "run.learning_rate.sgd.scale");
}

TEST(Study, RefusesValuesInOneLineWithKeyValueAndWhatIsAllowed) {
  EXPECT_EQ(refusal("[problem]\nn_in = 2.5"),
            "dir/study.toml:2: problem.n_in = 2.5: must be a whole number from 1 to 1e+15");
  for (const char* size : {"0", "-3", "nan", "inf", "-inf", "2e15", "\"12\"", "true", "[1]", "{}", "2020-01-01"}) {
    const std::string message = refusal("[problem]\nn_out = " + std::string(size));
    EXPECT_NE(message.find("dir/study.toml:2: problem.n_out = "), std::string::npos) << message;
    EXPECT_NE(message.find("must be a whole number from 1"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
  EXPECT_EQ(refusal("[problem]\nlabel_noise = nan"),
            "dir/study.toml:2: problem.label_noise = nan: must be a number in [0, 1e+100]");
  EXPECT_EQ(refusal("[problem]\nbatch = \"all\""),
            "dir/study.toml:2: problem.batch = \"all\": must be a whole number from 1 to 1e+15, or \"infinite\"");
  EXPECT_EQ(refusal("[problem.input]\nbasis = \"Haar\""),
            "dir/study.toml:2: problem.input.basis = \"Haar\": must be \"eigen\" or \"haar\" or \"hadamard\" or "
            "\"generic\" or \"data\"");
  EXPECT_EQ(refusal("problem = 3"), "dir/study.toml:1: problem = 3: must be a table, [problem]");
  EXPECT_EQ(refusal("[phase]\nalpha.min = 1.0\nalpha.max = 0.5"),
            "dir/study.toml:3: phase.alpha.max = 0.5: must be at least phase.alpha.min");
  for (const char* study : {"[run]\noptimizers = []",
                            "[run]\noptimizers = [\"sgd\", \"sgd\"]",
                            "[run]\noptimizers = [\"sdg\"]",
                            "[run]\nrecord = 1",
                            "[run]\nsteps = 0",
                            "[run.learning_rate]\nsgd = -1",
                            "[run.learning_rate]\nsgd = []",
                            "[run.learning_rate]\nsgd = {policy = \"power\", eta0 = 1}",
                            "[run.learning_rate]\nsgd = {scale = 1}",
                            "[run.learning_rate]\nsgd = {policy = \"wsd\", eta0 = 1, warmup = 0.6, decay = 0.6}",
                            "[run.learning_rate]\nsgd = {policy = \"table\", step = [1, 0], rate = [1, 1]}",
                            "[run.learning_rate]\nsgd = 1e200",
                            "[run.learning_rate]\nsgd = 5e-324",
                            "[run.learning_rate]\nsgd = [0, 1e-200]",
                            "[run.learning_rate]\nsgd = {policy = \"power\", eta0 = 1, gamma = 1e200}",
                            "[problem]\nlabel_noise = 1e200",
                            "[phase]\nlabel_noise = [0, 1e200]",
                            "[phase]\nbatch_ratio = 1e200",
                            "[phase]\noutput_ratio = 1e-200",
                            "[phase]\nt0 = 1e200",
                            "[imbalance]\nnoise = 1e-200",
                            "[imbalance]\nmean_norm = [1e200, 1]",
                            "[imbalance]\nlearning_rate = 1e200",
                            "[imbalance]\ninit.std = 1e200",
                            "[run.optimizer.muon]\nmomentum = 1.0",
                            "[run.optimizer.muon]\ncoefficients = [1, 2]",
                            "[run.optimizer.muon]\ncoefficients = []",
                            "[run.optimizer.muon]\ncoefficients = [[1, 2, 3], [1, 2]]",
                            "[run.optimizer.muon]\ncoefficients = [[1, 2, \"x\"]]",
                            "[run.optimizer.muon]\nsteps = \"five\"",
                            "[run.optimizer.signsgd]\nscale = 2",
                            "[run.optimizer.spectral-power]\npower = 1.5",
                            "[run.optimizer.spectral-power]\ndamping = 0",
                            "[imbalance]\npriors = [0.5, 0.4]",
                            "[imbalance]\npriors = {law = \"zipf\", classes = 1}",
                            "[problem.input]\nspectrum = \"file\"",
                            "[problem]\nn_in = 1e12\n[problem.input]\nmodes = \"exact\"",
                            "[phase]\nthreshold = 1.0",
                            "seed = -1",
                            "seed = 1.5"})
    EXPECT_EQ(refusal(study).rfind("dir/study.toml:", 0) == 0 || refusal(study).rfind("problem.", 0) == 0, true)
        << study << " → " << refusal(study);
}

// A set by name, one triple, one a step: read, written and read again.
TEST(Study, CoefficientsOfNewtonSchulzTakeThreeForms) {
  for (const char* value : {"\"polar-express\"", "[1.5, -0.5, 0.0]", "[[4.0, -6.5, 3.0], [2.0, -1.5, 0.5]]"}) {
    const Study study = default_study({std::string("run.optimizer.muon.coefficients=") + value});
    const std::string written = to_toml(study);
    EXPECT_NE(written.find(std::string("coefficients = ") + value), std::string::npos) << written;
    EXPECT_EQ(parse_study(written, "again.toml").run.optimizer, study.run.optimizer);
  }
  EXPECT_EQ(refusal("[run.optimizer.muon]\ncoefficients = \"jordon\""),
            "dir/study.toml:2: run.optimizer.muon.coefficients = \"jordon\": must be \"jordan\", \"cesista\", "
            "\"polar-express\", \"cubic\", \"jordan-long\", [a, b, c], or one such list a step, [[a, b, c], …] (100 at "
            "most)");
}

TEST(Study, PhaseTakesAPairAndAThirdAxis) {
  const Study study = default_study(
      {"phase.compare=[\"sgd\", \"signsvd\"]", "phase.alpha_out=tied", "phase.batch_ratio=[0.5, 2, \"infinite\"]"});
  const PhaseOptions options = make_phase_options(study);
  EXPECT_EQ(options.compare[0].name(), "sgd");
  EXPECT_EQ(options.compare[1].name(), "signsvd");
  EXPECT_EQ(options.alpha_out, tied_to_alpha);
  EXPECT_EQ(options.third_axis, ThirdAxis::batch_ratio);
  EXPECT_EQ(options.third(2), infinite_batch);
  EXPECT_FALSE(first_difference(study, parse_study(to_toml(study), "again.toml")));
  const Study grid = default_study({"phase.dimension={min = 1e3, max = 1e5, count = 3}"});
  EXPECT_EQ(grid.phase.dimension, (std::vector<double>{1e3, 1e4, 1e5}));
  const Study noise = default_study({"problem.label_noise=0.5"});
  EXPECT_EQ(make_phase_options(noise).label_noise, 0.5);
  for (const char* bad : {"phase.compare=[\"signsvd\"]", "phase.compare=[\"signsvd\", \"signsvd\"]",
                          "phase.compare=[\"signsvd\", \"shampoo\"]", "phase.batch_ratio=[2, 1]", "phase.batch_ratio=[]",
                          "phase.batch_ratio={min = 0, max = 1, count = 3}", "phase.alpha_out=[\"tied\", 1]",
                          "phase.dimension=[10, 20.5]"})
    EXPECT_THROW(default_study({bad}), StudyError) << bad;
  EXPECT_THROW(make_phase_options(default_study({"phase.batch_ratio=[1, 2]", "phase.label_noise=[0, 1]"})), StudyError);
}

TEST(Study, SyntaxErrorsQuoteTheLine) {
  const std::string message = refusal("title = \"x\"\n[run]\nsteps = = 3\n");
  EXPECT_EQ(message.rfind("dir/study.toml:3: syntax error in \"steps = = 3\": ", 0), 0u) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_NE(refusal("[run]\nsteps = 1\nsteps = 2").find("dir/study.toml:3: syntax error in \"steps = 2\""),
            std::string::npos);
  EXPECT_EQ(refusal("a = \"\x01\x02").find('\x01'), std::string::npos);
}

// Letters that toml++ 3.3 took for impossible outside of quotes, and a table whose name begins with a sign.
TEST(Study, AnyTextIsAStudyOrRefused) {
  EXPECT_NE(refusal("σ = 3\n").find("dir/study.toml:1: syntax error in \"σ = 3\""), std::string::npos);
  EXPECT_NE(refusal("[problem]\n × 8 pixels\n").find("dir/study.toml:2: syntax error"), std::string::npos);
  EXPECT_EQ(parse_study("title = \"\"\"a\\\n§\"\"\"\n", "study.toml").title, "a§");
  EXPECT_NE(refusal("[+x]\n").find("dir/study.toml:1: "), std::string::npos);
}

TEST(Study, SetGoesTheSameRoad) {
  const Study study =
      parse_study("[run]\nsteps = 5\n[run.learning_rate]\nsgd = 0.5", "study.toml",
                  {"run.steps=7", "problem.input.basis = eigen", "run.optimizers=[\"sgd\"]",
                   "run.learning_rate.sgd={policy = \"greedy\"}", "phase.alpha.count=4", "title=two words"});
  EXPECT_EQ(study.run.steps, 7);
  EXPECT_EQ(study.problem.input.basis, Basis::eigen);
  EXPECT_EQ(study.phase.alpha.count, 4);
  EXPECT_EQ(study.title, "two words");
  EXPECT_TRUE(std::holds_alternative<GreedyRate>(std::get<LearningRate>(rate_of(study.run, "sgd"))));
  EXPECT_EQ(study.places.at("run.steps"), "--set");
  EXPECT_EQ(refusal("", {"run.stesp=3"}), "--set: unknown key run.stesp; the nearest known key is run.steps");
  EXPECT_EQ(refusal("", {"run.steps=many"}), "--set: run.steps = \"many\": must be a whole number from 1 to 1e+15");
  EXPECT_EQ(refusal("", {"run.steps"}), "--set: \"run.steps\": must be key.path=value");
  EXPECT_EQ(refusal("", {"=3"}), "--set: \"=3\": must be key.path=value");
  EXPECT_EQ(refusal("", {"run..steps=3"}), "--set: \"run..steps=3\": must be key.path=value");
  EXPECT_EQ(refusal("", {"run.steps="}), "--set: \"run.steps=\": the right side is not a TOML value");
  EXPECT_EQ(refusal("", {"run.steps=1\nseed=2"}), "--set: \"run.steps=1\": the right side is not a TOML value");
}

TEST(Study, FirstDifferenceNamesTheKeyAndBothValues) {
  const Study before = parse_study("[run]\nsteps = 5\n[run.learning_rate]\nsgd = 0.5", "a.toml");
  EXPECT_EQ(first_difference(before, parse_study("[run]\nsteps = 6\n[run.learning_rate]\nsgd = 0.5", "b.toml")),
            "run.steps: 5, now 6");
  EXPECT_EQ(first_difference(before, parse_study("[run]\nsteps = 5", "b.toml")),
            "run.learning_rate.sgd: 0.5, now not given");
}

TEST(Study, TheReferenceListsEveryKeyOnce) {
  std::set<std::string> seen;
  for (const StudyKey& key : study_keys()) {
    EXPECT_TRUE(seen.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.doc.empty() || key.type.empty() || key.allowed.empty()) << key.path;
    // A default is a value that the key allows.
    if (key.default_value.empty()) continue;
    EXPECT_NO_THROW(default_study({key.path + "=" + key.default_value})) << key.path;
  }
  EXPECT_GT(seen.size(), 80u);
}

TEST(Study, EveryExampleIsAStudy) {
  int count = 0;
  const auto repository = std::filesystem::path(MUONPHASE_TEST_DATA).parent_path().parent_path();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository / "data"))
    if (entry.path().extension() == ".toml") {
      ++count;
      EXPECT_NO_THROW(load_study(entry.path())) << entry.path();
    }
  EXPECT_GE(count, 4);
}

TEST(Study, FilesThatCannotBeReadAreIoErrors) {
  const Scratch scratch;
  EXPECT_THROW(load_study(scratch / "missing.toml"), IoError);
  EXPECT_THROW(load_study(scratch.path()), IoError);
  scratch.write("study.toml", "[run]\nsteps = 17\n");
  EXPECT_EQ(load_study(scratch / "study.toml").run.steps, 17);
  scratch.write("result.h5", "\x89HDF\r\n\x1a\n and so on");
  EXPECT_THROW(load_study(scratch / "result.h5"), StudyError);
}

}  // namespace
}  // namespace muonphase
