#include "muonphase/imbalance/record.hpp"

#include <cmath>
#include <stdexcept>

#include "muonphase/imbalance/loss.hpp"

namespace muonphase {
namespace {

Field step_field(const Eigen::ArrayXd& step) {
  return {"step", "", "optimizer step", step};
}

}  // namespace

const Field& field(const Record& record, const std::string& name) {
  for (const auto& candidate : record)
    if (candidate.name == name) return candidate;
  throw std::out_of_range("no field " + name);
}

Record record_of(const LeastSquaresCurve& curve) {
  return {step_field(curve.step),
          {"component", "mode", "component of W in the population eigenbasis", curve.component},
          {"class_loss", "class", "population loss of each class", curve.class_loss},
          {"balanced_loss", "", "mean of the class losses", balanced_loss(curve.class_loss)},
          {"train_loss", "", "loss that is trained", curve.train_loss},
          {"off_diagonal", "", "share of the energy of W outside the diagonal of the eigenbasis", curve.off_diagonal}};
}

Record record_of(const ClassifierCurve& curve) {
  return {step_field(curve.step),
          {"train_loss", "", "cross-entropy of the training sample, class weights included", curve.train_loss},
          {"train_accuracy", "", "accuracy on the training sample", curve.train_accuracy},
          {"validation_loss", "", "validation cross-entropy, classes weighted by their prior", curve.validation_loss},
          {"test_loss", "", "test cross-entropy, classes weighted by their prior", curve.test_loss},
          {"class_accuracy", "class", "test accuracy of each class", curve.class_accuracy},
          {"accuracy", "", "test accuracy, classes weighted by their prior", curve.accuracy},
          {"balanced_accuracy", "", "mean of the class accuracies", curve.balanced_accuracy},
          {"worst_accuracy", "", "test accuracy of the worst class", curve.worst_accuracy},
          {"margin", "norm", "smallest training margin over a norm of the model", curve.margin},
          {"logit_singular_value", "mode", "singular values of the test logits", curve.logit_singular_value},
          {"logit_divergence", "", "KL divergence of the logits' singular values to uniform", curve.logit_divergence}};
}

Record record_of(const Mixture& mixture, const Eigen::ArrayXd& step, const Eigen::ArrayXXd& component) {
  const Eigen::ArrayXXd loss = class_loss(mixture, component);
  return {step_field(step),
          {"component", "mode", "component of W in the population eigenbasis", component},
          {"class_loss", "class", "population loss of each class", loss},
          {"balanced_loss", "", "mean of the class losses", balanced_loss(loss)}};
}

Eigen::Index early_stop(const Record& record) {
  Eigen::Index row;
  field(record, "validation_loss").values.col(0).minCoeff(&row);
  return row;
}

namespace {

// Values of a field over the trials that have one: not NaN.
struct Spread {
  Eigen::ArrayXXd mean, error;
};

Spread spread_of(const std::vector<Record>& trials, std::size_t f) {
  const auto& first = trials[0][f].values;
  const Eigen::ArrayXXd zero = Eigen::ArrayXXd::Zero(first.rows(), first.cols());
  Eigen::ArrayXXd count = zero, sum = zero, square = zero;
  for (const auto& trial : trials) {
    const auto there = !trial[f].values.isNaN();
    count += there.cast<double>();
    sum += there.select(trial[f].values, 0.0);
  }
  const Eigen::ArrayXXd mean = sum / count;  // 0/0 where no trial has one
  for (const auto& trial : trials) square += trial[f].values.isNaN().select(0.0, (trial[f].values - mean).square());
  return {mean, (square / (count * (count - 1))).sqrt()};
}

}  // namespace

Record mean_record(const std::vector<Record>& trials) {
  Record result;
  for (std::size_t f = 0; f < trials[0].size(); ++f) {
    const Field& of = trials[0][f];
    const Spread spread = spread_of(trials, f);
    result.push_back({of.name, of.columns, of.long_name, spread.mean});
    if (trials.size() > 1 && of.name != "step")
      result.push_back({of.name + "_sem", of.columns, "standard error of the mean: " + of.long_name, spread.error});
  }
  return result;
}

}  // namespace muonphase
