#include <algorithm>
#include <cmath>
#include <utility>

#include "core/array_functions.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/geometric.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"
#include "muonphase/dynamics/systems/second_moment.hpp"

namespace muonphase {
namespace {

// Δ = A + N in the coordinates of W, docs/theory-full-closure.md §12.
struct Entries {
  Eigen::MatrixXd mean;        // A [n, d]
  Eigen::MatrixXd covariance;  // E[NᵀN] [d, d]
  double growth = 0;           // of its part of the risk in a step, relative, as last seen
};

using Floats = Matrix<float>;
using FloatArray = Eigen::ArrayXXf;

class EntrySystem {
 public:
  using State = Entries;
  using Rates = Eigen::MatrixXd;  // P: ΔP is the mean of sign(G) where that is linear in Δ

  EntrySystem(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis, double weight_decay)
      : decay_(weight_decay),
        target_(weight_decay > 0 ? product<double>(target_of(problem, start), basis.transpose()) : Eigen::MatrixXd()),
        noise_variance_(problem.noise_variance()),
        rows_(problem.n_out()),
        basis_(basis),
        covariance_(product<double>(basis * problem.input.eigenvalue.matrix().asDiagonal(), basis.transpose())),
        narrow_(covariance_.cast<float>()),
        start_{product<double>(start, basis.transpose()), Eigen::MatrixXd::Zero(basis.rows(), basis.cols())} {}

  const State& start() const { return start_; }
  int panels() const { return 1; }
  double risk(const State& state) const {
    return 0.5 * (product<double>(state.mean, covariance_).cwiseProduct(state.mean).sum() +
                  covariance_.cwiseProduct(state.covariance).sum() + noise_variance_);
  }
  Eigen::ArrayXd mode_energy(const State& state) const {
    return (product<double>(state.mean, basis_).colwise().squaredNorm() +
            product<double>(state.covariance, basis_).cwiseProduct(basis_).colwise().sum())
        .transpose()
        .array();
  }
  double greedy(const State& state, const Rates& rates) const {
    const Answer answer = answer_of(state.covariance.cast<float>(), rates.cast<float>());
    const Signs signs = signs_of(state.mean.cast<float>(), answer);
    const Eigen::MatrixXd mean = signs.mean.cast<double>();
    const double fall = product<double>(state.mean, covariance_).cwiseProduct(mean).sum() +
                        narrow_.cwiseProduct(signs.pull.asDiagonal() * answer.pull).sum();
    const double kick = product<double>(mean, covariance_).cwiseProduct(mean).sum() +
                        narrow_.cwiseProduct(noise_of(signs, answer)).sum();
    return fall / kick;
  }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const { return x * a + y * b; }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const { return first + length * slope; }

  Rates at_size(const Rates& rates, double x) const { return rates / x; }

  State panel(const State& from, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    State state = from;
    for (double done = 0, length; done < count; done += length) {
      length = count - done;
      const auto at = [&](double steps) { return (done + (steps - 1) / 2) / count; };
      const double stiffness = std::lerp(eta_left, eta_right, at(1)) * norm(left);
      length = std::min(length, std::clamp(std::floor(most_moved / stiffness), 1.0, 17.0));
      if (std::fmod(length, 2) == 0) --length;  // an odd number has a middle
      const double middle = at(length);
      go(state, mix(left, 1 - middle, right, middle).cast<float>(), std::lerp(eta_left, eta_right, middle), length,
         stiffness);
    }
    return state;
  }

 private:
  // Of the mean, in one go: steps times its fastest rate; and of a group of its steps that three of them stand for.
  static constexpr double most_moved = 1, most_of_group = 0.3;

  // How signs answer to Δ, at a given E[NᵀN].
  struct Answer {
    Floats pull;              // PᵀE[NᵀN]
    Floats spread;            // covariance of √(π/2) NP along a row
    Eigen::ArrayXf widening;  // 1/√(1 + its diagonal)
    Floats covariance;        // E[NᵀN]
    Floats argument;          // √(π/2) P/√…: m = A times this
  };
  // At a given A.
  struct Signs {
    FloatArray argument, psi;  // m, in standard deviations, and e^(−m²/2)
    Floats mean;               // E[Φ | A] [n, d]
    Eigen::VectorXf pull;      // g
    Floats signal;             // AΣ
    double twice_risk;
  };

