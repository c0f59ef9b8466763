// A simulation with an optimizer of one's own, not in the registry: steepest descent in the max-norm of rows.
#include <cstdio>

#include "muonphase/optimizers/optimizer.hpp"
#include "muonphase/simulation/simulation.hpp"

using namespace muonphase;

int main() {
  OptimizerDescription rows{.name = "rownorm",
                            .label = "Row norm",
                            .doc = "Φ = G with every row divided by its norm",
                            .rotation_equivariant = false};
  rows.update = UpdateRule([]<class S>(Step<S>& step) -> Matrix<S> {
    Matrix<S> phi = step.gradient.matrix();
    for (Eigen::Index i = 0; i < phi.rows(); ++i)
      if (const S norm = phi.row(i).norm(); norm > 0) phi.row(i) /= norm;
    return phi;
  });

  SimulationProblem training;
  training.model = {.output = isotropic_spectrum(32), .input = power_law_spectrum(24, 1), .batch = 32, .energy = {}};
  training.target_variance = training.model.energy = power_law_energy(training.model.output, training.model.input, 0.6);
  const SimulationOptions options{.steps = 200, .record = 5, .trials = 4};
  const std::vector<OptimizerRun> runs{{"rownorm", Optimizer(rows), ConstantRate{2e-3}}};
  const SimulatedCurve curve = simulated_curves(runs, options, simulate(training, runs, options)).front();

  for (Eigen::Index t = 0; t < curve.mean.step.size(); ++t)
    std::printf("%6g  %.5g ± %.2g\n", curve.mean.step(t), curve.mean.risk(t), curve.risk_sem(t));
  return curve.mean.risk(curve.mean.risk.size() - 1) < 0.9 * curve.mean.risk(0) ? 0 : 1;
}
