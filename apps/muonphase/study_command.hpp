#pragma once
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/results/tree.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/study/study.hpp"

/// The flags that every command on a study takes.
struct StudyFlags {
  std::optional<std::string> study;
  std::string output;
  std::vector<std::string> set;
  int threads = 0;  ///< 0: as many as OpenMP gives
  std::optional<std::int64_t> seed;
  bool quiet = false;
  bool no_progress = false;
  std::string log_level;
  bool force = false;
  bool resume = false;
  double checkpoint_seconds = 60;
};

enum class StudyFile { required, optional };

/// Adds STUDY, -o and the common flags to a command. `flags.output` is the default of -o.
void add_study_flags(CLI::App& command, StudyFlags& flags, StudyFile study_file);

/// --threads.
void add_threads_flag(CLI::App& command, int& threads);

/// --checkpoint, for commands that train.
void add_checkpoint_flag(CLI::App& command, StudyFlags& flags);

/// --quiet, --log-level and --version, for every command. `quiet_help` says what --quiet leaves.
void add_log_flags(CLI::App& command, bool& quiet, std::string& log_level,
                   const std::string& quiet_help = "Say nothing but errors");
/// The same for commands whose work is to print.
void add_log_flags_of_printing(CLI::App& command, bool& quiet, std::string& log_level);
/// Accepts the flags that all commands share where this one has no use for them, so that scripts can give them to all.
void accept_common_flags(CLI::App& command);
void set_log_level(bool quiet, const std::string& log_level);

/// Sets the log level and the threads, and reads the study with --set and --seed.
muonphase::Study begin_study(const StudyFlags& flags);

/// Checks that the result can be written (see muonphase::Output).
muonphase::Output begin_output(const StudyFlags& flags, const std::string& kind, const muonphase::Study& study);

/// What `compute` gives. Nothing is left beside the output where it refuses the study.
template <class Compute>
auto computed(const muonphase::Output& output, Compute compute) {
  try {
    return compute();
  } catch (const muonphase::StudyError&) {
    output.discard();
    throw;
  } catch (const muonphase::NoResultError&) {
    output.discard();
    throw;
  }
}

muonphase::Provenance provenance_of(const Invocation& invocation, const std::string& kind);

/// Progress and warnings on stderr, the summary on stdout, an end at SIGINT and SIGTERM (make an InterruptGuard first).
/// `flags` must outlive it.
muonphase::Observer observer_of(const StudyFlags& flags);

/// One line of the summary on stdout, unless --quiet.
template <class... Args>
void say(const StudyFlags& flags, fmt::format_string<Args...> format, Args&&... args) {
  if (!flags.quiet) fmt::print(format, std::forward<Args>(args)...);
}
