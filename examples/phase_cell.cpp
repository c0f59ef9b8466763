// One cell of the phase diagram: who is ahead at which horizon, each at its best constant rate.
#include <cmath>
#include <cstdio>

#include "muonphase/phase/phase_map.hpp"

using namespace muonphase;

int main() {
  PhaseOptions options;  // SignSVD against SignSGD, a million inputs, the noise-dominated limit
  options.horizon = Eigen::ArrayXd{{1, 100, 1e4, 1e6, 1e8}};
  const PhaseCell cell = compute_phase_cells(options, {{.alpha = 1.4, .beta = 0.8}}).front();

  const Eigen::ArrayXd log_ratio = cell.log_ratio();
  for (Eigen::Index h = 0; h < options.horizon.size(); ++h)
    std::printf("T = %8g: R_SignSVD/R_SignSGD = %.4g, rates %.3g and %.3g\n", options.horizon(h),
                std::exp(log_ratio(h)), cell.tuned[0].learning_rate(h), cell.tuned[1].learning_rate(h));
  const char* words[] = {"indistinguishable", "SignSGD favoured", "SignSVD favoured", "a trade-off"};
  std::printf("verdict: %s\n", words[static_cast<int>(classify(log_ratio, 1.25))]);
  return log_ratio.isFinite().all() ? 0 : 1;
}
