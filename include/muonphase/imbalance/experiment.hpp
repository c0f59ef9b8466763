#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/imbalance/mixture.hpp"
#include "muonphase/imbalance/record.hpp"
#include "muonphase/optimizers/optimizer.hpp"

namespace muonphase {

/// An optimizer as a study names it: gd and specgd are the full-batch sgd and signsvd of the simulator.
struct NamedOptimizer {
  std::string name;
  Optimizer optimizer;
  double learning_rate = 0;
};

enum class ImbalanceLoss { squared, cross_entropy };
enum class ImbalanceModel { linear, mlp };

/// Runs of several optimizers on one mixture.
///
///     Experiment experiment{.mixture = {zipf_priors(10), Eigen::ArrayXd::Constant(10, 1.3), 0.4, 32},
///                           .optimizers = {{"specgd", make_optimizer("signsvd"), 0.002}}};
///     std::vector<OptimizerRecord> runs = run_population(experiment);
struct Experiment {
  Mixture mixture;
  std::vector<NamedOptimizer> optimizers;
  double steps = 3000;
  int record = 200;    ///< recorded steps, log-spaced
  int depth = 1;       ///< layers of the linear model
  double start = 0.1;  ///< ε of the balanced start of deep population runs
  Eigen::Index samples = 0;
  int trials = 1;       ///< each with its own directions, sample and start
  double init_std = 0;  ///< of the random start of sample runs; 0 takes the start of the population run
  ImbalanceLoss loss = ImbalanceLoss::squared;
  bool balanced_weights = false;  ///< classes weighted by n/(C n_c) in the cross-entropy
  ImbalanceModel model = ImbalanceModel::linear;
  Eigen::Index hidden = 128;  ///< units of the mlp
  bool train_outer = false;   ///< of the mlp
  Eigen::Index test_per_class = 500;
  std::uint64_t seed = 1;
  int threads = 1;
};

struct OptimizerRecord {
  std::string name;
  Record record;
};

/// StudyError, naming the key of [imbalance], for what does not fit together.
void validate(const Experiment& experiment);

/// Squared loss on the population moments, from the balanced start (zero at depth 1), one run for each optimizer. The
/// monitor counts the steps of all runs, and may interrupt.
std::vector<OptimizerRecord> run_population(const Experiment& experiment, const Monitor& monitor = {});

/// The squared loss or the cross-entropy on `samples` samples: means over the trials. The classifier of depth 1 starts
/// from zero when init_std is 0.
std::vector<OptimizerRecord> run_samples(const Experiment& experiment, const Monitor& monitor = {});

/// Closed forms and integrated flows for the population runs that have one, named as the optimizer whose run they
/// describe: gd, ngd, specgd (also for nmd, muon and shampoo: what they follow) at depth 1, gd and specgd below.
std::vector<OptimizerRecord> run_theory(const Experiment& experiment, const Monitor& monitor = {});

}  // namespace muonphase
