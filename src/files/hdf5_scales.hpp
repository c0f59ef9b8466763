#pragma once
#include <hdf5.h>

#include <cstddef>
#include <string>
#include <vector>

namespace muonphase {

/// The name of a dimension scale, and the path of any object; empty when it has none.
std::string scale_name(hid_t scale);
std::string object_path(hid_t object);

/// What `describe` says of the first scale of each of `rank` dimensions; of a scale, what it says of itself.
using Describe = std::string (*)(hid_t scale);
std::vector<std::string> describe_scales(hid_t set, std::size_t rank, Describe describe);

}  // namespace muonphase
