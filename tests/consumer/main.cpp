#include <muonphase/closures/linear/linear_coefficients.hpp>
#include <muonphase/dynamics/integrate.hpp>

#include <cstdio>

using namespace muonphase;

int main() {
  Problem problem{
      .output = isotropic_spectrum(100), .input = power_law_spectrum(100, 0.7), .batch = infinite_batch, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.3);
  const ModeEquation modes = mode_equation(problem, linear_coefficients(problem, "signsvd", {}).front());
  const ModeRun run = integrate(modes, ConstantRate{1e-3}, recorded_steps(1000, 20));
  std::printf("%g -> %g\n", run.risk(0), run.risk(run.risk.size() - 1));
  return run.risk(run.risk.size() - 1) < run.risk(0) ? 0 : 1;
}
