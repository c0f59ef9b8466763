#include "muonphase/problem/problem.hpp"

#include <cmath>
#include <sstream>
#include <string>

#include "muonphase/core/error.hpp"
#include "muonphase/core/random.hpp"

namespace muonphase {
namespace {

template <class Value>
[[noreturn]] void refuse(const std::string& field, const Value& value, const std::string& allowed) {
  std::ostringstream text;
  text << field << " = " << value << ": must be " << allowed;
  throw StudyError(text.str());
}

std::string shape(Eigen::Index rows, Eigen::Index cols) {
  return std::to_string(rows) + " × " + std::to_string(cols);
}

}  // namespace

Eigen::ArrayXXd power_law_energy(const Spectrum& output, const Spectrum& input, double beta) {
  if (!(beta >= 0) || !std::isfinite(beta)) refuse("beta", beta, "a number ≥ 0");
  const Eigen::ArrayXd profile = (-beta * input.index.log()).exp() / output.dimension();
  return profile.transpose().replicate(output.nodes(), 1);
}

Eigen::ArrayXXd energy_of(const Spectrum& output, const Spectrum& input, const Eigen::MatrixXd& delta) {
  if (!input.exact()) throw StudyError("a given target needs exact modes (modes = \"exact\")");
  if (delta.rows() != static_cast<Eigen::Index>(output.dimension()) || delta.cols() != input.nodes())
    refuse("target", shape(delta.rows(), delta.cols()),
           shape(static_cast<Eigen::Index>(output.dimension()), input.nodes()) + " (n_out × n_in)");
  const Eigen::ArrayXXd squared = delta.array().square();
  if (output.nodes() == 1) return squared.colwise().mean();
  if (!output.exact()) throw StudyError("a given target needs exact modes (modes = \"exact\")");
  return squared;
}

Eigen::ArrayXXd target_energy(const Problem& problem) {
  return problem.target.size() > 0 ? problem.target : problem.energy;
}

Eigen::ArrayXXd target_overlap(const Problem& problem) {
  return problem.overlap.size() > 0 ? problem.overlap : Eigen::ArrayXXd(-target_energy(problem));
}

void set_start(Problem& problem, const Eigen::MatrixXd& delta) {
  problem.energy = energy_of(problem.output, problem.input, delta);
  problem.target.resize(0, 0);
  problem.overlap.resize(0, 0);
  if (problem.weights.size() == 0) return;
  problem.target = energy_of(problem.output, problem.input, problem.weights - delta);
  // 2 ΔW* = W_0² − Δ² − W*²
  problem.overlap =
      0.5 * (energy_of(problem.output, problem.input, problem.weights) - problem.energy - problem.target);
}

Eigen::ArrayXXd risk_weight(const Problem& problem) {
  Eigen::VectorXd out = problem.output.weight;
  if (!problem.linear_layer()) out.array() *= problem.output.eigenvalue;
  const Eigen::VectorXd in = problem.input.weight * problem.input.eigenvalue;
  return (out * in.transpose()).array();
}

Eigen::MatrixXd draw_entries(const Eigen::ArrayXXd& variance, double n_out, std::uint64_t seed, std::uint64_t draw,
                             int threads) {
  const auto n = static_cast<Eigen::Index>(n_out);
  Eigen::MatrixXd delta = -normals<double>({seed, draw, 0, Purpose::target}, n, variance.cols(), threads);
  for (Eigen::Index j = 0; j < delta.cols(); ++j) {
    if (variance.rows() == 1)
      delta.col(j) *= std::sqrt(variance(0, j));
    else
      delta.col(j).array() *= variance.col(j).sqrt();
  }
  return delta;
}

double population_risk(const Problem& problem, const Eigen::ArrayXXd& energy) {
  return 0.5 * ((risk_weight(problem) * energy).sum() + problem.noise_variance());
}

Eigen::ArrayXd residual_variance(const Problem& problem, const Eigen::ArrayXXd& energy) {
  const double unit = problem.n_out() / problem.output.trace();
  return (energy.matrix() * (problem.input.weight * problem.input.eigenvalue).matrix()).array() +
         problem.label_noise * problem.label_noise * unit * problem.output.eigenvalue;
}

Problem noise_problem(const Problem& problem) {
  if (!problem.linear_layer()) return problem;
  Problem noise = problem;
  const Eigen::ArrayXd variance = residual_variance(problem, problem.energy);
  const double mean = (problem.output.weight * variance).sum() / problem.n_out();
  noise.output.eigenvalue = mean > 0 ? Eigen::ArrayXd(variance / mean) : Eigen::ArrayXd::Ones(variance.size());
  return noise;
}

void validate(const Problem& problem) {
  const double batch = problem.batch;
  if (!(batch >= 1) || (std::isfinite(batch) && batch != std::floor(batch)))
    refuse("batch", batch, "a whole number ≥ 1 or \"infinite\"");
  if (!(problem.label_noise >= 0) || !std::isfinite(problem.label_noise))
    refuse("label_noise", problem.label_noise, "a finite number ≥ 0");
  if (problem.energy.rows() != problem.output.nodes() || problem.energy.cols() != problem.input.nodes())
    refuse("energy", shape(problem.energy.rows(), problem.energy.cols()),
           shape(problem.output.nodes(), problem.input.nodes()));
  if (!(problem.energy >= 0).all() || !problem.energy.isFinite().all())
    throw StudyError("energies must be finite and ≥ 0");
}

}  // namespace muonphase
