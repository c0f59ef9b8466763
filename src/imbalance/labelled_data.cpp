#include "muonphase/imbalance/labelled_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/problem/samples.hpp"

namespace muonphase {
namespace {

using Rows = std::vector<Eigen::Index>;

// A permutation by the words of a stream.
Rows shuffled(Eigen::Index n, const Stream& stream) {
  Rows order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  const auto words = random_words(stream, order.size());
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[words[i] % (i + 1)]);
  return order;
}

GroupedSample rows_of(const Sample& sample, const Rows& rows) {
  GroupedSample part{sample.input(rows, Eigen::all), sample.label(rows), {}};
  part.group = part.label;
  return part;
}

Eigen::ArrayXd counts(const Eigen::ArrayXi& number, Eigen::Index most) {
  Eigen::ArrayXd count = Eigen::ArrayXd::Zero(most);
  for (const int k : number) count(k) += 1;
  return count;
}

// As many of each class as the priors allow, in the order in which they stand.
Rows thinned(const Sample& sample, const Rows& rows, const Eigen::ArrayXd& prior) {
  Eigen::ArrayXd there = Eigen::ArrayXd::Zero(prior.size()), taken = there;
  for (const Eigen::Index i : rows) there(sample.label(i)) += 1;
  const double whole = (there / prior).minCoeff();
  Rows kept;
  for (const Eigen::Index i : rows) {
    const int c = sample.label(i);
    if (taken(c) >= std::max(1.0, std::round(whole * prior(c)))) continue;
    taken(c) += 1;
    kept.push_back(i);
  }
  return kept;
}

// [n, 2 d]: an image in the channel of its colour.
void colour(GroupedSample& part, Eigen::Index classes, double agreeing, const Stream& stream) {
  const auto words = random_words(stream, static_cast<std::size_t>(part.size()));
  const Eigen::Index d = part.input.cols();
  Eigen::MatrixXd channels = Eigen::MatrixXd::Zero(part.size(), 2 * d);
  for (Eigen::Index i = 0; i < part.size(); ++i) {
    const int upper = part.label(i) >= (classes + 1) / 2;
    const double uniform = static_cast<double>(words[static_cast<std::size_t>(i)] >> 11) * 0x1p-53;
    const int hue = uniform < agreeing ? upper : 1 - upper;
    channels.row(i).segment(hue * d, d) = part.input.row(i);
    part.label(i) = upper;
    part.group(i) = 2 * upper + hue;
  }
  part.input = std::move(channels);
}

// Appends coded copies: samples of digit k with code b are class `classes` + (b − 1)·classes + k.
void add_barcodes(GroupedSample& part, Eigen::Index classes, int codes, int per_code) {
  const Eigen::Index n = part.size();
  std::vector<Rows> of_class(static_cast<std::size_t>(classes));
  for (Eigen::Index i = 0; i < n; ++i) of_class[static_cast<std::size_t>(part.label(i))].push_back(i);
  Rows source;
  std::vector<int> label, code;
  for (int b = 1; b <= codes; ++b)
    for (Eigen::Index k = 0; k < classes; ++k) {
      const Rows& there = of_class[static_cast<std::size_t>(k)];
      for (int i = 0; i < per_code; ++i) {
        source.push_back(there[static_cast<std::size_t>((b - 1) * per_code + i) % there.size()]);
        label.push_back(static_cast<int>(classes + (b - 1) * classes + k));
        code.push_back(b);
      }
    }
  const auto more = static_cast<Eigen::Index>(source.size());
  GroupedSample all{Eigen::MatrixXd(n + more, part.input.cols()), Eigen::ArrayXi(n + more), {}};
  all.input << part.input, part.input(source, Eigen::all);
  all.label << part.label, Eigen::Map<const Eigen::ArrayXi>(label.data(), more);
  const Eigen::Index bits = std::min<Eigen::Index>(part.input.cols(), 20);
  for (Eigen::Index i = 0; i < more; ++i)
    for (Eigen::Index bit = 0; bit < bits; ++bit)
      all.input(n + i, bit) = code[static_cast<std::size_t>(i)] >> bit & 1;
  all.group = all.label;
  part = std::move(all);
}

void require_classes(const GroupedSample& part, Eigen::Index classes, const char* name) {
  if (part.size() == 0 || counts(part.label, classes).minCoeff() == 0)
    throw StudyError(fmt::format("imbalance.data: the {} sample has a class without samples", name));
}

}  // namespace

