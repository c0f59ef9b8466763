#include "muonphase/problem/spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/error.hpp"

namespace muonphase {
namespace {

constexpr double exact_modes = 32;
constexpr int nodes_per_bin = 6;

// Gauss quadrature of the counting measure on {0, …, count − 1}: Golub–Welsch on the recurrence of the discrete
// Chebyshev polynomials, β_k = k² (N² − k²) / (4 (4k² − 1)), in units of N. Returns nodes (in [0, N − 1]) and weights
// (summing to N).
std::pair<Eigen::ArrayXd, Eigen::ArrayXd> integer_gauss(double count) {
  Eigen::VectorXd diagonal = Eigen::VectorXd::Zero(nodes_per_bin);
  Eigen::VectorXd off(nodes_per_bin - 1);
  for (int k = 1; k < nodes_per_bin; ++k) {
    const double ratio = k / count;
    off(k - 1) = std::sqrt(k * k * (1 - ratio * ratio) / (4.0 * (4.0 * k * k - 1)));
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> jacobi;
  jacobi.computeFromTridiagonal(diagonal, off);
  Eigen::ArrayXd nodes = (count - 1) / 2 + count * jacobi.eigenvalues().array();
  Eigen::ArrayXd weights = count * jacobi.eigenvectors().row(0).transpose().array().square();
  return {nodes, weights};
}

Spectrum power_law_at(Eigen::ArrayXd index, Eigen::ArrayXd weight, double alpha) {
  Spectrum spectrum;
  spectrum.eigenvalue = (-2 * alpha * index.log()).exp();
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
  std::vector<double> index, weight;
  for (double j = 1; j <= exact; ++j) {
    index.push_back(j);
    weight.push_back(1);
  }
  for (double first = exact + 1; first <= dimension;) {
    // The last bin takes what is left when that is less than another half bin.
    double last = 2 * (first - 1);
    if (1.25 * last > dimension) last = dimension;
    const double count = last - first + 1;
    if (count <= nodes_per_bin) {
      for (double j = first; j <= last; ++j) {
        index.push_back(j);
        weight.push_back(1);
      }
    } else {
      const auto [nodes, weights] = integer_gauss(count);
      for (int i = 0; i < nodes_per_bin; ++i) {
        index.push_back(first + nodes(i));
        weight.push_back(weights(i));
      }
    }
    first = last + 1;
  }
  using Map = Eigen::Map<const Eigen::ArrayXd>;
  const auto size = static_cast<Eigen::Index>(index.size());
  return power_law_at(Map(index.data(), size), Map(weight.data(), size), alpha);
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
