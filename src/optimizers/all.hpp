#pragma once
#include "muonphase/optimizers/optimizer.hpp"

// The function that describes each optimizer of list.def.
namespace muonphase {

#define MUONPHASE_OPTIMIZER(name) OptimizerDescription name##_optimizer();
#include "optimizers/list.def"
#undef MUONPHASE_OPTIMIZER

}  // namespace muonphase
