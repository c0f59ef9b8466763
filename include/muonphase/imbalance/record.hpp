#pragma once
#include <Eigen/Core>
#include <string>
#include <vector>

#include "muonphase/imbalance/classifier.hpp"
#include "muonphase/imbalance/training.hpp"

namespace muonphase {

/// One recorded quantity: rows are the recorded steps.
struct Field {
  std::string name;       ///< "class_loss"
  std::string columns;    ///< what the columns are: "class", "mode", "norm"; empty for a single one
  std::string long_name;  ///< for readers
  Eigen::ArrayXXd values;
};

/// What a run leaves, in the order in which it is written; the first field is the step.
using Record = std::vector<Field>;

/// The field of that name; std::out_of_range when there is none.
const Field& field(const Record& record, const std::string& name);

Record record_of(const LeastSquaresCurve& curve);
Record record_of(const ClassifierCurve& curve);

/// Components by some theory, with the class losses that follow from them.
Record record_of(const Mixture& mixture, const Eigen::ArrayXd& step, const Eigen::ArrayXXd& component);

/// Row at which the validation loss of a classifier's record is smallest: where early stopping ends it.
Eigen::Index early_stop(const Record& record);

/// Field by field mean over the trials that have a value (a group without samples has none: NaN), in the order given;
/// with two trials or more, each field but the step is followed by its standard error, "`<name>`_sem". Where no trial has
/// a value the mean is NaN, where fewer than two have one the error.
Record mean_record(const std::vector<Record>& trials);

}  // namespace muonphase
