#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <span>

#include "commands.hpp"
#include "muonphase/report/report.hpp"
#include "muonphase/results/output.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct ReportFlags {
  std::string file;
  std::string output = "report.html";
  bool force = false;
  bool quiet = false;
  std::string log_level;
};

int run_report(const ReportFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  require_other_file(flags.output, {flags.file});
  if (std::filesystem::exists(flags.output) && !flags.force)
    throw IoError(flags.output + ": is there already (--force overwrites it)");
  const std::string page = html_report(open_result(flags.file));
  write_file(flags.output, std::as_bytes(std::span(page)));
  if (!flags.quiet) fmt::print("wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_report(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* command = app.add_subcommand("report", "A result as one HTML page to click through, without a network");
  command->add_option("FILE", flags->file, "Result file (HDF5)")->required();
  command->add_option("-o,--output", flags->output, "Page (HTML)")->capture_default_str();
  command->add_flag("--force", flags->force, "Overwrite the page");
  add_log_flags(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase report phase.h5 -o phase.html\n"
      "  muonphase report validate.h5 -o validate.html --force");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_report(*flags); }; });
}
