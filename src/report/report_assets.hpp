#pragma once
#include <string_view>

namespace muonphase {

/// The parts of the page of html_report(), from report/ and third_party/uplot, embedded by CMake.
struct ReportAssets {
  std::string_view page, style, drawing, script, uplot_style, uplot_script;
};
extern const ReportAssets report_assets;

/// Those of explorer_page() besides, from explorer/: `solver` and `solver_bytes` are the library as WebAssembly, its
/// loader and its code, the latter packed by gzip and spelled in base64.
struct ExplorerAssets {
  std::string_view page, style, study, figures, map, controls, script, worker, solver, solver_bytes;
};
extern const ExplorerAssets explorer_assets;

}  // namespace muonphase
