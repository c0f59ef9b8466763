#include "muonphase/report/explorer.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <span>

#include "commands.hpp"
#include "muonphase/results/output.hpp"
#include "muonphase/version.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct ExplorerFlags {
  std::string output = "explorer.html";
  bool force = false;
  bool quiet = false;
  std::string log_level;
};

int run_explorer(const ExplorerFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  if (std::filesystem::exists(flags.output) && !flags.force)
    throw IoError(flags.output + ": is there already (--force overwrites it)");
  const std::string page = explorer_page(MUONPHASE_VERSION);
  write_file(flags.output, std::as_bytes(std::span(page)));
  if (!flags.quiet) fmt::print("wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_explorer(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<ExplorerFlags>();
  CLI::App* command =
      app.add_subcommand("explorer", "A page that computes curves and phase maps in the browser, without a network");
  command->add_option("-o,--output", flags->output, "Page (HTML)")->capture_default_str();
  command->add_flag("--force", flags->force, "Overwrite the page");
  add_log_flags(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase explorer\n"
      "  muonphase explorer -o docs/explorer.html --force");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_explorer(*flags); }; });
}
