#include <fmt/format.h>

#include <memory>

#include "commands.hpp"
#include "muonphase/results/output.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct InfoFlags {
  std::string file;
  bool study = false;
  bool quiet = false;
  std::string log_level;
};

// [27 alpha × 31 beta]
std::string describe_shape(const Hdf5Reader& file, const std::string& path) {
  const auto shape = file.shape(path);
  const auto names = file.dimensions(path);
  std::string text;
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += fmt::format("{}{}{}{}", i ? " × " : "", shape[i], names[i].empty() ? "" : " ", names[i]);
  return "[" + text + "]";
}

void print_group(const Hdf5Reader& file, const std::string& group) {
  for (const auto& name : file.datasets(group)) {
    const std::string path = group == "/" ? "/" + name : group + "/" + name;
    const std::string about = file.has_attribute(path, "long_name") ? file.text_attribute(path, "long_name") : "";
    const std::string units = file.has_attribute(path, "units") ? file.text_attribute(path, "units") : "1";
    fmt::print("  {:<28} {:<34} {}{}\n", path, describe_shape(file, path), about, units == "1" ? "" : ", " + units);
  }
  for (const auto& name : file.groups(group)) print_group(file, group == "/" ? "/" + name : group + "/" + name);
}

int run_info(const InfoFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  const Hdf5Reader file = open_result(flags.file);
  const std::string study = file.text_attribute("/", "study");
  if (flags.study) {
    fmt::print("{}", study);
    return 0;
  }
  const auto text = [&](const char* name) { return file.text_attribute("/", name); };
  const auto number = [&](const char* name) { return file.number_attribute("/", name); };
  fmt::print("{}: {} result of muonphase {} (commit {})\n", flags.file, text("kind"), text("muonphase_version"),
             text("git_commit"));
  fmt::print("created  {} on {:.0f} thread(s), {:.0f} rank(s), seed {:.0f}\n", text("created"), number("threads"),
             number("ranks"), number("seed"));
  fmt::print("command  {}\n\nDatasets\n", text("command_line"));
  print_group(file, "/");
  fmt::print("\nStudy (muonphase info --study prints it alone)\n");
  std::string line;
  for (const char c : study) {
    line += c;
    if (c != '\n') continue;
    fmt::print("{}{}", line == "\n" ? "" : "  ", line);
    line.clear();
  }
  return 0;
}

}  // namespace

void add_info(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<InfoFlags>();
  CLI::App* command = app.add_subcommand("info", "What a result file holds and how it was made");
  command->add_option("FILE", flags->file, "Result file (HDF5)")->required();
  command->add_flag("--study", flags->study, "Print the study alone, to run it again");
  add_log_flags_of_printing(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase info phase.h5\n"
      "  muonphase info --study phase.h5 > again.toml");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_info(*flags); }; });
}
