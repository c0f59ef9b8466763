#include "report/figures/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace muonphase::figures {

Terminal terminal_of(Format format, double width, double height) {
  const std::string font = "font 'DejaVu Sans,9'";
  Terminal t;
  if (format == Format::svg) {
    const double scale = 96.0 / 72;  // CSS pixels
    t.command =
        fmt::format("set terminal svg size {:.0f},{:.0f} fixed {} fontscale {:.4f} linewidth {:.4f} dashlength 2",
                    std::ceil(width * scale), std::ceil(height * scale), font, scale, scale);
    t.marker = 0.178;
  } else if (format == Format::pdf) {
    t.command = fmt::format("set terminal pdfcairo size {:.4f}in,{:.4f}in {} fontscale 0.75 linewidth 2 dashlength 3.6",
                            width / 72, height / 72, font);
    t.marker = 0.145;
  } else {
    const double scale = std::max(300.0 / 72, 1600 / width);
    t.command =
        fmt::format("set terminal pngcairo size {:.0f},{:.0f} {} fontscale {:.4f} linewidth {:.4f} dashlength {:.4f}",
                    std::ceil(width * scale), std::ceil(height * scale), font, 0.75 * scale, scale, 0.9 * scale);
    t.marker = 0.14 * scale;
  }
  // Round ends also hide the nick that the cairo terminals leave at the start of a line.
  t.command += " rounded background rgb 'white'";
  if (format != Format::svg) {
    t.rotated_drop = 0.4;
    t.tick_offset = 0.35;
  }
  return t;
}

}  // namespace muonphase::figures
