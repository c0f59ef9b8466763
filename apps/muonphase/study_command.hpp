#pragma once
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "muonphase/dynamics/ode.hpp"
#include "muonphase/io/output.hpp"
#include "muonphase/io/progress.hpp"
#include "muonphase/io/study.hpp"
#include "muonphase/monitor.hpp"

/// The flags that every command on a study takes.
struct StudyFlags {
  std::string study;
  std::string output;
  std::vector<std::string> set;
  int threads = 0;  ///< 0: as many as OpenMP gives
  std::optional<std::int64_t> seed;
  bool quiet = false;
  bool no_progress = false;
  std::string log_level;
  bool force = false;
  bool resume = false;
};

enum class StudyFile { required, optional };

/// Adds STUDY, -o and the common flags to a command. `flags.output` is the default of -o.
void add_study_flags(CLI::App& command, StudyFlags& flags, StudyFile study_file);

/// --quiet and --log-level, for every command.
void add_log_flags(CLI::App& command, bool& quiet, std::string& log_level);
void set_log_level(bool quiet, const std::string& log_level);

/// Sets the log level and the threads, and reads the study with --set and --seed.
muonphase::Study begin_study(const StudyFlags& flags);

/// StudyError when [run] names an optimizer that the command does not know.
void require_optimizers(const muonphase::Study& study, const std::vector<std::string>& known);

/// Checks that the result can be written (see muonphase::Output).
muonphase::Output begin_output(const StudyFlags& flags, const std::string& kind, const muonphase::Study& study);

/// What [ode] and the seed say, stopping at SIGINT and SIGTERM.
muonphase::OdeOptions ode_options(const muonphase::Study& study);

/// [run.optimizer.*] as the deterministic equivalent takes it.
muonphase::OptimizerRules rules_of(const muonphase::Study& study);

/// StudyError when a momentum optimizer is asked for in the full closure, which it does not have.
void require_closure(const muonphase::Study& study);

/// The rate of an optimizer as a function of time; the greedy schedule is that of the deterministic curve, as a table.
muonphase::LearningRate time_schedule(const muonphase::Study& study, const muonphase::Problem& problem,
                                      const std::string& optimizer);

muonphase::Provenance provenance_of(const Invocation& invocation, const std::string& kind);

muonphase::Progress::Style progress_style(const StudyFlags& flags);

/// A monitor that draws `progress` and stops at SIGINT and SIGTERM (make an InterruptGuard first).
muonphase::Monitor monitor_of(muonphase::Progress& progress);

/// One line of the summary on stdout, unless --quiet.
template <class... Args>
void say(const StudyFlags& flags, fmt::format_string<Args...> format, Args&&... args) {
  if (!flags.quiet) fmt::print(format, std::forward<Args>(args)...);
}
