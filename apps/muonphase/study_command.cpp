#include "study_command.hpp"

#include <algorithm>

#include "muonphase/equivalent/linear_coefficients.hpp"

#include <omp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

#include "muonphase/io/interrupt.hpp"
#include "muonphase/version.hpp"

using namespace muonphase;

void add_log_flags(CLI::App& command, bool& quiet, std::string& log_level) {
  command.add_flag("-q,--quiet", quiet, "Say nothing but errors");
  command.add_option("--log-level", log_level, "What to log on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}));
  command.set_version_flag("--version", "muonphase " MUONPHASE_VERSION);
}

void add_study_flags(CLI::App& command, StudyFlags& flags, StudyFile study_file) {
  auto* study = command.add_option("STUDY", flags.study, "Study file (TOML)");
  if (study_file == StudyFile::required) study->required();
  command.add_option("-o,--output", flags.output, "Result file (HDF5)")->capture_default_str();
  command.add_option("--set", flags.set, "Set a key of the study, key.path=value; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command.add_option("--threads", flags.threads, "Threads to use (default: all)")->check(CLI::Range(1, 4096));
  command.add_option("--seed", flags.seed, "Seed, instead of the study's")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
  add_log_flags(command, flags.quiet, flags.log_level);
  command.add_flag("--no-progress", flags.no_progress, "No progress bar");
  auto* force = command.add_flag("--force", flags.force, "Overwrite the result file");
  command.add_flag("--resume", flags.resume, "Continue an unfinished run; do nothing when it is complete")
      ->excludes(force);
}

void set_log_level(bool quiet, const std::string& log_level) {
  if (!log_level.empty())
    spdlog::set_level(spdlog::level::from_str(log_level));
  else if (quiet)
    spdlog::set_level(spdlog::level::err);
}

Study begin_study(const StudyFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  if (flags.threads > 0) omp_set_num_threads(flags.threads);
  Study study = flags.study.empty() ? default_study(flags.set) : load_study(flags.study, flags.set);
  if (flags.seed) {
    study.seed = static_cast<std::uint64_t>(*flags.seed);
    study.places["seed"] = "--seed";
  }
  return study;
}

void require_optimizers(const Study& study, const std::vector<std::string>& known) {
  for (const auto& optimizer : study.run.optimizers)
    if (std::find(known.begin(), known.end(), optimizer) == known.end())
      throw study_error(study, "run.optimizers", fmt::format("a list of {} for this command", fmt::join(known, ", ")));
}

Output begin_output(const StudyFlags& flags, const std::string& kind, const Study& study) {
  const Existing existing = flags.force ? Existing::overwrite : flags.resume ? Existing::resume : Existing::refuse;
  Output output(flags.output, existing, kind, study);
  if (output.complete()) say(flags, "{} is complete\n", flags.output);
  return output;
}

OdeOptions ode_options(const Study& study) {
  return {.closure = study.ode.closure,
          .accuracy = study.ode.accuracy,
          .stepper = study.ode.stepper,
          .tolerance = study.ode.tolerance,
          .bases = study.ode.bases,
          .seed = study.seed,
          .rules = rules_of(study),
          .monitor = {.progress = {}, .interrupted = InterruptGuard::interrupted}};
}

OptimizerRules rules_of(const Study& study) {
  const OptimizerSections& given = study.run.optimizer;
  const auto& c = given.muon.coefficients;
  return {.muon = {.momentum = {given.muon.momentum, given.muon.nesterov},
                   .steps = given.muon.orthogonalization == "exact" ? 0 : given.muon.steps,
                   .coefficients = {c.at(0), c.at(1), c.at(2)}},
          .signum = {given.signum.momentum, given.signum.nesterov}};
}

void require_closure(const Study& study) {
  if (study.ode.closure == Closure::linear) return;
  for (const auto& optimizer : study.run.optimizers)
    if (optimizer == "muon" || optimizer == "signum")
      throw study_error(study, "ode.closure", fmt::format("\"linear\" for {}", optimizer));
}

LearningRate time_schedule(const Study& study, const Problem& problem, const std::string& optimizer) {
  const RunRate given = rate_of(study.run, optimizer);
  const auto* rate = std::get_if<LearningRate>(&given);
  if (!rate) throw study_error(study, "run.learning_rate." + optimizer, "one schedule for a simulation, not a list");
  if (!std::holds_alternative<GreedyRate>(*rate)) return *rate;
  const auto& known = linear_optimizers();
  if (std::find(known.begin(), known.end(), optimizer) == known.end())
    throw StudyError("run.learning_rate." + optimizer + ": must be given (the greedy schedule needs a deterministic " +
                     "curve, which it does not have)");
  const RiskCurve curve =
      ode_curve(problem, optimizer, *rate, recorded_steps(study.run.steps, study.run.record), ode_options(study));
  return TableRate{curve.step, curve.learning_rate};
}

Provenance provenance_of(const Invocation& invocation, const std::string& kind) {
  return {.kind = kind, .command_line = invocation.command_line, .threads = omp_get_max_threads()};
}

Progress::Style progress_style(const StudyFlags& flags) {
  return flags.quiet || flags.no_progress ? Progress::Style::off : Progress::Style::automatic;
}

Monitor monitor_of(Progress& progress) {
  return {.progress = [&progress](std::size_t done, std::size_t total) { progress.tick(done, total); },
          .interrupted = InterruptGuard::interrupted};
}
