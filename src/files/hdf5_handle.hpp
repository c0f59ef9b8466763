#pragma once
#include <hdf5.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace muonphase {

/// An HDF5 identifier, closed at the end of its scope.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }

  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// HDF5 prints no errors of its own while this lives; the caller's setting returns after.
class QuietHdf5 {
 public:
  QuietHdf5() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietHdf5() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  QuietHdf5(const QuietHdf5&) = delete;
  QuietHdf5& operator=(const QuietHdf5&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// What HDF5 says of the last failure, from the innermost call.
std::string hdf5_reason();

/// UTF-8 text of that many bytes, padded with zeros.
Handle text_type(std::size_t length);

/// `count` texts of a stored type, of fixed or variable length; nothing where `read(type, data)` fails.
template <class Read>
std::optional<std::vector<std::string>> read_text(hid_t stored, std::size_t count, hid_t space, Read read) {
  std::vector<std::string> texts;
  const Handle type(H5Tcopy(stored), H5Tclose);  // ASCII and UTF-8 are not converted into each other
  if (H5Tis_variable_str(stored) > 0) {
    std::vector<char*> pointers(count, nullptr);
    if (!read(type, pointers.data())) return std::nullopt;
    for (const char* text : pointers) texts.emplace_back(text ? text : "");
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data());
    return texts;
  }
  const std::size_t length = H5Tget_size(stored);
  std::vector<char> bytes(length * count);
  if (!read(type, bytes.data())) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const char* text = bytes.data() + i * length;
    texts.emplace_back(text, strnlen(text, length));
  }
  return texts;
}

}  // namespace muonphase
