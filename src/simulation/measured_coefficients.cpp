#include "muonphase/simulation/measured_coefficients.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <vector>

#include "core/eigensystem.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/core/random.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

void require_samples(const Problem& problem, int batches) {
  if (batches < 2) throw StudyError("at least two batches are needed for a standard error");
  if (problem.noise_dominated()) throw StudyError("an infinite batch has no samples to measure");
  if (!problem.input.exact() || !(problem.output.exact() || problem.output.isotropic()))
    throw StudyError("binned modes have no samples to measure (modes = \"exact\")");
}

// λ of every mode.
Eigen::ArrayXd eigenvalues(const Spectrum& spectrum) {
  if (spectrum.exact()) return spectrum.eigenvalue;
  return Eigen::ArrayXd::Constant(static_cast<Eigen::Index>(spectrum.dimension()), spectrum.largest());
}

// A gradient and the Δ that it was drawn at, in the eigenbases, for Σ_kj risk_weight Δ_kj² = 1 and 2R = 1.
struct Sample {
  Eigen::MatrixXd delta, left, right;  // G = leftᵀ right
};

class Sampler {
 public:
  Sampler(const Problem& problem, std::uint64_t seed)
      : problem_(problem),
        seed_(seed),
        out_(eigenvalues(problem.output)),
        weight_(problem.linear_layer() ? Eigen::ArrayXd::Ones(out_.size()) : out_),
        in_(eigenvalues(problem.input)),
        batch_(static_cast<Eigen::Index>(problem.batch)) {}

  Sample draw(std::uint64_t number) const {
    const auto stream = [&](Purpose purpose) { return Stream{seed_, number, 0, purpose}; };
    Sample sample;
    sample.delta = normals<double>(stream(Purpose::target), out_.size(), in_.size());
    const double scale = 1 / sample.delta.norm();  // 2R = Σ λ_kλ_j Δ_kj² = 1
    sample.delta =
        (scale * (weight_.rsqrt().matrix().asDiagonal() * sample.delta * in_.rsqrt().matrix().asDiagonal())).eval();
    sample.right = normals<double>(stream(Purpose::batch_in), batch_, in_.size()) * in_.sqrt().matrix().asDiagonal();
    if (problem_.linear_layer()) {
      sample.left = residuals(sample, stream(Purpose::label_noise)) / static_cast<double>(batch_);
      return sample;
    }
    sample.left = normals<double>(stream(Purpose::batch_out), batch_, out_.size()) * out_.sqrt().matrix().asDiagonal();
    const double noise = problem_.label_noise;
    Eigen::VectorXd residual = product<double>(sample.left, sample.delta).cwiseProduct(sample.right).rowwise().sum();
    if (noise > 0)
      residual = (residual - noise * normals<double>(stream(Purpose::label_noise), batch_, 1)) / std::hypot(1.0, noise);
    sample.right.array().colwise() *= residual.array() / static_cast<double>(batch_);
    return sample;
  }

 private:
  // Of the linear layer.
  Eigen::MatrixXd residuals(const Sample& sample, const Stream& stream) const {
    Eigen::MatrixXd residual = product<double>(sample.right, sample.delta.transpose());
    if (!(problem_.label_noise > 0)) return residual;
    const Eigen::ArrayXd scale = problem_.label_noise * (out_ / out_.mean()).sqrt();
    residual -= normals<double>(stream, batch_, out_.size()) * scale.matrix().asDiagonal();
    return residual / std::sqrt(1 + problem_.noise_variance());
  }

  const Problem& problem_;
  std::uint64_t seed_;
  Eigen::ArrayXd out_, weight_, in_;
  Eigen::Index batch_;
};

// results[i] = compute(i), in parallel.
template <class T, class Compute>
std::vector<T> for_each(int count, const Monitor& monitor, Compute compute) {
  std::vector<T> results(static_cast<std::size_t>(count));
  std::exception_ptr error;
  std::size_t done = 0;
#pragma omp parallel for schedule(dynamic)
  for (int i = 0; i < count; ++i) {
    if (monitor.stop()) continue;
    try {
      results[static_cast<std::size_t>(i)] = compute(static_cast<std::uint64_t>(i));
    } catch (...) {
#pragma omp critical(muonphase_measure_failure)
      error = std::current_exception();
    }
#pragma omp critical(muonphase_measure_progress)
    monitor.report(++done, static_cast<std::size_t>(count));
  }
  if (error) std::rethrow_exception(error);
  monitor.check();
  return results;
}

