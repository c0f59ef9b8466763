#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

#include "commands.hpp"
#include "muonphase/results/cell_store.hpp"
#include "muonphase/run/compute.hpp"
#include "muonphase/run/interrupt.hpp"
#include "ranks.hpp"
#include "study_command.hpp"

using namespace muonphase;

namespace {

struct PhaseFlags : StudyFlags {
  int verify = 0;
  int refine = 0;
  bool scaling = false;
  bool compute_optimal = false;
};

// The flags that stand for keys.
StudyFlags with_keys(const PhaseFlags& flags) {
  StudyFlags all = flags;
  if (flags.refine > 0) all.set.push_back(fmt::format("phase.refine={}", flags.refine));
  if (flags.scaling) all.set.push_back("phase.scaling.enabled=true");
  if (flags.compute_optimal) all.set.push_back("phase.compute.enabled=true");
  return all;
}

int run_phase(const PhaseFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(with_keys(flags));
  Crew crew(invocation.ranks, flags.threads);
  Output output = begin_output(flags, "phase", study);
  if (output.complete()) return 0;
  InterruptGuard guard(output.partial(), invocation.ranks.count > 1 ? ended_ranks : "interrupted");
  const auto store = [&] {
    Journal journal = output.journal();
    if (journal.lost() > 0)
      spdlog::warn("{}: {} damaged bytes; the cells they were of are computed again", output.partial().string(),
                   journal.lost());
    return store_in(std::move(journal));
  };
  const PhaseResult result = computed(output, [&] {
    return phase_result(study, provenance_of(invocation, "phase"), observer_of(flags), flags.verify,
                        {.crew = &crew, .store = store});
  });
  guard.be_patient();
  output.commit(tree_of(result));
  say(flags, "wrote {}\n", flags.output);
  return result.agree ? 0 : 3;
}

int assist_phase(const StudyFlags& flags, const Invocation& invocation) {
  const Study study = begin_study(flags);
  const InterruptGuard guard;
  assist_phase(study, invocation.ranks, flags.threads, observer_of(flags));
  return 0;
}

}  // namespace

void add_phase(CLI::App& app, Invocation& invocation) {
  auto flags = std::make_shared<PhaseFlags>();
  flags->output = "phase.h5";
  CLI::App* command = app.add_subcommand("phase", "The (α, β) phase diagram");
  add_study_flags(*command, *flags, StudyFile::optional);
  command
      ->add_option("--verify", flags->verify,
                   "Test N cells across the phases by training both optimizers (simulate.trials runs); needs a finite "
                   "batch; exit code 3 when a verdict or a rate fails")
      ->type_name("N")
      ->check(CLI::Range(1, 10000));
  command
      ->add_option("--refine", flags->refine,
                   "Halve the cells along boundaries between phases K times (the key phase.refine)")
      ->type_name("K")
      ->check(CLI::Range(1, 10));
  command->add_flag("--scaling", flags->scaling,
                    "Compute each cell at several dimensions and fit its class as d → ∞ ([phase.scaling])");
  command->add_flag("--compute-optimal", flags->compute_optimal,
                    "Least risk for a compute, over model size, horizon and rate ([phase.compute])");
  command->footer(
      "Examples:\n"
      "  muonphase phase\n"
      "  muonphase phase study.toml --set phase.batch_ratio=1 --set phase.alpha.count=14 -o batch.h5\n"
      "  muonphase phase --refine 4 -o fine.h5\n"
      "  muonphase phase --scaling --set phase.alpha.count=14 --set phase.beta.count=16 -o scaling.h5\n"
      "  muonphase phase data/verify.toml --verify 12 -o verify.h5\n"
      "  muonphase phase study.toml -o phase.h5 --resume\n"
      "  mpirun -n 4 muonphase phase study.toml -o phase.h5\n"
      "  muonphase plot phase.h5 -o phase.png\n"
      "  muonphase plot phase.h5 --threshold 1.5 -o phase-1.5.png\n"
      "A killed run continues with --resume: finished cells are in the journal OUT.partial.");
  command->callback([flags, &invocation] {
    invocation.run = [flags, &invocation] { return run_phase(*flags, invocation); };
    invocation.assist = [flags, &invocation] { return assist_phase(*flags, invocation); };
  });
}
