#include "muonphase/dynamics/systems/layer_gradient.hpp"

#include <cmath>
#include <variant>

#include "dynamics/died_out.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/core/matrix.hpp"

namespace muonphase {

RiskCurve integrate_layer_gradient(const Problem& problem, const Eigen::MatrixXd& start, const SampleRows& rows,
                                   double weight_decay, const Monitor& monitor, const LearningRate& schedule,
                                   const Eigen::ArrayXd& record) {
  validate(problem);
  const Eigen::VectorXd eigenvalue = problem.input.eigenvalue.matrix();
  const Eigen::ArrayXd residual = rows.residuals.rowwise().squaredNorm().array();
  const double horizon = record(record.size() - 1), batch = problem.batch;
  const auto* greedy = std::get_if<GreedyRate>(&schedule);
  Eigen::MatrixXd mean = start, moment = gram<double>(start),
                  target = Eigen::MatrixXd::Zero(start.rows(), start.cols());
  if (weight_decay > 0)
    target = problem.weights.size() > 0 ? Eigen::MatrixXd(problem.weights - start) : Eigen::MatrixXd(-start);

  RiskCurve curve{record, Eigen::ArrayXd(record.size()), Eigen::ArrayXd(record.size()), {}};
  curve.mode_energy.resize(record.size(), eigenvalue.size());
  Eigen::Index next = 0;
  for (double t = 0;; ++t, ++curve.work.evaluations) {
    monitor.check();
    const double risk = 0.5 * (eigenvalue.dot(moment.diagonal()) + problem.noise_variance());
    if (!std::isfinite(risk) || risk > 1e200)
      throw DivergenceError("the risk is no longer finite: the learning rate is far too large",
                            {curve.risk.begin(), curve.risk.begin() + next},
                            {curve.learning_rate.begin(), curve.learning_rate.begin() + next});
    if (next > 0 && died_out(risk, curve.risk(0)))
      return at_rest(std::move(curve), next, risk, moment.diagonal().array(), schedule);
    const Eigen::ArrayXd size =
        (product<double>(rows.inputs, moment).cwiseProduct(rows.inputs).rowwise().sum() -
         2 * product<double>(rows.inputs, mean.transpose()).cwiseProduct(rows.residuals).rowwise().sum())
            .array() +
        residual;
    const Eigen::MatrixXd scaled = size.max(0).sqrt().matrix().asDiagonal() * rows.inputs;
    const Eigen::MatrixXd pull = eigenvalue.asDiagonal() * moment * eigenvalue.asDiagonal();
    const Eigen::MatrixXd noise = (gram<double>(scaled) / static_cast<double>(rows.inputs.rows()) - pull) / batch;
    const double eta = greedy ? greedy->scale * eigenvalue.cwiseAbs2().dot(moment.diagonal()) /
                                    eigenvalue.dot((noise + pull).diagonal())
                              : rate_at(schedule, t, horizon);
    if (record(next) == t) {
      curve.risk(next) = risk;
      curve.learning_rate(next) = eta;
      curve.mode_energy.row(next) = moment.diagonal().transpose();
      if (++next == record.size()) return curve;
    }
    const double decay = eta * weight_decay;
    const Eigen::VectorXd kept = (1 - decay - eta * eigenvalue.array()).matrix();
    const Eigen::MatrixXd pulled = decay * target, fallen = mean * kept.asDiagonal();
    moment = kept.asDiagonal() * moment * kept.asDiagonal() + eta * eta * noise;
    if (decay > 0) {
      const Eigen::MatrixXd cross = transposed_product<double>(fallen, pulled);
      moment += gram<double>(pulled) - cross - cross.transpose();
    }
    mean = fallen - pulled;
  }
}

}  // namespace muonphase
