#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

Series line(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Text& legend) {
  return {Kind::line, x, y, {}, style, legend};
}

Series points(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Style& style, const Text& legend) {
  return {Kind::points, x, y, {}, style, legend};
}

Series band(const Eigen::ArrayXd& x, const Eigen::ArrayXd& low, const Eigen::ArrayXd& high, Color color,
            const Text& legend) {
  Style style;
  style.color = color;
  return {Kind::band, x, low, high, style, legend};
}

Series vertical(double x, const Style& style, const Text& legend) {
  return {Kind::vertical, Eigen::ArrayXd::Constant(1, x), {}, {}, style, legend};
}

Series horizontal(double y, const Style& style, const Text& legend) {
  return {Kind::horizontal, {}, Eigen::ArrayXd::Constant(1, y), {}, style, legend};
}

}  // namespace muonphase::figures
