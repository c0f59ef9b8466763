#include <muonphase/optimizers/ode.hpp>
#include <muonphase/optimizers/registry.hpp>

#include <cstdio>

using namespace muonphase;

int main() {
  Problem problem{
      .output = isotropic_spectrum(100), .input = power_law_spectrum(100, 1.4), .batch = infinite_batch, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);
  const RiskCurve run = ode_curve(problem, make_optimizer("signsvd"), ConstantRate{1e-3}, recorded_steps(1000, 20));
  std::printf("%g -> %g\n", run.risk(0), run.risk(run.risk.size() - 1));
  return run.risk(run.risk.size() - 1) < run.risk(0) ? 0 : 1;
}
