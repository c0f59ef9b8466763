#include "problem/orthogonal_factor.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cstddef>

namespace muonphase {

// Eigen's own two loops over blocks of reflectors, HouseholderQR and the product of its HouseholderSequence, with a
// look at the monitor in each turn.
Eigen::MatrixXd orthogonal_factor(Eigen::MatrixXd a, const Monitor& monitor) {
  using Block = Eigen::Block<Eigen::MatrixXd, Eigen::Dynamic, Eigen::Dynamic>;
  const Eigen::Index d = a.cols(), longest = 48;
  Eigen::VectorXd coefficient(d), scratch(d);
  const auto look_up = [&](Eigen::Index columns) {
    monitor.report(static_cast<std::size_t>(columns), static_cast<std::size_t>(2 * d));
    monitor.check();
  };
  for (Eigen::Index k = 0, size = std::min(longest, d); k < d; k += size) {
    look_up(k);
    const Eigen::Index now = std::min(d - k, size), left = d - k - now;
    Block panel = a.block(k, k, d - k, now);
    Eigen::Block<Eigen::VectorXd, Eigen::Dynamic, 1> factors = coefficient.segment(k, now);
    Eigen::internal::householder_qr_inplace_unblocked(panel, factors, scratch.data());
    if (left == 0) continue;
    Block rest = a.block(k, k + now, d - k, left);
    Eigen::internal::apply_block_householder_on_the_left(rest, panel, factors, false);
  }
  const Eigen::VectorXd signs = a.diagonal().unaryExpr([](double r) { return r < 0 ? -1.0 : 1.0; });
  if (d <= longest) {
    const Eigen::MatrixXd q = Eigen::householderSequence(a, coefficient);
    return q * signs.asDiagonal();
  }
  Eigen::MatrixXd q = Eigen::MatrixXd::Identity(d, d);
  for (Eigen::Index done = 0, size = d < 2 * longest ? (d + 1) / 2 : longest; done < d; done += size) {
    look_up(d + done);
    const Eigen::Index end = d - done, k = std::max<Eigen::Index>(0, end - size), now = end - k;
    Block reflectors = a.block(k, k, d - k, now), corner = q.block(k, k, d - k, d - k);
    Eigen::internal::apply_block_householder_on_the_left(corner, reflectors, coefficient.segment(k, now), true);
  }
  look_up(2 * d);
  return q * signs.asDiagonal();
}

}  // namespace muonphase
