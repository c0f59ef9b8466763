#include "muonphase/closures/full/full_adam.hpp"

#include <cmath>

#include "muonphase/closures/full/full_sgd.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {

FullAdamGeneric::FullAdamGeneric(const Problem& problem, const AdamLaw& law)
    : problem_(problem), drift_(law.drift()), noise_(law.noise()), linear_(law.linear()) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
}

ModeRates FullAdamGeneric::operator()(const Eigen::ArrayXXd& energy) const {
  const Eigen::ArrayXXd moment = gradient_second_moment(problem_, energy);
  const double mean = (problem_.output.weight.matrix().transpose() * moment.matrix() *
                       problem_.input.weight.matrix())(0) /
                      (problem_.n_out() * problem_.n_in());
  if (!(mean > 0)) throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  const Eigen::ArrayXXd product =
      (problem_.output.eigenvalue.matrix() * problem_.input.eigenvalue.matrix().transpose()).array();
  return {drift_ / std::sqrt(mean) * product, linear_ * moment / mean + (noise_ - linear_)};
}

}  // namespace muonphase
