#include "simulation/trial.hpp"

#include <cmath>

#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

// Qᵀ of the basis the optimizer sees, empty where the eigenbasis does.
template <class S>
Matrix<S> rotation(Basis basis, const Spectrum& spectrum, std::uint64_t seed, std::uint64_t draw,
                   const Monitor& monitor) {
  if (basis == Basis::eigen) return {};
  return draw_basis(basis, spectrum.nodes(), seed, draw, monitor).transpose().template cast<S>();
}

Eigen::ArrayXd scale_of(const Spectrum& spectrum) {
  if (spectrum.isotropic() && spectrum.largest() == 1) return {};
  if (spectrum.nodes() == 1)
    return Eigen::ArrayXd::Constant(static_cast<Eigen::Index>(spectrum.dimension()), std::sqrt(spectrum.largest()));
  return spectrum.eigenvalue.sqrt();
}

}  // namespace

Eigen::MatrixXd trial_start(const SimulationProblem& problem, std::uint64_t seed, std::uint64_t trial, int threads) {
  const auto n = static_cast<Eigen::Index>(problem.model.n_out());
  const auto d = static_cast<Eigen::Index>(problem.model.n_in());
  const Eigen::ArrayXXd& variance = problem.target_variance;
  Eigen::MatrixXd delta = Eigen::MatrixXd::Zero(n, d);
  if (variance.size() > 0) {
    delta = -normals<double>({seed, trial, 0, Purpose::target}, n, d, threads);
    for (Eigen::Index j = 0; j < d; ++j) {
      if (variance.rows() == 1)
        delta.col(j) *= std::sqrt(variance(0, j));
      else
        delta.col(j).array() *= variance.col(j).sqrt();
    }
  }
  if (problem.offset.size() > 0) delta += problem.offset;
  return delta;
}

template <class S>
Trial<S>::Trial(const SimulationProblem& problem, const OptimizerRun& run, const SimulationOptions& options, int trial,
                const TrialState& state, int threads, const Monitor& monitor)
    : problem_(problem),
      run_(run),
      options_(options),
      trial_(static_cast<std::uint64_t>(trial)),
      threads_(threads),
      batch_(static_cast<Eigen::Index>(problem.model.batch)),
      scale_out_(scale_of(problem.model.output)),
      scale_in_(scale_of(problem.model.input)) {
  if (!run.optimizer.description().rotation_equivariant) {
    const SeenBases seen = seen_bases(problem.model);
    rotation_in_ = rotation<S>(seen.input, problem.model.input, options.seed, 2 * trial_, monitor);
    rotation_out_ = rotation<S>(seen.output, problem.model.output, options.seed, 2 * trial_ + 1, monitor);
  }
  const bool decays = run.optimizer.weight_decay() > 0;
  Eigen::MatrixXd start;
  if (decays || state.matrices.empty()) start = trial_start(problem, options.seed, trial_, threads);
  if (decays)
    target_ = seen(problem.model.weights.size() > 0 ? Eigen::MatrixXd(problem.model.weights - start)
                                                    : Eigen::MatrixXd(-start));
  if (state.matrices.empty()) {
    delta_ = seen(start);
    return;
  }
  delta_ = state.matrices.front().cast<S>();
  for (std::size_t i = 1; i < state.matrices.size(); ++i) state_.averages.push_back(state.matrices[i].cast<S>());
  state_.updates = state.updates;
}

template <class S>
Matrix<S> Trial<S>::seen(const Eigen::MatrixXd& matrix) const {
  Matrix<S> result = matrix.cast<S>();
  if (rotation_in_.size() > 0) result = product<S>(result, rotation_in_, threads_);
  if (rotation_out_.size() > 0) result = transposed_product<S>(rotation_out_, result, threads_);
  return result;
}

// [B, dimension]: rows are samples, in the optimizer's coordinates.
template <class S>
Matrix<S> Trial<S>::batch(std::int64_t step, Purpose purpose, const Eigen::ArrayXd& scale,
                          const Matrix<S>& rotation) const {
  const auto dimension =
      static_cast<Eigen::Index>(purpose == Purpose::batch_in ? problem_.model.n_in() : problem_.model.n_out());
  Matrix<S> x =
      normals<S>({options_.seed, trial_, static_cast<std::uint64_t>(step), purpose}, batch_, dimension, threads_);
  if (scale.size() > 0) x.array().rowwise() *= scale.template cast<S>().transpose();
  if (rotation.size() > 0) x = product<S>(x, rotation, threads_);
  return x;
}

template <class S>
bool Trial<S>::step(std::int64_t step, double eta) {
  const Matrix<S> x_out = batch(step, Purpose::batch_out, scale_out_, rotation_out_);
  Matrix<S> x_in = batch(step, Purpose::batch_in, scale_in_, rotation_in_);
  const Matrix<S> change = product<S>(x_out, delta_, threads_);
  Vector<S> residual = Vector<S>::Zero(batch_);
  for (Eigen::Index j = 0; j < x_in.cols(); ++j) residual += change.col(j).cwiseProduct(x_in.col(j));
  if (problem_.model.label_noise > 0)
    residual -= S(problem_.model.label_noise) *
                normals<S>({options_.seed, trial_, static_cast<std::uint64_t>(step), Purpose::label_noise}, batch_, 1);
  residual /= S(batch_);
  for (Eigen::Index j = 0; j < x_in.cols(); ++j) {
    x_in.col(j).array() *= residual.array();
    if ((x_in.col(j) * S(0)).sum() != 0) return false;  // 0 × ∞ is not a number; allFinite() looks at one at a time
  }
  // Gradients of Gaussian batches have the full rank min(n, d, B).
  try {
    const Matrix<S> phi =
        run_.optimizer.update<S>(state_, Gradient<S>(x_out, x_in, threads_), options_.polar, threads_);
    if (target_.size() > 0) {
      const S decay = S(eta * run_.optimizer.weight_decay());
      delta_ = (1 - decay) * delta_ - decay * target_;
    }
    delta_ -= S(eta) * phi;
  } catch (const NotFinite&) {
    return false;
  }
  return true;
}

template <class S>
typename Trial<S>::Energy Trial<S>::energy() const {
  Matrix<S> delta = delta_;
  if (rotation_in_.size() > 0) delta = product<S>(delta, rotation_in_.transpose(), threads_);
  if (rotation_out_.size() > 0) delta = product<S>(rotation_out_, delta, threads_);
  Energy energy{Eigen::ArrayXd(delta.cols()), Eigen::ArrayXd(delta.cols())};
  for (Eigen::Index j = 0; j < delta.cols(); ++j) {
    const Eigen::ArrayXd squares = delta.col(j).template cast<double>().array().square();
    energy.plain(j) = squares.sum();
    energy.weighted(j) = scale_out_.size() > 0 ? (squares * scale_out_.square()).sum() : energy.plain(j);
  }
  return energy;
}

template <class S>
std::vector<Eigen::MatrixXd> Trial<S>::matrices() const {
  std::vector<Eigen::MatrixXd> all{delta_.template cast<double>()};
  for (const auto& average : state_.averages) all.push_back(average.template cast<double>());
  return all;
}

template class Trial<double>;
template class Trial<float>;

}  // namespace muonphase
