#include "report/filled.hpp"

namespace muonphase {

std::string filled(std::string_view page, const std::vector<std::pair<std::string, std::string_view>>& parts) {
  std::string out;
  for (std::size_t at = 0; at < page.size();) {
    std::size_t next = page.size();
    const std::pair<std::string, std::string_view>* found = nullptr;
    for (const auto& part : parts)
      if (const auto place = page.find("%" + part.first + "%", at); place < next) {
        next = place;
        found = &part;
      }
    out += page.substr(at, next - at);
    if (found) out += found->second;
    at = next + (found ? found->first.size() + 2 : 0);
  }
  return out;
}

}  // namespace muonphase
