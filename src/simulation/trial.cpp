#include "simulation/trial.hpp"

#include <cmath>

#include "core/watch.hpp"
#include "muonphase/problem/basis.hpp"

namespace muonphase {
namespace {

// Qᵀ of the basis the optimizer sees, empty where the eigenbasis does; of data, those of the data.
template <class S>
Matrix<S> rotation(Basis basis, const Eigen::MatrixXd* coordinates, const Spectrum& spectrum, std::uint64_t seed, std::uint64_t draw,
                   const Monitor& monitor) {
  if (basis == Basis::eigen) return {};
  if (basis == Basis::data && coordinates) return coordinates->transpose().template cast<S>();
  return draw_basis(basis, spectrum.nodes(), seed, draw, monitor).transpose().template cast<S>();
}

// Of a sample's coordinates along a side: √λ, and of the linear layer's output noise that of trace n.
Eigen::ArrayXd scale_of(const Spectrum& spectrum) {
  if (spectrum.isotropic() && spectrum.largest() == 1) return {};
  if (spectrum.nodes() == 1)
    return Eigen::ArrayXd::Constant(static_cast<Eigen::Index>(spectrum.dimension()), std::sqrt(spectrum.largest()));
  return spectrum.eigenvalue.sqrt();
}

// The output side as samples have it.
Spectrum noise_of(const Problem& problem) {
  Spectrum output = problem.output;
  if (problem.linear_layer()) output.eigenvalue *= problem.n_out() / output.trace();
  return output;
}

}  // namespace

Eigen::MatrixXd trial_start(const SimulationProblem& problem, std::uint64_t seed, std::uint64_t trial, int threads) {
  const auto n = static_cast<Eigen::Index>(problem.model.n_out());
  const auto d = static_cast<Eigen::Index>(problem.model.n_in());
  const Eigen::ArrayXXd& variance = problem.target_variance;
  Eigen::MatrixXd delta = Eigen::MatrixXd::Zero(n, d);
  if (variance.size() > 0) delta = draw_entries(variance, problem.model.n_out(), seed, trial, threads);
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
      monitor_{.progress = {}, .interrupted = monitor.interrupted},
      batch_(static_cast<Eigen::Index>(problem.model.batch)),
      scale_out_(scale_of(noise_of(problem.model))),
      scale_in_(scale_of(problem.model.input)) {
  if (!run.optimizer.description().rotation_equivariant) {
    const SeenBases seen = seen_bases(problem.model);
    const DataRows* data = problem.model.data.get();
    rotation_in_ = rotation<S>(seen.input, data ? &data->input_coordinates : nullptr, problem.model.input,
                               options.seed, 2 * trial_, monitor);
    rotation_out_ = rotation<S>(seen.output, data ? &data->output_coordinates : nullptr, problem.model.output,
                                options.seed, 2 * trial_ + 1, monitor);
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

// The two factors of the gradient, leftᵀ right.
template <class S>
auto Trial<S>::factors(std::int64_t step) const -> Factors {
  return problem_.model.linear_layer() ? layer_factors(step) : bilinear_factors(step);
}

// Rows of the data, drawn with replacement.
template <class S>
auto Trial<S>::row_factors(std::int64_t step) const -> Factors {
  const SampleRows& rows = problem_.model.data->rows;
  const auto words = random_words({options_.seed, trial_, static_cast<std::uint64_t>(step), Purpose::rows},
                                  static_cast<std::size_t>(batch_));
  Matrix<S> x(batch_, rows.inputs.cols()), noise(batch_, rows.residuals.cols());
  for (Eigen::Index b = 0; b < batch_; ++b) {
    const auto row = static_cast<Eigen::Index>(words[static_cast<std::size_t>(b)] %
                                               static_cast<std::uint64_t>(rows.inputs.rows()));
    x.row(b) = rows.inputs.row(row).template cast<S>();
    noise.row(b) = rows.residuals.row(row).template cast<S>();
  }
  if (rotation_in_.size() > 0) x = product<S>(x, rotation_in_, threads_);
  if (rotation_out_.size() > 0) noise = product<S>(noise, rotation_out_, threads_);
  Matrix<S> residual = (product<S>(x, delta_.transpose(), threads_) - noise) / S(batch_);
  return {std::move(residual), std::move(x)};
}

template <class S>
auto Trial<S>::layer_factors(std::int64_t step) const -> Factors {
  if (problem_.model.sample_rows) return row_factors(step);
  Matrix<S> x = batch(step, Purpose::batch_in, scale_in_, rotation_in_);
  Matrix<S> residual = product<S>(x, delta_.transpose(), threads_);
  if (problem_.model.label_noise > 0)
    residual -= S(problem_.model.label_noise) * batch(step, Purpose::label_noise, scale_out_, rotation_out_);
  residual /= S(batch_);
  return {std::move(residual), std::move(x)};
}

template <class S>
auto Trial<S>::bilinear_factors(std::int64_t step) const -> Factors {
  Matrix<S> x_out = batch(step, Purpose::batch_out, scale_out_, rotation_out_);
  Matrix<S> x_in = batch(step, Purpose::batch_in, scale_in_, rotation_in_);
  const Matrix<S> change = product<S>(x_out, delta_, threads_);
  Vector<S> residual = Vector<S>::Zero(batch_);
  for (Eigen::Index j = 0; j < x_in.cols(); ++j) residual += change.col(j).cwiseProduct(x_in.col(j));
  if (problem_.model.label_noise > 0)
    residual -= S(problem_.model.label_noise) *
                normals<S>({options_.seed, trial_, static_cast<std::uint64_t>(step), Purpose::label_noise}, batch_, 1);
  residual /= S(batch_);
  for (Eigen::Index j = 0; j < x_in.cols(); ++j) x_in.col(j).array() *= residual.array();
  return {std::move(x_out), std::move(x_in)};
}

template <class S>
bool Trial<S>::step(std::int64_t step, double eta) {
  // Steps on smaller matrices end soon, and need no copy of what the optimizer remembers.
  constexpr Eigen::Index large = 1 << 20;
  if (delta_.size() < large) return take(step, eta);
  const Watch watch({&monitor_, false});
  const OptimizerState<S> before = state_;
  try {
    return take(step, eta);
  } catch (const Interrupted&) {
    state_ = before;
    throw;
  }
}

template <class S>
bool Trial<S>::take(std::int64_t step, double eta) {
  const Factors made = factors(step);
  const Matrix<S>& moving = problem_.model.linear_layer() ? made.left : made.right;  // what the residuals are in
  for (Eigen::Index j = 0; j < moving.cols(); ++j)
    if ((moving.col(j) * S(0)).sum() != 0) return false;  // 0 × ∞ is not a number; allFinite() looks at one at a time
  try {
    const Matrix<S> phi =
        run_.optimizer.update<S>(state_, gradient(made), options_.polar, threads_);
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

// Gradients of Gaussian batches have the full rank min(n, d, B); in the linear layer no more than Δ without label
// noise, which the matrix shows, as it does rows that a batch holds twice.
template <class S>
Gradient<S> Trial<S>::gradient(const Factors& made) {
  const bool full_rank = problem_.model.label_noise > 0 && !problem_.model.sample_rows;
  if (!problem_.model.linear_layer() || full_rank)
    return Gradient<S>(made.left, made.right, threads_);
  formed_ = transposed_product<S>(made.left, made.right, threads_);
  return Gradient<S>(formed_);
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
    const bool plain = scale_out_.size() == 0 || problem_.model.linear_layer();
    energy.weighted(j) = plain ? energy.plain(j) : (squares * scale_out_.square()).sum();
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
