#include "muonphase/imbalance/network_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/imbalance/decode.hpp"
#include "muonphase/imbalance/metrics.hpp"
#include "muonphase/imbalance/softmax.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

// One-hot rows, those of each group scaled so that groups weigh alike.
Eigen::MatrixXd targets_of(const GroupedSample& part, Eigen::Index classes, Eigen::Index groups, bool balanced) {
  Eigen::MatrixXd target = weighted_targets(part.label, Eigen::ArrayXd::Ones(classes));
  if (!balanced) return target;
  const Eigen::ArrayXd weight = balanced_class_weights(part.group, groups);
  for (Eigen::Index i = 0; i < part.size(); ++i) target.row(i) *= weight(part.group(i));
  return target;
}

CrossEntropy loss_of(const Eigen::MatrixXd& logits, const Eigen::MatrixXd& target, bool squared, int threads) {
  return squared ? squared_error(logits, target) : cross_entropy(logits, target, threads);
}

// The samples of each step: a new order every epoch, whose last batch may be short.
class Batches {
 public:
  Batches(Eigen::Index samples, Eigen::Index batch, const Draws& draws) : samples_(samples), batch_(batch), draws_(draws) {}

  std::vector<Eigen::Index> next() {
    if (at_ == 0) {
      order_.resize(static_cast<std::size_t>(samples_));
      std::iota(order_.begin(), order_.end(), Eigen::Index{0});
      const auto words = random_words({draws_.seed, draws_.trial, ++epoch_, Purpose::label}, order_.size());
      for (std::size_t i = order_.size(); i-- > 1;) std::swap(order_[i], order_[words[i] % (i + 1)]);
    }
    const Eigen::Index end = std::min(at_ + batch_, samples_);
    const std::vector<Eigen::Index> rows(order_.begin() + at_, order_.begin() + end);
    at_ = end == samples_ ? 0 : end;
    return rows;
  }

 private:
  Eigen::Index samples_, batch_;
  Draws draws_;
  Eigen::Index at_ = 0;
  std::uint64_t epoch_ = 0;
  std::vector<Eigen::Index> order_;
};

double mean_where(const Eigen::ArrayXd& values, const std::vector<bool>& chosen, bool want) {
  double sum = 0, count = 0;
  for (Eigen::Index g = 0; g < values.size(); ++g)
    if (chosen[static_cast<std::size_t>(g)] == want && !std::isnan(values(g))) {
      sum += values(g);
      count += 1;
    }
  return count > 0 ? sum / count : std::nan("");
}

// By group; NaN for one without samples, which no mean and no extreme counts.
struct ByGroup {
  Eigen::ArrayXd accuracy, loss;
};

ByGroup by_group(const Eigen::MatrixXd& logits, const GroupedSample& part, Eigen::Index groups, bool squared) {
  const Eigen::MatrixXd target = weighted_targets(part.label, Eigen::ArrayXd::Ones(logits.cols()));
  Eigen::ArrayXd right = Eigen::ArrayXd::Zero(groups), count = right, loss = right;
  for (Eigen::Index i = 0; i < part.size(); ++i) {
    Eigen::Index predicted = 0;
    logits.row(i).maxCoeff(&predicted);
    const int group = part.group(i);
    count(group) += 1;
    right(group) += predicted == part.label(i);
    loss(group) += loss_of(logits.row(i), target.row(i), squared, 1).loss;
  }
  return {right / count, loss / count};
}

double mean_of_present(const Eigen::ArrayXd& values) {
  return values.isNaN().select(0.0, values).sum() / static_cast<double>((!values.isNaN()).count());
}

double least_of_present(const Eigen::ArrayXd& values) {
  return values.isNaN().select(1.0, values).minCoeff();
}

double most_of_present(const Eigen::ArrayXd& values) {
  return values.isNaN().select(0.0, values).maxCoeff();
}