  Answer answer_of(const Floats& covariance, const Floats& response) const {
    Answer answer;
    answer.covariance = covariance;
    answer.pull = transposed_product<float>(response, covariance);
    answer.spread = static_cast<float>(M_PI / 2 / rows_) * product<float>(answer.pull, response);
    answer.widening = (1 + answer.spread.diagonal().array().max(0)).rsqrt();
    answer.argument = response * (static_cast<float>(std::sqrt(M_PI / 2)) * answer.widening).matrix().asDiagonal();
    return answer;
  }

  // E[Φ | A] at m.
  static Floats mean_sign(const FloatArray& argument) {
    return error_function<float>(static_cast<float>(M_SQRT1_2) * argument).matrix();
  }

  Signs signs_of(const Floats& mean, const Answer& answer) const {
    Signs signs;
    signs.argument = product<float>(mean, answer.argument).array();
    signs.psi = (-0.5f * signs.argument.square()).exp();
    signs.mean = mean_sign(signs.argument);
    signs.pull = (signs.psi.colwise().mean().transpose() * answer.widening).matrix();
    signs.signal = product<float>(mean, narrow_);
    signs.twice_risk =
        signs.signal.cwiseProduct(mean).sum() + narrow_.cwiseProduct(answer.covariance).sum() + noise_variance_;
    return signs;
  }

  // `steps` steps at once: A by its own steps, E[NᵀN] by what it falls and gains at their middle.
  void go(State& state, const Floats& response, double eta, double steps, double stiffness) const {
    const double middle = std::clamp(1 + state.growth * (steps - 1) / 2, 0.7, 1.5);
    const Floats start = state.covariance.cast<float>();
    const Answer answer = answer_of(static_cast<float>(middle) * start, response);
    const double half = (steps - 1) / 2;
    state.mean = moved(std::move(state.mean), answer, eta, half, stiffness);
    const Signs signs = signs_of(state.mean.cast<float>(), answer);
    state.mean = moved(std::move(state.mean), answer, eta, steps - half, stiffness);

    // (1 − ηL) E[NᵀN] (1 − ηL)ᵀ and what the noise has beyond the square of the fall, which is positive: of the whole
    // noise, the part that comes from N is at least that.
    const Floats fall = signs.pull.asDiagonal() * response.transpose();
    const Floats square =
        static_cast<float>(2 * rows_ / M_PI) * (signs.pull.asDiagonal() * answer.spread * signs.pull.asDiagonal());
    const auto rate = static_cast<float>(eta);
    Floats lost = rate * fall.transpose();
    if (decay_ > 0) lost.diagonal().array() += rate * static_cast<float>(decay_);
    const Floats after = AffineMap<float>{one_minus<float>(std::move(lost)),
                                          rate * rate * (noise_of(signs, answer) - square)}(start, steps);
    const double before = covariance_.cwiseProduct(state.covariance).sum();
    state.covariance = 0.5 * (after + after.transpose()).cast<double>();
    state.growth = before > 0 ? (covariance_.cwiseProduct(state.covariance).sum() / before - 1) / steps : 0;
  }

  // A after `steps` steps, the mean over a group of them by Simpson's rule for sums.
  Eigen::MatrixXd moved(Eigen::MatrixXd mean, const Answer& answer, double eta, double steps, double stiffness) const {
    const auto sign_at = [&](const Floats& at) { return mean_sign(product<float>(at, answer.argument).array()); };
    const double longest = std::max(1.0, std::floor(most_of_group / stiffness));
    for (double left = steps, count; left > 0; left -= count) {
      count = std::ceil(left / std::max(1.0, std::ceil(left / longest)));  // at rate zero nothing is too long
      const Floats here = mean.cast<float>();
      Floats sign = sign_at(here);
      if (count > 1) {
        // Over 0, 1 … last: exact for parabolas.
        const double last = count - 1, ends = (last + 2) / (6 * last);
        const Floats first = sign;
        Floats half = first;
        if (count > 2) half = sign_at(here - static_cast<float>(eta * last / 2) * first);
        const Floats end = sign_at(here - static_cast<float>(eta * last) * (2 * half - first));
        sign = static_cast<float>(ends) * (first + end) + static_cast<float>(1 - 2 * ends) * half;
      }
      if (decay_ > 0) {
        const Geometric kept = geometric(eta * decay_, count);
        mean = kept.power * mean - eta * kept.sum * (sign.cast<double>() + decay_ * target_);
        continue;
      }
      mean -= eta * count * sign.cast<double>();
    }
    return mean;
  }

