#pragma once
#include <string>

namespace muonphase {

/// The name of an optimizer as written in text: signsvd → SignSVD. Names not known are returned as they are.
std::string optimizer_label(const std::string& name);

}  // namespace muonphase
