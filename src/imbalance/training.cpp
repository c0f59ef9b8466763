#include "muonphase/imbalance/training.hpp"

#include <fmt/core.h>

#include <cstddef>

#include "muonphase/core/error.hpp"
#include "muonphase/imbalance/loss.hpp"
#include "muonphase/imbalance/metrics.hpp"

namespace muonphase {

void train(Layers& layers, const Training& training, const std::function<Layers(const Layers&)>& gradient,
           const std::function<void(Eigen::Index, const Layers&)>& observe) {
  std::vector<OptimizerState<double>> state(layers.size());
  Eigen::Index recorded = 0;
  const auto last = static_cast<std::size_t>(training.record(training.record.size() - 1));
  const double decay = training.learning_rate * training.optimizer.weight_decay();
  const std::size_t between_reports = 1 + last / 1000;
  for (std::size_t step = 0;; ++step) {
    training.monitor.check();
    if (step % between_reports == 0) training.monitor.report(step, last);
    if (static_cast<double>(step) >= training.record(recorded)) {
      observe(recorded, layers);
      if (++recorded == training.record.size()) break;
    }
    const Layers by_layer = gradient(layers);
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (!by_layer[l].allFinite())
        throw DivergenceError(fmt::format("training diverged: a gradient is not finite at step {}", step), {}, {});
      const Eigen::MatrixXd phi =
          training.optimizer.update<double>(state[l], by_layer[l], training.polar, training.threads);
      if (decay > 0) layers[l] *= 1 - decay;
      layers[l] -= training.learning_rate * phi;
    }
  }
  training.monitor.report(last, last);
}

LeastSquaresCurve train_least_squares(const Mixture& mixture, const Eigen::MatrixXd& directions, const Moments& moments,
                                      Layers start, const Training& training) {
  const Eigen::Index rows = training.record.size(), classes = mixture.classes();
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(classes, classes);
  LeastSquaresCurve curve{training.record, Eigen::ArrayXXd(rows, classes), Eigen::ArrayXd(rows),
                          Eigen::ArrayXXd(rows, classes), Eigen::ArrayXd(rows)};
  const auto gradient = [&](const Layers& layers) {
    const Eigen::MatrixXd xx = product<double>(moments.xx, end_to_end(layers).transpose(), training.threads);
    return layer_gradients(layers, xx.transpose() - moments.yx);
  };
  const auto observe = [&](Eigen::Index i, const Layers& layers) {
    const Eigen::MatrixXd w = end_to_end(layers);
    curve.component.row(i) = (w * directions).diagonal().transpose().array();
    curve.off_diagonal(i) = off_diagonal_share(w, identity, directions);
    curve.class_loss.row(i) = class_loss(mixture, directions, w).transpose();
    curve.train_loss(i) = squared_loss(moments, w);
  };
  train(start, training, gradient, observe);
  return curve;
}

}  // namespace muonphase
