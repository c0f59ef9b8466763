#include "muonphase/simulation/measured_coefficients.hpp"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>

#include "muonphase/core/error.hpp"
#include "muonphase/optimizers/registry.hpp"

namespace muonphase {
namespace {

Problem problem_of(double n, double d, double batch, double alpha_out, Basis basis) {
  return {.output = alpha_out > 0 ? power_law_spectrum(n, alpha_out) : isotropic_spectrum(n),
          .input = power_law_spectrum(d, 0.8),
          .batch = batch,
          .label_noise = 0.3,
          .output_basis = basis,
          .input_basis = basis,
          .energy = {}};
}

// The largest |measured/predicted − 1| beyond four standard errors, over sums of eight neighbouring modes.
double worst(const Problem& p, const Optimizer& optimizer, int batches, bool diffusion) {
  const MeasuredCoefficients m = measure_coefficients(p, optimizer, batches, 1);
  const Coefficients c = linear_coefficients(p, optimizer, {.draws = {1, 1}}).front();
  const Eigen::ArrayXXd ratio = (diffusion ? m.diffusion : m.drift) / (diffusion ? c.diffusion : c.drift);
  const Eigen::ArrayXXd error = (diffusion ? m.diffusion_sem : m.drift_sem) / (diffusion ? c.diffusion : c.drift);
  double largest = 0;
  for (Eigen::Index j = 0; j + 8 <= ratio.cols(); j += 8)
    largest = std::max(largest, std::abs(ratio.middleCols(j, 8).mean() - 1) -
                                    4 * std::sqrt(error.middleCols(j, 8).square().mean() /
                                                  static_cast<double>(8 * ratio.rows())));
  return largest;
}

TEST(MeasuredCoefficients, AreThoseOfTheLinearClosure) {
  for (const char* name : {"signsvd", "signsgd", "sgd"})
    for (const double alpha_out : {0.0, 0.5}) {
      const Problem p = problem_of(64, 48, 80, alpha_out, Basis::haar);
      const Optimizer optimizer = make_optimizer(name);
      EXPECT_LT(worst(p, optimizer, 60, false), 0.05) << name << alpha_out;
      if (name != std::string("sgd")) {  // whose V is the leading term of its second moment
        EXPECT_LT(worst(p, optimizer, 60, true), 0.04) << name << alpha_out;
      }
    }
}

TEST(MeasuredCoefficients, DoNotDependOnThreads) {
  const Problem p = problem_of(20, 16, 12, 0, Basis::haar);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const MeasuredCoefficients one = measure_coefficients(p, make_optimizer("signsgd"), 7, 3);
  omp_set_num_threads(3);
  const MeasuredCoefficients three = measure_coefficients(p, make_optimizer("signsgd"), 7, 3);
  omp_set_num_threads(threads);
  EXPECT_TRUE((one.drift == three.drift).all() && (one.diffusion_sem == three.diffusion_sem).all());
}

TEST(MeasuredCoefficients, RefusesWhatHasNoSamples) {
  Problem p = problem_of(8, 8, 4, 0, Basis::eigen);
  EXPECT_THROW(measure_coefficients(p, make_optimizer("signsvd"), 1, 1), StudyError);
  EXPECT_THROW(measure_coefficients(p, make_optimizer("signum"), 4, 1), StudyError);
  p.batch = infinite_batch;
  EXPECT_THROW(measure_coefficients(p, make_optimizer("signsvd"), 4, 1), StudyError);
}

}  // namespace
}  // namespace muonphase
