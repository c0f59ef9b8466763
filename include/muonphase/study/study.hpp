#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/optimizers/ode.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/phase/scaling.hpp"
#include "muonphase/phase/tune.hpp"
#include "muonphase/problem/problem.hpp"
#include "muonphase/simulation/simulation.hpp"

/// The study file: what to compute. Every section of the TOML file is a struct here, every key a member of the same
/// name, and every default is the member's initial value.
///
///     muonphase::Study study = muonphase::load_study("study.toml", {"problem.n_in=256"});
///     muonphase::Problem problem = muonphase::make_problem(study);
///     std::cout << muonphase::to_toml(study);      // every key, defaults filled in
namespace muonphase {

enum class SpectrumKind { power_law, isotropic, file };

/// [problem.input] and [problem.output]: the covariance of one side.
struct CovarianceSection {
  SpectrumKind spectrum = SpectrumKind::power_law;
  double alpha = 1.4;  ///< λ_j = j^(−α)
  std::string path;    ///< eigenvalues: "FILE", "FILE:column" or "FILE.h5:/dataset", as read_table() takes them
  Basis basis = Basis::haar;
  ModeRule modes = ModeRule::automatic;
};

/// [problem.target]: W*.
struct TargetSection {
  double beta = 0.6;  ///< Σ_k E|W*_kj|² = j^(−β)
  std::string path;   ///< or the matrix, n_out × n_in, in a file that read_table() takes
};

/// [problem.start]: W_0, zero without a path.
struct StartSection {
  std::string path;
};

/// [problem.data]: measured data in place of power laws.
struct DataSection {
  std::string path;
  std::string inputs = SamplePlace{}.inputs;
  std::string outputs = SamplePlace{}.outputs;
  std::string sampling = "rows";  ///< rows | gaussian
  Preprocess preprocess = Preprocess::none;
};

/// [problem]
struct ProblemSection {
  Model model = Model::bilinear;
  double n_out = 128;
  double n_in = 128;
  double batch = 128;  ///< or infinite_batch
  double label_noise = 0;
  CovarianceSection input;
  CovarianceSection output{.spectrum = SpectrumKind::isotropic, .path = {}};
  TargetSection target;
  StartSection start;
  DataSection data;
};

/// `[run.optimizer.<name>]`: every option of every optimizer that has some, by name.
using OptimizerSections = std::map<std::string, OptimizerOptions>;
/// All at their defaults.
OptimizerSections default_optimizer_sections();

/// The constant rate at which a long run ends at `risk` by the linear closure (floor_rates() of optimizers/ode.hpp);
/// several risks are a sweep.
struct FloorRate {
  std::vector<double> risk;
};

/// One schedule, a list of constant rates to sweep, or floors that give either.
using RunRate = std::variant<LearningRate, std::vector<double>, FloorRate>;

/// [run]
struct RunSection {
  std::vector<std::string> optimizers = {"signsvd", "signsgd"};
  double steps = 1000;
  int record = 200;
  std::map<std::string, RunRate> learning_rate;  ///< by optimizer; see rate_of() for one that is missing
  std::vector<double> horizons;  ///< of learning-rate sweeps; empty: the powers of ten below `steps`, and `steps`
  OptimizerSections optimizer = default_optimizer_sections();
};

/// [coefficients]
struct CoefficientsSection {
  int batches = 0;                ///< gradients to measure drift and diffusion with; 0: none
  bool spectral_density = false;  ///< of GGᵀ/2R
};

/// [ode]
struct OdeSection {
  Closure closure = Closure::full;
  Accuracy accuracy = Accuracy::accurate;
  Stepper stepper = Stepper::exponential;
  double tolerance = 1e-6;
  SampleAverage average = SampleAverage::rows;
  int bases = 16;  ///< Haar bases averaged over
  int targets = 0;  ///< Gaussian targets drawn, one curve each; 0: one curve of the mean energies
  std::vector<double> weight_decays;  ///< to choose from in a sweep of rates; empty: each optimizer's own
};

/// [simulate]
struct SimulateSection {
  int trials = 8;
  std::string precision = "double";
  std::string polar = "auto";
  bool mode_energy = false;
};

/// [validate]
struct ValidateSection {
  double tolerance = 0.05;  ///< on |ln R_ode/R_mc|
};

/// [tune]
struct TuneSection {
  std::vector<double> batches = {8, 32, 128, 512};
  Budget budget = Budget::steps;  ///< of run.steps at the largest batch
  int horizons = 10;              ///< evenly spaced in the logarithm, up to the budget
  std::vector<double> targets;    ///< risks whose times are wanted; empty: tenths of the start's excess risk
  std::vector<double> weight_decays;  ///< to choose from; empty: each optimizer's own
  int bases = 1;                  ///< Haar bases averaged over
};

/// `count` values from `min` to `max`.
struct GridSection {
  double min = 0;
  double max = 0;
  int count = 1;
};

/// [phase.scaling]: the cells as d → ∞.
struct ScalingSection {
  bool enabled = false;
  GridSection dimension{1e4, 1e12, 5};  ///< evenly spaced in the logarithm
  GridSection tau{0, 2, 21};            ///< horizons T = d^τ
  bool limit = true;                    ///< and T → ∞
  double resolution = 0.03;
};

/// [phase.compute]: least risk for a compute.
struct ComputeSection {
  bool enabled = false;
  GridSection dimension{100, 1e10, 17};  ///< evenly spaced in the logarithm
};

/// [phase]. Of the lists of numbers, one at most has more than one: the third axis.
struct PhaseSection {
  std::vector<std::string> compare = {"signsvd", "signsgd"};
  GridSection alpha{0, 2.6, 27};
  GridSection beta{0, 3, 31};
  std::vector<double> dimension = {1e6};               ///< n_in
  std::vector<double> output_ratio = {1};              ///< n_out / n_in
  std::vector<double> batch_ratio = {infinite_batch};  ///< B / n_in, or infinite_batch
  std::vector<double> label_noise;                     ///< σ; empty: that of [problem]
  std::vector<double> alpha_out;                       ///< or tied_to_alpha; empty: [problem.output]
  Criterion criterion = Criterion::horizon;
  GridSection horizons{1, 1e9, 64};     ///< evenly spaced in the logarithm
  GridSection accuracies{1e-8, 0.1, 48};  ///< evenly spaced in the logarithm
  double factor = 4;                    ///< times to this multiple of the accuracy
  Policy policy = Policy::constant;
  double t0 = 1;           ///< of the power policy
  double warmup = 0.01;    ///< of the wsd policy
  bool yardstick = false;  ///< every policy against the optimal one
  int refine = 0;          ///< levels of refinement along boundaries
  ScalingSection scaling;
  ComputeSection compute;
  double threshold = 1.25;  ///< of the ratio of risks or times; ε is its logarithm
  Basis basis = Basis::generic;
  Closure closure = Closure::linear;
  Accuracy accuracy = Accuracy::fast;  ///< of the full closure
};

/// [imbalance] priors: a list, or a law over a number of classes.
struct PriorsSection {
  std::string law = "list";  ///< list | zipf | step
  std::vector<double> list = {0.55, 0.25, 0.13, 0.07};
  int classes = 10;
  double ratio = 20;  ///< of step: majority prior over minority prior
};
/// [imbalance.data]: real inputs in place of the mixture.
struct LabelledSection {
  std::string path;
  std::string inputs = "/x";
  std::string labels = "/y";
  std::string transform = "none";  ///< none | colours | barcodes
  double spurious = 0.99;          ///< share of the training images whose colour agrees with the label
  int codes = 8;                   ///< of barcodes
  int per_code = 5;                ///< training samples of each coded class
  double validation = 0.2, test = 0.2;
};
/// [imbalance.tune]: a grid that networks are tuned over.
struct NetworkGridSection {
  std::vector<double> rates, momenta;
};
/// [imbalance] hidden: the widths of the hidden layers.
struct HiddenSection {
  std::vector<int> widths = {128};
  bool listed = false;  ///< written as a list, if of one: every layer is trained, with biases
};
struct InitSection {
  double std = 0;         ///< standard deviation of a random start of sample runs; 0: the balanced start
  double balanced = 0.1;  ///< singular values ε of every layer at the balanced start of deep models
};

/// [imbalance]
struct ImbalanceSection {
  std::string task = "mixture";  ///< mixture | organisms
  std::string organisms;         ///< the table of the organisms task, CSV
  PriorsSection priors;
  std::vector<double> mean_norm = {1.3};  ///< one for all classes, or one each
  double noise = 0.4;
  int dimension = 32;
  int depth = 1;
  std::vector<std::string> optimizers = {"gd", "ngd", "specgd"};
  std::map<std::string, double> learning_rate = {{"", 0.002}};  ///< by optimizer; "" is the rate of those not named
  double steps = 3000;
  int record = 200;
  double samples = 0;         ///< 0: population moments
  double test_samples = 500;  ///< of each class, for the cross-entropy
  int trials = 1;             ///< of sample runs
  InitSection init;
  std::string loss = "squared";
  std::string class_weights = "none";
  std::string model = "linear";
  HiddenSection hidden;
  bool train_outer = false;
  LabelledSection data;
  NetworkGridSection tune;
  double batch = 0;                   ///< of networks; 0: the whole training sample
  std::string schedule = "constant";  ///< of networks
  double bias_rate = 1e-3;            ///< of networks: Adam's on the biases
};

struct Study {
  std::string title;
  std::uint64_t seed = 1;
  ProblemSection problem;
  RunSection run;
  CoefficientsSection coefficients;
  OdeSection ode;
  SimulateSection simulate;
  ValidateSection validate;
  TuneSection tune;
  PhaseSection phase;
  ImbalanceSection imbalance;

