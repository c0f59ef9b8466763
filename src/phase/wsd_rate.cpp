#include "muonphase/phase/wsd_rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "muonphase/dynamics/integrate.hpp"

namespace muonphase {
namespace {

using Point = Eigen::Array2d;

struct Vertex {
  Point x;
  double value;
};

// Nelder and Mead's simplex search in the plane, until the vertices are within `size` of each other.
template <class F>
Vertex simplex_minimum(const F& f, const Point& start, const Point& spread, const Point& size) {
  const auto at = [&](const Point& x) { return Vertex{x, f(x)}; };
  std::array<Vertex, 3> v = {at(start), at(start + Point(spread(0), 0)), at(start + Point(0, spread(1)))};
  constexpr int most = 120;
  for (int round = 0; round < most; ++round) {
    std::sort(v.begin(), v.end(), [](const Vertex& a, const Vertex& b) { return a.value < b.value; });
    const Point extent = (v[1].x - v[0].x).abs().max((v[2].x - v[0].x).abs());
    if ((extent < size).all()) break;
    const Point centre = (v[0].x + v[1].x) / 2, away = centre - v[2].x;
    const Vertex mirrored = at(centre + away);
    if (mirrored.value < v[0].value) {
      const Vertex further = at(centre + 2 * away);
      v[2] = further.value < mirrored.value ? further : mirrored;
    } else if (mirrored.value < v[1].value) {
      v[2] = mirrored;
    } else {
      const Vertex nearer = at(centre + (mirrored.value < v[2].value ? 0.5 : -0.5) * away);
      if (nearer.value < std::min(mirrored.value, v[2].value)) {
        v[2] = nearer;
      } else {
        v[1] = at((v[0].x + v[1].x) / 2);
        v[2] = at((v[0].x + v[2].x) / 2);
      }
    }
  }
  return *std::min_element(v.begin(), v.end(), [](const Vertex& a, const Vertex& b) { return a.value < b.value; });
}

}  // namespace

TunedCurve best_wsd_rate(const ModeEquation& equation, const Eigen::ArrayXd& horizons, double warmup) {
  const TunedCurve constant = best_constant_rate(equation, horizons);
  TunedCurve tuned{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size())};
  double decay = 0.3, gain = 0.2;  // of the horizon before: the decay, and ln η_0 beyond that of the constant rate
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    Eigen::ArrayXd recorded(2);
    recorded << 0, horizons(h);
    const double log_constant = std::log(constant.learning_rate(h));
    const auto log_risk = [&](const Point& x) {
      const WsdRate schedule{std::exp(log_constant + x(0)), warmup, std::clamp(x(1), 0.0, 1 - warmup)};
      return std::log(integrate(equation, schedule, recorded, {.tolerance = 1e-4}).risk(1));
    };
    // Short and long decays can each have a minimum: one search from the horizon before, one from the other side.
    const auto search = [&](double from) {
      return simplex_minimum(log_risk, {gain, from}, {0.2, from > 0.5 * (1 - warmup) ? -0.15 : 0.15}, {2e-3, 5e-3});
    };
    const Vertex near = search(decay), far = search(decay > 0.4 ? 0.1 : 0.8);
    const Vertex& best = near.value <= far.value ? near : far;
    gain = best.x(0);
    decay = std::clamp(best.x(1), 0.0, 1 - warmup);
    tuned.risk(h) = std::exp(best.value);
    tuned.learning_rate(h) = std::exp(log_constant + gain);
    tuned.shape(h) = decay;
  }
  return tuned;
}

}  // namespace muonphase
