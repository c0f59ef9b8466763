#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "muonphase/report/figures/phase_map.hpp"

namespace muonphase::figures {

/// Finds room for text on one map, in points of its plot area.
class Room {
 public:
  Room(const PhasePanel& map, const Cells& cells, double plot_width, double plot_height)
      : cells_(cells), width_(plot_width), height_(plot_height) {
    const Eigen::Index a = map.phase.rows(), b = map.phase.cols();
    for (auto& sum : sums_) sum = Eigen::ArrayXXi::Zero(a + 1, b + 1);
    for (Eigen::Index j = 0; j < b; ++j)
      for (Eigen::Index i = 0; i < a; ++i)
        for (int p = 0; p < 4; ++p) {
          auto& s = sums_[static_cast<std::size_t>(p)];
          s(i + 1, j + 1) = s(i, j + 1) + s(i + 1, j) - s(i, j) + (map.phase(i, j) == p);
        }
  }

  /// What texts keep clear of: boxes, and lines as points a few points apart.
  void avoid(const Label& text, double alpha, double beta, double size) {
    obstacles_.push_back({x(alpha), y(beta), width(text, size) / 2, 0.62 * size});
  }
  void avoid_line(double x0, double y0, double x1, double y1) {
    const int parts = static_cast<int>(std::hypot(x(x1) - x(x0), y(y1) - y(y0)) / 4) + 1;
    for (int k = 0; k <= parts; ++k)
      obstacles_.push_back({x(x0 + (x1 - x0) * k / parts), y(y0 + (y1 - y0) * k / parts), 0, 0});
  }

  /// Whether a text lies in a phase, `scale` times as large.
  bool fits(const Label& text, double alpha, double beta, double size, int phase, double scale = 1) const {
    return inside(x(alpha), y(beta), scale * (width(text, size) / 2 + 1), scale * 0.62 * size, phase);
  }

  /// Free distance around a text, to the nearest obstacle; negative when it covers one.
  double clearance(const Label& text, double alpha, double beta, double size) const {
    const double w = width(text, size) / 2 + 1, h = 0.62 * size;
    double free = 100;
    for (const auto& [ox, oy, ow, oh] : obstacles_)
      free = std::min(free, std::max(std::abs(x(alpha) - ox) - ow - w, std::abs(y(beta) - oy) - oh - h));
    return free;
  }

 private:
  double x(double alpha) const {
    return width_ * (alpha - cells_.x_edges(0)) / (cells_.x_edges.tail(1)(0) - cells_.x_edges(0));
  }
  double y(double beta) const {
    return height_ * (beta - cells_.y_edges(0)) / (cells_.y_edges.tail(1)(0) - cells_.y_edges(0));
  }

  bool inside(double px, double py, double w, double h, int phase) const {
    if (px < w || py < h || px + w > width_ || py + h > height_) return false;
    const auto cell = [](const Eigen::ArrayXd& edges, double fraction) {
      const double value = edges(0) + fraction * (edges.tail(1)(0) - edges(0));
      return std::clamp<Eigen::Index>(std::upper_bound(edges.begin(), edges.end(), value) - edges.begin() - 1, 0,
                                      edges.size() - 2);
    };
    const Eigen::Index i0 = cell(cells_.x_edges, (px - w) / width_), i1 = cell(cells_.x_edges, (px + w) / width_) + 1;
    const Eigen::Index j0 = cell(cells_.y_edges, (py - h) / height_), j1 = cell(cells_.y_edges, (py + h) / height_) + 1;
    const Eigen::ArrayXXi& s = sums_[static_cast<std::size_t>(phase)];
    return s(i1, j1) - s(i0, j1) - s(i1, j0) + s(i0, j0) == (i1 - i0) * (j1 - j0);
  }

  Cells cells_;
  double width_, height_;
  std::array<Eigen::ArrayXXi, 4> sums_;  // cells of a phase below and left of an edge
  std::vector<std::array<double, 4>> obstacles_;
};

}  // namespace muonphase::figures
