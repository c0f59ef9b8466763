// The deterministic risk curves of Muon and SignSGD on one problem.
#include <cstdio>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

using namespace muonphase;

int main() {
  // y = x_outᵀ W* x_in with 64 outputs and 48 inputs, power-law inputs and target, batches of 32.
  Problem problem{.output = isotropic_spectrum(64), .input = power_law_spectrum(48, 1), .batch = 32, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  problem.input_basis = Basis::haar;  // what optimizers that act entry by entry see

  const Eigen::ArrayXd recorded = recorded_steps(400, 6);
  const OdeOptions options{.closure = Closure::full, .accuracy = Accuracy::fast, .bases = 2};
  const RiskCurve muon =
      ode_curve(problem, make_optimizer("muon", {{"momentum", 0.9}}), ConstantRate{4e-3}, recorded, options);
  const RiskCurve signs = ode_curve(problem, make_optimizer("signsgd"), ConstantRate{6e-4}, recorded, options);

  std::printf("%8s %12s %12s\n", "step", "Muon", "SignSGD");
  for (Eigen::Index t = 0; t < recorded.size(); ++t)
    std::printf("%8g %12.5g %12.5g\n", recorded(t), muon.risk(t), signs.risk(t));
  std::printf("Muon took %d evaluations of its rates\n", muon.work.evaluations);
  const Eigen::Index last = recorded.size() - 1;
  return muon.risk(last) < muon.risk(0) && signs.risk(last) < signs.risk(0) ? 0 : 1;
}
