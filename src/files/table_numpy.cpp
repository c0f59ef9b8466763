// Arrays as NumPy writes them: .npy, and .npz, a zip of these.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>

#include "files/table_parts.hpp"

namespace muonphase {
namespace {

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// What stands after 'key': in the dictionary of the header, up to `ends`.
std::string_view entry_in(std::string_view header, std::string_view key, char first, char last) {
  const auto at = header.find(fmt::format("'{}':", key));
  const auto from = at == std::string_view::npos ? at : header.find(first, at + key.size() + 3);
  const auto end = from == std::string_view::npos ? from : header.find(last, from + 1);
  return end == std::string_view::npos ? std::string_view{} : header.substr(from + 1, end - from - 1);
}

template <class Word>
double value_of(std::uint64_t bits) {
  using Bits =
      std::conditional_t<sizeof(Word) == 8, std::uint64_t,
                         std::conditional_t<sizeof(Word) == 4, std::uint32_t,
                                            std::conditional_t<sizeof(Word) == 2, std::uint16_t, std::uint8_t>>>;
  return static_cast<double>(std::bit_cast<Word>(static_cast<Bits>(bits)));
}

double half_precision(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31), mantissa = static_cast<int>(bits & 1023);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 31) return mantissa ? std::nan("") : sign * HUGE_VAL;
  return sign * (exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24));
}

// The number that the bits of a type stand for; null for types that are no numbers.
using Decode = double (*)(std::uint64_t);
Decode decoder(std::string_view type) {
  static constexpr std::pair<std::string_view, Decode> table[] = {
      {"f8", value_of<double>},        {"f4", value_of<float>},         {"f2", half_precision},
      {"i8", value_of<std::int64_t>},  {"i4", value_of<std::int32_t>},  {"i2", value_of<std::int16_t>},
      {"i1", value_of<std::int8_t>},   {"u8", value_of<std::uint64_t>}, {"u4", value_of<std::uint32_t>},
      {"u2", value_of<std::uint16_t>}, {"u1", value_of<std::uint8_t>},  {"b1", value_of<std::uint8_t>}};
  for (const auto& [name, decode] : table)
    if (name == type) return decode;
  return nullptr;
}

// What an array of a type that is none of numbers holds: "complex numbers (<c16)".
std::string words_for(std::string_view type) {
  const char kind = type.size() > 1 ? type[1] : ' ';
  const char* words = kind == 'c'                  ? "complex numbers"
                      : kind == 'U' || kind == 'S' ? "text"
                      : kind == 'O'                ? "Python objects"
                      : kind == 'M' || kind == 'm' ? "times"
                                                   : "values of another type";
  return fmt::format("{} ({})", words, printable(type));
}

std::vector<std::uint64_t> lengths_in(std::string_view text) {
  std::vector<std::uint64_t> lengths;
  const char *at = text.data(), *const end = at + text.size();
  while (at < end) {
    std::uint64_t length = 0;
    const auto [stop, error] = std::from_chars(at, end, length);
    if (error == std::errc()) lengths.push_back(length);
    at = error == std::errc() ? stop : at + 1;
  }
  return lengths;
}

struct ZipEntry {
  std::uint64_t method, packed, unpacked, start;  // start: of the local header
};

// The arrays of a zip by name, in their order.
std::vector<std::pair<std::string, ZipEntry>> zip_entries(std::string_view bytes, const std::string& place) {
  const IoError damaged(place + ": damaged or cut short (a zip without its table of contents)");
  const auto end = bytes.rfind("PK\x05\x06");
  constexpr std::size_t end_size = 22, entry_size = 46;
  if (end == std::string_view::npos || end + end_size > bytes.size()) throw damaged;
  const auto count = little_endian(bytes, end + 10, 2);
  auto at = little_endian(bytes, end + 16, 4);
  if (count == 0xFFFF || at == 0xFFFFFFFF) throw StudyError(place + ": is larger than 4 GiB; save its arrays as .npy");
  std::vector<std::pair<std::string, ZipEntry>> entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (at + entry_size > bytes.size() || bytes.substr(at, 4) != "PK\x01\x02") throw damaged;
    const auto length = little_endian(bytes, at + 28, 2);
    if (at + entry_size + length > bytes.size()) throw damaged;
    std::string name(bytes.substr(at + entry_size, length));
    if (name.ends_with(".npy"))
      entries.emplace_back(name.substr(0, name.size() - 4),
                           ZipEntry{little_endian(bytes, at + 10, 2), little_endian(bytes, at + 20, 4),
                                    little_endian(bytes, at + 24, 4), little_endian(bytes, at + 42, 4)});
    at += entry_size + length + little_endian(bytes, at + 30, 2) + little_endian(bytes, at + 32, 2);
  }
  return entries;
}

