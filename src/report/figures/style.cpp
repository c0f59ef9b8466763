#include "muonphase/report/figures/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace muonphase::figures {
namespace {

/// Okabe and Ito's colours for the rules compared most, for the others mostly Tol's "muted" scheme. As protanopes,
/// deuteranopes and tritanopes see them (Machado et al., 2009) any two are 14 or more apart in CIELAB, and 7 or more as
/// the half-white fills of a map.
constexpr std::array<std::pair<std::string_view, Color>, 14> optimizers = {{
    {"signsvd", okabe_ito::blue},
    {"specgd", okabe_ito::blue},
    {"signsgd", okabe_ito::vermillion},
    {"signgd", okabe_ito::vermillion},
    {"sgd", {0x332288}},
    {"gd", {0x332288}},
    {"ngd", okabe_ito::orange},
    {"nmd", {0x999933}},
    {"signum", {0x882255}},
    {"muon", okabe_ito::purple},
    {"adam", okabe_ito::green},
    {"shampoo", okabe_ito::sky_blue},
    {"lion", {0x7A4A21}},
    {"spectral-power", {0x9B5DE5}},
}};

template <class Channel>
Color by_channel(Channel&& channel) {
  std::uint32_t rgb = 0;
  for (int shift : {16, 8, 0})
    rgb |= static_cast<std::uint32_t>(std::lround(std::clamp(channel(shift), 0.0, 255.0))) << shift;
  return {rgb};
}

double byte(Color color, int shift) {
  return (color.rgb >> shift) & 0xFF;
}

}  // namespace

Color tint(Color color, double strength) {
  return by_channel([&](int shift) { return 255 + strength * (byte(color, shift) - 255); });
}

Color readable_on(Color color) {
  const double luma = 0.299 * byte(color, 16) + 0.587 * byte(color, 8) + 0.114 * byte(color, 0);
  return luma > 140 ? okabe_ito::black : white;
}

Color pale(Color color) {
  color.opacity = 0.25;
  return color;
}

Color sequential(double fraction) {
  // Nine evenly spaced colours of viridis (van der Walt and Smith, 2015; public domain).
  constexpr std::array<std::uint32_t, 9> anchor = {0x440154, 0x472D7B, 0x3B528B, 0x2C728E, 0x21918C,
                                                   0x28AE80, 0x5EC962, 0xADDC30, 0xFDE725};
  const double position = std::clamp(fraction, 0.0, 1.0) * (anchor.size() - 1);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(position), anchor.size() - 2);
  const double part = position - static_cast<double>(i);
  return by_channel(
      [&](int shift) { return (1 - part) * byte({anchor[i]}, shift) + part * byte({anchor[i + 1]}, shift); });
}

Color optimizer_color(std::string_view name) {
  const auto known = std::find_if(optimizers.begin(), optimizers.end(), [&](const auto& o) { return o.first == name; });
  return known == optimizers.end() ? grey : known->second;
}

Style optimizer_style(std::string_view name) {
  Style style;
  style.color = optimizer_color(name);
  return style;
}

}  // namespace muonphase::figures
