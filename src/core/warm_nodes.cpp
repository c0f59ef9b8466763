#include "muonphase/core/warm_nodes.hpp"

#include <algorithm>

namespace muonphase {

WarmNodes::WarmNodes(double low, double high, double step) : step_(step) {
  const auto nodes = static_cast<Eigen::Index>(std::ceil((high - low) / step)) + 1;
  log_s_.resize(nodes + 1);
  log_s_.tail(nodes) = high - step * Eigen::ArrayXd::LinSpaced(nodes, static_cast<double>(nodes - 1), 0);
  log_s_(0) = log_s_(1) - 5;
}

Eigen::ArrayXd WarmNodes::integral(const Eigen::ArrayXXd& density) const {
  const Eigen::Index last = nodes() - 1;
  const Eigen::ArrayXd low = density.col(1);
  const Eigen::ArrayXd ratio = (density.col(2) > 0).select(low / density.col(2), 0).min(0.99);
  return step_ *
         (density.rightCols(last).rowwise().sum() + low * ratio / (1 - ratio) + density.col(last) / std::expm1(step_));
}

Eigen::MatrixXd WarmNodes::integral(const std::vector<Eigen::MatrixXd>& density) const {
  const std::size_t last = density.size() - 1;
  const double low = density[1].norm(), ratio = low > 0 ? std::min(0.99, low / density[2].norm()) : 0;
  Eigen::MatrixXd sum = ratio / (1 - ratio) * density[1] + density[last] / std::expm1(step_);
  for (std::size_t i = 1; i <= last; ++i) sum += density[i];
  return step_ * sum;
}

}  // namespace muonphase
