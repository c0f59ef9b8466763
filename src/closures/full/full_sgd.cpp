#include "muonphase/closures/full/full_sgd.hpp"

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

// Of the mean gradient.
Eigen::ArrayXXd eigenvalue_products(const Problem& problem) {
  if (problem.linear_layer()) return problem.input.eigenvalue.transpose().replicate(problem.output.nodes(), 1);
  return (problem.output.eigenvalue.matrix() * problem.input.eigenvalue.matrix().transpose()).array();
}

}  // namespace

Eigen::ArrayXXd gradient_second_moment(const Problem& problem, const Eigen::ArrayXXd& energy) {
  const Eigen::ArrayXXd product = eigenvalue_products(problem);
  const Eigen::ArrayXXd share = product * energy;
  if (problem.linear_layer()) {
    // E[e_k² x_j²] = E[e_k²] λ_j + 2 (λ_jΔ_kj)²
    Eigen::ArrayXXd bracket = (1 + problem.batch) * share;
    bracket.colwise() += residual_variance(problem, energy);
    return product / problem.batch * bracket;
  }
  const Eigen::RowVectorXd column = problem.output.weight.matrix().transpose() * share.matrix();  // Σ_k' δ_k'j²
  const Eigen::VectorXd row = share.matrix() * problem.input.weight.matrix();                     // Σ_j' δ_kj'²
  Eigen::ArrayXXd bracket = 2 * population_risk(problem, energy) + 4 * share;
  bracket.rowwise() += 2 * column.array();
  bracket.colwise() += 2 * row.array();
  return product / problem.batch * (bracket + (problem.batch - 1) * share);
}

Eigen::ArrayXXd gradient_noise(const Problem& problem, const Eigen::ArrayXXd& energy) {
  const Eigen::ArrayXXd product = eigenvalue_products(problem);
  return (gradient_second_moment(problem, energy) / product - product * energy) / product;
}

Eigen::MatrixXd gradient_row_noise(const Problem& problem, const Eigen::MatrixXd& moment) {
  const Eigen::ArrayXd& eigenvalue = problem.input.eigenvalue;
  const auto lambda = eigenvalue.matrix().asDiagonal();
  const double n = problem.n_out(), label_noise = problem.label_noise * problem.label_noise,
               twice_risk = eigenvalue.matrix().dot(moment.diagonal()) + label_noise;
  if (!(twice_risk > 0))
    throw StudyError("the full closure needs a positive risk: there is neither signal nor label noise");
  Eigen::MatrixXd noise = (2 + 3 / n) * (lambda * moment * lambda);
  noise.diagonal().array() += ((1 + 2 / n) * (twice_risk - label_noise) + label_noise) * eigenvalue;
  return noise / problem.batch;
}

FullSgd::FullSgd(const Problem& problem) : problem_(problem), product_(eigenvalue_products(problem)) {
  if (problem.noise_dominated())
    throw StudyError("batch = infinite: the full closure needs a finite batch (closure = \"linear\" takes it)");
}

ModeRates FullSgd::operator()(const Eigen::ArrayXXd& energy) const {
  return {product_, gradient_second_moment(problem_, energy)};
}

}  // namespace muonphase
