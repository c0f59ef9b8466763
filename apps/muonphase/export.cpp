#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "muonphase/results/csv_export.hpp"
#include "muonphase/results/output.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct ExportFlags {
  std::string file;
  std::string folder;
  bool force = false;
  bool quiet = false;
  std::string log_level;
};

int run_export(const ExportFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  for (const auto& path : export_csv(open_result(flags.file), flags.folder, flags.force))
    if (!flags.quiet) fmt::print("wrote {}\n", path.string());
  return 0;
}

}  // namespace

void add_export(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand("export", "A result as text: CSV tables and the study");
  command->add_option("FILE", flags->file, "Result file (HDF5)")->required();
  command->add_option("--csv", flags->folder, "Folder for the tables, made when it is missing")
      ->required()
      ->type_name("DIR");
  command->add_flag("--force", flags->force, "Overwrite the tables");
  add_log_flags(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase export phase.h5 --csv phase\n"
      "  muonphase export ode.h5 --csv curves && column -s, -t curves/signsvd.step.csv | less");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_export(*flags); }; });
}
