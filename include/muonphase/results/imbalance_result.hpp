#pragma once
#include <optional>
#include <utility>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/imbalance/advantage.hpp"
#include "muonphase/imbalance/experiment.hpp"
#include "muonphase/imbalance/organisms.hpp"
#include "muonphase/results/hdf5.hpp"
#include "muonphase/study/study.hpp"

namespace muonphase {

/// The runs on a mixture that a study's [imbalance] describes. StudyError, naming the key, for what does not fit.
Experiment make_experiment(const Study& study, int threads);

/// What `muonphase imbalance` computes. Of a mixture under the squared loss: theory, population runs, sample runs when
/// the study has samples, and the claims; under the cross-entropy: sample runs. Of organisms: their table and curves.
struct ImbalanceResult {
  std::optional<Experiment> experiment;  ///< of a mixture
  std::optional<Advantage> advantage;    ///< of the squared loss at depth 1
  std::vector<OptimizerRecord> theory, population, sample;
  std::optional<Organisms> organisms;
  std::vector<std::pair<std::string, OrganismsCurve>> organism_curves;  ///< by optimizer
};

ImbalanceResult compute_imbalance(const Study& study, int threads, const Monitor& monitor = {});

/// Adds the result to a file.
///
/// /class, /mode scales, /prior, /mean_norm, /optimum [class]; /theory, /population and /sample `/<optimizer>/…` the
/// fields of Record, with saturation_step [class] (first step at 99 % of the optimum, NaN for none) where there are
/// components; /advantage/{guaranteed_slope, observed_slope} [claim]; `/organisms/<optimizer>/…` and the table.
void write_imbalance(Hdf5Writer& file, const ImbalanceResult& result);

}  // namespace muonphase
