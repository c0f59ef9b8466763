// The best constant learning rate of SignSVD for two horizons, and the edge of stability.
#include <cmath>
#include <cstdio>

#include "muonphase/optimizers/ode.hpp"
#include "muonphase/optimizers/registry.hpp"

using namespace muonphase;

int main() {
  Problem problem{.output = isotropic_spectrum(1e6), .input = power_law_spectrum(1e6, 1.4), .batch = 1e5, .energy = {}};
  problem.energy = power_law_energy(problem.output, problem.input, 0.6);

  const Eigen::ArrayXd rates = Eigen::ArrayXd::LinSpaced(61, std::log(1e-7), std::log(1e-1)).exp();
  const Eigen::ArrayXd horizons{{100, 10000}};
  const LearningRateSweep sweep = learning_rate_sweep(problem, make_optimizer("signsvd"), rates, horizons);

  double best[2];
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    Eigen::Index at = 0;
    const double risk = sweep.risk.col(h).minCoeff(&at);
    best[h] = rates(at);
    std::printf("%6g steps: best at %.3g, risk %.4g\n", horizons(h), best[h], risk);
  }
  std::printf("edge of stability %.3g\n", sweep.stability_edge);
  return best[1] < best[0] ? 0 : 1;
}
