#include "muonphase/closures/averages/window_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "muonphase/closures/averages/gaussian.hpp"

namespace muonphase {
namespace {

using Complex = std::complex<double>;

constexpr double radial_step = 0.125;
constexpr int radial_nodes = 488;  // 61 e-foldings
constexpr int angles = 25;
constexpr double angular_step = M_PI / (angles - 1);

WindowRatio exact_ratio(const SampleWindow& window, Complex kappa) {
  WindowRatio sum{0, 0, 0, 0, 0, 0};
  const Eigen::ArrayXcd at = kappa * window.weight.square();
  const Saturation<Eigen::ArrayXcd> m = saturation_moments(at);
  for (Eigen::Index a = 0; a < at.size(); ++a) {
    const double first = window.count(a) * window.weight(a), second = first * window.weight(a);
    const Complex k = at(a), inverse = std::conj(k) / std::norm(k), h = m.second(a);
    const Complex slope = m.variance(a) * inverse - h;  // κ h'
    // w = (1 − h)/κ − h, as a series where that cancels.
    Complex excess, excess_slope;
    if (std::norm(k) < 1e-6) {
      constexpr std::array<double, 7> term{2, 12, 90, 840, 9450, 124740, 1891890};  // (2k + 2) (2k + 1)!!
      for (int i = 6; i >= 0; --i) {
        excess = term[static_cast<std::size_t>(i)] - k * excess;
        excess_slope = i * term[static_cast<std::size_t>(i)] - k * excess_slope;
      }
    } else {
      excess = (1.0 - h) * inverse - h;
      excess_slope = -(slope + 1.0 - h) * inverse - slope;
    }
    sum.noise += second * h;
    sum.noise_slope += second * slope;
    sum.signal += first * h;
    sum.signal_slope += first * slope;
    sum.excess += second * excess;
    sum.excess_slope += second * excess_slope;
  }
  return sum;
}

// Weights of the cubic through nodes −1, 0, 1, 2 at x.
std::array<double, 4> cubic(double x) {
  return {-x * (x - 1) * (x - 2) / 6, (x + 1) * (x - 1) * (x - 2) / 2, -(x + 1) * x * (x - 2) / 2,
          (x + 1) * x * (x - 1) / 6};
}

}  // namespace

WindowTable::WindowTable(const SampleWindow& window)
    : begin_(-15 - 2 * std::log(window.weight(0))), table_(static_cast<std::size_t>(radial_nodes) * angles * values) {
  auto* entry = table_.data();
  for (int r = 0; r < radial_nodes; ++r)
    for (int a = 0; a < angles; ++a) {
      const WindowRatio m = exact_ratio(window, std::polar(std::exp(begin_ + r * radial_step), a * angular_step));
      for (const Complex& value : {m.noise, m.noise_slope, m.signal, m.signal_slope, m.excess, m.excess_slope}) {
        *entry++ = value.real();
        *entry++ = value.imag();
      }
    }
}

WindowRatio WindowTable::operator()(Complex kappa) const {
  const double x = std::clamp((0.5 * std::log(std::norm(kappa)) - begin_) / radial_step, 1.0, radial_nodes - 3.0);
  const double y = std::abs(std::arg(kappa)) / angular_step;
  // Inside, four nodes around the point; at the ends of the angle the nearest four.
  const int column = static_cast<int>(x), row = std::clamp(static_cast<int>(y), 1, angles - 3);
  const auto radial = cubic(x - column), angular = cubic(y - row);
  std::array<double, values> sum{};
  for (int r = 0; r < 4; ++r)
    for (int a = 0; a < 4; ++a) {
      const double weight = radial[static_cast<std::size_t>(r)] * angular[static_cast<std::size_t>(a)];
      const double* entry = &table_[static_cast<std::size_t>(((column + r - 1) * angles + row + a - 1) * values)];
      for (int v = 0; v < values; ++v) sum[static_cast<std::size_t>(v)] += weight * entry[v];
    }
  const double sign = kappa.imag() < 0 ? -1 : 1;  // the averages are real on the real axis
  return {{sum[0], sign * sum[1]}, {sum[2], sign * sum[3]}, {sum[4], sign * sum[5]},
          {sum[6], sign * sum[7]}, {sum[8], sign * sum[9]}, {sum[10], sign * sum[11]}};
}

}  // namespace muonphase
