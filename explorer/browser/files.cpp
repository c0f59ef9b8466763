// What a browser has no library for: HDF5, and what is compressed, which the page unpacks before it comes here.
#include "files/table_parts.hpp"

namespace muonphase {

struct Hdf5Reader::Impl {};

namespace {

[[noreturn]] void refuse(const std::string& name) {
  throw IoError(name + ": is HDF5, which the page does not read; text, CSV and .npy are read");
}

}  // namespace

Hdf5Reader::Hdf5Reader(const std::filesystem::path& path) {
  refuse(path.filename().string());
}
Hdf5Reader::~Hdf5Reader() = default;
std::vector<std::string> Hdf5Reader::groups(const std::string& group) const {
  refuse(group);
}
std::vector<std::string> Hdf5Reader::datasets(const std::string& group) const {
  refuse(group);
}
std::vector<std::size_t> Hdf5Reader::shape(const std::string& dataset) const {
  refuse(dataset);
}
bool Hdf5Reader::is_text(const std::string& dataset) const {
  refuse(dataset);
}
std::string Hdf5Reader::other_than_numbers(const std::string& dataset) const {
  refuse(dataset);
}
bool Hdf5Reader::is_integer(const std::string& dataset) const {
  refuse(dataset);
}
NumericArray Hdf5Reader::numbers(const std::string& dataset) const {
  refuse(dataset);
}
NumericArray Hdf5Reader::rows(const std::string& dataset, std::size_t, std::size_t) const {
  refuse(dataset);
}

std::string gunzip(std::string_view, const std::string& name) {
  throw IoError(name + ": is compressed twice");
}

std::string inflate_raw(std::string_view, std::size_t, const std::string& name) {
  throw IoError(name + ": is a compressed .npz, which the page does not read; text, CSV and .npy are read");
}

}  // namespace muonphase
