#include "muonphase/report/figures/contours.hpp"

#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <utility>

namespace muonphase::figures {
namespace {

struct Vertex {
  Eigen::Index id = 0;
  double x = 0, y = 0, z = 0;
};

/// A place on a triangle's edge, named by the two vertices it lies between: shared by both triangles of the edge.
using EdgeKey = std::pair<Eigen::Index, Eigen::Index>;
struct Crossing {
  EdgeKey edge;
  double x = 0, y = 0;
};
using Segment = std::array<Crossing, 2>;

/// A node exactly at the level counts as above, so each triangle has no crossing or two.
void cut(const std::array<Vertex, 3>& triangle, double level, std::vector<Segment>& segments) {
  Segment segment;
  int found = 0;
  for (int k = 0; k < 3; ++k) {
    const Vertex& a = triangle[k];
    const Vertex& b = triangle[(k + 1) % 3];
    if ((a.z >= level) == (b.z >= level)) continue;
    const double part = (level - a.z) / (b.z - a.z);
    segment[found++] = {std::minmax(a.id, b.id), a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)};
  }
  if (found == 2) segments.push_back(segment);
}

std::vector<Segment> segments_of(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Eigen::ArrayXXd& z,
                                 double level) {
  std::vector<Segment> segments;
  const Eigen::Index nx = x.size();
  for (Eigen::Index j = 0; j + 1 < y.size(); ++j)
    for (Eigen::Index i = 0; i + 1 < nx; ++i) {
      const auto node = [&](Eigen::Index a, Eigen::Index b) { return Vertex{2 * (b * nx + a), x(a), y(b), z(a, b)}; };
      const std::array<Vertex, 4> corner = {node(i, j), node(i + 1, j), node(i + 1, j + 1), node(i, j + 1)};
      std::vector<Vertex> finite;
      Vertex middle{2 * (j * nx + i) + 1};
      for (const Vertex& v : corner) {
        if (std::isfinite(v.z)) finite.push_back(v);
        middle.x += v.x / 4;
        middle.y += v.y / 4;
        middle.z += v.z / 4;
      }
      if (finite.size() == 3) cut({finite[0], finite[1], finite[2]}, level, segments);
      if (finite.size() == 4)
        for (int k = 0; k < 4; ++k) cut({corner[k], corner[(k + 1) % 4], middle}, level, segments);
    }
  return segments;
}

}  // namespace

std::vector<Polyline> contour_lines(const Eigen::ArrayXd& x, const Eigen::ArrayXd& y, const Eigen::ArrayXXd& z,
                                    double level) {
  const std::vector<Segment> segments = segments_of(x, y, z, level);
  std::multimap<EdgeKey, std::size_t> at_edge;
  for (std::size_t s = 0; s < segments.size(); ++s)
    for (const Crossing& c : segments[s]) at_edge.emplace(c.edge, s);
  std::vector<bool> used(segments.size(), false);
  // The other end of the unused segment that starts at an edge; null at the end of a line.
  const auto next = [&](const EdgeKey& edge) -> const Crossing* {
    const auto [first, last] = at_edge.equal_range(edge);
    for (auto it = first; it != last; ++it) {
      if (used[it->second]) continue;
      used[it->second] = true;
      const Segment& s = segments[it->second];
      return &s[s[0].edge == edge ? 1 : 0];
    }
    return nullptr;
  };
  std::vector<Polyline> lines;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    if (used[s]) continue;
    used[s] = true;
    std::deque<const Crossing*> line = {&segments[s][0], &segments[s][1]};
    while (const Crossing* c = next(line.back()->edge)) line.push_back(c);
    while (const Crossing* c = next(line.front()->edge)) line.push_front(c);
    Polyline points(static_cast<Eigen::Index>(line.size()), 2);
    for (Eigen::Index i = 0; i < points.rows(); ++i) points.row(i) << line[i]->x, line[i]->y;
    lines.push_back(points);
  }
  return lines;
}

std::vector<double> contour_levels(double min, double max, int count) {
  const double span = max - min;
  const double step = span < 1.5 ? 0.5 : std::max(1.0, std::ceil(span / count));
  std::vector<double> levels;
  for (double k = std::floor(min / step) + 1; k * step < max; ++k) levels.push_back(k * step);
  return levels;
}

}  // namespace muonphase::figures
