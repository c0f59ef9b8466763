#include "muonphase/closures/linear/singular_values.hpp"

#include <cmath>
#include <complex>
#include <limits>

#include "muonphase/closures/linear/complex_resolvent.hpp"
#include "muonphase/closures/linear/spectral.hpp"

namespace muonphase {

// With y = x ‖M‖_F a step of the singular values is a mean of resolvents on the half circle |s| = y,
//
//     σ^2k/(σ^2k + y^2k) = (1/k) Σ_m σ²/(σ² + s_m²),      s_m = y e^{iφ_m},   φ_m = (m + ½) π/k − π/2,   m = 0 … k − 1,
//
// and the sum of σ²/(σ² + s²) over all of them is the sum of the filled shares.
double singular_values_above(const Problem& given, const Window& weights, double x) {
  const Problem problem = noise_problem(given);
  constexpr int order = 16;
  const SampleWindow window = sample_window(problem, weights);
  const double norm = average_norm(problem, window);
  const ResolventPath real = solve_resolvent(problem.output, problem.input, problem.batch, window, {.step = 0.5});
  if (!(x > 0)) return real.filled(real.filled.size() - 1);
  Eigen::ArrayXcd s(order / 2);  // and their conjugates
  for (int m = 0; m < order / 2; ++m)
    s(m) = std::polar(x * norm, (m + 0.5) * M_PI / order);
  return continue_resolvent(problem.output, problem.input, window, real, s).filled.real().mean();
}

double least_raised(const SpectralMap& map, double level) {
  constexpr double spacing = 1e-3;  // in ln x
  const double begin = std::log(map.low) - 10;
  for (double log_x = begin; log_x < spacing; log_x += spacing)
    if (map.value(std::exp(std::min(log_x, 0.0))) >= level) return std::exp(std::min(log_x, 0.0));
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace muonphase