  // cov(sign, sign') = (2/π) ψψ' Σ He_j(m) He_j(m') c^(j+1)/(j+1)!, summed over rows, with the part at m = 0 summed up:
  // arcsin c. c has N's part and the batch's; the former explains L E[NᵀN] Lᵀ of it, so that no step makes E[NᵀN]
  // indefinite as long as the batch's is a correlation matrix: it is that of a present state, never extrapolated.
  Floats noise_of(const Signs& signs, const Answer& answer) const {
    const Floats batch = sample_covariance(signs, answer.covariance);
    const Eigen::VectorXf scale = (batch.diagonal().array().rsqrt() * answer.widening).matrix();
    const FloatArray c = (scale.asDiagonal() * batch * scale.asDiagonal() +
                          answer.widening.matrix().asDiagonal() * answer.spread * answer.widening.matrix().asDiagonal())
                             .array()
                             .max(-1)
                             .min(1);
    const auto squares = [](const FloatArray& f) -> FloatArray { return gram<float>(f.matrix()).array(); };
    const FloatArray &m = signs.argument, &psi = signs.psi, square = m.square();
    const FloatArray even = squares(psi), c2 = c.square();
    Floats noise = (static_cast<float>(2 / M_PI) * (arcsine<float>(c) * even + c2 / 2 * squares(psi * m) +
                                                    c * c2 / 6 * (squares(psi * (square - 1)) - even) +
                                                    c2.square() / 24 * squares(psi * m * (square - 3))))
                       .matrix();
    noise.diagonal() = (static_cast<float>(rows_) - signs.mean.colwise().squaredNorm().array()).matrix().transpose();
    return noise;
  }

  // Of a row of one sample's gradient, up to a factor.
  Floats sample_covariance(const Signs& signs, const Floats& covariance) const {
    const auto twice = static_cast<float>(2 + 4 / rows_);
    return twice * (gram<float>(signs.signal) + product<float>(narrow_, product<float>(covariance, narrow_))) +
           static_cast<float>((1 + 2 / rows_) * signs.twice_risk) * narrow_;
  }

  // The largest singular value of P, by powers.
  static double norm(const Rates& response) {
    Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(response.cols(), 1, 2);
    double size = 0;
    for (int i = 0; i < 6; ++i) {
      x = response.transpose() * (response * x.normalized());
      size = x.norm();
    }
    return std::sqrt(size);
  }

  double decay_;
  Eigen::MatrixXd target_;  // W* in the coordinates of W; empty without weight decay
  double noise_variance_, rows_;
  Eigen::MatrixXd basis_, covariance_;  // Q, and Σ_in in the coordinates of W
  Floats narrow_;                       // the latter in single precision
  State start_;
};

}  // namespace

RiskCurve integrate_entries(const Problem& problem, const Eigen::MatrixXd& start, const Eigen::MatrixXd& basis,
                            const ResponseFunction& response, double weight_decay, const LearningRate& schedule,
                            const Eigen::ArrayXd& record, const QuasilinearOptions& options) {
  validate(problem);
  if (problem.output.nodes() != 1 || !problem.input.exact())
    throw StudyError("given entries need an isotropic output covariance and exact input modes");
  return integrate_stretches(
      EntrySystem(problem, start, basis, weight_decay),
      [&](const Entries& now) { return response(gram<double>(now.mean) + now.covariance); }, schedule, record, options);
}

}  // namespace muonphase
