#include "study/study_keys.hpp"

#include <fmt/format.h>

#include "muonphase/optimizers/registry.hpp"
#include "optimizers/no_curve.hpp"
#include "study/study_kinds.hpp"

namespace muonphase {
namespace {

// A member of Study and its path in the file, which is the same: it cannot drift.
// clang-format off
#define MEMBER(member) #member, [](auto& study) -> auto& { return study.member; }
// clang-format on

template <class Get, class Kind>
KeyEntry key(std::string path, Get get, Kind kind, std::string doc) {
  KeyEntry entry;
  entry.path = std::move(path);
  entry.type = kind.type();
  entry.allowed = kind.allowed();
  entry.doc = std::move(doc);
  entry.read = [get, kind](const TomlValue& value, Study& study) { return kind.read(value, get(study)); };
  entry.write = [get, kind](const Study& study) { return kind.write(get(study)); };
  return entry;
}

KeyEntry rate_key(const OptimizerDescription& description) {
  const std::string optimizer = description.name;
  const Rate kind;
  KeyEntry entry;
  entry.path = "run.learning_rate." + optimizer;
  entry.type = kind.type();
  entry.allowed = kind.allowed();
  entry.doc =
      "learning rate of " + optimizer +
      (description.linear ? "; without it, the greedy schedule" : "; must be given, there is no greedy schedule");
  entry.read = [=](const TomlValue& value, Study& study) {
    return kind.read(value, study.run.learning_rate[optimizer]);
  };
  entry.write = [=](const Study& study) -> std::optional<TomlValue> {
    const auto rate = study.run.learning_rate.find(optimizer);
    if (rate == study.run.learning_rate.end()) return std::nullopt;
    return kind.write(rate->second);
  };
  return entry;
}

// How each type of an option's value stands in a file.
Flag kind_of(bool) {
  return {};
}
Whole kind_of(std::int64_t) {
  return {-1e15, 1e15};
}
Number kind_of(double) {
  return {};
}
Words kind_of(const std::string&) {
  return {};
}
template <class T>
auto kind_of(const std::vector<T>&) {
  return ListOf<decltype(kind_of(T()))>{};
}

TomlValue toml_of_option(const OptionValue& value) {
  return std::visit([](const auto& typed) { return kind_of(typed).write(typed); }, value);
}

// As a value of type T that the option takes.
template <class T>
bool read_option_as(const TomlValue& value, const Option& option, OptionValue& out) {
  T read{};
  if (!kind_of(read).read(value, read) || !option.accepts(read)) return false;
  out = std::move(read);
  return true;
}

// Of whichever type the option takes.
bool read_option(const TomlValue& value, const Option& option, OptionValue& out) {
  const auto as_any = [&]<class... T>(const std::variant<T...>&) {
    return (read_option_as<T>(value, option, out) || ...);
  };
  return as_any(option.value);
}

// Two optimizers with deterministic curves; of one without it is said why.
struct Compared : ListOf<Choice<std::string>> {
  Compared() : ListOf{.item = one_of(deterministic_optimizers()), .size = 2, .distinct = true} {}

