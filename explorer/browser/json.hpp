#pragma once
#include <Eigen/Core>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// Results as JSON with every digit: a number that the page shows is the number that was computed.
namespace muonphase::json {

/// A text as a JSON string.
std::string text(const std::string& words);
/// The shortest form that reads back as the same double; null for NaN, 1e999 for infinity.
std::string number(double value);
std::string numbers(std::span<const double> values);
std::string texts(const std::vector<std::string>& words);
/// Of values that are JSON already.
std::string list(const std::vector<std::string>& values);
std::string object(const std::vector<std::pair<std::string, std::string>>& members);

}  // namespace muonphase::json
