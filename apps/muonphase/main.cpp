#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "commands.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/run/interrupt.hpp"
#include "muonphase/run/memory.hpp"
#include "muonphase/version.hpp"
#include "ranks.hpp"
#include "study_command.hpp"

namespace {

enum ExitCode { internal_error = 1, bad_usage = 2, disagreement = 3, io_error = 4, interrupted = 130 };

constexpr const char* next_steps =
    R"(muonphase {}: phases and risk curves of Muon, SignSVD and SignSGD on matrix least squares

What to do next:
  muonphase phase -o phase.h5                the (α, β) phase diagram of the built-in study
{}  muonphase init ode                         a commented study.toml to start from (phase, simulate, … likewise)
  muonphase ode study.toml -o ode.h5         its deterministic risk curves
  muonphase --help                           all commands; muonphase COMMAND --help has examples
)";
#ifdef MUONPHASE_REPORT
constexpr const char* plot_step = "  muonphase plot phase.h5 -o phase.png       its figure\n";
#else
constexpr const char* plot_step = "";

// No example of what this build cannot do.
void without_figures(CLI::App& command) {
  std::istringstream lines(command.get_footer());
  std::string kept;
  for (std::string line; std::getline(lines, line);)
    if (line.find("muonphase plot") == std::string::npos && line.find("muonphase report") == std::string::npos)
      kept += (kept.empty() ? "" : "\n") + line;
  command.footer(kept);
}
#endif

// The arguments as a shell would take them back.
std::string quoted_command_line(int argc, char** argv) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  std::string line;
  for (int i = 0; i < argc; ++i) {
    const std::string argument = argv[i];
    if (i > 0) line += ' ';
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) {
      line += argument;
      continue;
    }
    line += '\'';
    for (const char c : argument) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

// Messages go to stderr, with colours on a terminal unless NO_COLOR is set.
void start_log() {
  const char* no_color = std::getenv("NO_COLOR");
  const auto colors = no_color && *no_color ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  spdlog::set_default_logger(spdlog::stderr_color_mt("muonphase", colors));
  spdlog::set_pattern("%^%l%$: %v");
}

int fail(ExitCode code, const std::string& message) {
  spdlog::error("{}", message);
  return code;
}

int run(int argc, char** argv, const RankSession& session) {
  CLI::App app("Phases and risk curves of Muon, SignSVD and SignSGD on matrix least squares.", "muonphase");
  app.set_version_flag("--version", "muonphase " MUONPHASE_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "Examples:\n"
      "  muonphase phase -o phase.h5\n"
      "  muonphase plot phase.h5 -o phase.png\n"
      "  muonphase init ode && muonphase ode study.toml\n"
      "  muonphase COMMAND --help\n"
      "\n"
      "Every command takes --quiet, --log-level, --threads, --no-progress, --force and --version after its name; "
      "where\n"
      "one of them has no meaning it does nothing.\n"
      "\n"
      "Exit codes: 0 ok, 1 internal error, 2 bad usage or study, 3 validation disagrees, 4 I/O, 130 interrupted.");
  Invocation invocation{quoted_command_line(argc, argv), session.ranks(), {}, {}};
  add_phase(app, invocation);
  add_ode(app, invocation);
  add_simulate(app, invocation);
  add_coefficients(app, invocation);
  add_imbalance(app, invocation);
  add_validate(app, invocation);
  add_tune(app, invocation);
  add_measure(app, invocation);
#ifdef MUONPHASE_REPORT
  add_plot(app, invocation);
  add_report(app, invocation);
  add_explorer(app, invocation);
#endif
  add_optimizers(app, invocation);
  add_info(app, invocation);
  add_export(app, invocation);
  add_init(app, invocation);
  add_generate(app, invocation);
  for (CLI::App* command : app.get_subcommands(nullptr)) accept_common_flags(*command);
#ifndef MUONPHASE_REPORT
  without_figures(app);
  for (CLI::App* command : app.get_subcommands(nullptr)) without_figures(*command);
  if (const std::string command = argc > 1 ? argv[1] : ""; command == "plot" || command == "report" || command == "explorer")
    return fail(bad_usage, fmt::format("{}: this muonphase was built without figures (MUONPHASE_REPORT=OFF)", command));
#endif
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const auto commands = app.get_subcommands();
    const std::string first = argc > 1 ? argv[1] : "", said = error.what();
    const std::string what = said.starts_with(": ") ? said.substr(2) : said;  // of an option without a name
    if (argc > 1 && (commands.empty() || first.starts_with('-')))
      return fail(bad_usage, first.starts_with('-')
                                 ? fmt::format("{} (flags come after the command; see muonphase --help)", what)
                                 : fmt::format("there is no command \"{}\" (see muonphase --help)", first));
    const std::string command = commands.empty() ? "muonphase" : "muonphase " + commands.front()->get_name();
    return fail(bad_usage, fmt::format("{} (see {} --help)", what, command));
  }
  if (!invocation.run) {
    fmt::print(next_steps, MUONPHASE_VERSION, plot_step);
    return 0;
  }
  if (!invocation.ranks.leads()) return invocation.assist ? invocation.assist() : 0;
  return invocation.run();
}

// The exit code of what was thrown, said on stderr.
int explain(const std::exception_ptr& failure, int ranks = 1) {
  try {
    std::rethrow_exception(failure);
  } catch (const muonphase::StudyError& error) {
    return fail(bad_usage, error.what());
  } catch (const muonphase::IoError& error) {
    return fail(io_error, error.what());
  } catch (const muonphase::Interrupted& error) {
    return fail(interrupted, ranks > 1 && muonphase::InterruptGuard::terminated() ? ended_ranks : error.what());
  } catch (const muonphase::NoResultError& error) {
    return fail(bad_usage, error.what());
  } catch (const std::bad_alloc&) {
    return fail(io_error, "not enough memory for a problem of this size");
  } catch (const std::length_error&) {
    return fail(io_error, "not enough memory for a problem of this size");
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(io_error, fmt::format("{}: {}", error.path1().string(), error.code().message()));
  } catch (const std::system_error& error) {
    return fail(io_error, error.what());
  } catch (const std::exception& error) {
    return fail(internal_error, error.what());
  }
}

// One rank's part. A failure ends all of them, who may wait for each other; rank 0 speaks first, as most failures meet
// all ranks.
int run_rank(int argc, char** argv) {
  const RankSession session;
  const bool leads = session.ranks().leads();
  if (!leads) {
    spdlog::set_level(spdlog::level::off);
    if (!std::freopen("/dev/null", "w", stdout)) return internal_error;
  }
  int code = 0;
  std::exception_ptr failure;
  try {
    code = run(argc, argv, session);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!leads && (failure || code != 0)) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    spdlog::set_level(spdlog::level::err);
  }
  if (failure) code = explain(failure, session.ranks().count);
  if (code != 0) session.abort(code);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error to report, as a full disk is
  muonphase::keep_freed_memory();
  start_log();
  int code = internal_error;
  try {
    code = run_rank(argc, argv);
  } catch (...) {
    code = explain(std::current_exception());
  }
  // Of a failure there is a word on stderr already.
  const bool said = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if ((code == 0 || code == disagreement) && !said) return fail(io_error, "the standard output cannot be written");
  return code;
}
