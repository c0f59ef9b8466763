#include <muonphase/report/figures/figure.hpp>

#include <cstdio>

using namespace muonphase::figures;

int main() {
  const Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(5, 0, 4);
  Panel panel;
  panel.series = {line(x, x.square(), optimizer_style("muon"), "square")};
  const std::string script = gnuplot_script({"Title", "", {panel}, 1}, Format::svg);
  std::printf("%zu bytes for gnuplot\n", script.size());
  return script.find("'square'") == std::string::npos;
}
