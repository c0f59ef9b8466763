#include <fmt/format.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "files/hdf5_apart.hpp"
#include "files/hdf5_handle.hpp"
#include "files/hdf5_scales.hpp"
#include "muonphase/files/hdf5.hpp"

namespace muonphase {

namespace fs = std::filesystem;

namespace {

constexpr std::ptrdiff_t deepest = 16;  // groups within each other

std::vector<std::string> member_names(hid_t type) {
  std::vector<std::string> names;
  for (int i = 0, n = H5Tget_nmembers(type); i < n; ++i) {
    char* const name = H5Tget_member_name(type, static_cast<unsigned>(i));
    names.emplace_back(name ? name : "");
    H5free_memory(name);
  }
  return names;
}

// As h5py, PyTables and Julia write them.
bool is_complex(hid_t type) {
  const std::vector<std::string> names = member_names(type);
  return names == std::vector<std::string>{"r", "i"} || names == std::vector<std::string>{"real", "imag"} ||
         names == std::vector<std::string>{"re", "im"};
}

std::string words_of_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
      return "";
    case H5T_STRING:
      return "text";
    case H5T_COMPOUND:
      return is_complex(type) ? "complex numbers" : "records of named fields";
    case H5T_ENUM:
      return member_names(type) == std::vector<std::string>{"FALSE", "TRUE"} ? "booleans" : "names of an enumeration";
    case H5T_VLEN:
      return "lists of varying length";
    case H5T_ARRAY:
      return "arrays";
    case H5T_REFERENCE:
      return "references";
    case H5T_TIME:
      return "times";
    default:
      return "raw bits";
  }
}

}  // namespace

struct Hdf5Reader::Impl {
  fs::path path;
  Handle file;
  std::optional<TextsApart> apart;  // what is not read here; nothing where all is
  std::map<std::string, std::string> root_text;
  std::map<std::string, double> factor;

  explicit Impl(const fs::path& given) : path(given) {
    std::error_code error;
    const auto status = fs::status(path, error);
    if (!fs::exists(status)) throw IoError(path.string() + ": no such file");
    if (fs::is_directory(status)) throw IoError(path.string() + ": is a directory, not an HDF5 file");
    if (!fs::is_regular_file(status)) throw IoError(path.string() + ": is a pipe or a device, not an HDF5 file");
    const QuietHdf5 quiet;
    const htri_t hdf5 = H5Fis_hdf5(path.c_str());
    if (hdf5 < 0) throw IoError(path.string() + ": cannot be read: " + hdf5_reason());
    if (hdf5 == 0) throw IoError(path.string() + ": is not an HDF5 file");
    apart = read_apart(path);
    file = open_to_read(path);
    if (!file.valid()) throw IoError(path.string() + ": damaged HDF5 file: " + hdf5_reason());
  }

  Impl(const std::vector<std::byte>& image, const std::string& name) : path(name) {
    const QuietHdf5 quiet;
    // HDF5 takes the bytes as not const but copies them, unless a flag forbids it.
    file = Handle(H5LTopen_file_image(const_cast<std::byte*>(image.data()), image.size(), 0), H5Fclose);
    if (!file.valid()) throw IoError(name + ": damaged HDF5 file: " + hdf5_reason());
  }

  IoError failure(const std::string& object, const std::string& what) const {
    return IoError(fmt::format("{}: {}: {}", path.string(), object, what));
  }

  void check(bool fine, const std::string& object) const {
    if (!fine) throw failure(object, hdf5_reason());
  }

  Handle dataset(const std::string& name) const {
    Handle set(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!set.valid()) throw failure(name, "no such dataset");
    return set;
  }

  std::vector<hsize_t> shape(const std::string& name, hid_t set) const {
    const Handle space(H5Dget_space(set), H5Sclose);
    if (H5Sget_simple_extent_type(space) == H5S_NULL) throw failure(name, "is empty");
    const int rank = H5Sget_simple_extent_ndims(space);
    check(rank >= 0, name);
    std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    return dims;
  }

