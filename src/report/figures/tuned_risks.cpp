#include <algorithm>

#include "muonphase/report/figures/curves.hpp"

namespace muonphase::figures {

Figure tuned_figure(const TunedRisks& tuned) {
  Figure figure{tuned.title, tuned.subtitle, {}, std::min(static_cast<int>(tuned.batch.size()), 4)};
  figure.share_x = figure.share_y = true;
  for (Eigen::Index b = 0; b < tuned.batch.size(); ++b) {
    Panel panel;
    panel.title = equation("B", tuned.batch(b));
    panel.x.label = tuned.budget_label;
    panel.y.label = "risk at the best rate";
    panel.x.scale = panel.y.scale = Scale::log;
    panel.width = 130;
    panel.height = 150;
    for (const auto& [optimizer, risk] : tuned.risk)
      panel.series.push_back(line(tuned.horizon, risk.row(b).transpose(), optimizer_style(optimizer),
                                  optimizer_label(optimizer)));
    figure.panels.push_back(panel);
  }
  return figure;
}

}  // namespace muonphase::figures
