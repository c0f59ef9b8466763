#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "muonphase/optimizers/optimizer.hpp"

namespace muonphase {

/// Every optimizer of muonphase, in the order in which they are listed, with the common options (common_options.hpp).
const std::vector<OptimizerDescription>& optimizers();

/// Their names.
const std::vector<std::string>& optimizer_names();
/// Of those with a deterministic curve.
const std::vector<std::string>& deterministic_optimizers();
/// As [imbalance] names them: "gd" is sgd with full batches, "signgd" signsgd, "specgd" signsvd.
const std::vector<std::string>& full_batch_names();

/// StudyError, with the nearest names, for one that is not known.
const OptimizerDescription& describe(std::string_view name);
/// By a name of [imbalance].
const OptimizerDescription& describe_full_batch(std::string_view name);

/// StudyError for an unknown name, an option that the optimizer does not have, or a value out of range.
Optimizer make_optimizer(std::string_view name, const OptimizerOptions& options = {});

/// "SignSVD" for signsvd, "SpecGD" for specgd; a name that is not known stays as it is.
std::string optimizer_label(std::string_view name);

}  // namespace muonphase
