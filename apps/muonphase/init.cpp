#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <span>

#include "commands.hpp"
#include "muonphase/files/hdf5.hpp"
#include "muonphase/study/study_text.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct InitFlags {
  std::string kind = "phase";
  std::string output = "study.toml";
  bool force = false;
  bool quiet = false;
  std::string log_level;
};

int run_init(const InitFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  if (std::filesystem::exists(flags.output) && !flags.force)
    throw IoError(flags.output + ": is there already (--force overwrites it, -o names another)");
  const std::string text = study_template(flags.kind);
  write_file(flags.output, std::as_bytes(std::span(text)));
  if (!flags.quiet) fmt::print("wrote {}; next: muonphase {} {}\n", flags.output, flags.kind, flags.output);
  return 0;
}

}  // namespace

void add_init(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<InitFlags>();
  CLI::App* command = app.add_subcommand("init", "Write a commented study to start from");
  command->add_option("KIND", flags->kind, "The command that the study is for")
      ->check(CLI::IsMember(study_template_kinds()))
      ->capture_default_str();
  command->add_option("-o,--output", flags->output, "Study file (TOML)")->capture_default_str();
  command->add_flag("--force", flags->force, "Overwrite the study file");
  add_log_flags(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase init ode\n"
      "  muonphase init imbalance -o mixture.toml");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_init(*flags); }; });
}