  std::filesystem::path folder;               ///< relative paths in the study start here
  std::map<std::string, std::string> places;  ///< where each given key was written ("FILE:LINE"), for messages
};

/// The default study with "key.path=value" assignments.
Study default_study(const std::vector<std::string>& assignments = {});

/// Reads a study from text; `file` names it in messages, and its folder is where relative paths start. StudyError, of
/// one line with FILE:LINE, for syntax errors, unknown keys (with the nearest known one) and values out of range. Sizes
/// that are not given are those of the files of eigenvalues, where there are some.
Study parse_study(std::string_view text, const std::string& file, const std::vector<std::string>& assignments = {});

/// Reads the study that a result holds, of this version or another: keys that are not known here and values that are no
/// longer accepted are passed over. StudyError for what is no TOML.
Study parse_stored_study(std::string_view text, const std::string& file);

/// Reads a study file. IoError when it cannot be read, else as parse_study.
Study load_study(const std::filesystem::path& file, const std::vector<std::string>& assignments = {});

/// Every key of the study as TOML, defaults filled in: parse_study gives the same study back.
std::string to_toml(const Study& study);

/// The first key in which two studies differ, with both values, "run.steps: 1000, now 2000"; nothing when they agree.
std::optional<std::string> first_difference(const Study& before, const Study& now);

/// The same with the study of a result of whatever version: its paths are absolute, or those of 0.1 as they were given.
std::optional<std::string> difference_from_stored(const Study& stored, const Study& now);

/// The paths that a study gives ("/data/FILE.h5:/dataset"), absolute.
std::vector<std::string> paths_of(const Study& study);

/// The study with its paths absolute: it means the same wherever it is read.
Study with_absolute_paths(Study study);

/// A line of the study reference.
struct StudyKey {
  std::string path;           ///< "problem.input.alpha"
  std::string type;           ///< "number"
  std::string default_value;  ///< as TOML; empty when the key has none
  std::string allowed;        ///< "a finite number ≥ 0"
  std::string doc;
};

/// Every key that a study may hold, in the order of to_toml, from the table that reads and checks them.
std::vector<StudyKey> study_keys();

/// "FILE:LINE: key = value: must be `allowed`", for what only a command can refuse.
StudyError study_error(const Study& study, const std::string& key, const std::string& allowed);

/// The rate of an optimizer with a deterministic curve: the one given, or the greedy schedule.
RunRate rate_of(const RunSection& run, const std::string& optimizer);

/// A path of the study, with the study's folder before it when it is relative.
std::filesystem::path resolve(const Study& study, const std::string& path);

/// The problem of [problem], spectra, target and start read from their files. An isotropic output side is one node; the
/// input side always keeps its modes. Eigenvalues of a file are sorted to decrease, and rows and columns of target and
/// start with them; what is zero to round-off is left out of both. StudyError for what does not fit together, IoError
/// for files that cannot be read.
Problem make_problem(const Study& study);

/// What a user should know of the problem: eigenvalues that were left out, each file in one line. Fails as
/// make_problem.
std::vector<std::string> problem_notes(const Study& study);

/// What the trials of a simulation train on: make_problem with the matrices of target and start.
SimulationProblem make_simulation_problem(const Study& study);

/// [run] and [simulate].
SimulationOptions make_simulation_options(const Study& study);

/// An optimizer with its options from [run.optimizer].
Optimizer make_optimizer(const Study& study, const std::string& name);
/// By its name in [imbalance].
Optimizer make_full_batch_optimizer(const Study& study, const std::string& name);

/// The keys that a study gives and a command does not read, and where they count: one sentence, for a warning. Keys set
/// on the command line count always, keys of the file where they stand in sections that commands share and are not at
/// their defaults. Empty when there are none.
std::string unread_keys(const Study& study, const std::string& command);

/// [phase.scaling].
ScalingOptions make_scaling_options(const Study& study);

/// The sizes of [phase.compute].
Eigen::ArrayXd compute_dimensions(const Study& study);

/// The sweep of [phase]; output spectrum and label noise are those of [problem].
PhaseOptions make_phase_options(const Study& study);

}  // namespace muonphase
