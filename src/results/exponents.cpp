#include "muonphase/results/exponents.hpp"

#include "muonphase/phase/phase_map.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {
namespace {

Study doubled(Study study) {
  ProblemSection& problem = study.problem;
  PhaseSection& phase = study.phase;
  for (double* exponent : {&problem.input.alpha, &problem.output.alpha, &problem.target.beta, &phase.alpha.min,
                           &phase.alpha.max, &phase.beta.min, &phase.beta.max})
    *exponent *= 2;
  for (double& exponent : phase.alpha_out)
    if (exponent != tied_to_alpha) exponent *= 2;
  return study;
}

}  // namespace

void read_in_todays_exponents(Hdf5Reader& file) {
  if (file.has_attribute("/", "exponents")) return;
  for (const char* axis : {"alpha", "beta", "alpha_out"}) file.scale_numbers(axis, 2);
  const Study stored = parse_stored_study(file.text_attribute("/", "study"), file.path().string() + ":study");
  file.read_root_text_as("exponents", exponents_of_results);
  file.read_root_text_as("study", to_toml(doubled(stored)));
}

}  // namespace muonphase
