#pragma once
#include <Eigen/Core>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/imbalance/experiment.hpp"
#include "muonphase/imbalance/labelled_data.hpp"
#include "muonphase/imbalance/network_run.hpp"

namespace muonphase {

/// Networks trained on real or mixture data by several optimizers, over seeds, rates and momenta.
struct NetworkExperiment {
  DataTask data;                   ///< without a path: the mixture
  std::optional<Mixture> mixture;  ///< `samples` of it to train on, `per_class` of each class to validate and test
  Eigen::Index samples = 0, per_class = 0;
  std::vector<Eigen::Index> hidden;  ///< widths; none: softmax regression
  std::vector<NamedOptimizer> optimizers;
  enum class Shape { constant, cosine, linear };
  Shape schedule = Shape::constant;  ///< of the learning rate; decays end at zero, without a warm-up
  double bias_rate = 1e-3;
  double steps = 1000;
  int record = 50;
  Eigen::Index batch = 0;
  bool squared = false, balanced_weights = false;
  int trials = 1;                        ///< seeds: split, transform, start and order of the batches
  std::vector<double> rates, momenta;    ///< tried for every optimizer; none: its own
  std::uint64_t seed = 1;
  int threads = 1;
};

/// What was tried for an optimizer, and its runs at the best of it.
struct NetworkRuns {
  std::string name;
  Eigen::ArrayXd rate, momentum;  ///< of the grid; a momentum of NaN: the optimizer has none
  Eigen::ArrayXXd validation;     ///< [rate, momentum] validation accuracy at the end, mean over groups and seeds; −1
                                  ///< where a run diverged; NaN without a grid
  Eigen::ArrayXXd validation_error;  ///< its standard error over the seeds; NaN with one seed, and where a run diverged
  double best_rate = 0, best_momentum = 0;
  Record record;  ///< mean over the seeds at the best
};

/// Validation accuracies of the grid's runs, in a fixed order; NaN where a run is not done.
using GridScores = Eigen::ArrayXd;

/// How many runs the grid has.
std::size_t grid_size(const NetworkExperiment& experiment);

/// Runs the grid, picks the best validation accuracy (the smaller rate among equals), and trains there. The test sample
/// is read by the last runs alone. `known` scores are not run again; `keep` gets all of them every few seconds, and
/// before Interrupted is thrown. `file` holds the data of data.path. Names of groups and classes are those of the first
/// seed's split, in `data`. The monitors
/// count the steps of the grid and of the last runs. The bits do not depend on threads.
std::vector<NetworkRuns> run_networks(const NetworkExperiment& experiment, const LabelledFile& file,
                                      const GridScores& known, const std::function<void(const GridScores&)>& keep,
                                      const Monitor& tuning, const Monitor& training, SplitData* data = nullptr);

}  // namespace muonphase
