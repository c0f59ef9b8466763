#include "muonphase/dynamics/systems/layer_moment.hpp"

#include <utility>

#include "core/eigensystem.hpp"
#include "dynamics/affine_map.hpp"
#include "dynamics/stretches.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {
namespace {

class LayerMoment {
 public:
  using State = Eigen::MatrixXd;
  using Rates = MomentRates;

  LayerMoment(const Problem& problem, State start)
      : eigenvalue_(problem.input.eigenvalue.matrix()),
        noise_variance_(problem.noise_variance()),
        start_(std::move(start)) {}

  const State& start() const { return start_; }
  int panels() const { return 2; }
  double risk(const State& moment) const { return 0.5 * (eigenvalue_.dot(moment.diagonal()) + noise_variance_); }
  double greedy(const State& moment, const Rates& rates) const {
    return eigenvalue_.dot(rates.drift.cwiseProduct(moment).rowwise().sum()) /
           eigenvalue_.dot(rates.diffusion.diagonal());
  }
  Eigen::ArrayXd mode_energy(const State& moment) const { return moment.diagonal().array(); }
  Rates mix(const Rates& a, double x, const Rates& b, double y) const {
    return {x * a.drift + y * b.drift, x * a.diffusion + y * b.diffusion};
  }
  Rates extrapolate(const Rates& first, const Rates& slope, double length) const {
    return mix(first, 1, slope, length);
  }
  Rates at_size(const Rates& rates, double x) const { return {rates.drift / x, rates.diffusion}; }

  State panel(const State& moment, const Rates& left, const Rates& right, double eta_left, double eta_right,
              double count) const {
    const double w = 0.5 + 0.5 / count, eta = w * eta_left + (1 - w) * eta_right;
    const Eigen::MatrixXd fall = held(w * eta_left * left.drift + (1 - w) * eta_right * right.drift, moment, eta);
    const Eigen::MatrixXd kick =
        w * eta_left * eta_left * left.diffusion + (1 - w) * eta_right * eta_right * right.diffusion;
    const Eigen::MatrixXd back = fall.transpose();
    return AffineMap<double>{one_minus<double>(back), positive_part(kick - congruent<double>(back, moment))}(moment,
                                                                                                             count);
  }

 private:
  // ηL with no more than 1 of any direction, in units of what M has there.
  static Eigen::MatrixXd held(const Eigen::MatrixXd& fall, const Eigen::MatrixXd& moment, double eta) {
    const Eigensystem system = eigensystem(moment);
    const Eigen::VectorXd size = system.values.cwiseMax(0.05 * eta * eta + 1e-300).cwiseSqrt();
    const Eigen::MatrixXd inside = size.cwiseInverse().asDiagonal() *
                                   transposed_sandwich(system.vectors, fall, system.vectors) * size.asDiagonal();
    const auto [square, right] = eigensystem(gram<double>(inside));
    if (square.maxCoeff() <= 1) return fall;
    const Eigen::MatrixXd kept =
        sandwich(inside, right * square.cwiseMax(1).cwiseSqrt().cwiseInverse().asDiagonal(), right);
    return sandwich(system.vectors, size.asDiagonal() * kept * size.cwiseInverse().asDiagonal(), system.vectors);
  }

  Eigen::VectorXd eigenvalue_;
  double noise_variance_;
  State start_;
};

}  // namespace

RiskCurve integrate_layer_moment(const Problem& problem, const Eigen::MatrixXd& start, const MomentRateFunction& rates,
                                 const LearningRate& schedule, const Eigen::ArrayXd& record,
                                 const QuasilinearOptions& options) {
  validate(problem);
  if (!problem.input.exact()) throw StudyError("coupled modes need exact input modes");
  return integrate_stretches(LayerMoment(problem, start), rates, schedule, record, options);
}

}  // namespace muonphase
