#include "study/nearest.hpp"

#include <algorithm>

namespace muonphase {
namespace {

// "problem.input.alpha" → {"problem.input", "alpha"}
std::pair<std::string_view, std::string_view> split(std::string_view key) {
  const auto dot = key.rfind('.');
  if (dot == std::string_view::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<int>> d(a.size() + 1, std::vector<int>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = static_cast<int>(i);
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int substitution = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

std::string nearest_key(std::string_view unknown, const std::vector<std::string>& known) {
  std::string lower(unknown);  // as all keys are
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto [section, word] = split(lower);
  const auto cost = [&, section = section, word = word](const std::string& key) {
    const auto [known_section, known_word] = split(key);
    return 3 * edit_distance(word, known_word) + std::min(edit_distance(section, known_section), 4);
  };
  return *std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) { return cost(a) < cost(b); });
}

}  // namespace muonphase
