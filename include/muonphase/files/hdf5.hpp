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
#include "muonphase/files/data_tree.hpp"

/// HDF5 files as trees of datasets with named dimensions, which h5py, xarray and netCDF4 open without code. The HDF5
/// library serves one thread at a time, and so do these classes.
namespace muonphase {

/// The bytes of an HDF5 file that holds the tree: groups as needed, dimension scales attached, units and long_name as
/// attributes, text of fixed length in UTF-8. IoError for what HDF5 refuses.
std::vector<std::byte> hdf5_image(const DataTree& tree);

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
  /// A file in memory, as hdf5_image() gives it; `name` stands for its path in messages.
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
  /// Paths of the scales attached, empty where a dimension has none; a scale has itself.
  std::vector<std::string> scales(const std::string& dataset) const;
  bool is_text(const std::string& dataset) const;
  bool is_integer(const std::string& dataset) const;
  /// What a dataset holds that is no real numbers, in words ("complex numbers"); empty where it holds real numbers.
  std::string other_than_numbers(const std::string& dataset) const;
  NumericArray numbers(const std::string& dataset) const;
  /// Rows first … first + count − 1 of a dataset of at least one dimension.
  NumericArray rows(const std::string& dataset, std::size_t first, std::size_t count) const;
  double number(const std::string& dataset) const;           ///< a scalar
  Eigen::ArrayXd vector(const std::string& dataset) const;   ///< one dimension
  Eigen::ArrayXXd matrix(const std::string& dataset) const;  ///< two dimensions
  std::vector<std::string> strings(const std::string& dataset) const;

  bool has_attribute(const std::string& object, const std::string& name) const;
  std::string text_attribute(const std::string& object, const std::string& name) const;
  double number_attribute(const std::string& object, const std::string& name) const;
  /// Names of a group's attributes that are text or one number.
  std::vector<std::string> attributes(const std::string& group) const;
  bool is_text_attribute(const std::string& object, const std::string& name) const;
  bool is_integer_attribute(const std::string& object, const std::string& name) const;

  const std::filesystem::path& path() const;

  /// What files of earlier versions are to be read as: this text for the attribute of the root, and the numbers of every
  /// dataset of that name, in whatever group, times a factor.
  void read_root_text_as(const std::string& attribute, const std::string& text);
  void scale_numbers(const std::string& dataset, double factor);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a whole file or nothing: to a file beside it, which takes its name when it is on the disk. IoError with the
/// system's reason (a full disk, no permission, …).
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

}  // namespace muonphase
