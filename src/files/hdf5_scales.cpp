#include "files/hdf5_scales.hpp"

#include <hdf5_hl.h>

namespace muonphase {

std::string scale_name(hid_t scale) {
  const ssize_t length = H5DSget_scale_name(scale, nullptr, 0);
  if (length <= 0) return "";
  std::string name(static_cast<std::size_t>(length), '\0');
  H5DSget_scale_name(scale, name.data(), name.size() + 1);
  return name;
}

std::string object_path(hid_t object) {
  const ssize_t length = H5Iget_name(object, nullptr, 0);
  if (length <= 0) return "";
  std::string name(static_cast<std::size_t>(length), '\0');
  H5Iget_name(object, name.data(), name.size() + 1);
  return name;
}

std::vector<std::string> describe_scales(hid_t set, std::size_t rank, Describe describe) {
  if (H5DSis_scale(set) > 0) {
    std::vector<std::string> own(rank);
    if (rank > 0) own[0] = describe(set);
    return own;
  }
  struct Answer {
    Describe describe;
    std::string text;
  };
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < rank; ++i) {
    Answer answer{describe, {}};
    const auto take_first = [](hid_t, unsigned, hid_t scale, void* data) -> herr_t {
      auto& first = *static_cast<Answer*>(data);
      first.text = first.describe(scale);
      return 1;
    };
    H5DSiterate_scales(set, static_cast<unsigned>(i), nullptr, take_first, &answer);
    texts.push_back(answer.text);
  }
  return texts;
}

}  // namespace muonphase
