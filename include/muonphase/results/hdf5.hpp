#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "muonphase/core/error.hpp"

/// HDF5 files as trees of datasets with named dimensions, which h5py, xarray and netCDF4 open without code. The HDF5
/// library serves one thread at a time, and so do these classes.
namespace muonphase {

/// What every dataset says of itself. `units` is "1" for what has none.
struct Meta {
  std::string units;
  std::string long_name;
};

/// An HDF5 file under construction, in memory. Paths are absolute ("/signsvd/risk"); groups are made as needed.
///
///     Hdf5Writer file;
///     file.scale("/step", step, {"step", "optimizer step"});
///     file.dataset("/risk", {"/step"}, risk, {"1", "population risk"});
///     write_file("risk.h5", file.image());
///
/// The shape of a dataset is given by its dimension scales, one for each dimension, slowest first. Wrong sizes and
/// paths used twice are errors of the caller: std::logic_error. What HDF5 refuses is an IoError.
class Hdf5Writer {
 public:
  Hdf5Writer();
  ~Hdf5Writer();
  Hdf5Writer(Hdf5Writer&&) noexcept;
  Hdf5Writer& operator=(Hdf5Writer&&) noexcept;

  /// A dimension: its name is the last part of the path, its length that of the values along it.
  void scale(const std::string& path, std::span<const double> values, const Meta& meta);
  void scale(const std::string& path, const Eigen::ArrayXd& values, const Meta& meta);
  void scale(const std::string& path, std::span<const std::string> values, const Meta& meta);
  /// 0, 1, …, length − 1
  void index_scale(const std::string& path, std::size_t length, const Meta& meta);

  using Scales = std::vector<std::string>;
  /// Values in row-major order.
  void dataset(const std::string& path, const Scales& scales, std::span<const double> values, const Meta& meta);
  void dataset(const std::string& path, const Scales& scales, std::span<const float> values, const Meta& meta);
  void dataset(const std::string& path, const Scales& scales, std::span<const std::int64_t> values, const Meta& meta);
  void dataset(const std::string& path, const Scales& scales, std::span<const std::uint8_t> values, const Meta& meta);
  void dataset(const std::string& path, const Scales& scales, std::span<const std::string> values, const Meta& meta);
  /// Rows are the first dimension; a column stands for one dimension too.
  void dataset(const std::string& path, const Scales& scales, const Eigen::ArrayXXd& values, const Meta& meta);
  void scalar(const std::string& path, double value, const Meta& meta);

  /// Attribute of a group or dataset; "/" is the root.
  void attribute(const std::string& object, const std::string& name, const std::string& value);
  void attribute(const std::string& object, const std::string& name, double value);
  void attribute(const std::string& object, const std::string& name, std::int64_t value);
  void attribute(const std::string& object, const std::string& name, std::span<const std::uint8_t> values);

  /// The bytes of the finished file.
  std::vector<std::byte> image() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Numbers of any shape, as doubles in row-major order; a scalar has an empty shape.
struct NumericArray {
  std::vector<std::size_t> shape;
  std::vector<double> values;
};

/// An HDF5 file to read. Every failure is an IoError that names the file and the object.
class Hdf5Reader {
 public:
  /// IoError when the file is missing, a directory, not HDF5, or cut short.
  explicit Hdf5Reader(const std::filesystem::path& path);
  /// A file in memory, as Hdf5Writer::image() gives it; `name` stands for its path in messages.
  Hdf5Reader(const std::vector<std::byte>& image, const std::string& name);
  ~Hdf5Reader();
  Hdf5Reader(Hdf5Reader&&) noexcept;
  Hdf5Reader& operator=(Hdf5Reader&&) noexcept;

  bool has(const std::string& path) const;
  /// Names in a group, in the order in which they were made; `groups` and datasets separately.
  std::vector<std::string> groups(const std::string& group) const;
  std::vector<std::string> datasets(const std::string& group) const;

  std::vector<std::size_t> shape(const std::string& dataset) const;
  /// Names of the dimensions (of the scales attached), empty where a dimension has none.
  std::vector<std::string> dimensions(const std::string& dataset) const;
  /// Paths of these scales, likewise; a scale has itself.
  std::vector<std::string> scales(const std::string& dataset) const;
  bool is_text(const std::string& dataset) const;
  bool is_integer(const std::string& dataset) const;
  NumericArray numbers(const std::string& dataset) const;
  double number(const std::string& dataset) const;           ///< a scalar
  Eigen::ArrayXd vector(const std::string& dataset) const;   ///< one dimension
  Eigen::ArrayXXd matrix(const std::string& dataset) const;  ///< two dimensions
  std::vector<std::string> strings(const std::string& dataset) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  double number_attribute(const std::string& object, const std::string& name) const;

  const std::filesystem::path& path() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a whole file or nothing: to a file beside it, which takes its name when it is on the disk. IoError with the
/// system's reason (a full disk, no permission, …).
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace muonphase
