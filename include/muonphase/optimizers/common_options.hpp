#pragma once
#include <vector>

#include "muonphase/optimizers/optimizer.hpp"

/// What every optimizer of the registry takes besides its own options.
namespace muonphase {

const std::vector<Option>& common_options();

/// The optimizer with the common options after its own. What they do is done to its update and to its closures here:
/// descriptions do not know of them.
///
///     Optimizer rows(with_common_options(row_norms()), {{"scale", "jordan"}});
OptimizerDescription with_common_options(OptimizerDescription optimizer);

/// The factor c of `scale` for an n_out × n_in matrix: Φ is c times what the optimizer's own rule gives.
double update_scale(const OptimizerOptions& options, double n_out, double n_in);

}  // namespace muonphase
