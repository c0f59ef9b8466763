#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "muonphase/core/crew.hpp"

/// What the user typed, and what it comes to: a command leaves its work in `run`, which gives the exit code. Where
/// there are several ranks, rank 0 runs and the others assist, if there is something to share.
struct Invocation {
  std::string command_line;
  muonphase::Ranks ranks;
  std::function<int()> run, assist;
};

/// docs/optimizers.md.
std::string optimizers_page();

// One function per command, each in the file of that name: its flags, its help, its work.
void add_coefficients(CLI::App& app, Invocation& invocation);
void add_explorer(CLI::App& app, Invocation& invocation);
void add_export(CLI::App& app, Invocation& invocation);
void add_imbalance(CLI::App& app, Invocation& invocation);
void add_info(CLI::App& app, Invocation& invocation);
void add_generate(CLI::App& app, Invocation& invocation);
void add_init(CLI::App& app, Invocation& invocation);
void add_measure(CLI::App& app, Invocation& invocation);
void add_ode(CLI::App& app, Invocation& invocation);
void add_optimizers(CLI::App& app, Invocation& invocation);
void add_phase(CLI::App& app, Invocation& invocation);
void add_plot(CLI::App& app, Invocation& invocation);
void add_report(CLI::App& app, Invocation& invocation);
void add_tune(CLI::App& app, Invocation& invocation);
void add_validate(CLI::App& app, Invocation& invocation);
void add_simulate(CLI::App& app, Invocation& invocation);