// Of one batch, [output nodes, modes].
struct Moments {
  Eigen::ArrayXXd drift, diffusion;
};

// Mean and standard error of one member over batches.
void average(const std::vector<Moments>& all, Eigen::ArrayXXd Moments::*member, Eigen::ArrayXXd& mean,
             Eigen::ArrayXXd& sem) {
  const double count = static_cast<double>(all.size());
  mean = Eigen::ArrayXXd::Zero((all[0].*member).rows(), (all[0].*member).cols());
  sem = mean;
  for (const auto& one : all) mean += one.*member / count;
  for (const auto& one : all) sem += (one.*member - mean).square();
  sem = (sem / (count * (count - 1))).sqrt();
}

}  // namespace

MeasuredCoefficients measure_coefficients(const Problem& problem, const Optimizer& optimizer, int batches,
                                          std::uint64_t seed, const Monitor& monitor) {
  require_samples(problem, batches);
  if (!optimizer.window().one_step())
    throw StudyError(optimizer.name() + ": averages over steps; drift and diffusion are measured of single steps");
  BasisPair bases;
  if (!optimizer.description().rotation_equivariant)
    bases = draw_bases(problem, seen_bases(problem), seed, 0, {{}, monitor.interrupted});
  const Sampler sampler(problem, seed);
  const bool one_node = problem.output.nodes() == 1;
  const double noise = std::sqrt(1 + problem.noise_variance());  // √(2R) of Δ and labels, of which a sample has 1
  const Eigen::ArrayXd out = eigenvalues(problem.output);
  const Eigen::MatrixXd inverse = (problem.linear_layer() ? Eigen::ArrayXd::Ones(out.size()) : out).matrix() *
                                  eigenvalues(problem.input).matrix().transpose() *
                                  (problem.n_out() * problem.n_in());  // of E[Δ_kj²]
  const auto moments = for_each<Moments>(batches, monitor, [&](std::uint64_t number) {
    const Sample sample = sampler.draw(number);
    Eigen::MatrixXd left = sample.left, right = sample.right;
    if (bases.output.size() > 0) left = product<double>(left, bases.output.transpose());
    if (bases.input.size() > 0) right = product<double>(right, bases.input.transpose());
    OptimizerState<double> state;
    Eigen::MatrixXd update = optimizer.update<double>(state, Gradient<double>(left, right, 1));
    if (bases.output.size() > 0) update = transposed_product<double>(bases.output, update);
    if (bases.input.size() > 0) update = product<double>(update, bases.input);
    // Least squares of Φ on Δ, over outputs where they are alike.
    const Eigen::ArrayXXd along = update.array() * sample.delta.array();
    Moments one;
    if (one_node) {
      one.drift = noise * along.colwise().sum() / sample.delta.array().square().colwise().sum();
      one.diffusion = update.array().square().colwise().mean();
    } else {
      one.drift = noise * along * inverse.array();
      one.diffusion = update.array().square();
    }
    return one;
  });
  MeasuredCoefficients measured;
  average(moments, &Moments::drift, measured.drift, measured.drift_sem);
  average(moments, &Moments::diffusion, measured.diffusion, measured.diffusion_sem);
  return measured;
}

Eigen::ArrayXXd measure_spectrum(const Problem& problem, int batches, std::uint64_t seed, const Monitor& monitor) {
  require_samples(problem, batches);
  const Sampler sampler(problem, seed);
  const auto all = for_each<Eigen::ArrayXd>(batches, monitor, [&](std::uint64_t number) -> Eigen::ArrayXd {
    const Sample sample = sampler.draw(number);
    const Eigen::MatrixXd gradient =
        std::sqrt(problem.residuals()) * transposed_product<double>(sample.left, sample.right);
    return eigenvalues(gram<double>(gradient.transpose())).reverse().array();
  });
  Eigen::ArrayXXd spectrum(static_cast<Eigen::Index>(problem.n_out()), batches);
  for (int b = 0; b < batches; ++b) spectrum.col(b) = all[static_cast<std::size_t>(b)];
  return spectrum;
}

}  // namespace muonphase
