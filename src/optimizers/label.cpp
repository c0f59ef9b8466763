#include "muonphase/optimizers/label.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace muonphase {
namespace {

using namespace std::string_view_literals;

// The last three are what studies of class imbalance call sgd, signsgd and signsvd.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> labels = {
    {{"sgd"sv, "SGD"sv},
     {"ngd"sv, "NGD"sv},
     {"nmd"sv, "NMD"sv},
     {"signsgd"sv, "SignSGD"sv},
     {"signum"sv, "Signum"sv},
     {"signsvd"sv, "SignSVD"sv},
     {"muon"sv, "Muon"sv},
     {"adam"sv, "Adam"sv},
     {"shampoo"sv, "Shampoo"sv},
     {"lion"sv, "Lion"sv},
     {"spectral-power"sv, "spectral power"sv},
     {"gd"sv, "GD"sv},
     {"signgd"sv, "SignGD"sv},
     {"specgd"sv, "SpecGD"sv}}};

}  // namespace

std::string optimizer_label(const std::string& name) {
  const auto known = std::find_if(labels.begin(), labels.end(), [&](const auto& entry) { return entry.first == name; });
  return known == labels.end() ? name : std::string(known->second);
}

}  // namespace muonphase
