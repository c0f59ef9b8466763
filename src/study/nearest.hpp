#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace muonphase {

/// Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
/// neighbouring characters. O(|a| |b|).
int edit_distance(std::string_view a, std::string_view b);

/// The known dotted key that the unknown one was most likely meant to be: the last words count most, then the sections.
/// `known` is not empty.
std::string nearest_key(std::string_view unknown, const std::vector<std::string>& known);

}  // namespace muonphase