class Follower {
 public:
  Follower(const SplitData& data, const NetworkTraining& training) : data_(data), training_(training) {
    const Eigen::Index rows = training.record.size();
    record_ = {{"step", "", "optimizer step", training.record},
               {"train_loss", "", "loss of the training sample, weights included", {}},
               {"train_accuracy", "", "share of the training sample that is right", {}},
               {"validation_loss", "", "mean loss of the validation sample", {}},
               {"validation_accuracy", "", "validation accuracy, mean over the groups", {}},
               {"loss", "", "mean loss of the test sample", {}},
               {"accuracy", "", "share of the test sample that is right", {}},
               {"class_loss", "class", "test loss of each class", {}},
               {"balanced_loss", "", "mean of the class losses", {}},
               {"class_accuracy", "class", "test accuracy of each class", {}},
               {"group_loss", "group", "test loss of each group; NaN: it has no samples", {}},
               {"worst_loss", "", "test loss of the group where it is largest", {}},
               {"majority_loss", "", "mean of the group losses, groups that are frequent in training", {}},
               {"minority_loss", "", "mean of the group losses, groups that are rare in training", {}},
               {"group_accuracy", "group", "test accuracy of each group; NaN: it has no samples", {}},
               {"balanced_accuracy", "", "mean of the group accuracies", {}},
               {"worst_accuracy", "", "test accuracy of the worst group", {}},
               {"majority_accuracy", "", "mean of the group accuracies, groups that are frequent in training", {}},
               {"minority_accuracy", "", "mean of the group accuracies, groups that are rare in training", {}},
               {"decoded_worst_accuracy", "",
                "test accuracy of the worst group with the last layer refitted on the validation sample", {}},
               {"logit_singular_value", "mode", "singular values of the test logits", {}},
               {"logit_divergence", "", "KL divergence of the test logits' singular values to uniform", {}}};
    for (auto& field : record_)
      if (field.name != "step")
        field.values = Eigen::ArrayXXd::Zero(rows, field.columns.empty()      ? 1
                                                   : field.columns == "group" ? data.groups()
                                                                              : data.classes());
  }

  void operator()(Eigen::Index i, const Perceptron& network) {
    row_ = i;
    const int threads = training_.threads;
    const auto train = activations(network, data_.train.input, threads).back();
    const Eigen::MatrixXd target = targets_of(data_.train, data_.classes(), data_.groups(), training_.balanced_weights);
    const double loss = loss_of(train, target, training_.squared, threads).loss;
    if (!std::isfinite(loss))
      throw DivergenceError(fmt::format("training diverged: the loss is not finite at step {:g}", training_.record(i)),
                            {}, {});
    put("train_loss", loss);
    put("train_accuracy", accuracy(train, data_.train.label));
    const auto validation = activations(network, data_.validation.input, threads);
    put("validation_loss", mean_loss(data_.validation, validation.back()));
    put("validation_accuracy", mean_of_present(of_groups(validation.back(), data_.validation).accuracy));
    const auto test = activations(network, data_.test.input, threads);
    on_test(test.back());
    const Eigen::MatrixXd decoded = decoded_logits(validation[validation.size() - 2], data_.validation,
                                                   test[test.size() - 2], data_.classes(), data_.groups(), threads);
    put("decoded_worst_accuracy", least_of_present(of_groups(decoded, data_.test).accuracy));
  }

  Record take() { return std::move(record_); }

 private:
  Eigen::ArrayXXd& values(const char* name) {
    for (auto& field : record_)
      if (field.name == name) return field.values;
    throw NumericalError(std::string("no field ") + name);
  }
  void put(const char* name, double value) { values(name)(row_, 0) = value; }

  double mean_loss(const GroupedSample& part, const Eigen::MatrixXd& logits) const {
    return loss_of(logits, targets_of(part, data_.classes(), data_.groups(), false), training_.squared, training_.threads)
        .loss;
  }

  ByGroup of_groups(const Eigen::MatrixXd& logits, const GroupedSample& part) const {
    return by_group(logits, part, data_.groups(), training_.squared);
  }

  void on_test(const Eigen::MatrixXd& logits) {
    const Eigen::Index classes = data_.classes();
    put("loss", mean_loss(data_.test, logits));
    put("accuracy", accuracy(logits, data_.test.label));
    const Eigen::ArrayXd by_class = class_accuracy(logits, data_.test.label);
    values("class_accuracy").row(row_) = by_class.transpose();
    Eigen::ArrayXd loss(classes);
    for (int c = 0; c < classes; ++c) loss(c) = class_loss(c, logits);
    values("class_loss").row(row_) = loss.transpose();
    put("balanced_loss", loss.mean());
    const ByGroup group = of_groups(logits, data_.test);
    values("group_accuracy").row(row_) = group.accuracy.transpose();
    values("group_loss").row(row_) = group.loss.transpose();
    put("balanced_accuracy", mean_of_present(group.accuracy));
    put("worst_accuracy", least_of_present(group.accuracy));
    put("worst_loss", most_of_present(group.loss));
    for (const bool rare : {false, true}) {
      put(rare ? "minority_accuracy" : "majority_accuracy", mean_where(group.accuracy, data_.minority, rare));
      put(rare ? "minority_loss" : "majority_loss", mean_where(group.loss, data_.minority, rare));
    }
    const Eigen::ArrayXd spectrum = singular_values(logits);
    values("logit_singular_value").row(row_).head(spectrum.size()) = spectrum.transpose();
    put("logit_divergence", divergence_to_uniform(spectrum));
  }

