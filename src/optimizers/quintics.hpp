#pragma once
#include <vector>

#include "muonphase/core/newton_schulz.hpp"
#include "muonphase/optimizers/option.hpp"

// The options of Newton–Schulz steps.
namespace muonphase {

// "coefficients": a set by its name, one triple, or one a step.
Option quintics_option();

// "steps": how many; "auto" is the set's own number, 5 for one triple, as many as there are for a list.
Option quintic_steps_option();

// What these two say.
std::vector<Quintic> quintics_of(const OptimizerOptions& options);

}  // namespace muonphase
