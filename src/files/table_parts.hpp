#pragma once
// What the formats of read_table() share.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/files/table.hpp"

namespace muonphase {

/// What stands in a gzip file; `name` is for messages. IoError when it is damaged.
std::string gunzip(std::string_view bytes, const std::string& name);

/// A stream of DEFLATE without a header, as zip holds it, that unpacks to `size` bytes. IoError when it does not.
std::string inflate_raw(std::string_view bytes, std::size_t size, const std::string& name);

/// Fills a table, of which file, typed and selection are known, from text in UTF-8 or UTF-16.
void read_text_table(const std::string& bytes, NumberTable& table);

/// How numpy.save lays out an array.
struct NpyLayout {
  std::uint64_t start = 0;             ///< of its values, in bytes
  std::vector<std::uint64_t> shape;    ///< none for a scalar
  std::size_t width = 0;               ///< bytes of a value
  double (*decode)(std::uint64_t bits) = nullptr;
  bool big_endian = false, by_columns = false, whole_numbers = false;

  double value(const char* bytes) const;
};

/// From the first bytes of the file, which have its header. IoError when they are damaged, StudyError for what is no
/// array of numbers.
NpyLayout npy_layout(std::string_view bytes, const std::string& place);

/// The arrays of a zip, in their order.
std::vector<std::string> npz_names(std::string_view bytes, const std::string& place);

/// What a path "FILE" or "FILE:object" names, and what kind of file it is by its content.
enum class TableFormat { text, npy, npz, hdf5 };
TableFormat locate_table(const std::string& path, const std::filesystem::path& folder, NumberTable& table);

/// Every dataset of real numbers of an HDF5 file, by its path.
std::vector<std::string> numeric_datasets(const Hdf5Reader& file);

/// Splits table.selection, "/dataset" or "/dataset:column", by what an HDF5 file holds. StudyError as choose_object(),
/// and where the dataset holds no real numbers: it says what it holds.
void choose_dataset(const Hdf5Reader& file, NumberTable& table);

/// What arrays of more than two dimensions are: refused where a table is needed; or rows of samples [samples, …], of
/// which each is one row, its last index fastest.
enum class Dimensions { of_a_table, of_samples };

/// Fills it from an array as numpy.save writes it.
void read_npy(std::string_view bytes, Dimensions dimensions, NumberTable& table);

/// Fills it from one array of a zip, as numpy.savez writes it; table.selection says which.
void read_npz(std::string_view bytes, Dimensions dimensions, NumberTable& table);

/// read_table(), arrays of NumPy of any number of dimensions.
NumberTable read_samples_table(const std::string& path, const std::filesystem::path& folder);

/// Splits table.selection, "object" or "object:column", by what a file holds. The only object needs not be named.
/// StudyError, listing them, where one must be or is not there.
void choose_object(const std::vector<std::string>& objects, const std::string& kind, NumberTable& table);

/// A whole text as a number; decimal commas are accepted on demand.
std::optional<double> number_in(std::string_view text, bool decimal_comma);

}  // namespace muonphase