LabelledFile load_labelled(const DataTask& task, const std::filesystem::path& folder) {
  const SampleFiles files = open_samples({task.path, task.inputs, task.labels}, folder);
  if (files.classes.empty())
    throw StudyError(fmt::format("{}: imbalance.data.labels = \"{}\" must name whole-number labels", task.path,
                                 task.labels));
  LabelledFile file;
  file.sample.input = files.inputs.read(0, files.inputs.rows);
  if (!file.sample.input.allFinite()) throw StudyError(task.path + ": the inputs have values that are no finite numbers");
  const double largest = file.sample.input.cwiseAbs().maxCoeff();
  if (largest > 0) file.sample.input /= largest;
  const Eigen::MatrixXd label = files.outputs.read(0, files.outputs.rows);
  file.sample.label.resize(label.rows());
  for (Eigen::Index i = 0; i < label.rows(); ++i)
    file.sample.label(i) = static_cast<int>(
        std::lower_bound(files.classes.begin(), files.classes.end(), label(i, 0)) - files.classes.begin());
  for (const double name : files.classes) file.class_names.push_back(fmt::format("{:g}", name));
  return file;
}

SplitData split_data(const LabelledFile& file, const DataTask& task, const Draws& draws) {
  const auto classes = static_cast<Eigen::Index>(file.class_names.size()), n = file.sample.input.rows();
  const Rows order = shuffled(n, {draws.seed, draws.trial, 0, Purpose::label});
  const auto cut = [&](double share) { return static_cast<std::ptrdiff_t>(std::round(share * static_cast<double>(n))); };
  const auto test_end = order.begin() + cut(task.test), validation_end = test_end + cut(task.validation);
  const Rows test(order.begin(), test_end), validation(test_end, validation_end);
  Rows train(validation_end, order.end());
  if (task.prior.size() > 0 && task.prior.size() != classes)
    throw StudyError(fmt::format("imbalance.priors: {} priors, and {} has {} classes", task.prior.size(), task.path,
                                 classes));
  SplitData data;
  data.validation = rows_of(file.sample, validation);
  data.test = rows_of(file.sample, test);
  data.class_names = data.group_names = file.class_names;
  require_classes(rows_of(file.sample, train), classes, "training");
  require_classes(data.validation, classes, "validation");
  require_classes(data.test, classes, "test");
  if (task.prior.size() > 0) train = thinned(file.sample, train, task.prior);
  data.train = rows_of(file.sample, train);
  if (task.transform == Transform::colours) {
    const auto stream = [&](std::uint64_t part) { return Stream{draws.seed, draws.trial, part, Purpose::direction}; };
    colour(data.train, classes, task.spurious, stream(0));
    colour(data.validation, classes, 0.5, stream(1));
    colour(data.test, classes, 1 - task.spurious, stream(2));
    data.class_names = {"lower half", "upper half"};
    data.group_names = {"lower, red", "lower, green", "upper, red", "upper, green"};
    data.minority = {false, true, true, false};
    return data;
  }
  if (task.transform == Transform::barcodes) {
    for (GroupedSample* part : {&data.train, &data.validation, &data.test})
      add_barcodes(*part, classes, task.codes, task.per_code);
    for (int b = 1; b <= task.codes; ++b)
      for (const auto& name : file.class_names) data.class_names.push_back(fmt::format("{} with code {}", name, b));
    data.group_names = data.class_names;
  }
  const Eigen::ArrayXd count = counts(data.train.group, data.groups());
  for (const double here : count) data.minority.push_back(here < 0.999 * count.mean());
  return data;
}

SplitData mixture_data(const Mixture& mixture, Eigen::Index samples, Eigen::Index per_class, const Draws& draws) {
  const Eigen::MatrixXd directions = draws.directions(mixture);
  const auto grouped = [](Sample sample) {
    GroupedSample part{std::move(sample.input), sample.label, sample.label};
    return part;
  };
  SplitData data;
  data.train = grouped(draws.sample(mixture, directions, samples));
  data.validation = grouped(draws.validation_sample(mixture, directions, per_class));
  data.test = grouped(draws.test_sample(mixture, directions, per_class));
  for (Eigen::Index c = 0; c < mixture.classes(); ++c) {
    data.class_names.push_back(fmt::format("{}", c));
    data.minority.push_back(mixture.prior(c) < 0.999 / static_cast<double>(mixture.classes()));
  }
  data.group_names = data.class_names;
  return data;
}

}  // namespace muonphase
