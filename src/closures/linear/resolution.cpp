#include "muonphase/closures/linear/resolution.hpp"

#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>

namespace muonphase {
namespace {

// The number of the mode whose eigenvalue this is, a power law between nodes and beyond them.
double mode_of(const Spectrum& spectrum, double eigenvalue) {
  if (spectrum.isotropic()) return std::numeric_limits<double>::quiet_NaN();
  Eigen::Index right = 1;
  while (right + 1 < spectrum.nodes() && spectrum.eigenvalue(right) > eigenvalue) ++right;
  Eigen::Index left = right - 1;
  while (left > 0 && spectrum.eigenvalue(left) == spectrum.eigenvalue(right)) --left;
  while (right + 1 < spectrum.nodes() && spectrum.eigenvalue(left) == spectrum.eigenvalue(right)) ++right;
  const double slope = std::log(spectrum.index(right) / spectrum.index(left)) /
                       std::log(spectrum.eigenvalue(right) / spectrum.eigenvalue(left));
  return spectrum.index(left) * std::exp(slope * std::log(eigenvalue / spectrum.eigenvalue(left)));
}

}  // namespace

Resolution resolution(const Spectrum& spectrum, double rank) {
  if (!(rank < spectrum.dimension())) return {};
  const auto excess = [&](double log_scale) {
    const Eigen::ArrayXd filled = std::exp(log_scale) * spectrum.eigenvalue;
    return (spectrum.weight * filled / (1 + filled)).sum() - rank;
  };
  // A share is at most Λλ.
  const double low = std::log(rank / spectrum.trace());
  double high = low + 1;
  while (excess(high) < 0) high += high - low;
  std::uintmax_t most = 200;
  const auto [left, right] =
      boost::math::tools::toms748_solve(excess, low, high, boost::math::tools::eps_tolerance<double>(50), most);
  const double scale = std::exp(0.5 * (left + right));
  return {scale, mode_of(spectrum, 1 / scale)};
}

}  // namespace muonphase
