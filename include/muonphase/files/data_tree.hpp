#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <map>
#include <ranges>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace muonphase {

/// What every dataset says of itself. `units` is "1" for what has none.
struct Meta {
  std::string units;
  std::string long_name;
};

/// Datasets with named dimensions, by absolute paths ("/signsvd/risk"), and attributes of groups and datasets: what a
/// result is once it leaves its types, for files and for Python alike.
///
///     DataTree tree;
///     tree.scale("/step", step, {"step", "optimizer step"});
///     tree.dataset("/risk", {"/step"}, risk, {"1", "population risk"});
///     write_file("risk.h5", hdf5_image(tree));
///
/// The shape of a dataset is given by its dimension scales, one for each dimension, slowest first. Wrong sizes and
/// paths used twice are errors of the caller: std::logic_error.
class DataTree {
 public:
  /// In row-major order.
  using Values = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>,
                              std::vector<std::uint8_t>, std::vector<std::string>>;
  struct Dataset {
    std::string path;
    bool is_scale;                    ///< a dimension; its name is the last part of the path
    std::vector<std::string> scales;  ///< paths, one for each dimension; of a scale, itself
    std::vector<std::size_t> shape;   ///< empty for a scalar
    Values values;
    Meta meta;
  };
  using AttributeValue = std::variant<std::string, double, std::int64_t, std::vector<std::uint8_t>>;
  struct Attribute {
    std::string object;  ///< a group or dataset; "/" is the root
    std::string name;
    AttributeValue value;
  };

  /// A dimension; its length is that of the values along it.
  void scale(const std::string& path, std::span<const double> values, const Meta& meta);
  void scale(const std::string& path, const Eigen::ArrayXd& values, const Meta& meta);
  void scale(const std::string& path, std::span<const std::string> values, const Meta& meta);
  /// 0, 1, …, length − 1
  void index_scale(const std::string& path, std::size_t length, const Meta& meta);

  using Scales = std::vector<std::string>;
  template <std::ranges::contiguous_range R>
  void dataset(const std::string& path, const Scales& scales, const R& values, const Meta& meta) {
    put(path, false, scales, std::vector<std::ranges::range_value_t<R>>(values.begin(), values.end()), meta);
  }
  /// Rows are the first dimension; a column stands for one dimension too.
  void dataset(const std::string& path, const Scales& scales, const Eigen::ArrayXXd& values, const Meta& meta);
  void scalar(const std::string& path, double value, const Meta& meta);

  void attribute(const std::string& object, const std::string& name, AttributeValue value);

  /// In the order in which they were made.
  const std::vector<Dataset>& datasets() const { return datasets_; }
  const std::vector<Attribute>& attributes() const { return attributes_; }
  /// Null where there is none.
  const AttributeValue* find_attribute(const std::string& object, const std::string& name) const;

 private:
  void put(const std::string& path, bool is_scale, const Scales& scales, Values values, const Meta& meta);

  std::vector<Dataset> datasets_;
  std::vector<Attribute> attributes_;
  std::map<std::string, std::size_t> index_;  ///< of datasets, by path
};

}  // namespace muonphase
