#pragma once
#include <Eigen/Core>
#include <cmath>

namespace muonphase {

// Functions of whole arrays by arithmetic and exponentials that vectorise, where the library's go one by one. S is
// double or float.

template <class S>
using Values = Eigen::Array<S, Eigen::Dynamic, Eigen::Dynamic>;

// erf(x), to 1.5e-7 (Abramowitz and Stegun 7.1.26).
template <class S>
Values<S> error_function(const Eigen::Ref<const Values<S>>& x) {
  Values<S> result(x.rows(), x.cols());
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    const auto of = x.col(j);
    const Eigen::Array<S, Eigen::Dynamic, 1> t = 1 / (1 + S(0.3275911) * of.abs());
    const Eigen::Array<S, Eigen::Dynamic, 1> size =
        1 - t *
                (S(0.254829592) +
                 t * (S(-0.284496736) + t * (S(1.421413741) + t * (S(-1.453152027) + t * S(1.061405429))))) *
                (-of.square()).exp();
    result.col(j) = (of < 0).select(-size, size);
  }
  return result;
}

// arcsin(x) for |x| ≤ 1, to 2e-8 (4.4.46).
template <class S>
Values<S> arcsine(const Eigen::Ref<const Values<S>>& x) {
  constexpr double a[] = {1.5707963050, -0.2145988016, 0.0889789874, -0.0501743046,
                          0.0308918810, -0.0170881256, 0.0066700901, -0.0012624911};
  Values<S> result(x.rows(), x.cols());
  for (Eigen::Index j = 0; j < x.cols(); ++j) {
    const auto of = x.col(j);
    const Eigen::Array<S, Eigen::Dynamic, 1> u = of.abs();
    Eigen::Array<S, Eigen::Dynamic, 1> sum = Eigen::Array<S, Eigen::Dynamic, 1>::Constant(u.size(), S(a[7]));
    for (int k = 6; k >= 0; --k) sum = sum * u + S(a[k]);
    const Eigen::Array<S, Eigen::Dynamic, 1> size = S(M_PI_2) - (1 - u).max(0).sqrt() * sum;
    result.col(j) = (of < 0).select(-size, size);
  }
  return result;
}

}  // namespace muonphase
