#pragma once
#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "muonphase/core/monitor.hpp"
#include "muonphase/imbalance/network.hpp"
#include "muonphase/optimizers/optimizer.hpp"

namespace muonphase {

/// How a run trains: every layer has its own copy of the optimizer's state.
struct Training {
  Optimizer optimizer;
  double learning_rate = 0;  ///< η, constant
  Eigen::ArrayXd record;     ///< steps to observe, increasing from 0; the last one ends the run
  PolarMethod polar = PolarMethod::automatic;
  int threads = 1;
  Monitor monitor = {};  ///< counts steps; may interrupt between them
};

/// Full-batch training: at each step W_l ← W_l − η Φ(∇_l) for every layer. `gradient` is called with the layers before
/// each step, `observe(i, layers)` at the step training.record(i). A layer whose gradient is zero and without memory
/// stays as it is. DivergenceError when a weight stops being finite, naming the step; Interrupted.
void train(Layers& layers, const Training& training, const std::function<Layers(const Layers&)>& gradient,
           const std::function<void(Eigen::Index, const Layers&)>& observe);

/// A linear model of any depth under the squared loss.
struct LeastSquaresCurve {
  Eigen::ArrayXd step;          ///< [T]
  Eigen::ArrayXXd component;    ///< w_c, the diagonal of W in the population eigenbasis, [T, C]
  Eigen::ArrayXd off_diagonal;  ///< share of ‖W‖_F² outside that diagonal, [T]
  Eigen::ArrayXXd class_loss;   ///< population class losses, [T, C]
  Eigen::ArrayXd train_loss;    ///< the loss that is trained: of the sample or the population, [T]
};

/// Trains `start` on `moments`, of the population or of a sample, and follows it in the eigenbasis of the population
/// whose means point along `directions` [d, C]. A step costs C d² beside the optimizer.
LeastSquaresCurve train_least_squares(const Mixture& mixture, const Eigen::MatrixXd& directions, const Moments& moments,
                                      Layers start, const Training& training);

}  // namespace muonphase
