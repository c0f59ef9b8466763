#include "muonphase/files/data_tree.hpp"

#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace muonphase {

void DataTree::put(const std::string& path, bool is_scale, const Scales& scales, Values values, const Meta& meta) {
  if (path.empty() || path[0] != '/') throw std::logic_error("path \"" + path + "\" is not absolute");
  const std::size_t size = std::visit([](const auto& typed) { return typed.size(); }, values);
  Dataset set{path, is_scale, scales, {}, std::move(values), meta};
  if (is_scale) {
    set.scales = {path};
    set.shape = {size};
  } else {
    for (const auto& scale : scales) {
      const auto found = index_.find(scale);
      if (found == index_.end() || !datasets_[found->second].is_scale)
        throw std::logic_error(path + ": " + scale + " is no dimension scale");
      set.shape.push_back(datasets_[found->second].shape[0]);
    }
    if (size != std::accumulate(set.shape.begin(), set.shape.end(), std::size_t{1}, std::multiplies<>()))
      throw std::logic_error(path + ": the values do not fill the dimensions");
  }
  if (!index_.emplace(path, datasets_.size()).second) throw std::logic_error(path + " is written twice");
  datasets_.push_back(std::move(set));
}

void DataTree::scale(const std::string& path, std::span<const double> values, const Meta& meta) {
  put(path, true, {}, std::vector<double>(values.begin(), values.end()), meta);
}

void DataTree::scale(const std::string& path, const Eigen::ArrayXd& values, const Meta& meta) {
  put(path, true, {}, std::vector<double>(values.begin(), values.end()), meta);
}

void DataTree::scale(const std::string& path, std::span<const std::string> values, const Meta& meta) {
  put(path, true, {}, std::vector<std::string>(values.begin(), values.end()), meta);
}

void DataTree::index_scale(const std::string& path, std::size_t length, const Meta& meta) {
  std::vector<std::int64_t> index(length);
  std::iota(index.begin(), index.end(), 0);
  put(path, true, {}, std::move(index), meta);
}

void DataTree::dataset(const std::string& path, const Scales& scales, const Eigen::ArrayXXd& values, const Meta& meta) {
  std::vector<double> rows(static_cast<std::size_t>(values.size()));
  using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Eigen::Map<RowMajor>(rows.data(), values.rows(), values.cols()) = values;
  put(path, false, scales, std::move(rows), meta);
}

void DataTree::scalar(const std::string& path, double value, const Meta& meta) {
  put(path, false, {}, std::vector<double>{value}, meta);
}

void DataTree::attribute(const std::string& object, const std::string& name, AttributeValue value) {
  attributes_.push_back({object, name, std::move(value)});
}

const DataTree::AttributeValue* DataTree::find_attribute(const std::string& object, const std::string& name) const {
  for (const auto& attribute : attributes_)
    if (attribute.object == object && attribute.name == name) return &attribute.value;
  return nullptr;
}

}  // namespace muonphase
