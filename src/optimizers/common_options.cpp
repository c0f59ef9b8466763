// What every optimizer takes: a scale of its update by the shape of the matrix, and weight decay.
#include "muonphase/optimizers/common_options.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace muonphase {
namespace {

UpdateRule scaled_update(UpdateRule rule) {
  return UpdateRule([rule = std::move(rule)]<class S>(Step<S>& step) -> Matrix<S> {
    Matrix<S> phi = rule(step);
    const double scale = update_scale(step.options, static_cast<double>(phi.rows()), static_cast<double>(phi.cols()));
    if (scale != 1) phi *= S(scale);
    return phi;
  });
}

// cΦ has c times the drift and c² times the diffusion.
LinearClosure scaled_linear(LinearClosure closure, const OptimizerOptions& options) {
  return [closure = std::move(closure), options](const Problem& problem, const LinearOptions& linear) {
    const double scale = update_scale(options, problem.n_out(), problem.n_in());
    std::vector<Coefficients> sets = closure(problem, linear);
    for (auto& set : sets) {
      set.drift *= scale;
      set.diffusion *= scale * scale;
    }
    return sets;
  };
}

// ηcΦ is Φ at the learning rate cη, and ηλ is cη λ/c.
FullClosure scaled_full(FullClosure closure, const OptimizerOptions& options) {
  return [closure = std::move(closure), options](const FullProblem& given) -> FullDynamics {
    FullProblem full = given;
    const double scale = update_scale(options, full.problem.n_out(), full.problem.n_in());
    full.weight_decay = options.number("weight_decay") / scale;
    return [dynamics = closure(full), scale](const LearningRate& schedule, const Eigen::ArrayXd& recorded,
                                             const QuasilinearOptions& quasilinear, const Monitor& monitor) {
      RiskCurve curve = dynamics(times(schedule, scale), recorded, quasilinear, monitor);
      curve.learning_rate /= scale;
      return curve;
    };
  };
}

}  // namespace

const std::vector<Option>& common_options() {
  static const std::vector<Option> options = {
      word_option("scale", "none", {"none", "jordan", "rms", "spectral"},
                  "multiplies the update: jordan by √max(1, n_out/n_in), rms by 0.2 √max(n_out, n_in), spectral by "
                  "√(n_out/n_in)"),
      number_option("weight_decay", 0, Interval::at_least(0),
                    "λ of decoupled weight decay, W ← (1 − ηλ) W − ηΦ: it follows the schedule of η")};
  return options;
}

double update_scale(const OptimizerOptions& options, double n_out, double n_in) {
  const std::string& scale = options.word("scale");
  if (scale == "jordan") return std::sqrt(std::max(1.0, n_out / n_in));
  if (scale == "rms") return 0.2 * std::sqrt(std::max(n_out, n_in));
  if (scale == "spectral") return std::sqrt(n_out / n_in);
  return 1;
}

OptimizerDescription with_common_options(OptimizerDescription optimizer) {
  optimizer.options.insert(optimizer.options.end(), common_options().begin(), common_options().end());
  optimizer.update = scaled_update(std::move(optimizer.update));
  if (optimizer.linear)
    optimizer.linear = [linear = std::move(optimizer.linear)](const OptimizerOptions& options) {
      return scaled_linear(linear(options), options);
    };
  if (optimizer.full)
    optimizer.full = [full = std::move(optimizer.full)](const OptimizerOptions& options) {
      return scaled_full(full(options), options);
    };
  return optimizer;
}

}  // namespace muonphase
