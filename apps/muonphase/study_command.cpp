#include "study_command.hpp"

#include <omp.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <memory>

#include "muonphase/run/interrupt.hpp"
#include "muonphase/run/progress.hpp"
#include "muonphase/version.hpp"

using namespace muonphase;

namespace {

// CLI11 takes what is beyond the range for its end.
std::string is_seed(const std::string& text) {
  std::int64_t seed = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seed);
  return error == std::errc() && stop == end && seed >= 0 ? "" : text + " is no whole number from 0 to 2^63 − 1";
}

}  // namespace

void add_threads_flag(CLI::App& command, int& threads) {
  command.add_option("--threads", threads, "Threads to use (default: all)")->check(CLI::Range(1, 4096));
}

void add_log_flags(CLI::App& command, bool& quiet, std::string& log_level, const std::string& quiet_help) {
  command.add_flag("-q,--quiet", quiet, quiet_help);
  command.add_option("--log-level", log_level, "What to log on stderr")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}));
  command.set_version_flag("--version", "muonphase " MUONPHASE_VERSION);
}

void add_log_flags_of_printing(CLI::App& command, bool& quiet, std::string& log_level) {
  add_log_flags(command, quiet, log_level, "Say nothing but errors and what is asked for");
}

void accept_common_flags(CLI::App& command) {
  const auto missing = [&](const char* name) { return command.get_option_no_throw(name) == nullptr; };
  // CLI11 leaves the names of hidden options out of its messages.
  const auto in_range = [](const std::string& text) {
    std::string copy = text;
    const std::string wrong = CLI::Range(1, 4096)(copy);
    return wrong.empty() ? wrong : "--threads: " + wrong;
  };
  if (missing("--threads")) command.add_option("--threads")->check(in_range)->group("");
  for (const char* name : {"--no-progress", "--force"})
    if (missing(name)) command.add_flag(name)->group("");
}

void add_study_flags(CLI::App& command, StudyFlags& flags, StudyFile study_file) {
  auto* study = command.add_option("STUDY", flags.study, "Study file (TOML)");
  if (study_file == StudyFile::required) study->required();
  command.add_option("-o,--output", flags.output, "Result file (HDF5)")->capture_default_str();
  command.add_option("--set", flags.set, "Set a key of the study, key.path=value; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  add_threads_flag(command, flags.threads);
  command.add_option("--seed", flags.seed, "Seed, instead of the study's")->check(is_seed);
  add_log_flags(command, flags.quiet, flags.log_level);
  command.add_flag("--no-progress", flags.no_progress, "No progress bar");
  auto* force = command.add_flag("--force", flags.force, "Overwrite the result file");
  command.add_flag("--resume", flags.resume, "Continue an unfinished run; do nothing when it is complete")
      ->excludes(force);
}

void add_checkpoint_flag(CLI::App& command, StudyFlags& flags) {
  command.add_option("--checkpoint", flags.checkpoint_seconds, "Seconds of training between checkpoints")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
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
  Study study = flags.study ? load_study(*flags.study, flags.set) : default_study(flags.set);
  if (flags.seed) {
    study.seed = static_cast<std::uint64_t>(*flags.seed);
    study.places["seed"] = "--seed";
  }
  return study;
}

Output begin_output(const StudyFlags& flags, const std::string& kind, const Study& study) {
  const Existing existing = flags.force ? Existing::overwrite : flags.resume ? Existing::resume : Existing::refuse;
  std::vector<std::string> inputs = paths_of(study);
  if (flags.study) inputs.push_back(*flags.study);
  for (const char* end : {"", ".partial", ".partial.tmp"}) require_other_file(flags.output + end, inputs);
  Output output(flags.output, existing, kind, study);
  if (output.complete()) say(flags, "{} is complete\n", flags.output);
  return output;
}

Provenance provenance_of(const Invocation& invocation, const std::string& kind) {
  return {.kind = kind,
          .command_line = invocation.command_line,
          .ranks = invocation.ranks.count,
          .threads = omp_get_max_threads()};
}

Observer observer_of(const StudyFlags& flags) {
  const auto style = flags.quiet || flags.no_progress ? Progress::Style::off : Progress::Style::automatic;
  return {.watch = [style](const std::string& what, const std::string& unit) -> Observer::Progress {
            const auto progress = std::make_shared<Progress>(what, unit, style);
            return [progress](std::size_t done, std::size_t total) { progress->tick(done, total); };
          },
          .interrupted = InterruptGuard::interrupted,
          .say = [&flags](const std::string& line) { say(flags, "{}\n", line); },
          .warn = [](const std::string& line) { spdlog::warn("{}", line); }};
}
