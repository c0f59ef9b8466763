#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "files/hdf5_handle.hpp"
#include "muonphase/files/hdf5.hpp"

namespace muonphase {
namespace {

constexpr std::size_t memory_block = 1 << 20;

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

// Values as HDF5 takes them: a type and the bytes.
struct Packed {
  Handle type;
  std::vector<char> text;
  const void* data;
};

Handle copy_of(hid_t type) {
  return Handle(H5Tcopy(type), H5Tclose);
}

Packed packed(const std::vector<double>& values) {
  return {copy_of(H5T_NATIVE_DOUBLE), {}, values.data()};
}
Packed packed(const std::vector<float>& values) {
  return {copy_of(H5T_NATIVE_FLOAT), {}, values.data()};
}
Packed packed(const std::vector<std::int64_t>& values) {
  return {copy_of(H5T_NATIVE_INT64), {}, values.data()};
}
Packed packed(const std::vector<std::uint8_t>& values) {
  return {copy_of(H5T_NATIVE_UINT8), {}, values.data()};
}
// Text of one length: HDF5 reads damaged text of that kind without following pointers.
Packed packed(const std::vector<std::string>& values) {
  std::size_t longest = 1;
  for (const auto& value : values) longest = std::max(longest, value.size());
  Packed result{text_type(longest), std::vector<char>(longest * std::max<std::size_t>(1, values.size())), nullptr};
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(result.text.data() + i * longest, values[i].data(), values[i].size());
  result.data = result.text.data();
  return result;
}

class Writer {
 public:
  Writer() {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_core(access, memory_block, false);
    const Handle creation = ordered(H5P_FILE_CREATE, H5Pset_link_creation_order);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    static std::atomic<unsigned> files = 0;  // HDF5 tells files by their names, those in memory too
    file_ = Handle(H5Fcreate(fmt::format("in memory {}", ++files).c_str(), H5F_ACC_TRUNC, creation, access), H5Fclose);
    check(file_.valid(), "an HDF5 file in memory");
  }

  void write(const DataTree::Dataset& set) {
    const std::string& path = set.path;
    const Packed values = std::visit([](const auto& typed) { return packed(typed); }, set.values);
    const Handle created = create(path, values.type, {set.shape.begin(), set.shape.end()}, values.data);
    if (set.is_scale) check(H5DSset_scale(created, path.substr(path.rfind('/') + 1).c_str()) >= 0, path);
    for (std::size_t i = 0; !set.is_scale && i < set.scales.size(); ++i) {
      const Handle scale(H5Dopen2(file_, set.scales[i].c_str(), H5P_DEFAULT), H5Dclose);
      check(H5DSattach_scale(created, scale, static_cast<unsigned>(i)) >= 0, path);
    }
    write(DataTree::Attribute{path, "units", set.meta.units});
    write(DataTree::Attribute{path, "long_name", set.meta.long_name});
  }

  void write(const DataTree::Attribute& attribute) {
    if (attribute.object != "/" && H5Lexists(file_, attribute.object.c_str(), H5P_DEFAULT) <= 0)
      make_group(attribute.object);
    if (const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&attribute.value)) {
      const hsize_t length = bytes->size();
      put(attribute, H5T_NATIVE_UINT8, Handle(H5Screate_simple(1, &length, nullptr), H5Sclose), bytes->data());
      return;
    }
    const Handle scalar(H5Screate(H5S_SCALAR), H5Sclose);
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      put_text(attribute, scalar, *text);
    } else if (const auto* number = std::get_if<double>(&attribute.value)) {
      put(attribute, H5T_NATIVE_DOUBLE, scalar, number);
    } else {
      put(attribute, H5T_NATIVE_INT64, scalar, &std::get<std::int64_t>(attribute.value));
    }
  }

  std::vector<std::byte> image() const {
    check(H5Fflush(file_, H5F_SCOPE_GLOBAL) >= 0, "an HDF5 file in memory");
    const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
    check(size > 0, "an HDF5 file in memory");
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    check(H5Fget_file_image(file_, bytes.data(), bytes.size()) == size, "an HDF5 file in memory");
    return bytes;
  }

 private:
  void make_group(const std::string& path) {
    if (path.empty() || H5Lexists(file_, path.c_str(), H5P_DEFAULT) > 0) return;
    make_group(path.substr(0, path.rfind('/')));
    const Handle creation = ordered(H5P_GROUP_CREATE, H5Pset_link_creation_order);
    H5Pset_attr_creation_order(creation, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
    const Handle group(H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose);
    check(group.valid(), path);
  }

  Handle create(const std::string& path, hid_t type, const std::vector<hsize_t>& shape, const void* data) {
    make_group(path.substr(0, path.rfind('/')));
    const Handle space(
        shape.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
        H5Sclose);
    // The attributes that name dimensions can be many; with their order kept, they need the newer storage.
    const Handle creation = ordered(H5P_DATASET_CREATE, H5Pset_attr_creation_order);
    Handle set(H5Dcreate2(file_, path.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT), H5Dclose);
    check(set.valid(), path);
    check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, path);
    return set;
  }

  // An attribute of more than 64 KiB has to keep its text elsewhere in the file.
  void put_text(const DataTree::Attribute& of, hid_t space, const std::string& text) {
    constexpr std::size_t most = 60000;
    if (text.size() > most) {
      const char* pointer = text.c_str();
      return put(of, text_type(H5T_VARIABLE), space, &pointer);
    }
    const std::vector<std::string> one{text};
    const Packed value = packed(one);
    put(of, value.type, space, value.data);
  }

  void put(const DataTree::Attribute& of, hid_t type, hid_t space, const void* data) {
    const Handle target(H5Oopen(file_, of.object.c_str(), H5P_DEFAULT), H5Oclose);
    check(target.valid(), of.object);
    const Handle attribute(H5Acreate2(target, of.name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    check(attribute.valid() && H5Awrite(attribute, type, data) >= 0, of.object + ", attribute " + of.name);
  }

  Handle file_;
};

}  // namespace

std::vector<std::byte> hdf5_image(const DataTree& tree) {
  const QuietHdf5 quiet;
  Writer writer;
  for (const auto& set : tree.datasets()) writer.write(set);
  for (const auto& attribute : tree.attributes()) writer.write(attribute);
  return writer.image();
}

}  // namespace muonphase
