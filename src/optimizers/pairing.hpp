#pragma once
#include <fmt/format.h>

#include <concepts>
#include <utility>

#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/dynamics/systems/inertial.hpp"
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
    const auto watched = [&](const auto&... state) {
      monitor.check();
      return own(state...);
    };
    return integrate(watched, schedule, recorded, options);
  };
}

// Rates of mode energies, of an update with that memory: of what its average sees too, where the rates take both.
template <class Rates>
FullDynamics from_energies(const FullProblem& full, Rates rates, const Memory& memory = {}) {
  const Problem& problem = full.problem;
  const Inertia inertia{memory, full.weight_decay};
  if (inertia.none())
    return paired(std::move(rates), [problem](const auto& watched, const auto&... run) {
      return integrate_quasilinear(problem, watched, run...);
    });
  return paired(std::move(rates), [problem, inertia](const auto& watched, const auto&... run) {
    const double squares = sample_window(inertia.memory.mean, 0).sum_of_squares();
    const auto step_rates = [&](const Eigen::ArrayXXd& energy, const Eigen::ArrayXXd& seen) {
      const Eigen::ArrayXXd noise = gradient_noise(problem, energy);
      if constexpr (std::invocable<Rates&, Eigen::ArrayXXd, Eigen::ArrayXXd>) {
        // An average holds no less than nothing.
        const Eigen::ArrayXXd held = seen.max(-0.9 * squares * noise);
        const ModeRates now = watched(energy, held);
        return StepRates{now.rate, (now.diffusion - now.rate.square() * held).max(0), noise};
      } else {
        const ModeRates now = watched(energy);
        return StepRates{now.rate, (now.diffusion - now.rate.square() * energy).max(0), noise};
      }
    };
    return integrate_inertial(problem, step_rates, inertia, run...);
  });
}

// Rows of data that averages take, or Gaussian points in their place.
inline int most_rows(const FullProblem& full) {
  const Problem& problem = full.problem;
  const double least = 8 * (problem.n_in() + problem.n_out());
  int count = 2 * full.quadrature.points;
  while (count < least) count *= 2;
  return count;
}

// Where the equations do not know of weight decay.
inline void require_no_decay(const FullProblem& full, const char* what) {
  if (full.weight_decay > 0)
    throw UnsupportedError("ode.closure", fmt::format("\"linear\" with weight_decay: the full closure of {} has none", what));
}

inline void require_finite_batch(const Problem& problem) {
  if (problem.noise_dominated())
    throw UnsupportedError("problem.batch", "a whole number for the full closure (closure = \"linear\" takes it)");
}

}  // namespace muonphase