  double class_loss(int c, const Eigen::MatrixXd& logits) const {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index i = 0; i < data_.test.size(); ++i)
      if (data_.test.label(i) == c) rows.push_back(i);
    const GroupedSample part{{}, data_.test.label(rows), {}};
    const Eigen::MatrixXd target = weighted_targets(part.label, Eigen::ArrayXd::Ones(data_.classes()));
    return loss_of(logits(rows, Eigen::all), target, training_.squared, training_.threads).loss;
  }

  const SplitData& data_;
  const NetworkTraining& training_;
  Record record_;
  Eigen::Index row_ = 0;
};

// What is updated: weights by the optimizer, biases by Adam, decay of the weights beside.
class Updater {
 public:
  Updater(const NetworkTraining& training, std::size_t layers)
      : training_(training), adam_(make_optimizer("adam")), weight_(layers), bias_(layers) {
    const auto& options = training.optimizer.options();
    if (options.has("weight_decay")) decay_ = options.number("weight_decay");
    const double last = training.record(training.record.size() - 1);
    horizon_ = last;
    peak_ = 0;
    for (const double t : {0.0, 0.25 * last, 0.5 * last}) peak_ = std::max(peak_, rate_at(training.schedule, t, last));
  }

  void operator()(double step, const Perceptron& gradient, Perceptron& network) {
    const double eta = rate_at(training_.schedule, step, horizon_);
    const double bias_eta = peak_ > 0 ? training_.bias_rate * eta / peak_ : 0;
    for (std::size_t l = 0; l < weight_.size(); ++l) {
      if (!gradient.weight[l].allFinite())
        throw DivergenceError(fmt::format("training diverged: a gradient is not finite at step {:g}", step), {}, {});
      const Eigen::MatrixXd phi = training_.optimizer.update<double>(weight_[l], gradient.weight[l],
                                                                     PolarMethod::automatic, training_.threads);
      network.weight[l] *= 1 - eta * decay_;
      network.weight[l] -= eta * phi;
      network.bias[l] -= bias_eta * adam_.update<double>(bias_[l], Matrix<double>(gradient.bias[l]));
    }
  }

 private:
  const NetworkTraining& training_;
  Optimizer adam_;
  std::vector<OptimizerState<double>> weight_, bias_;
  double decay_ = 0, horizon_ = 0, peak_ = 0;
};

}  // namespace

Record train_network(const SplitData& data, Perceptron& network, const NetworkTraining& training, const Draws& draws) {
  const Eigen::MatrixXd target =
      targets_of(data.train, data.classes(), data.groups(), training.balanced_weights);
  const bool whole = training.batch <= 0 || training.batch >= data.train.size();
  Batches batches(data.train.size(), whole ? data.train.size() : training.batch, draws);
  Updater update(training, network.weight.size());
  Follower follow(data, training);
  const auto last = static_cast<std::size_t>(training.record(training.record.size() - 1));
  Eigen::Index recorded = 0;
  for (std::size_t step = 0;; ++step) {
    training.monitor.check();
    training.monitor.report(step, last);
    if (static_cast<double>(step) >= training.record(recorded)) {
      follow(recorded, network);
      if (++recorded == training.record.size()) break;
    }
    const std::vector<Eigen::Index> rows = whole ? std::vector<Eigen::Index>() : batches.next();
    const Eigen::MatrixXd input = whole ? Eigen::MatrixXd() : Eigen::MatrixXd(data.train.input(rows, Eigen::all));
    const auto values = activations(network, whole ? data.train.input : input, training.threads);
    const Eigen::MatrixXd wanted = whole ? target : Eigen::MatrixXd(target(rows, Eigen::all));
    const CrossEntropy loss = loss_of(values.back(), wanted, training.squared, training.threads);
    update(static_cast<double>(step), gradients(network, values, loss.gradient, training.threads), network);
  }
  return follow.take();
}

}  // namespace muonphase
