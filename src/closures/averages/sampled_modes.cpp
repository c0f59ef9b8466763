#include "muonphase/closures/averages/sampled_modes.hpp"

#include <cstddef>

namespace muonphase {

SampledModes::SampledModes(const Spectrum& spectrum, int leading)
    : variable(static_cast<std::size_t>(spectrum.nodes())) {
  std::vector<double> count;
  Eigen::Index room = 0;
  for (Eigen::Index j = 0; j < spectrum.nodes(); ++j) {
    if (room == 0) {
      room = j < leading ? 1 : j / 10 + 1;
      count.push_back(0);
    }
    --room;
    count.back() += spectrum.weight(j);
    variable[static_cast<std::size_t>(j)] = static_cast<Eigen::Index>(count.size()) - 1;
  }
  dof = Eigen::Map<Eigen::ArrayXd>(count.data(), static_cast<Eigen::Index>(count.size()));
}

Eigen::VectorXd SampledModes::sums(const Eigen::ArrayXd& value) const {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(dof.size());
  for (Eigen::Index j = 0; j < value.size(); ++j) sum(variable[static_cast<std::size_t>(j)]) += value(j);
  return sum;
}

}  // namespace muonphase
