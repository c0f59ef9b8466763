#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muonphase {

/// A page with its marks, "%NAME%", replaced by the parts of those names. What is put in is not searched for marks.
std::string filled(std::string_view page, const std::vector<std::pair<std::string, std::string_view>>& parts);

}  // namespace muonphase
