#pragma once
#include <string>

namespace muonphase {

/// Why an optimizer has no deterministic curve and what to use in its place, "shampoo trains only …".
std::string why_no_curve(const std::string& optimizer);

}  // namespace muonphase
