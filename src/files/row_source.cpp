#include "muonphase/files/row_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>

#include "files/table_parts.hpp"

namespace muonphase {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Rows and columns of a shape: everything after the first dimension is one row.
template <class Shape>
void take_shape(const Shape& shape, RowSource& source) {
  source.rows = shape.empty() ? 1 : static_cast<Eigen::Index>(shape[0]);
  source.columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) source.columns *= static_cast<Eigen::Index>(shape[i]);
  source.one_dimension = shape.size() < 2;
}

RowSource hdf5_rows(NumberTable& table) {
  const auto file = std::make_shared<const Hdf5Reader>(table.file);
  choose_dataset(*file, table);
  RowSource source;
  source.place = table.place();
  take_shape(file->shape(table.object), source);
  source.whole_numbers = file->is_integer(table.object);
  source.read = [file, object = table.object, columns = source.columns](Eigen::Index first, Eigen::Index count) {
    const NumericArray block = file->rows(object, static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    return Eigen::MatrixXd(Eigen::Map<const RowMajor>(block.values.data(), count, columns));
  };
  return source;
}

// Nothing where the array is stored by columns.
std::optional<RowSource> npy_rows(const NumberTable& table) {
  RowSource source;
  source.place = table.file.string();
  const IoError damaged(source.place + ": damaged or cut short");
  auto stream = std::make_shared<std::ifstream>(table.file, std::ios::binary);
  constexpr std::size_t header_size = 1 << 16;
  std::string header(header_size, '\0');
  stream->read(header.data(), header_size);
  header.resize(static_cast<std::size_t>(stream->gcount()));
  const NpyLayout layout = npy_layout(header, source.place);
  if (layout.by_columns && layout.shape.size() > 1) return std::nullopt;
  take_shape(layout.shape, source);
  source.whole_numbers = layout.whole_numbers;
  const std::uint64_t available = (std::filesystem::file_size(table.file) - layout.start) / layout.width;
  const auto rows = static_cast<std::uint64_t>(source.rows), columns = static_cast<std::uint64_t>(source.columns);
  if (rows > available + 1 || (rows > 0 && columns > available / rows)) throw damaged;
  source.read = [stream, layout, columns, damaged](Eigen::Index first, Eigen::Index count) {
    const std::size_t width = layout.width, values = static_cast<std::size_t>(count) * columns;
    std::string bytes(values * width, '\0');
    stream->clear();
    stream->seekg(static_cast<std::streamoff>(layout.start + static_cast<std::uint64_t>(first) * columns * width));
    if (!stream->read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) throw damaged;
    RowMajor block(count, static_cast<Eigen::Index>(columns));
    for (std::size_t i = 0; i < values; ++i) block.data()[i] = layout.value(bytes.data() + i * width);
    return Eigen::MatrixXd(block);
  };
  return source;
}

std::string whole_file(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// MNIST's format: two zeros, the type (8: unsigned bytes), the number of dimensions, their lengths in big-endian order.
bool is_idx(std::string_view bytes) {
  return bytes.size() >= 8 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 8 && bytes[3] >= 1 && bytes[3] <= 4;
}

RowSource idx_rows(std::string_view bytes, const std::string& place) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t dimensions = byte(3), start = 4 + 4 * dimensions;
  const IoError damaged(place + ": damaged or cut short");
  if (bytes.size() < start) throw damaged;
  std::vector<std::size_t> shape(dimensions);
  for (std::size_t i = 0; i < dimensions; ++i)
    for (std::size_t k = 0; k < 4; ++k) shape[i] = shape[i] << 8 | byte(4 + 4 * i + k);
  RowSource source;
  take_shape(shape, source);
  const auto available = static_cast<Eigen::Index>(bytes.size() - start);
  if (source.rows > available || (source.rows > 0 && source.columns > available / source.rows)) throw damaged;
  Eigen::MatrixXd values(source.rows, source.columns);
  for (Eigen::Index i = 0; i < source.rows; ++i)
    for (Eigen::Index j = 0; j < source.columns; ++j)
      values(i, j) = byte(start + static_cast<std::size_t>(i * source.columns + j));
  RowSource result = rows_of(std::move(values), place);
  result.one_dimension = dimensions == 1;
  result.whole_numbers = true;
  return result;
}

bool all_whole(const NumberTable& table) {
  return (table.values == table.values.round()).all();
}

RowSource table_rows(const NumberTable& table) {
  RowSource source = rows_of(table.matrix(), table.place());
  source.whole_numbers = all_whole(table);
  source.is_text = !table.lines.empty();
  if (!table.names.empty())
    source.names.assign(table.names.end() - static_cast<std::ptrdiff_t>(source.columns), table.names.end());
  return source;
}

}  // namespace

std::string RowSource::column_name(Eigen::Index column) const {
  const auto i = static_cast<std::size_t>(column);
  return i < names.size() && !names[i].empty() ? "column " + printable(names[i]) : fmt::format("column {}", column + 1);
}

std::string RowSource::row_name(Eigen::Index row) const {
  return fmt::format("{}: row {}", place, row + 1);
}

RowSource open_rows(const std::string& path, const std::filesystem::path& folder) {
  NumberTable table;
  const TableFormat format = locate_table(path, folder, table);
  if (format == TableFormat::hdf5) return hdf5_rows(table);
  if (format == TableFormat::npy)
    if (auto source = npy_rows(table)) return *source;
  if (format == TableFormat::text) {
    char first[8] = {};
    std::ifstream(table.file, std::ios::binary).read(first, sizeof first);
    std::string bytes(first, sizeof first);
    const bool packed = bytes.starts_with("\x1f\x8b");
    if (packed) bytes = gunzip(whole_file(table.file), table.file.string());
    if (is_idx(bytes)) return idx_rows(packed ? bytes : whole_file(table.file), table.file.string());
  }
  return table_rows(read_samples_table(path, folder));
}

RowSource rows_of(Eigen::MatrixXd values, const std::string& place) {
  const auto kept = std::make_shared<const Eigen::MatrixXd>(std::move(values));
  RowSource source;
  source.place = place;
  source.rows = kept->rows();
  source.columns = kept->cols();
  source.one_dimension = source.columns == 1;
  source.read = [kept](Eigen::Index first, Eigen::Index count) {
    return Eigen::MatrixXd(kept->middleRows(first, count));
  };
  return source;
}

RowSource columns_of(const RowSource& source, const std::vector<Eigen::Index>& columns) {
  RowSource part = source;
  part.columns = static_cast<Eigen::Index>(columns.size());
  part.names.clear();
  for (const Eigen::Index column : columns)
    if (!source.names.empty()) part.names.push_back(source.names[static_cast<std::size_t>(column)]);
  part.read = [read = source.read, columns](Eigen::Index first, Eigen::Index count) {
    return Eigen::MatrixXd(read(first, count)(Eigen::all, columns));
  };
  return part;
}

std::vector<std::string> objects_in(const std::string& path, const std::filesystem::path& folder) {
  NumberTable table;
  const TableFormat format = locate_table(path, folder, table);
  if (format == TableFormat::hdf5) return numeric_datasets(Hdf5Reader(table.file));
  if (format != TableFormat::npz) return {};
  return npz_names(whole_file(table.file), table.file.string());
}

}  // namespace muonphase
