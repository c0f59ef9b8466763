#include "muonphase/report/explorer.hpp"

#include "report/filled.hpp"
#include "report/report_assets.hpp"

namespace muonphase {

std::string explorer_page(const std::string& version) {
  return filled(explorer_assets.page, {{"UPLOT_CSS", report_assets.uplot_style},
                                       {"STYLE", report_assets.style},
                                       {"EXPLORER_STYLE", explorer_assets.style},
                                       {"VERSION", version},
                                       {"UPLOT_JS", report_assets.uplot_script},
                                       {"DRAW_JS", report_assets.drawing},
                                       {"STUDY_JS", explorer_assets.study},
                                       {"FIGURES_JS", explorer_assets.figures},
                                       {"MAP_JS", explorer_assets.map},
                                       {"CONTROLS_JS", explorer_assets.controls},
                                       {"PAGE_JS", explorer_assets.script},
                                       {"WORKER_JS", explorer_assets.worker},
                                       {"SOLVER_JS", explorer_assets.solver},
                                       {"SOLVER_BYTES", explorer_assets.solver_bytes}});
}

}  // namespace muonphase
