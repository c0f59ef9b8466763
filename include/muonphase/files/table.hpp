#pragma once
#include <Eigen/Core>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "muonphase/core/error.hpp"

namespace muonphase {

/// Numbers in rows and columns, read from a file, and where each row stands in it.
///
///     const NumberTable table = read_table("pca.csv:eigenvalue");
///     const std::size_t column = table.selected();
///     const Eigen::ArrayXd values = table.numbers(column);   // StudyError with file, line and text of what is none
struct NumberTable {
  /// Cells of a column that are no numbers.
  struct Words {
    Eigen::Index count = 0;
    Eigen::Index first_row = 0;
    std::string first;
  };

  std::filesystem::path file;      ///< where it was read
  std::string typed;               ///< the file as the caller wrote it
  std::string object;              ///< the dataset or array in the file, "/lam"; empty where the file is one table
  std::string selection;           ///< the column that the path names; empty without one
  std::vector<std::string> names;  ///< one for each column; none without a line of names
  std::size_t names_line = 0;      ///< from 1; 0 without one
  std::vector<std::size_t> lines;  ///< of each row, from 1; none where the file has no lines
  std::vector<Words> words;        ///< of each column; none where the file holds numbers only
  Eigen::ArrayXXd values;          ///< [row, column]; NaN where a cell is no number
  /// Every line is "4,406": two whole numbers, or one with a decimal comma.
  bool maybe_decimal_comma = false;

  Eigen::Index rows() const { return values.rows(); }
  std::size_t columns() const { return static_cast<std::size_t>(values.cols()); }
  /// False where no cell of the column is a number.
  bool has_numbers(std::size_t column) const;

  /// "FILE", with the object in it.
  std::string place() const;
  /// "FILE:LINE", or "FILE:/dataset: row 3".
  std::string place(Eigen::Index row) const;
  /// How the caller would name the column: "FILE:name", or by its number, "FILE:2".
  std::string spelled(std::size_t column) const;
  /// Every column as spelled(), quoted: "FILE:step", "FILE:min" or "FILE:max".
  std::string choices() const;

  /// The column of that name, whatever its case.
  std::optional<std::size_t> find(const std::string& name) const;
  /// The column that the path names, by name or number. StudyError, listing those that are there, when there is none.
  std::size_t selected() const;
  /// The values of a column. StudyError with place and text of the first cell that is no number.
  Eigen::ArrayXd numbers(std::size_t column) const;
  /// All columns, less an index that a program wrote before them. StudyError where a cell is no number.
  Eigen::MatrixXd matrix() const;
  /// Whether the column counts its rows, from 0 or 1.
  bool counts_rows(std::size_t column) const;
};

/// Reads a table of numbers from `path`, "FILE", "FILE:column" (a name, or a number from 1), "FILE.h5:/dataset" or
/// "FILE.npz:array", each of the last two with ":column" after it if need be. A relative path starts at `folder`. What
/// the file is, is told by its content, not by its name:
///
/// - text, also compressed by gzip: columns separated by semicolons, tabs, `|`, commas or blanks; a line of names or
///   none, with titles above it or none; quotes around names and numbers; decimal commas where columns are not
///   separated by commas; any ends of lines; UTF-8, or UTF-16 with a byte order mark. Blank lines and what follows a #
///   are passed over;
/// - NumPy's .npy and .npz: integers and floating-point numbers of either byte order, of up to two dimensions;
/// - HDF5: numeric datasets of up to two dimensions. A file with one dataset (or array) needs not name it.
///
/// One dimension is a column. IoError for what cannot be read; StudyError, with place, text and the way out, for what
/// is no table of numbers: lines of different lengths, an array that must be named, bytes of another format.
NumberTable read_table(const std::string& path, const std::filesystem::path& folder = {});

/// Text of a file for a message: at most 60 bytes, with escapes (\x1f) for what is not printable UTF-8.
std::string printable(std::string_view text);

}  // namespace muonphase
