#include <array>
#include <memory>

#include "commands.hpp"
#include "muonphase/io/interrupt.hpp"
#include "muonphase/io/results.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

void summarise(const StudyFlags& flags, const PhaseMap& map, double threshold) {
  std::array<int, 4> count{};
  for (const auto& cell : map.cells) ++count[static_cast<std::size_t>(classify(cell.log_risk_ratio(), threshold))];
  say(flags, "{} × {} cells: SignSVD favoured in {}, SignSGD in {}, trade-off in {}, indistinguishable in {}\n",
      map.alpha.size(), map.beta.size(), count[2], count[1], count[3], count[0]);
}

int run(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  const PhaseOptions options = make_phase_options(study);
  const Output output = begin_output(flags, "phase", study);
  if (output.complete()) return 0;
  const InterruptGuard guard;
  const PhaseMap map = [&] {
    Progress progress("phase", "cells", progress_style(flags));
    return compute_phase_map(options, monitor_of(progress));
  }();
  Hdf5Writer file = begin_result(study, provenance_of(invocation, "phase"));
  write_phase_map(file, map, study.phase.threshold);
  output.commit(file);
  summarise(flags, map, study.phase.threshold);
  say(flags, "wrote {}\n", flags.output);
  return 0;
}

}  // namespace

void add_phase(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<StudyFlags>();
  flags->output = "phase.h5";
  CLI::App* command = app.add_subcommand("phase", "The (α, β) phase diagram");
  add_study_flags(*command, *flags, StudyFile::optional);
  command->footer(
      "Examples:\n"
      "  muonphase phase\n"
      "  muonphase phase study.toml --set phase.batch_ratio=1 --set phase.alpha.count=14 -o batch.h5\n"
      "  muonphase plot phase.h5 -o phase.png\n"
      "  muonphase plot phase.h5 --threshold 1.5 -o phase-1.5.png");
  command->callback(
      [flags, &invocation] { invocation.run = [flags, &invocation] { return run(*flags, invocation); }; });
}
