#include "muonphase/imbalance/classifier.hpp"

#include <limits>

#include "muonphase/imbalance/metrics.hpp"
#include "muonphase/imbalance/softmax.hpp"

namespace muonphase {
namespace {

Norms model_norms(const Network& network) {
  if (!network.rectified) return norms(end_to_end(network.layers));
  Norms product = norms(network.layers[0]);
  if (network.train_outer) {
    const Norms outer = norms(network.layers[1]);
    product.frobenius *= outer.frobenius;
    product.max *= outer.max;
    product.spectral *= outer.spectral;
  }
  return product;
}

/// Weights that turn the sum over the test sample into the mean over the prior of class means.
Eigen::ArrayXd prior_weights(const Mixture& mixture, const Eigen::ArrayXi& label) {
  return balanced_class_weights(label, mixture.classes()) * mixture.prior * static_cast<double>(mixture.classes());
}

class Observer {
 public:
  Observer(const Mixture& mixture, const Sample& sample, const Sample& validation, const Sample& test,
           const Eigen::MatrixXd& target, const Training& training)
      : mixture_(mixture),
        sample_(sample),
        validation_(validation),
        test_(test),
        target_(target),
        validation_target_(weighted_targets(validation.label, prior_weights(mixture, validation.label))),
        test_target_(weighted_targets(test.label, prior_weights(mixture, test.label))),
        threads_(training.threads) {
    const Eigen::Index rows = training.record.size(), classes = mixture.classes();
    curve.step = training.record;
    for (auto* column : {&curve.train_loss, &curve.train_accuracy, &curve.validation_loss, &curve.test_loss, &curve.accuracy,
                         &curve.balanced_accuracy, &curve.worst_accuracy, &curve.logit_divergence})
      column->resize(rows);
    curve.class_accuracy.resize(rows, classes);
    curve.margin.resize(rows, 3);
    curve.logit_singular_value.resize(rows, classes);
  }

  void operator()(Eigen::Index i, const Network& network) {
    on_sample(i, network);
    curve.validation_loss(i) =
        cross_entropy(logits(network, validation_.input, threads_), validation_target_, threads_).loss;
    on_test(i, network);
  }

  ClassifierCurve curve;

 private:
  void on_sample(Eigen::Index i, const Network& network) {
    const Eigen::MatrixXd z = logits(network, sample_.input, threads_);
    curve.train_loss(i) = cross_entropy(z, target_, threads_).loss;
    curve.train_accuracy(i) = accuracy(z, sample_.label);
    const Norms norm = model_norms(network);
    const double margin = smallest_margin(z, sample_.label);
    if (norm.frobenius > 0)
      curve.margin.row(i) << margin / norm.frobenius, margin / norm.max, margin / norm.spectral;
    else
      curve.margin.row(i) = std::numeric_limits<double>::quiet_NaN();
  }

  void on_test(Eigen::Index i, const Network& network) {
    const Eigen::MatrixXd z = logits(network, test_.input, threads_);
    const Eigen::ArrayXd by_class = class_accuracy(z, test_.label);
    curve.test_loss(i) = cross_entropy(z, test_target_, threads_).loss;
    curve.class_accuracy.row(i) = by_class.transpose();
    curve.accuracy(i) = (by_class * mixture_.prior).sum();
    curve.balanced_accuracy(i) = by_class.mean();
    curve.worst_accuracy(i) = by_class.minCoeff();
    const Eigen::ArrayXd s = singular_values(z);
    curve.logit_singular_value.row(i) = s.transpose();
    curve.logit_divergence(i) = divergence_to_uniform(s);
  }

  const Mixture& mixture_;
  const Sample &sample_, &validation_, &test_;
  const Eigen::MatrixXd& target_;
  const Eigen::MatrixXd validation_target_, test_target_;
  const int threads_;
};

}  // namespace

ClassifierCurve train_classifier(const Mixture& mixture, const Sample& sample, const Sample& validation,
                                 const Sample& test, const Eigen::ArrayXd& class_weight, Network network,
                                 const Training& training) {
  const Eigen::MatrixXd target = weighted_targets(sample.label, class_weight);
  Observer observer(mixture, sample, validation, test, target, training);
  // The layers are trained outside the network that carries the rest of its description.
  Layers layers = std::move(network.layers);
  const auto gradient = [&](const Layers& now) {
    network.layers = now;
    const Eigen::MatrixXd z = logits(network, sample.input, training.threads);
    return backward(network, sample.input, cross_entropy(z, target, training.threads).gradient, training.threads);
  };
  const auto observe = [&](Eigen::Index i, const Layers& now) {
    network.layers = now;
    observer(i, network);
  };
  train(layers, training, gradient, observe);
  return std::move(observer.curve);
}

}  // namespace muonphase
