#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "commands.hpp"
#include "muonphase/report/result_figure.hpp"
#include "muonphase/results/output.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct PlotFlags {
  std::string file;
  std::string output;
  ResultFigureOptions figure;
  bool force = false;
  bool quiet = false;
  std::string log_level;
};

int run_plot(const PlotFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  // A figure under the result's own name belongs to the result and is drawn anew; any other file is the user's.
  const std::filesystem::path figure = flags.output.empty()
                                           ? std::filesystem::path(flags.file).replace_extension(".png")
                                           : std::filesystem::path(flags.output);
  std::vector<std::string> inputs = flags.figure.overlay;
  inputs.push_back(flags.file);
  require_other_file(figure, inputs);
  figures::format_of(figure);
  if (std::filesystem::exists(figure) && !flags.output.empty() && !flags.force)
    throw IoError(figure.string() + ": is there already (--force overwrites it)");
  save_figure(result_figure(open_result(flags.file), flags.figure), figure);
  if (!flags.quiet) fmt::print("wrote {}\n", figure.string());
  return 0;
}

}  // namespace

void add_plot(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<PlotFlags>();
  CLI::App* command = app.add_subcommand("plot", "The figure of a result");
  command->add_option("FILE", flags->file, "Result file (HDF5)")->required();
  command->add_option("-o,--output", flags->output, "Figure: .png, .svg or .pdf (default: FILE with .png)");
  command->add_option("--threshold", flags->figure.threshold,
                      "Risk ratio that counts as a difference, for a phase diagram");
  command->add_flag("--trials", flags->figure.trials, "A thin line for each trial of a simulation");
  command
      ->add_option("--overlay", flags->figure.overlay,
                   "A measured curve on risk curves: CSV whose first line names columns step and risk, others as "
                   "FILE.csv:iter,loss, or has none and then step, risk; or HDF5 (FILE.h5 or FILE.h5:/group) with "
                   "datasets of these names; may be repeated")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command->add_flag("--force", flags->force, "Overwrite the figure");
  add_log_flags(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase plot phase.h5 -o phase.png\n"
      "  muonphase plot phase.h5 --threshold 1.5 -o phase-1.5.pdf\n"
      "  muonphase plot ode.h5 -o ode.svg\n"
      "  muonphase plot mc.h5 --trials --overlay measured.csv -o mc.pdf");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_plot(*flags); }; });
}
