#pragma once
#include <string_view>

namespace muonphase {

/// The parts of the page of html_report(), from report/ and third_party/uplot, embedded by CMake.
struct ReportAssets {
  std::string_view page, style, drawing, script, uplot_style, uplot_script;
};
extern const ReportAssets report_assets;

}  // namespace muonphase
