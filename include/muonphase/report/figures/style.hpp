#pragma once
#include <cstdint>
#include <string_view>

#include "muonphase/optimizers/registry.hpp"

namespace muonphase::figures {

/// 0xRRGGBB and an opacity in [0, 1].
struct Color {
  std::uint32_t rgb = 0;
  double opacity = 1;
  friend bool operator==(const Color&, const Color&) = default;
};

/// The colour-blind-safe palette of Okabe and Ito (2008).
namespace okabe_ito {
inline constexpr Color black{0x000000}, orange{0xE69F00}, sky_blue{0x56B4E9}, green{0x009E73}, yellow{0xF0E442},
    blue{0x0072B2}, vermillion{0xD55E00}, purple{0xCC79A7};
}
inline constexpr Color grey{0x8C8C8C}, white{0xFFFFFF};

/// `strength` of the colour, the rest white; opaque.
Color tint(Color color, double strength);

/// Black or white, whichever reads better on the colour.
Color readable_on(Color color);

/// A quarter opaque, for bands.
Color pale(Color color);

/// Sequential palette, dark blue to yellow with lightness increasing steadily (viridis); fraction in [0, 1].
Color sequential(double fraction);

/// The one colour of an optimizer, in figures and on pages. Full-batch names share that of their rule (specgd is
/// signsvd, signgd is signsgd, gd is sgd); names not known are grey.
Color optimizer_color(std::string_view name);

enum class Dash { solid, dashed, dotted, dash_dotted };
enum class Marker { none, circle, open_circle, open_square, diamond, triangle, cross };

struct Style {
  Color color = okabe_ito::black;
  double line_width = 1.2;  ///< points
  Dash dash = Dash::solid;
  Marker marker = Marker::circle;
  double marker_size = 3.5;  ///< points
  friend bool operator==(const Style&, const Style&) = default;
};

/// A solid line in the colour of an optimizer.
Style optimizer_style(std::string_view name);

}  // namespace muonphase::figures
