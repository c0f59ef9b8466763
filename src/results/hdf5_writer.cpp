#include <fmt/format.h>
#include <hdf5_hl.h>

#include <atomic>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>

#include "muonphase/results/hdf5.hpp"
#include "results/hdf5_handle.hpp"

namespace muonphase {
namespace {

constexpr std::size_t memory_block = 1 << 20;

std::vector<const char*> pointers(std::span<const std::string> texts) {
  std::vector<const char*> out;
  for (const auto& text : texts) out.push_back(text.c_str());
  return out;
}

void check(bool fine, const std::string& object) {
  if (!fine) throw IoError(object + ": cannot be written: " + hdf5_reason());
}

// Creation order is kept, so that readers list what was written as it was written.
template <class Set>
Handle ordered(hid_t kind, Set set) {
  Handle properties(H5Pcreate(kind), H5Pclose);
  set(properties, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  return properties;
}

}  // namespace

struct Hdf5Writer::Impl {
  Handle file;
  std::map<std::string, hsize_t> lengths;  // of the scales

  Impl() {
    const QuietHdf5 quiet;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_core(access, memory_block, false);
    const Handle creation = ordered(H5P_FILE_CREATE, H5Pset_link_creation_order);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    static std::atomic<unsigned> files = 0;  // HDF5 tells files by their names, those in memory too
    file = Handle(H5Fcreate(fmt::format("in memory {}", ++files).c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
    check(file.valid(), "an HDF5 file in memory");
  }

  void make_group(const std::string& path) {
    if (path.empty() || H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0) return;
    make_group(path.substr(0, path.rfind('/')));
    const Handle creation = ordered(H5P_GROUP_CREATE, H5Pset_link_creation_order);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    const Handle group(H5Gcreate2(file, path.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose);
    check(group.valid(), path);
  }

  Handle create(const std::string& path, hid_t type, const std::vector<hsize_t>& shape, const void* data) {
    if (path.empty() || path[0] != '/') throw std::logic_error("HDF5 path \"" + path + "\" is not absolute");
    make_group(path.substr(0, path.rfind('/')));
    if (H5Lexists(file, path.c_str(), H5P_DEFAULT) > 0) throw std::logic_error(path + " is written twice");
    const Handle space(
        shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
        H5Sclose);
    // The attributes that name dimensions can be many; with their order kept, they need the newer storage.
    const Handle creation = ordered(H5P_DATASET_CREATE, H5Pset_attr_creation_order);
    Handle set(H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    check(set.valid(), path);
    check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, path);
    return set;
  }

  void put_attribute(const std::string& object, const std::string& name, hid_t type, hid_t space, const void* data) {
    const Handle target(H5Oopen(file, object.c_str(), H5P_DEFAULT), H5Oclose);
    check(target.valid(), object);
    const Handle attribute(H5Acreate2(target, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(attribute.valid() && H5Awrite(attribute, type, data) >= 0, object + ", attribute " + name);
  }

  void put_text(const std::string& object, const std::string& name, const std::string& value) {
    const Handle type = text_type(), space(H5Screate(H5S_SCALAR), H5Sclose);
    const char* text = value.c_str();
    put_attribute(object, name, type, space, &text);
  }

  void describe(const std::string& path, const Meta& meta) {
    put_text(path, "units", meta.units);
    put_text(path, "long_name", meta.long_name);
  }

  void put_scale(const std::string& path, hid_t type, std::size_t length, const void* data, const Meta& meta) {
    const QuietHdf5 quiet;
    const Handle set = create(path, type, {length}, data);
    check(H5DSset_scale(set, path.substr(path.rfind('/') + 1).c_str()) >= 0, path);
    describe(path, meta);
    lengths[path] = length;
  }

  void put_dataset(const std::string& path, hid_t type, const Scales& scales, std::size_t size, const void* data,
                   const Meta& meta) {
    const QuietHdf5 quiet;
    std::vector<hsize_t> shape;
    for (const auto& scale : scales) {
      const auto length = lengths.find(scale);
      if (length == lengths.end()) throw std::logic_error(path + ": " + scale + " is no dimension scale");
      shape.push_back(length->second);
    }
    if (size != std::accumulate(shape.begin(), shape.end(), hsize_t{1}, std::multiplies<>()))
      throw std::logic_error(path + ": the values do not fill the dimensions");
    const Handle set = create(path, type, shape, data);
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const Handle scale(H5Dopen2(file, scales[i].c_str(), H5P_DEFAULT), H5Dclose);
      check(H5DSattach_scale(set, scale, static_cast<unsigned>(i)) >= 0, path);
    }
    describe(path, meta);
  }
};

Hdf5Writer::Hdf5Writer() : impl_(std::make_unique<Impl>()) {}
Hdf5Writer::~Hdf5Writer() = default;
Hdf5Writer::Hdf5Writer(Hdf5Writer&&) noexcept = default;
Hdf5Writer& Hdf5Writer::operator=(Hdf5Writer&&) noexcept = default;

void Hdf5Writer::scale(const std::string& path, std::span<const double> values, const Meta& meta) {
  impl_->put_scale(path, H5T_NATIVE_DOUBLE, values.size(), values.data(), meta);
}

void Hdf5Writer::scale(const std::string& path, const Eigen::ArrayXd& values, const Meta& meta) {
  scale(path, std::span(values.data(), static_cast<std::size_t>(values.size())), meta);
}

void Hdf5Writer::scale(const std::string& path, std::span<const std::string> values, const Meta& meta) {
  impl_->put_scale(path, text_type(), values.size(), pointers(values).data(), meta);
}

void Hdf5Writer::index_scale(const std::string& path, std::size_t length, const Meta& meta) {
  std::vector<std::int64_t> index(length);
  std::iota(index.begin(), index.end(), 0);
  impl_->put_scale(path, H5T_NATIVE_INT64, length, index.data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, std::span<const double> values,
                         const Meta& meta) {
  impl_->put_dataset(path, H5T_NATIVE_DOUBLE, scales, values.size(), values.data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, std::span<const float> values,
                         const Meta& meta) {
  impl_->put_dataset(path, H5T_NATIVE_FLOAT, scales, values.size(), values.data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, std::span<const std::int64_t> values,
                         const Meta& meta) {
  impl_->put_dataset(path, H5T_NATIVE_INT64, scales, values.size(), values.data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, std::span<const std::uint8_t> values,
                         const Meta& meta) {
  impl_->put_dataset(path, H5T_NATIVE_UINT8, scales, values.size(), values.data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, std::span<const std::string> values,
                         const Meta& meta) {
  impl_->put_dataset(path, text_type(), scales, values.size(), pointers(values).data(), meta);
}

void Hdf5Writer::dataset(const std::string& path, const Scales& scales, const Eigen::ArrayXXd& values,
                         const Meta& meta) {
  using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor rows = values;
  dataset(path, scales, std::span(rows.data(), static_cast<std::size_t>(rows.size())), meta);
}

void Hdf5Writer::scalar(const std::string& path, double value, const Meta& meta) {
  dataset(path, {}, std::span<const double>(&value, 1), meta);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, const std::string& value) {
  const QuietHdf5 quiet;
  impl_->put_text(object, name, value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, double value) {
  const QuietHdf5 quiet;
  impl_->put_attribute(object, name, H5T_NATIVE_DOUBLE, Handle(H5Screate(H5S_SCALAR), H5Sclose), &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::int64_t value) {
  const QuietHdf5 quiet;
  impl_->put_attribute(object, name, H5T_NATIVE_INT64, Handle(H5Screate(H5S_SCALAR), H5Sclose), &value);
}

void Hdf5Writer::attribute(const std::string& object, const std::string& name, std::span<const std::uint8_t> values) {
  const QuietHdf5 quiet;
  const hsize_t length = values.size();
  impl_->put_attribute(object, name, H5T_NATIVE_UINT8, Handle(H5Screate_simple(1, &length, nullptr), H5Sclose),
                       values.data());
}

std::vector<std::byte> Hdf5Writer::image() const {
  const QuietHdf5 quiet;
  check(H5Fflush(impl_->file, H5F_SCOPE_GLOBAL) >= 0, "an HDF5 file in memory");
  const ssize_t size = H5Fget_file_image(impl_->file, nullptr, 0);
  check(size > 0, "an HDF5 file in memory");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  check(H5Fget_file_image(impl_->file, bytes.data(), bytes.size()) == size, "an HDF5 file in memory");
  return bytes;
}

}  // namespace muonphase
