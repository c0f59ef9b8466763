#include "muonphase/equivalent/muon.hpp"

#include "muonphase/error.hpp"

namespace muonphase {

Coefficients muon_coefficients(const Problem& problem, const MuonRule& rule) {
  if (rule.steps > 0)
    throw StudyError("run.optimizer.muon.orthogonalization: only \"exact\" has a deterministic equivalent");
  // A step of 0.5 keeps 1e−6 of the sums over lags, at a third of the pairs of the default's.
  return signsvd_coefficients(problem, {.step = 0.5}, rule.momentum);
}

}  // namespace muonphase
