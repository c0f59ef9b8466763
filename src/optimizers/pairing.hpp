#pragma once
#include <utility>

#include "muonphase/optimizers/closures.hpp"

// How rates and systems pair up to FullDynamics.
namespace muonphase {

// Runs `integrate(rates, schedule, recorded, options)` with a copy of `rates`, which may keep warm starts, that looks
// at the monitor before each evaluation.
template <class Rates, class Integrate>
FullDynamics paired(Rates rates, Integrate integrate) {
  return [rates = std::move(rates), integrate = std::move(integrate)](
             const LearningRate& schedule, const Eigen::ArrayXd& recorded, const QuasilinearOptions& options,
             const Monitor& monitor) {
    Rates own = rates;
    const auto watched = [&](const auto& state) {
      monitor.check();
      return own(state);
    };
    return integrate(watched, schedule, recorded, options);
  };
}

// Rates of mode energies.
template <class Rates>
FullDynamics from_energies(const Problem& problem, Rates rates) {
  return paired(std::move(rates), [problem](const auto& watched, const auto&... run) {
    return integrate_quasilinear(problem, watched, run...);
  });
}

inline void require_finite_batch(const Problem& problem) {
  if (problem.noise_dominated())
    throw UnsupportedError("problem.batch", "a whole number for the full closure (closure = \"linear\" takes it)");
}

}  // namespace muonphase
