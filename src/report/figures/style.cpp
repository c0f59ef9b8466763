#include "muonphase/report/figures/style.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace muonphase::figures {
namespace {

struct Named {
  std::string_view name;
  Color color;
  Dash dash = Dash::solid;
};

constexpr std::array<Named, 12> optimizers = {{
    {"sgd", okabe_ito::black},
    {"gd", okabe_ito::black},
    {"ngd", okabe_ito::orange},
    {"nmd", okabe_ito::orange, Dash::dashed},
    {"signsgd", okabe_ito::vermillion},
    {"signgd", okabe_ito::vermillion},
    {"signum", okabe_ito::vermillion, Dash::dashed},
    {"signsvd", okabe_ito::blue},
    {"specgd", okabe_ito::blue},
    {"muon", okabe_ito::purple},
    {"adam", okabe_ito::green},
    {"shampoo", okabe_ito::sky_blue},
}};

const Named* find(std::string_view name) {
  const auto it = std::find_if(optimizers.begin(), optimizers.end(), [&](const Named& o) { return o.name == name; });
  return it == optimizers.end() ? nullptr : &*it;
}

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

Style optimizer_style(std::string_view name) {
  Style style;
  const Named* known = find(name);
  style.color = known ? known->color : grey;
  if (known) style.dash = known->dash;
  return style;
}

}  // namespace muonphase::figures
