#include <fmt/ranges.h>

#include <memory>
#include <span>

#include "commands.hpp"
#include "muonphase/optimizers/common_options.hpp"
#include "muonphase/optimizers/registry.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct OptimizersFlags {
  std::string name;
  bool quiet = false;
  std::string log_level;
};

std::string closure_of(bool there, const ClosureCoverage& coverage) {
  if (!there) return "none";
  return fmt::format("{}; from {}", coverage.spectra, coverage.starts);
}

std::string approximations_of(const OptimizerDescription& optimizer) {
  if (!optimizer.linear) return "trains only";
  const std::string &linear = optimizer.linear_coverage.approximate, &full = optimizer.full_coverage.approximate;
  if (linear.empty() && full.empty()) return "nothing beyond the closure";
  if (linear == full) return linear;
  return fmt::format("linear: {}; full: {}", linear.empty() ? "nothing" : linear, full.empty() ? "nothing" : full);
}

std::string list_of(std::span<const Option> options) {
  std::vector<std::string> texts;
  for (const auto& option : options) texts.push_back(fmt::format("{} = {}", option.key, text_of(option.value)));
  return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

// Its own; the common ones stand after them.
std::string options_of(const OptimizerDescription& optimizer) {
  return list_of(std::span(optimizer.options).first(optimizer.options.size() - common_options().size()));
}

void print_table() {
  for (const auto& optimizer : optimizers()) {
    fmt::print("{:<15}{}\n", optimizer.name, optimizer.doc);
    fmt::print("{:<15}options: {}\n", "", options_of(optimizer));
    fmt::print("{:<15}linear closure: {}\n", "", closure_of(!!optimizer.linear, optimizer.linear_coverage));
    fmt::print("{:<15}full closure: {}\n", "", closure_of(!!optimizer.full, optimizer.full_coverage));
    if (optimizer.linear) fmt::print("{:<15}approximated: {}\n", "", approximations_of(optimizer));
  }
  fmt::print("\nAll of them take {}.\n", list_of(common_options()));
  fmt::print("Model: bilinear. In [imbalance] sgd, signsgd and signsvd are gd, signgd and specgd.\n");
}

void print_one(const OptimizerDescription& optimizer) {
  fmt::print("{} ({}): {}\n", optimizer.name, optimizer.label, optimizer.doc);
  fmt::print("  acts {}, {} the scale of the gradient\n",
             optimizer.rotation_equivariant ? "on the matrix as a whole: any basis gives the same run"
                                            : "entry by entry: its runs depend on the basis",
             optimizer.scale_invariant ? "whatever" : "with");
  for (const auto& option : optimizer.options)
    fmt::print("  run.optimizer.{}.{} = {}: {}; {}\n", optimizer.name, option.key, text_of(option.value), option.doc,
               option.allowed);
  if (!optimizer.full_batch_name.empty())
    fmt::print("  in [imbalance]: {} ({})\n", optimizer.full_batch_name, optimizer.full_batch_label);
  fmt::print("  linear closure: {}\n", closure_of(!!optimizer.linear, optimizer.linear_coverage));
  fmt::print("  full closure: {}\n", closure_of(!!optimizer.full, optimizer.full_coverage));
  if (optimizer.linear) fmt::print("  approximated beyond the closure: {}\n", approximations_of(optimizer));
}

int run_optimizers(const OptimizersFlags& flags) {
  set_log_level(flags.quiet, flags.log_level);
  if (flags.name.empty())
    print_table();
  else
    print_one(describe(flags.name));
  return 0;
}

}  // namespace

std::string optimizers_page() {
  std::string text =
      "# Optimizers\n\nThis page says what each optimizer does, which options it has, and which deterministic curves "
      "exist "
      "for it.\nIt is generated from the registry (`muonphase generate optimizers`), and a test keeps it so; "
      "[extending.md](extending.md)\nshows how to add one.\n\n"
      "The full closure starts from the energies of the modes, or from a given W_0 − W* (*given start*). *One-sided* "
      "means "
      "an\nisotropic output covariance. A combination that the table does not have is refused, naming the key.\n\n"
      "| name | update W ← W − ηΦ | options | linear closure | full closure | approximated beyond the closure |\n"
      "|---|---|---|---|---|---|\n";
  for (const auto& optimizer : optimizers())
    text += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", optimizer.name, optimizer.doc, options_of(optimizer),
                        closure_of(!!optimizer.linear, optimizer.linear_coverage),
                        closure_of(!!optimizer.full, optimizer.full_coverage), approximations_of(optimizer));
  text += "\nAll of them take further options:\n\n| option | default | meaning | allowed |\n|---|---|---|---|\n";
  for (const auto& option : common_options())
    text += fmt::format("| `{}` | `{}` | {} | {} |\n", option.key, text_of(option.value), option.doc, option.allowed);
  return text;
}

void add_optimizers(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<OptimizersFlags>();
  CLI::App* command =
      app.add_subcommand("optimizers", "What each optimizer is, its options, and which closures it has");
  command->add_option("NAME", flags->name, "One optimizer; without it, all of them");
  add_log_flags_of_printing(*command, flags->quiet, flags->log_level);
  command->footer(
      "Examples:\n"
      "  muonphase optimizers\n"
      "  muonphase optimizers muon");
  command->callback([flags, &invocation] { invocation.run = [flags] { return run_optimizers(*flags); }; });
}
