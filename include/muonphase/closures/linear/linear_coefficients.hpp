#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "muonphase/closures/linear/coefficients.hpp"
#include "muonphase/closures/linear/muon.hpp"
#include "muonphase/core/monitor.hpp"

namespace muonphase {

/// Random bases to average over.
struct BasisDraws {
  int count = 16;
  std::uint64_t seed = 1;
};

/// Options of the optimizers that have some.
struct OptimizerRules {
  MuonRule muon;
  Momentum signum{.retention = 0.9, .nesterov = false};
};

/// Largest dimension of a side whose basis is drawn as a matrix.
inline constexpr double largest_explicit_basis = 8192;

/// The optimizers that have a linear closure: "signsvd", "signsgd", "sgd", "muon", "signum".
const std::vector<std::string>& linear_optimizers();

/// StudyError unless every side of `problem` that is not isotropic, and the input side, can have its basis as a matrix.
void require_explicit_basis(const Problem& problem);

/// Coefficients of one of them in the linear closure: one set, or for SignSGD and Signum in random
/// bases (haar, hadamard) one for each draw, in the order of the draws. A side of equal eigenvalues has no basis.
/// StudyError for other optimizers, a generic basis on one side with an explicit one on the other, or an explicit basis
/// above largest_explicit_basis or without exact modes. O(count · d³) with explicit bases, in parallel over draws;
/// Interrupted between draws.
std::vector<Coefficients> linear_coefficients(const Problem& problem, const std::string& optimizer,
                                              const BasisDraws& draws = {}, const OptimizerRules& rules = {},
                                              const Monitor& monitor = {});

}  // namespace muonphase