// Where the first row's value j, its indices counted with the last one fastest, stands in an array that is stored with
// the first one fastest.
std::uint64_t place_by_columns(const std::vector<std::uint64_t>& shape, std::uint64_t j) {
  std::uint64_t place = 0, stride = 1;
  for (std::size_t k = 0; k < shape.size(); ++k) stride *= shape[k];
  for (std::size_t k = shape.size(); k-- > 1; j /= shape[k]) {
    stride /= shape[k];
    place += j % shape[k] * stride;
  }
  return place;
}

}  // namespace

NpyLayout npy_layout(std::string_view bytes, const std::string& place) {
  const IoError damaged(place + ": damaged or cut short");
  if (bytes.size() < 12) throw damaged;
  const std::size_t size = bytes[6] == 1 ? 2 : 4;
  const std::uint64_t length = little_endian(bytes, 8, size), start = 8 + size + length;
  if (start > bytes.size()) throw damaged;
  const std::string_view header = bytes.substr(8 + size, length);
  const std::string_view type = entry_in(header, "descr", '\'', '\'');
  const bool structured = header.find("'descr': [") != std::string_view::npos;
  const Decode decode = structured || type.empty() ? nullptr : decoder(type.substr(1));
  if (!decode)
    throw StudyError(fmt::format(
        "{}: holds {}, not real numbers; {}", place, structured ? "records of named fields" : words_for(type),
        type.find('c') == 1 ? "save their real parts as float64 (numpy.real)" : "save it as an array of float64"));
  return {.start = start,
          .shape = lengths_in(entry_in(header, "shape", '(', ')')),
          .width = static_cast<std::size_t>(type[2] - '0'),
          .decode = decode,
          .big_endian = type[0] == '>',
          .by_columns = header.find("'fortran_order': True") != std::string_view::npos,
          .whole_numbers = type[1] != 'f'};
}

double NpyLayout::value(const char* bytes) const {
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < width; ++k)
    bits = bits << 8 | static_cast<unsigned char>(bytes[big_endian ? k : width - 1 - k]);
  return decode(bits);
}

void read_npy(std::string_view bytes, Dimensions dimensions, NumberTable& table) {
  const std::string place = table.place();
  const NpyLayout layout = npy_layout(bytes, place);
  if (layout.shape.size() > 2 && dimensions == Dimensions::of_a_table)
    throw StudyError(fmt::format("{}: has {} dimensions, a table one or two", place, layout.shape.size()));
  const std::uint64_t rows = layout.shape.empty() ? 1 : layout.shape[0];
  const std::uint64_t available = (bytes.size() - layout.start) / layout.width;
  const bool nothing = std::find(layout.shape.begin(), layout.shape.end(), 0) != layout.shape.end();
  std::uint64_t columns = 1;
  bool whole = rows <= available;
  for (std::size_t k = 1; whole && !nothing && k < layout.shape.size(); ++k) {
    whole = layout.shape[k] <= available / rows / columns;
    columns *= layout.shape[k];
  }
  if (!whole && !nothing) throw IoError(place + ": damaged or cut short");
  if (nothing) return table.values.resize(0, 1);
  table.values.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
  for (std::uint64_t j = 0; j < columns; ++j) {
    const std::uint64_t first = layout.by_columns ? place_by_columns(layout.shape, j) : j;
    const std::uint64_t stride = layout.by_columns ? 1 : columns;
    for (std::uint64_t i = 0; i < rows; ++i)
      table.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          layout.value(bytes.data() + layout.start + (first + i * stride) * layout.width);
  }
}

std::vector<std::string> npz_names(std::string_view bytes, const std::string& place) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : zip_entries(bytes, place)) names.push_back(name);
  return names;
}

void read_npz(std::string_view bytes, Dimensions dimensions, NumberTable& table) {
  const std::string place = table.file.string();
  const auto entries = zip_entries(bytes, place);
  if (entries.empty())
    throw StudyError(place + ": is a zip without NumPy arrays (a workbook?); save the table as CSV, .npy or HDF5");
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries) names.push_back(name);
  choose_object(names, "arrays", table);
  const auto chosen = std::find(names.begin(), names.end(), table.object) - names.begin();
  const ZipEntry& entry = entries[static_cast<std::size_t>(chosen)].second;
  const IoError damaged(table.place() + ": damaged or cut short");
  constexpr std::size_t local_size = 30;
  if (entry.start + local_size > bytes.size()) throw damaged;
  const auto data =
      entry.start + local_size + little_endian(bytes, entry.start + 26, 2) + little_endian(bytes, entry.start + 28, 2);
  if (data > bytes.size() || entry.packed > bytes.size() - data) throw damaged;
  const std::string_view packed = bytes.substr(data, entry.packed);
  if (entry.method == 0) return read_npy(packed, dimensions, table);
  if (entry.method != 8)
    throw StudyError(
        fmt::format("{}: is packed by method {}; use numpy.savez or savez_compressed", table.place(), entry.method));
  const std::string array = inflate_raw(packed, entry.unpacked, table.place());
  if (!array.starts_with("\x93NUMPY")) throw damaged;
  read_npy(array, dimensions, table);
}

}  // namespace muonphase