  // How many values a dataset or an attribute of that type has; refuses what no file of this size holds.
  std::size_t count(const std::string& name, hid_t object, hid_t type, hid_t space) const {
    const hssize_t values = H5Sget_simple_extent_npoints(space);
    check(values >= 0, name);
    if (!plausible_size(object, type, space))
      throw failure(name, fmt::format("damaged HDF5 file: {} values cannot be in it", values));
    return static_cast<std::size_t>(values);
  }

  // What was read apart of an object; nothing where nothing was.
  const std::vector<std::string>* text_apart(const std::string& name, hid_t object, const std::string& what) const {
    if (!apart) return nullptr;
    const auto found = apart->find(text_key(object, what));
    if (found == apart->end()) throw failure(name, "damaged HDF5 file: its text cannot be read");
    return &found->second;
  }

  std::vector<std::string> scales(const std::string& dataset, const std::string& what, Describe describe) const {
    const QuietHdf5 quiet;
    const Handle set = this->dataset(dataset);
    if (const auto* texts = text_apart(dataset, set, what)) return *texts;
    return describe_scales(set, shape(dataset, set).size(), describe);
  }

  H5T_class_t type_class(const std::string& name) const {
    const QuietHdf5 quiet;
    const Handle set = dataset(name), type(H5Dget_type(set), H5Tclose);
    return H5Tget_class(type);
  }

  Handle numeric(const std::string& name) const {
    Handle set = dataset(name);
    const Handle type(H5Dget_type(set), H5Tclose);
    if (const std::string other = words_of_type(type); !other.empty())
      throw failure(name, "holds " + other + ", not real numbers");
    return set;
  }

  void read(const std::string& name, hid_t set, hid_t memory, hid_t space, std::vector<double>& values) const {
    check(H5Dread(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values.data()) >= 0, name);
    const auto scaled = factor.find(name.substr(name.rfind('/') + 1));
    if (scaled != factor.end())
      for (double& value : values) value *= scaled->second;
  }

