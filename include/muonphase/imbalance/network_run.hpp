#pragma once
#include <Eigen/Core>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/dynamics/schedule.hpp"
#include "muonphase/imbalance/labelled_data.hpp"
#include "muonphase/imbalance/perceptron.hpp"
#include "muonphase/imbalance/record.hpp"
#include "muonphase/optimizers/optimizer.hpp"

namespace muonphase {

/// How a network is trained: `optimizer` on every weight matrix, Adam on the biases.
struct NetworkTraining {
  Optimizer optimizer;
  LearningRate schedule;          ///< of the weights
  double bias_rate = 1e-3;        ///< of the biases' Adam, times the shape of the schedule
  Eigen::ArrayXd record;          ///< steps to observe, increasing from 0; the last one ends the run
  Eigen::Index batch = 0;         ///< samples of a step, drawn without replacement from epoch to epoch; 0: all
  bool squared = false;           ///< ½‖e_y − z‖² in place of the cross-entropy
  bool balanced_weights = false;  ///< each group weighted by n/(G n_g)
  int threads = 1;
  Monitor monitor = {};
};

/// Trains the network on data.train, in place, and follows it:
///
/// train_loss, train_accuracy; validation_loss, validation_accuracy (mean over the groups); and on the test sample loss,
/// accuracy, class_loss and class_accuracy [C], balanced_loss (mean over the classes), group_loss and group_accuracy [G],
/// balanced_accuracy (mean over the groups), worst_loss and worst_accuracy (each of the group where it is worst),
/// majority_loss, majority_accuracy, minority_loss and minority_accuracy (means over such groups), decoded_worst_accuracy
/// (the last layer refitted on the validation sample, groups weighted alike), logit_singular_value [C] (descending) and
/// logit_divergence, that of their shares from uniform. A group without samples has the loss and the accuracy NaN, and
/// counts neither in means over groups nor as the worst.
///
/// The validation sample is what rates and stopping times are chosen by; nothing that is trained or chosen reads the test
/// sample. DivergenceError when a gradient, or the loss at a recorded step, is not finite. A step costs six times batch
/// times the number of weights.
Record train_network(const SplitData& data, Perceptron& network, const NetworkTraining& training, const Draws& draws);

}  // namespace muonphase
