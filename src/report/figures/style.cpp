#include "muonphase/report/figures/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase::figures {
namespace {

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
  // Okabe and Ito's colours for the rules compared most, for the others mostly Tol's "muted" scheme. As protanopes,
  // deuteranopes and tritanopes see them (Machado et al., 2009) any two are 14 or more apart in CIELAB, and 7 or more
  // as the half-white fills of a map.
  for (const auto& optimizer : optimizers())
    if (optimizer.name == name || (!optimizer.full_batch_name.empty() && optimizer.full_batch_name == name))
      return {optimizer.color};
  return grey;
}

Style optimizer_style(std::string_view name) {
  Style style;
  style.color = optimizer_color(name);
  return style;
}

}  // namespace muonphase::figures
