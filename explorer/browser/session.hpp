#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>

#include "muonphase/optimizers/optimizer.hpp"
#include "muonphase/phase/phase_map.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

/// What one worker of the page computes, as JSON, and what it keeps from one answer to the next: the closures of
/// optimizers, which know no problem, and the coefficients of a map.
class Session {
 public:
  /// The optimizers with a deterministic curve: [{name, label, color, doc, scale_invariant, options}].
  std::string optimizers() const;

  /// What `ode` and `coefficients` say of a study, with the linear closure: {initial_risk, noise_risk, modes,
  /// eigenvalues, curves: [{optimizer, learning_rate, step, risk, …}], warnings}. An optimizer without a rate runs at
  /// the constant one that ends a run of run.steps lowest, to six digits, which `learning_rate` then is.
  std::string curves(const std::string& study);

  /// The cells of one column of the map of a study's [phase], those of every `stride`-th β from `first` on: {rows,
  /// phase, crossing}. The best constant rates are found to one per cent of the risk, where `phase` finds them to a
  /// tenth of that.
  std::string cells(const std::string& study, int column, int first, int stride);

  /// The spectrum that a file holds: {kind, eigenvalues, alpha, …, notes}.
  std::string spectrum(const std::string& file) const;

 private:
  struct Map {
    std::string study;
    PhaseOptions options;
    double threshold = 0;
    struct Column {
      Problem problem;  ///< of some β
      std::array<Coefficients, 2> coefficients;
    };
    std::map<int, Column> columns = {};
  };
  const Optimizer& optimizer(const Study& study, const std::string& name);

  std::map<std::string, Optimizer> kept_;  ///< by name and options
  std::optional<Map> map_;                 ///< the last one
};

}  // namespace muonphase
