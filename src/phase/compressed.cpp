#include "muonphase/phase/compressed.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/eigensystem.hpp"

namespace muonphase {
namespace {

constexpr Eigen::Index few = 512;
constexpr int nodes_per_bin = 7;
constexpr double bin_ratio = 2.718;

struct Measure {
  std::vector<double> rate, mass;

  void add(double r, double m) {
    if (m == 0) return;
    rate.push_back(r);
    mass.push_back(m);
  }
};

// Appends the Gauss quadrature of the points to `out`: the Lanczos recurrence of multiplication by the rate (relative
// to `centre`), started at the masses, gives the Jacobi matrix, whose eigenvalues are the nodes.
void append_gauss(const Measure& points, double centre, Measure& out) {
  const auto size = static_cast<Eigen::Index>(points.rate.size());
  if (size <= nodes_per_bin) {
    out.rate.insert(out.rate.end(), points.rate.begin(), points.rate.end());
    out.mass.insert(out.mass.end(), points.mass.begin(), points.mass.end());
    return;
  }
  const Eigen::ArrayXd x = Eigen::Map<const Eigen::ArrayXd>(points.rate.data(), size) / centre - 1;
  const Eigen::ArrayXd mass = Eigen::Map<const Eigen::ArrayXd>(points.mass.data(), size);
  const double total = mass.sum();
  Eigen::VectorXd diagonal(nodes_per_bin), off(nodes_per_bin);
  Eigen::ArrayXd before = Eigen::ArrayXd::Zero(size), now = (mass / total).sqrt();
  double link = 0;
  int nodes = 0;
  while (nodes < nodes_per_bin) {
    diagonal(nodes) = (x * now.square()).sum();
    Eigen::ArrayXd next = (x - diagonal(nodes)) * now - link * before;
    link = std::sqrt(next.square().sum());
    off(nodes++) = link;
    if (link < 1e-13) break;  // fewer distinct rates than nodes
    before = now;
    now = next / link;
  }
  const Eigensystem jacobi = tridiagonal_eigensystem(diagonal.head(nodes), off.head(nodes - 1));
  for (int i = 0; i < nodes; ++i) {
    const double first = jacobi.vectors(0, i);
    out.add(centre * (1 + jacobi.values(i)), total * first * first);
  }
}

}  // namespace

ModeEquation compressed(const ModeEquation& equation) {
  const Eigen::Index modes = equation.rate.size();
  if (modes <= few) return equation;
  std::vector<Eigen::Index> order(static_cast<std::size_t>(modes));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return equation.rate(a) < equation.rate(b); });

  Measure shares, kicks;
  for (auto begin = order.begin(); begin != order.end();) {
    const double lowest = equation.rate(*begin);
    Measure share, kick;
    for (; begin != order.end() && equation.rate(*begin) <= bin_ratio * lowest; ++begin) {
      share.add(equation.rate(*begin), equation.share(*begin));
      kick.add(equation.rate(*begin), equation.kick(*begin));
    }
    const double centre = 0.5 * (1 + bin_ratio) * lowest;
    append_gauss(share, centre, shares);
    append_gauss(kick, centre, kicks);
  }
  const auto array = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::ArrayXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  const auto with_share = static_cast<Eigen::Index>(shares.rate.size());
  const auto with_kick = static_cast<Eigen::Index>(kicks.rate.size());
  ModeEquation few_modes = equation;
  few_modes.rate.resize(with_share + with_kick);
  few_modes.rate << array(shares.rate), array(kicks.rate);
  few_modes.share = Eigen::ArrayXd::Zero(with_share + with_kick);
  few_modes.share.head(with_share) = array(shares.mass);
  few_modes.kick = Eigen::ArrayXd::Zero(with_share + with_kick);
  few_modes.kick.tail(with_kick) = array(kicks.mass);
  return few_modes;
}

}  // namespace muonphase
