// Theory against training, from a study: typed results, and the file that the command would write.
#include <cstdio>

#include "muonphase/run/compute.hpp"

using namespace muonphase;

int main() {
  const Study study = default_study({"problem.n_out=32", "problem.n_in=24", "problem.batch=32", "run.steps=100",
                                     "run.record=8", "run.learning_rate.signsvd=0.01",
                                     "run.learning_rate.signsgd=0.001", "simulate.trials=6", "ode.accuracy=fast"});
  const ValidationResult result = validate_result(study, {.kind = "validate"}, {});
  for (const auto& pair : result.pairs) {
    const Eigen::Index last = pair.theory.risk.size() - 1;
    std::printf("%-8s theory %.5g, training %.5g ± %.2g\n", pair.optimizer.c_str(), pair.theory.risk(last),
                pair.simulated.mean.risk(last), pair.simulated.risk_sem(last));
  }
  std::printf("%s", result.brief().c_str());
  // write_file("validate.h5", hdf5_image(tree_of(result))) keeps it: results/tree.hpp, files/hdf5.hpp.
  return result.agree ? 0 : 1;
}
