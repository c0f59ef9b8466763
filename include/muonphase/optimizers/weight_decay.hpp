#pragma once
#include "muonphase/optimizers/ode.hpp"

namespace muonphase {

/// Where a long run at a constant rate ends, by the linear closure (docs/adam.md): with ρ = √(2R), r = f/ρ (f for SGD),
///
///     v = η V ρ²/(2 ρ (f + λ ρ)) + w* λ²ρ²/(f + λρ)²,     w* = E[W*²],
///
/// the variance and the squared bias of a ridge.
double decayed_floor(const Problem& problem, const Coefficients& coefficients, double learning_rate,
                     double weight_decay);

/// The weight decay at which a constant rate ends lowest.
struct BestDecay {
  double weight_decay = 0;  ///< infinite where every mode is better left at its start
  double floor = 0;         ///< the risk there, label noise included
  double without = 0;       ///< and with none; infinite beyond SGD's stability
};

/// The mean over options.bases random bases of drift and diffusion. StudyError for an optimizer without a linear closure.
BestDecay best_weight_decay(const Problem& problem, const Optimizer& optimizer, double learning_rate,
                            const OdeOptions& options = {});

/// The optimizer at each of the weight decays; as it is, where there are none.
std::vector<Optimizer> at_weight_decays(const Optimizer& optimizer, const std::vector<double>& weight_decays);

}  // namespace muonphase
