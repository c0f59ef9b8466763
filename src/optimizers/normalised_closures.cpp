// The gradient, or its average, over its norm: n_out n_in entries are many, so that the norm is its root mean square.
#include <cmath>

#include "muonphase/closures/full/full_sgd.hpp"
#include "optimizers/pairing.hpp"

namespace muonphase {
namespace {

Eigen::ArrayXXd products(const Problem& problem) {
  return (problem.output.eigenvalue.matrix() * problem.input.eigenvalue.matrix().transpose()).array();
}

double sum_over_entries(const Problem& problem, const Eigen::ArrayXXd& values) {
  return problem.output.weight.matrix().dot(values.matrix() * problem.input.weight.matrix());
}

// f = λλ √(B/Σω² tr tr), V = λλ/(Σω² tr tr): the noise's part of the norm.
Coefficients normalised_coefficients(const Problem& problem, const Window& window) {
  const double squares = sample_window(window, 0).sum_of_squares() * problem.output.trace() * problem.input.trace();
  Coefficients result;
  // In the units of the noise-dominated limit, η√(n_out/B) and time in n_out/B steps, n_out stands for B.
  const double batch = problem.noise_dominated() ? problem.n_out() : problem.batch;
  result.drift = products(problem) * std::sqrt(batch / squares);
  result.diffusion = products(problem) / squares;
  result.memory = map_memory(window);
  return result;
}

struct NormalisedRates {
  Problem problem;
  double squares;  // Σ ω²

  ModeRates operator()(const Eigen::ArrayXXd& energy) const { return (*this)(energy, energy); }
  // Where the average's part of Δ is not Δ's own: `seen`, squared.
  ModeRates operator()(const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) const {
    const Eigen::ArrayXXd product = products(problem), mean = product.square() * seen,
                          noise = gradient_second_moment(problem, energy) - product.square() * energy;
    const double norm = sum_over_entries(problem, squares * noise + mean);
    if (!(norm > 0))
      throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
    return {product / std::sqrt(norm), (noise + mean) / norm};
  }
};

}  // namespace

LinearClosure normalised_linear(const Window& window) {
  return [window](const Problem& problem, const LinearOptions&) {
    return std::vector{normalised_coefficients(problem, window)};
  };
}

FullClosure normalised_full(const Window& window) {
  return [window](const FullProblem& full) {
    require_finite_batch(full.problem);
    const NormalisedRates rates{full.problem, sample_window(window, 0).sum_of_squares()};
    return from_energies(full, rates, map_memory(window));
  };
}

}  // namespace muonphase
