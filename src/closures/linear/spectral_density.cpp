#include "muonphase/closures/linear/spectral_density.hpp"

#include <cmath>
#include <complex>

#include "muonphase/closures/linear/complex_resolvent.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr double smoothing = 0.001;  // of x

// (1/π) Im of the mean over modes of weight · empty/s², empty = t/(t + λ), less the atom at zero, empty at t_0.
double density(const Spectrum& spectrum, const Eigen::ArrayXd& weight, std::complex<double> t, double t_0,
               std::complex<double> s) {
  const std::complex<double> sum = (spectrum.weight * weight * (t / (t + spectrum.eigenvalue))).sum() -
                                   (spectrum.weight * weight * (t_0 / (t_0 + spectrum.eigenvalue))).sum();
  return (sum / (s * s)).imag() / (M_PI * spectrum.dimension());
}

}  // namespace

SpectralDensity spectral_density(const Problem& given, int points) {
  const Problem problem = noise_problem(given);
  if (problem.noise_dominated()) throw StudyError("an infinite batch has no spectral density of its own");
  const SampleWindow window = sample_window(problem, {});
  const ResolventPath path = solve_resolvent(problem.output, problem.input, problem.batch, window);
  // From where all but a thousandth of the singular values are larger, to where a hundredth is.
  const double rank = path.filled.maxCoeff();
  double first = path.s(0), last = path.s(0);
  for (Eigen::Index i = 0; i < path.s.size(); ++i) {
    if (path.filled(i) < 0.01 * rank) last = path.s(i);
    if (path.filled(i) < 0.999 * rank) first = path.s(i);
  }
  SpectralDensity density_of;
  density_of.x = Eigen::ArrayXd::LinSpaced(points, 2 * std::log(first), 2 * std::log(last)).exp();
  const Eigen::ArrayXcd s =
      density_of.x.sqrt() * std::polar(1.0, -(M_PI - smoothing) / 2);
  const ComplexResolvent resolvent = continue_resolvent(problem.output, problem.input, window, path, s);
  for (Eigen::ArrayXd* values : {&density_of.out, &density_of.in, &density_of.weighted_out, &density_of.weighted_in})
    values->resize(points);
  const Eigen::ArrayXd ones_out = Eigen::ArrayXd::Ones(problem.output.nodes()),
                       ones_in = Eigen::ArrayXd::Ones(problem.input.nodes());
  for (Eigen::Index i = 0; i < points; ++i) {
    density_of.out(i) = density(problem.output, ones_out, resolvent.t_out(i), path.t_out.tail(1)(0), s(i));
    density_of.in(i) = density(problem.input, ones_in, resolvent.t_in(i), path.t_in.tail(1)(0), s(i));
    density_of.weighted_out(i) = density(problem.output, problem.output.eigenvalue, resolvent.t_out(i), path.t_out.tail(1)(0), s(i));
    density_of.weighted_in(i) = density(problem.input, problem.input.eigenvalue, resolvent.t_in(i), path.t_in.tail(1)(0), s(i));
  }
  return density_of;
}

}  // namespace muonphase
