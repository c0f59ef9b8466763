#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "muonphase/core/error.hpp"

namespace muonphase {

/// A table of numbers that is read a block of rows at a time, so that it may be larger than memory.
///
///     const RowSource x = open_rows("layer.h5:/x");
///     const Eigen::MatrixXd block = x.read(0, std::min<Eigen::Index>(4096, x.rows));
struct RowSource {
  std::string place;               ///< "FILE" or "FILE:/dataset", for messages
  Eigen::Index rows = 0;           ///< along the first dimension
  Eigen::Index columns = 0;        ///< of all further dimensions: an image of 20 × 20 pixels is 400 columns
  bool whole_numbers = false;      ///< stored as integers
  bool one_dimension = false;      ///< a list of numbers, not a table with one column
  bool is_text = false;
  std::vector<std::string> names;  ///< of the columns; none where the file has no names
  /// Rows first … first + count − 1 as doubles [count, columns]. IoError for what cannot be read. One thread at a time.
  std::function<Eigen::MatrixXd(Eigen::Index first, Eigen::Index count)> read;

  /// "column 3", or by its name, "column petal_width".
  std::string column_name(Eigen::Index column) const;
  /// "FILE: row 7", from 1.
  std::string row_name(Eigen::Index row) const;
};

/// Opens "FILE", "FILE.h5:/dataset" or "FILE.npz:array", IDX (MNIST's files, also gzipped) besides what read_table()
/// takes. Arrays of HDF5 and NumPy have any number of dimensions, the first along the samples. HDF5 and .npy (in C order)
/// are read by blocks; text, .npz and .npy in Fortran order are read whole. The same errors as read_table().
RowSource open_rows(const std::string& path, const std::filesystem::path& folder = {});

/// A matrix in memory.
RowSource rows_of(Eigen::MatrixXd values, const std::string& place);

/// The same of some columns of a source, in the order given.
RowSource columns_of(const RowSource& source, const std::vector<Eigen::Index>& columns);

/// The datasets of an HDF5 file or the arrays of an .npz, "/x" or "x"; none for a file that is one table.
std::vector<std::string> objects_in(const std::string& path, const std::filesystem::path& folder = {});

}  // namespace muonphase
