#include <cmath>
#include <cstdio>
#include <memory>

#include "commands.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct OdeFlags : StudyFlags {
  std::string sweep_rate;
};

// MIN:MAX:COUNT, evenly spaced in the logarithm.
std::vector<double> parse_sweep(const std::string& text) {
  double min = 0, max = 0;
  int count = 0, used = 0;
  const int fields = std::sscanf(text.c_str(), "%lf:%lf:%d%n", &min, &max, &count, &used);
  if (fields != 3 || used != static_cast<int>(text.size()) || !(min >= 1e-100) || !(max > min) || !(max <= 1e100) ||
      count < 2 || count > 100000)
    throw StudyError("--sweep-rate = " + text +
                     ": must be MIN:MAX:COUNT with 1e-100 ≤ MIN < MAX ≤ 1e100 and 2 ≤ COUNT ≤ 100000");
  std::vector<double> rates;
  for (int i = 0; i < count; ++i) rates.push_back(min * std::pow(max / min, static_cast<double>(i) / (count - 1)));
  return rates;
}

int run_ode(const OdeFlags& flags, const Invocation& invocation) {
  Study study = begin_study(flags);
  if (!flags.sweep_rate.empty())
    for (const auto& optimizer : study.run.optimizers)
      study.run.learning_rate[optimizer] = parse_sweep(flags.sweep_rate);
  Output output = begin_output(flags, "ode", study);
  if (output.complete()) return 0;
  InterruptGuard guard(output.partial());
  const OdeResult result = ode_result(study, provenance_of(invocation, "ode"), observer_of(flags));
  guard.be_patient();
  output.commit(tree_of(result));
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_ode(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<OdeFlags>();
  flags->output = "ode.h5";
  CLI::App* command = app.add_subcommand("ode", "Deterministic risk curves");
  add_study_flags(*command, *flags, StudyFile::required);
  command->add_option("--sweep-rate", flags->sweep_rate, "Risk over constant rates, spaced in the logarithm")
      ->type_name("MIN:MAX:COUNT");
  command->footer(
      "Examples:\n"
      "  muonphase ode study.toml\n"
      "  muonphase ode study.toml --set ode.closure=linear --set problem.batch=infinite -o ode.h5\n"
      "  muonphase ode study.toml --sweep-rate 1e-4:1:60 -o sweep.h5\n"
      "  muonphase plot ode.h5 -o ode.pdf");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run_ode(*flags, invocation); }; });
}