  bool read(const TomlValue& value, std::vector<std::string>& out) const {
    if (ListOf::read(value, out)) return true;
    const auto* list = value.get_if<TomlValue::List>();
    for (const auto& element : list ? *list : TomlValue::List{})
      for (const auto& optimizer : optimizers())
        if (const auto* name = element.get_if<std::string>(); name && *name == optimizer.name && !optimizer.linear)
          throw TableError{
              element.where,
              {"", fmt::format(" = {}: must be {}; {}", format_toml(value), allowed(), why_no_curve(optimizer.name))}};
    return false;
  }
};

KeyEntry option_key(const std::string& optimizer, const Option& option) {
  KeyEntry entry;
  entry.path = "run.optimizer." + optimizer + "." + option.key;
  entry.type = option.type;
  entry.allowed = option.allowed;
  entry.doc = option.doc;
  entry.read = [=](const TomlValue& value, Study& study) {
    return read_option(value, option, study.run.optimizer[optimizer][option.key]);
  };
  entry.write = [=](const Study& study) -> std::optional<TomlValue> {
    return toml_of_option(study.run.optimizer.at(optimizer).at(option.key));
  };
  return entry;
}

const Whole size{1, 1e15};
const Whole count{1, 1e4};
const Whole record{2, 1e6};
const Whole steps{1, 1e15};
const Number ratio = within(1e-15, 1e15);
const Number alpha = within(0, 20);  // steeper ones leave a single mode
const Number fraction = within_below(0, 1);
const Words path{"a path"};

Choice<Model> model_words() {
  return {{{"bilinear", Model::bilinear}, {"linear-layer", Model::linear_layer}}};
}

Choice<SpectrumKind> spectrum_words() {
  return {
      {{"power-law", SpectrumKind::power_law}, {"isotropic", SpectrumKind::isotropic}, {"file", SpectrumKind::file}}};
}

Choice<Basis> basis_words() {
  return {{{"eigen", Basis::eigen}, {"haar", Basis::haar}, {"hadamard", Basis::hadamard}, {"generic", Basis::generic}}};
}

Choice<Basis> problem_basis_words() {
  auto choice = basis_words();
  choice.words.emplace_back("data", Basis::data);
  return choice;
}

Choice<Preprocess> preprocess_words() {
  return {{{"none", Preprocess::none}, {"centre", Preprocess::centre}, {"standardise", Preprocess::standardise}}};
}

Choice<SampleAverage> average_words() {
  return {{{"gaussian", SampleAverage::gaussian}, {"rows", SampleAverage::rows}}};
}

Choice<ModeRule> mode_words() {
  return {{{"exact", ModeRule::exact}, {"binned", ModeRule::binned}, {"auto", ModeRule::automatic}}};
}

Choice<Closure> closure_words() {
  return {{{"linear", Closure::linear}, {"full", Closure::full}}};
}

Choice<Accuracy> accuracy_words() {
  return {{{"accurate", Accuracy::accurate}, {"fast", Accuracy::fast}}};
}

Choice<Stepper> stepper_words() {
  return {{{"exponential", Stepper::exponential}, {"dopri5", Stepper::dopri5}}};
}

Choice<Criterion> criterion_words() {
  Choice<Criterion> choice;
  for (const auto criterion : {Criterion::horizon, Criterion::accuracy})
    choice.words.emplace_back(name_of(criterion), criterion);
  return choice;
}

Choice<Policy> policy_words() {
  Choice<Policy> choice;
  for (const auto policy :
       {Policy::constant, Policy::greedy, Policy::power, Policy::wsd, Policy::optimal, Policy::floor})
    choice.words.emplace_back(name_of(policy), policy);
  return choice;
}

// The keys of one part of the study, appended to the table; keys of one section stand together.
using Table = std::vector<KeyEntry>;

void add_general(Table& t) {
  t.push_back(key(MEMBER(title), Words{}, "shown in figures"));
  t.push_back(key(MEMBER(seed), Seed{}, "seed of every random number"));
}

void add_problem(Table& t) {
  t.push_back(key(MEMBER(problem.model), model_words(),
                  "bilinear: numbers y = x_outᵀWx_in + σξ; linear-layer: vectors y = Wx + σξ"));
  t.push_back(key(MEMBER(problem.n_out), size, "outputs n, the rows of W"));
  t.push_back(key(MEMBER(problem.n_in), size, "inputs d, the columns of W"));
  t.push_back(key(MEMBER(problem.batch), OrInfinite{size},
                  "batch size B; \"infinite\" is the limit of large batches at a signal that stays hidden in the noise, "
                  "with time in units of n_out/B steps (1/B steps in the linear layer)"));
  t.push_back(key(MEMBER(problem.label_noise), not_negative,
                  "standard deviation σ of the label noise, of each output in the linear layer"));
  t.push_back(key(MEMBER(problem.input.spectrum), spectrum_words(), "eigenvalues of the input covariance"));
  t.push_back(key(MEMBER(problem.input.alpha), alpha, "exponent of the power law λ_j = j^(−α)"));
  t.push_back(key(MEMBER(problem.input.path), path,
                  "eigenvalues for spectrum = \"file\": one a line, or \"FILE.h5:/dataset\""));
  t.push_back(key(MEMBER(problem.input.basis), problem_basis_words(),
                  "coordinates that SignSGD sees, relative to the eigenbasis; haar is drawn anew for each trial; data: "
                  "those of problem.data, the default there"));
  t.push_back(key(MEMBER(problem.input.modes), mode_words(),
                  "modes kept one by one or as weighted nodes; auto is exact below 1e5"));
  t.push_back(
      key(MEMBER(problem.output.spectrum), spectrum_words(),
          "eigenvalues of the output covariance; in the linear layer of the output noise, scaled to the mean 1"));
  t.push_back(key(MEMBER(problem.output.alpha), alpha, "exponent of the power law λ_k = k^(−α)"));
  t.push_back(key(MEMBER(problem.output.path), path,
                  "eigenvalues for spectrum = \"file\": one a line, or \"FILE.h5:/dataset\""));
  t.push_back(key(MEMBER(problem.output.basis), problem_basis_words(),
                  "coordinates that SignSGD sees on the output side; they do not matter when it is isotropic"));
  t.push_back(key(MEMBER(problem.output.modes), mode_words(),
                  "modes kept one by one or as weighted nodes; auto is exact below 1e5"));
  t.push_back(key(MEMBER(problem.target.beta), within(0, 200),
                  "exponent of the Gaussian target, Σ_k E|W*_kj|² = j^(−β), each entry of variance j^(−β)/n_out, drawn anew for each "
                  "trial"));
  t.push_back(key(MEMBER(problem.target.path), path,
                  "the target in the eigenbases instead, \"FILE.h5:/dataset\", n_out × n_in"));
  t.push_back(key(MEMBER(problem.start.path), path,
                  "the start W_0 in the eigenbases, \"FILE.h5:/dataset\", n_out × n_in; zero without it"));
  t.push_back(key(MEMBER(problem.data.path), path,
                  "inputs and outputs of a layer in a file, HDF5, .npy, .npz, CSV or IDX: spectrum, target, noise, n_in "
                  "and n_out come from it (problem.model = \"linear-layer\")"));
  t.push_back(key(MEMBER(problem.data.inputs), Words{"the name of a dataset, an array or columns"},
                  "dataset or array of the inputs [samples, n_in]"));
  t.push_back(key(MEMBER(problem.data.outputs), Words{"the name of a dataset, an array, columns or a file"},
                  "dataset or array of the outputs [samples, n_out], or of whole numbers, which are labels (one-hot, "
                  "centred); or a file of its own"));
  t.push_back(key(MEMBER(problem.data.sampling), one_of({"rows", "gaussian"}),
                  "what a simulation trains on: rows of the data, drawn with replacement, or Gaussians of the same second "
                  "moments"));
  t.push_back(key(MEMBER(problem.data.preprocess), preprocess_words(),
                  "centre: inputs and outputs have mean zero; standardise: inputs have variance one besides"));
}

void add_run(Table& t) {
  t.push_back(key(MEMBER(run.optimizers),
                  ListOf<Choice<std::string>>{.item = one_of(optimizer_names()), .distinct = true},
                  "optimizers to run"));
  t.push_back(key(MEMBER(run.steps), steps, "steps of a run"));
  t.push_back(
      key(MEMBER(run.record), record, "most steps recorded: 0, then whole steps evenly spaced in the logarithm, each once, the last included (200 of 1000 "
          "steps are 144, as the first ones are not told apart)"));
  t.push_back(key(MEMBER(run.horizons), ListOf<Whole>{.item = steps, .distinct = true, .may_be_empty = true},
                  "horizons of a learning-rate sweep; empty: the powers of ten below steps, and steps"));
  for (const auto& optimizer : optimizers()) t.push_back(rate_key(optimizer));
  for (const auto& optimizer : optimizers())
    for (const auto& option : optimizer.options) t.push_back(option_key(optimizer.name, option));
}

void add_commands(Table& t) {
  t.push_back(key(MEMBER(coefficients.batches), Whole{0, 1e6},
                  "gradients drawn to measure drift and diffusion by Monte Carlo, at W − W* whose modes share the risk "
                  "evenly; 0: none"));
  t.push_back(key(MEMBER(coefficients.spectral_density), Flag{},
                  "computes the densities of the eigenvalues of GGᵀ/2R and GᵀG/2R; with batches, measures them too"));
  t.push_back(
      key(MEMBER(ode.closure), closure_words(), "linear: the signal hides in the gradient's noise; full: any signal"));
  t.push_back(key(
      MEMBER(ode.accuracy), accuracy_words(),
      "of the full closure's quadrature; fast is four times faster or more and within 1 %, late in steep spectra 3 %"));
  t.push_back(key(MEMBER(ode.stepper), stepper_words(), "integrator of the linear closure"));
  t.push_back(key(MEMBER(ode.tolerance), within(least_tolerance, 0.1),
                  "relative error of the integrator; the full closure takes 100 times as much between predictor and "
                  "corrector"));
  t.push_back(key(MEMBER(ode.average), average_words(),
                  "over which samples the full closure of problem.data averages: its rows, or Gaussians of the same second "
                  "moments; without data no effect"));
  t.push_back(key(MEMBER(ode.bases), count,
                  "Haar bases averaged over; in the linear layer also drawn targets, for the full closure, and on data "
                  "draws of SignSVD's noise"));
  t.push_back(key(MEMBER(ode.targets), Whole{0, 1e4},
                  "Gaussian targets drawn as those of trials are, one curve each: their mean and spread, where the risk does "
                  "not concentrate (two steep spectra); 0: one curve of the mean energies"));
  t.push_back(key(MEMBER(ode.weight_decays),
                  ListOf<Number>{.item = not_negative, .distinct = true, .may_be_empty = true},
                  "weight decays to choose from at each rate of a sweep, for every optimizer; empty: each at its own "
                  "(run.optimizer.<name>.weight_decay)"));
  t.push_back(key(MEMBER(simulate.trials), Whole{1, 1e6}, "independent runs"));
  t.push_back(key(MEMBER(simulate.precision), one_of({"double", "single"}), "arithmetic of the runs"));
  t.push_back(key(MEMBER(simulate.polar), one_of({"auto", "qdwh", "svd"}), "method of the polar factor"));
  t.push_back(key(MEMBER(simulate.mode_energy), Flag{}, "record the energy of each input mode"));
  t.push_back(key(MEMBER(validate.tolerance), above(0),
                  "allowed |ln R_ode/R_mc|, beyond two standard errors of the Monte Carlo mean"));
}

Choice<Budget> budget_words() {
  return {{{"steps", Budget::steps}, {"samples", Budget::samples}, {"compute", Budget::compute}}};
}

void add_tune(Table& t) {
  t.push_back(key(MEMBER(tune.batches), ListOf<Whole>{.item = size, .distinct = true}, "batch sizes to choose from"));
  t.push_back(key(MEMBER(tune.budget), budget_words(),
                  "what a run may cost, as much as run.steps steps at the largest batch: steps, samples, or compute in "
                  "floating-point operations"));
  t.push_back(key(MEMBER(tune.horizons), Whole{1, 100}, "horizons, evenly spaced in the logarithm up to the budget"));
  t.push_back(key(MEMBER(tune.targets), ListOf<Number>{.item = positive, .distinct = true, .may_be_empty = true},
                  "risks whose first times are wanted; empty: a tenth, a hundredth, … of the start's, label noise apart"));
  t.push_back(key(MEMBER(tune.weight_decays),
                  ListOf<Number>{.item = not_negative, .distinct = true, .may_be_empty = true},
                  "weight decays to choose from, for every optimizer; empty: each at its own "
                  "(run.optimizer.<name>.weight_decay)"));
  t.push_back(key(MEMBER(tune.bases), count, "Haar bases averaged over"));
}

void add_phase(Table& t) {
  t.push_back(key(MEMBER(phase.compare), Compared{}, "the two optimizers compared"));
  t.push_back(key(MEMBER(phase.dimension), Sweep{size, true}, "n_in; a list makes it the third axis of the diagram"));
  t.push_back(key(MEMBER(phase.output_ratio), Sweep{ratio, true}, "n_out / n_in; or the third axis"));
  t.push_back(key(MEMBER(phase.batch_ratio), Sweep{OrInfinite{ratio}, true}, "B / n_in; or the third axis"));
  t.push_back(key(MEMBER(phase.label_noise), Sweep{not_negative, false},
                  "standard deviation of the label noise, instead of problem.label_noise; or the third axis"));
  t.push_back(key(MEMBER(phase.alpha_out), Sweep{OrTied{alpha}, false},
                  "exponent of a power law λ_k = k^(−α_out) of the output covariance, instead of problem.output, or "
                  "\"tied\" to the α of the cell; or the third axis"));
  t.push_back(
      key(MEMBER(phase.criterion), criterion_words(),
          "what cells compare: risks after equal steps, over horizons, or steps to equal risks, over accuracies"));
  t.push_back(key(MEMBER(phase.policy), policy_words(),
                  "learning-rate policy, at its best for each horizon; over accuracies constant (the rate that gets "
                  "there first) or floor (the rate whose floor is the accuracy)"));
  t.push_back(key(MEMBER(phase.t0), positive, "t_0 of the power policy η_0 (1 + t/t_0)^(−γ), which tunes η_0 and γ"));
  t.push_back(key(MEMBER(phase.warmup), within_below(0, 1),
                  "warm-up of the wsd policy, a fraction of the run; it tunes η_0 and the length of the decay"));
  t.push_back(key(MEMBER(phase.yardstick), Flag{},
                  "computes every policy and how far it stays from the optimal schedule, ln(R/R_optimal)"));
  t.push_back(key(MEMBER(phase.refine), Whole{0, 10},
                  "halvings of the cells along boundaries between phases; the flag --refine"));
  t.push_back(key(MEMBER(phase.factor), above(1), "the risk that counts as reached, in units of the accuracy"));
  t.push_back(key(MEMBER(phase.threshold), above(1), "ratio of risks, or of times, that counts as a difference"));
  t.push_back(key(MEMBER(phase.basis), basis_words(), "coordinates that SignSGD sees"));
  t.push_back(key(MEMBER(phase.closure), closure_words(), "linear, or full at a finite batch (slower)"));
  t.push_back(key(MEMBER(phase.accuracy), accuracy_words(), "of the full closure"));
  t.push_back(key(MEMBER(phase.alpha.min), alpha, "data exponents α: first"));
  t.push_back(key(MEMBER(phase.alpha.max), alpha, "last"));
  t.push_back(key(MEMBER(phase.alpha.count), count, "how many"));
  t.push_back(key(MEMBER(phase.beta.min), within(0, 200), "target exponents β: first"));
  t.push_back(key(MEMBER(phase.beta.max), within(0, 200), "last"));
  t.push_back(key(MEMBER(phase.beta.count), count, "how many"));
  t.push_back(key(MEMBER(phase.horizons.min), within(1, 1e18), "horizons T, evenly spaced in the logarithm: first"));
  t.push_back(key(MEMBER(phase.horizons.max), within(1, 1e18), "last"));
  t.push_back(key(MEMBER(phase.horizons.count), count, "how many"));
  t.push_back(
      key(MEMBER(phase.accuracies.min), within(1e-100, 1e100), "accuracies ε, evenly spaced in the logarithm: first"));
  t.push_back(key(MEMBER(phase.accuracies.max), within(1e-100, 1e100), "last"));
  t.push_back(key(MEMBER(phase.accuracies.count), count, "how many"));
  t.push_back(key(MEMBER(phase.scaling.enabled), Flag{},
                  "computes each cell at several dimensions and fits its class as d → ∞; the flag --scaling"));
  t.push_back(key(MEMBER(phase.scaling.limit), Flag{},
                  "takes T → ∞ as a last horizon, where it is known: constant policy, no label noise, no sgd"));
  t.push_back(key(MEMBER(phase.scaling.resolution), above(0), "exponent of d that counts as a power"));
  t.push_back(key(MEMBER(phase.scaling.dimension.min), size, "dimensions, evenly spaced in the logarithm: first"));
  t.push_back(key(MEMBER(phase.scaling.dimension.max), size, "last"));
  t.push_back(key(MEMBER(phase.scaling.dimension.count), Whole{3, 100}, "how many"));
  t.push_back(key(MEMBER(phase.scaling.tau.min), within(0, 10), "exponents τ of the horizons T = d^τ: first"));
  t.push_back(key(MEMBER(phase.scaling.tau.max), within(0, 10), "last"));
  t.push_back(key(MEMBER(phase.scaling.tau.count), count, "how many"));
  t.push_back(key(MEMBER(phase.compute.enabled), Flag{},
                  "least risk for a compute of steps × batch × n_out × n_in, over model size, horizon and learning "
                  "rate; the flag --compute-optimal"));
  t.push_back(
      key(MEMBER(phase.compute.dimension.min), size, "model sizes n_in, evenly spaced in the logarithm: first"));
  t.push_back(key(MEMBER(phase.compute.dimension.max), size, "last"));
  t.push_back(key(MEMBER(phase.compute.dimension.count), Whole{4, 100}, "how many"));
}

void add_imbalance(Table& t) {
  t.push_back(key(MEMBER(imbalance.task), one_of({"mixture", "organisms"}),
                  "mixture: the Gaussian mixture; organisms: the attributes of organisms, a bilinear softmax model"));
  t.push_back(key(MEMBER(imbalance.organisms), path, "table of the organisms task, CSV"));
  t.push_back(
      key(MEMBER(imbalance.priors), Priors{},
          "class probabilities p_c; beside data.path those of its training classes, which the default leaves as they "
          "are"));
  t.push_back(
      key(MEMBER(imbalance.mean_norm), OneOrList{positive}, "norm m of the class means, or one for each class"));
  t.push_back(key(MEMBER(imbalance.noise), positive, "noise σ within a class"));
  t.push_back(key(MEMBER(imbalance.dimension), Whole{1, 1e6}, "dimension of the inputs"));
  t.push_back(key(MEMBER(imbalance.depth), Whole{1, 100}, "layers of the linear model"));
  t.push_back(key(MEMBER(imbalance.optimizers),
                  ListOf<Choice<std::string>>{.item = one_of(full_batch_names()), .distinct = true},
                  "optimizers to run"));
  t.push_back(key(MEMBER(imbalance.learning_rate), RateOrTable{full_batch_names()}, "learning rate"));
  t.push_back(key(MEMBER(imbalance.steps), steps, "steps of a run"));
  t.push_back(key(MEMBER(imbalance.record), record, "recorded steps"));
  t.push_back(key(MEMBER(imbalance.samples), Whole{0, 1e9}, "training samples; 0 takes the population moments"));
  t.push_back(key(MEMBER(imbalance.test_samples), Whole{1, 1e7}, "test samples of each class (cross-entropy)"));
  t.push_back(key(MEMBER(imbalance.trials), Whole{1, 1e6}, "sample runs to average"));
  t.push_back(key(MEMBER(imbalance.loss), one_of({"squared", "cross-entropy"}), "training loss"));
  t.push_back(key(MEMBER(imbalance.class_weights), one_of({"none", "balanced"}), "weights of the cross-entropy"));
  t.push_back(key(MEMBER(imbalance.model), one_of({"linear", "mlp"}), "model"));
  t.push_back(
      key(MEMBER(imbalance.hidden), Hidden{},
          "hidden units of the mlp; a list, or data.path, [imbalance.tune], batch, schedule or bias_rate: a network "
          "of that many hidden layers, every layer trained, with biases"));
  t.push_back(key(MEMBER(imbalance.train_outer), Flag{}, "train the outer layer of the mlp"));
  t.push_back(key(MEMBER(imbalance.batch), Whole{0, 1e9},
                  "samples of a step of a network; 0 takes the whole training sample"));
  t.push_back(key(MEMBER(imbalance.schedule), one_of({"constant", "cosine", "linear"}),
                  "of a network's learning rate; cosine and linear end at zero"));
  t.push_back(key(MEMBER(imbalance.bias_rate), not_negative, "rate of Adam on the biases of a network"));
  t.push_back(key(MEMBER(imbalance.init.std), not_negative,
                  "standard deviation of a random start of sample runs; 0 takes the balanced start"));
  t.push_back(key(MEMBER(imbalance.init.balanced), within(1e-100, 1e3),
                  "singular values of every layer at the balanced start, depth > 1"));
}

void add_networks(Table& t) {
  t.push_back(key(MEMBER(imbalance.data.path), path,
                  "inputs and labels in a file instead of the mixture: HDF5, .npy, .npz, CSV, or IDX (MNIST)"));
  const Words name{"the name of a dataset, an array or a column"};
  t.push_back(key(MEMBER(imbalance.data.inputs), name, "dataset or array of the inputs [samples, …]"));
  t.push_back(key(MEMBER(imbalance.data.labels), Words{"the name of a dataset, an array, a column or a file"},
                  "dataset or array of the labels, whole numbers; or a file of its own; or a column of a text"));
  t.push_back(key(MEMBER(imbalance.data.transform), one_of({"none", "colours", "barcodes"}),
                  "colours: is the label in the upper half? a colour agrees in training and does not in the test; "
                  "barcodes: images with a code are rare classes of their own"));
  t.push_back(key(MEMBER(imbalance.data.spurious), within(0, 1),
                  "share of the training images whose colour agrees with the label, and of the test images whose colour "
                  "does not"));
  t.push_back(key(MEMBER(imbalance.data.codes), Whole{1, 1000}, "codes of the barcodes, each with every label"));
  t.push_back(key(MEMBER(imbalance.data.per_code), Whole{1, 1e6}, "samples of each coded class"));
  t.push_back(key(MEMBER(imbalance.data.validation), within(0.01, 0.49), "share of the samples to validate with"));
  t.push_back(key(MEMBER(imbalance.data.test), within(0.01, 0.49), "share of the samples to test with"));
  t.push_back(key(MEMBER(imbalance.tune.rates), ListOf<Number>{.item = positive, .distinct = true, .may_be_empty = true},
                  "learning rates tried for every optimizer of networks, picked by the validation accuracy at the end, "
                  "mean over groups and trials; empty: learning_rate"));
  t.push_back(key(MEMBER(imbalance.tune.momenta),
                  ListOf<Number>{.item = fraction, .distinct = true, .may_be_empty = true},
                  "momenta tried likewise (Adam's beta1); empty: those of [run.optimizer]"));
}

#undef MEMBER

}  // namespace

const std::vector<KeyEntry>& study_key_table() {
  static const Table made = [] {
    Table table;
    add_general(table);
    add_problem(table);
    add_run(table);
    add_commands(table);
    add_tune(table);
    add_phase(table);
    add_imbalance(table);
    add_networks(table);
    return table;
  }();
  return made;
}

std::string section_of(const std::string& path) {
  const auto dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

}  // namespace muonphase