  Handle attribute(const std::string& object, const std::string& name) const {
    Handle found(H5Aopen_by_name(file, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    if (!found.valid()) throw failure(object, "no attribute " + name);
    return found;
  }

  H5T_class_t attribute_class(const std::string& object, const std::string& name) const {
    if (object == "/" && root_text.contains(name)) return H5T_STRING;
    const QuietHdf5 quiet;
    const Handle found = attribute(object, name);
    const Handle type(H5Aget_type(found), H5Tclose);
    return H5Tget_class(type);
  }

  std::vector<std::string> children(const std::string& group, H5O_type_t kind) const {
    // A damaged link may lead back to where it comes from.
    if (std::count(group.begin(), group.end(), '/') > deepest)
      throw failure(group, "damaged HDF5 file: no end of groups");
    const Handle target(H5Gopen2(file, group.c_str(), H5P_DEFAULT), H5Gclose);
    if (!target.valid()) throw failure(group, "no such group");
    // Files of others may keep no creation order.
    const Handle properties(H5Gget_create_plist(target), H5Pclose);
    unsigned order = 0;
    H5Pget_link_creation_order(properties, &order);
    const H5_index_t index = (order & H5P_CRT_ORDER_INDEXED) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
    H5G_info_t info;
    check(H5Gget_info(target, &info) >= 0, group);
    std::vector<std::string> names;
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      const auto length = H5Lget_name_by_idx(target, ".", index, H5_ITER_INC, i, nullptr, 0, H5P_DEFAULT);
      check(length >= 0, group);
      std::string name(static_cast<std::size_t>(length), '\0');
      H5Lget_name_by_idx(target, ".", index, H5_ITER_INC, i, name.data(), name.size() + 1, H5P_DEFAULT);
      H5O_info_t object;
      if (H5Oget_info_by_name2(target, name.c_str(), &object, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 && object.type == kind)
        names.push_back(name);
    }
    return names;
  }
};

Hdf5Reader::Hdf5Reader(const fs::path& path) : impl_(std::make_unique<Impl>(path)) {}
Hdf5Reader::Hdf5Reader(const std::vector<std::byte>& image, const std::string& name)
    : impl_(std::make_unique<Impl>(image, name)) {}
Hdf5Reader::~Hdf5Reader() = default;
Hdf5Reader::Hdf5Reader(Hdf5Reader&&) noexcept = default;
Hdf5Reader& Hdf5Reader::operator=(Hdf5Reader&&) noexcept = default;

void Hdf5Reader::read_root_text_as(const std::string& attribute, const std::string& text) {
  impl_->root_text[attribute] = text;
}

void Hdf5Reader::scale_numbers(const std::string& dataset, double factor) {
  impl_->factor[dataset] = factor;
}

const fs::path& Hdf5Reader::path() const {
  return impl_->path;
}

bool Hdf5Reader::has(const std::string& path) const {
  const QuietHdf5 quiet;
  if (path == "/") return true;
  const auto parent = path.substr(0, path.rfind('/'));
  return (parent.empty() || has(parent)) && H5Lexists(impl_->file, path.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5Reader::groups(const std::string& group) const {
  const QuietHdf5 quiet;
  return impl_->children(group, H5O_TYPE_GROUP);
}

std::vector<std::string> Hdf5Reader::datasets(const std::string& group) const {
  const QuietHdf5 quiet;
  return impl_->children(group, H5O_TYPE_DATASET);
}

std::vector<std::size_t> Hdf5Reader::shape(const std::string& dataset) const {
  const QuietHdf5 quiet;
  const auto dims = impl_->shape(dataset, impl_->dataset(dataset));
  return {dims.begin(), dims.end()};
}

std::vector<std::string> Hdf5Reader::dimensions(const std::string& dataset) const {
  return impl_->scales(dataset, "#names", scale_name);
}

std::vector<std::string> Hdf5Reader::scales(const std::string& dataset) const {
  return impl_->scales(dataset, "#paths", object_path);
}

bool Hdf5Reader::is_text(const std::string& dataset) const {
  return impl_->type_class(dataset) == H5T_STRING;
}

bool Hdf5Reader::is_integer(const std::string& dataset) const {
  return impl_->type_class(dataset) == H5T_INTEGER;
}

std::string Hdf5Reader::other_than_numbers(const std::string& dataset) const {
  const QuietHdf5 quiet;
  const Handle set = impl_->dataset(dataset), type(H5Dget_type(set), H5Tclose);
  return words_of_type(type);
}

NumericArray Hdf5Reader::numbers(const std::string& dataset) const {
  const QuietHdf5 quiet;
  const Handle set = impl_->numeric(dataset);
  const Handle type(H5Dget_type(set), H5Tclose), space(H5Dget_space(set), H5Sclose);
  const auto dims = impl_->shape(dataset, set);
  NumericArray array{{dims.begin(), dims.end()}, std::vector<double>(impl_->count(dataset, set, type, space))};
  impl_->read(dataset, set, H5S_ALL, H5S_ALL, array.values);
  return array;
}

NumericArray Hdf5Reader::rows(const std::string& dataset, std::size_t first, std::size_t count) const {
  const QuietHdf5 quiet;
  const Handle set = impl_->numeric(dataset);
  const Handle type(H5Dget_type(set), H5Tclose), space(H5Dget_space(set), H5Sclose);
  impl_->count(dataset, set, type, space);
  auto dims = impl_->shape(dataset, set);
  if (dims.empty() || first + count > dims[0]) throw impl_->failure(dataset, "has no such rows");
  std::vector<hsize_t> start(dims.size(), 0);
  start[0] = first;
  dims[0] = count;
  std::size_t values = 1;
  for (const hsize_t length : dims) values *= length;
  NumericArray array{{dims.begin(), dims.end()}, std::vector<double>(values)};
  if (values == 0) return array;
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, dims.data(), nullptr);
  const Handle memory(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
  impl_->read(dataset, set, memory, space, array.values);
  return array;
}

double Hdf5Reader::number(const std::string& dataset) const {
  const NumericArray array = numbers(dataset);
  if (!array.shape.empty() || array.values.empty()) throw impl_->failure(dataset, "must be a scalar");
  return array.values[0];
}

Eigen::ArrayXd Hdf5Reader::vector(const std::string& dataset) const {
  const NumericArray array = numbers(dataset);
  if (array.shape.size() != 1) throw impl_->failure(dataset, "must have one dimension");
  return Eigen::Map<const Eigen::ArrayXd>(array.values.data(), static_cast<Eigen::Index>(array.values.size()));
}

Eigen::ArrayXXd Hdf5Reader::matrix(const std::string& dataset) const {
  const NumericArray array = numbers(dataset);
  if (array.shape.size() != 2) throw impl_->failure(dataset, "must have two dimensions");
  using RowMajor = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(array.values.data(), static_cast<Eigen::Index>(array.shape[0]),
                                    static_cast<Eigen::Index>(array.shape[1]));
}

std::vector<std::string> Hdf5Reader::strings(const std::string& dataset) const {
  const QuietHdf5 quiet;
  const Handle set = impl_->dataset(dataset);
  const Handle stored(H5Dget_type(set), H5Tclose), space(H5Dget_space(set), H5Sclose);
  if (H5Tget_class(stored) != H5T_STRING) throw impl_->failure(dataset, "is not a dataset of text");
  if (H5Tis_variable_str(stored) > 0)
    if (const auto* texts = impl_->text_apart(dataset, set, "")) return *texts;
  const auto texts = read_text(stored, impl_->count(dataset, set, stored, space), space, [&](hid_t type, void* data) {
    return H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
  });
  impl_->check(texts.has_value(), dataset);
  return *texts;
}

bool Hdf5Reader::has_attribute(const std::string& object, const std::string& name) const {
  const QuietHdf5 quiet;
  return has(object) && H5Aexists_by_name(impl_->file, object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::string Hdf5Reader::text_attribute(const std::string& object, const std::string& name) const {
  if (const auto text = impl_->root_text.find(name); object == "/" && text != impl_->root_text.end())
    return text->second;
  const QuietHdf5 quiet;
  const Handle attribute = impl_->attribute(object, name);
  const Handle stored(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
  if (H5Tget_class(stored) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1)
    throw impl_->failure(object, "attribute " + name + " is not text");
  impl_->count(object, attribute, stored, space);
  if (impl_->apart && H5Tis_variable_str(stored) > 0) {
    const Handle owner(H5Oopen(impl_->file, object.c_str(), H5P_DEFAULT), H5Oclose);
    return impl_->text_apart(object, owner, name)->at(0);
  }
  const auto texts =
      read_text(stored, 1, space, [&](hid_t type, void* data) { return H5Aread(attribute, type, data) >= 0; });
  impl_->check(texts.has_value(), object);
  return texts->front();
}

double Hdf5Reader::number_attribute(const std::string& object, const std::string& name) const {
  const QuietHdf5 quiet;
  const Handle attribute = impl_->attribute(object, name);
  const Handle space(H5Aget_space(attribute), H5Sclose);
  if (H5Sget_simple_extent_npoints(space) != 1)
    throw impl_->failure(object, "attribute " + name + " is not one number");
  double value = 0;
  impl_->check(H5Aread(attribute, H5T_NATIVE_DOUBLE, &value) >= 0, object);
  return value;
}

std::vector<std::string> Hdf5Reader::attributes(const std::string& group) const {
  const QuietHdf5 quiet;
  const Handle object(H5Gopen2(impl_->file, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!object.valid()) throw impl_->failure(group, "no such group");
  std::vector<std::string> names;
  const H5A_operator2_t add = [](hid_t owner, const char* name, const H5A_info_t*, void* found) -> herr_t {
    const Handle attribute(H5Aopen(owner, name, H5P_DEFAULT), H5Aclose);
    if (!attribute.valid()) return 0;
    const Handle type(H5Aget_type(attribute), H5Tclose), space(H5Aget_space(attribute), H5Sclose);
    const H5T_class_t kind = H5Tget_class(type);
    if (H5Sget_simple_extent_npoints(space) == 1 && (kind == H5T_STRING || kind == H5T_INTEGER || kind == H5T_FLOAT))
      static_cast<std::vector<std::string>*>(found)->emplace_back(name);
    return 0;
  };
  impl_->check(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names) >= 0, group);
  for (const auto& [name, text] : impl_->root_text)
    if (group == "/" && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  return names;
}

bool Hdf5Reader::is_text_attribute(const std::string& object, const std::string& name) const {
  return impl_->attribute_class(object, name) == H5T_STRING;
}

bool Hdf5Reader::is_integer_attribute(const std::string& object, const std::string& name) const {
  return impl_->attribute_class(object, name) == H5T_INTEGER;
}

}  // namespace muonphase
