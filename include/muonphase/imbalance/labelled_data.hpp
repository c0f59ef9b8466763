#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "muonphase/imbalance/mixture.hpp"
#include "muonphase/imbalance/sample.hpp"

/// Real inputs with labels, made imbalanced.
namespace muonphase {

/// Inputs whose samples belong to groups besides classes: without a transform a group is a class.
struct GroupedSample {
  Eigen::MatrixXd input;  ///< [n, d]
  Eigen::ArrayXi label;   ///< in [0, C)
  Eigen::ArrayXi group;   ///< in [0, G)

  Eigen::Index size() const { return input.rows(); }
};

/// A training sample, one to choose rates and stopping times by, and one to report.
struct SplitData {
  GroupedSample train, validation, test;
  std::vector<std::string> class_names, group_names;
  std::vector<bool> minority;  ///< of each group: rare in the training sample

  Eigen::Index classes() const { return static_cast<Eigen::Index>(class_names.size()); }
  Eigen::Index groups() const { return static_cast<Eigen::Index>(group_names.size()); }
};

/// none: the classes as they are, or thinned out by priors.
/// colours: the task is whether the label is in the upper half; an image is red or green (one channel holds it, the
///   other is zero), and the colour agrees with the label for a share `spurious` of the training sample, for a half of
///   the validation sample and for 1 − spurious of the test sample. Groups are label × colour.
/// barcodes: beside the classes as they are, images that carry a code in their first row are classes of their own, one
///   for each code and digit, of `per_code` training samples each: a heavy tail. Groups are the classes.
enum class Transform { none, colours, barcodes };

struct DataTask {
  std::string path = "";
  std::string inputs = "/x";
  std::string labels = "/y";
  Transform transform = Transform::none;
  double spurious = 0.99;
  int codes = 8;     ///< barcodes, at most 2^min(d, 20) − 1
  int per_code = 5;  ///< training samples of each coded class
  double validation = 0.2, test = 0.2;  ///< shares of the samples
  Eigen::ArrayXd prior = {};            ///< of the training classes; empty: as they are
};

/// All samples of a file: inputs divided by their largest absolute value, labels numbered from 0 in ascending order.
/// HDF5, .npy/.npz, text, or IDX (MNIST's files, the labels in a file of their own). Errors as of open_samples().
struct LabelledFile {
  Sample sample;
  std::vector<std::string> class_names;
};
LabelledFile load_labelled(const DataTask& task, const std::filesystem::path& folder = {});

/// Splits at random, by the trial's stream, transforms, and thins out the training classes to the priors, the largest
/// that the sample allows. StudyError where a split has a class without samples.
SplitData split_data(const LabelledFile& file, const DataTask& task, const Draws& draws);

/// The same shape from a mixture: groups are classes, minorities those below the mean prior.
SplitData mixture_data(const Mixture& mixture, Eigen::Index samples, Eigen::Index per_class, const Draws& draws);

}  // namespace muonphase
