#include "muonphase/problem/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>

#include "muonphase/core/error.hpp"
#include "muonphase/problem/integer_nodes.hpp"

namespace muonphase {
namespace {

constexpr double exact_modes = 32;
// No result can tell smaller ones from it, as there are 1e15 modes at most, and their squares are no zeros.
constexpr double least_eigenvalue = 1e-100;

Spectrum power_law_at(Eigen::ArrayXd index, Eigen::ArrayXd weight, double alpha) {
  Spectrum spectrum;
  spectrum.eigenvalue = (-alpha * index.log()).exp().max(least_eigenvalue);
  spectrum.index = std::move(index);
  spectrum.weight = std::move(weight);
  return spectrum;
}

void check_dimension(double dimension) {
  if (!(dimension >= 1) || dimension > 1e15 || dimension != std::floor(dimension))
    throw StudyError("dimension " + std::to_string(dimension) + " must be a whole number from 1 to 1e15");
}

}  // namespace

Spectrum power_law_spectrum(double dimension, double alpha, ModeRule rule) {
  check_dimension(dimension);
  if (!(alpha >= 0) || !std::isfinite(alpha))
    throw StudyError("alpha " + std::to_string(alpha) + " must be a number ≥ 0");
  const bool binned = rule == ModeRule::binned || (rule == ModeRule::automatic && dimension >= binning_threshold);
  const double exact = binned ? std::min(dimension, exact_modes) : dimension;
  IntegerNodes nodes = integer_nodes(dimension, exact);
  return power_law_at(std::move(nodes.index), std::move(nodes.weight), alpha);
}

Spectrum isotropic_spectrum(double dimension) {
  check_dimension(dimension);
  return power_law_at(Eigen::ArrayXd::Ones(1), Eigen::ArrayXd::Constant(1, dimension), 0);
}

Spectrum spectrum_of(Eigen::ArrayXd eigenvalues) {
  if (eigenvalues.size() == 0) throw StudyError("a spectrum needs at least one eigenvalue");
  if (!(eigenvalues > 0).all() || !eigenvalues.isFinite().all())
    throw StudyError("eigenvalues must be finite and positive");
  std::sort(eigenvalues.begin(), eigenvalues.end(), std::greater<>());
  Spectrum spectrum;
  spectrum.index = Eigen::ArrayXd::LinSpaced(eigenvalues.size(), 1, static_cast<double>(eigenvalues.size()));
  spectrum.weight = Eigen::ArrayXd::Ones(eigenvalues.size());
  spectrum.eigenvalue = std::move(eigenvalues);
  return spectrum;
}

}  // namespace muonphase
