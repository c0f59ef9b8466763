#pragma once
#include <Eigen/Core>
#include <vector>

namespace muonphase {

/// What an integration took.
struct IntegrationWork {
  int evaluations = 0;  ///< of the rates, or steps of the exponential integrator
  int rejected = 0;     ///< stretches or steps taken again, shorter
};

/// A run step by step of its integration, from t = 0 on; there are far fewer of these than of the optimizer's. Arrays have
/// one entry for each.
struct RunPath {
  std::vector<double> step;   ///< t
  std::vector<double> clock;  ///< s, of ds = η dt/√(2R) (η dt for SGD in the linear closure)
  std::vector<double> risk;   ///< R, label noise included

  void add(double t, double s, double r) {
    step.push_back(t);
    clock.push_back(s);
    risk.push_back(r);
  }
  std::size_t size() const { return step.size(); }
  void resize(std::size_t size) {
    step.resize(size);
    clock.resize(size);
    risk.resize(size);
  }
};

/// Population risk of a run at recorded steps. Arrays have one entry for each recorded step.
struct RiskCurve {
  Eigen::ArrayXd step;           ///< t, in steps (in n_out/B steps when the batch is infinite); the first is 0
  Eigen::ArrayXd risk;           ///< R(t), label noise included
  Eigen::ArrayXd learning_rate;  ///< η(t)
  Eigen::ArrayXXd
      mode_energy;  ///< [steps, input modes]: Σ_k v_kj, the energy of W − W* in each input mode; may be empty
  IntegrationWork work = {};
  RunPath path = {};
};

/// The mean of curves recorded at the same steps; at least one.
RiskCurve mean_curve(const std::vector<RiskCurve>& curves);

/// The steps a run of `steps` records: 0, then at most `record` − 1 whole steps evenly spaced in ln t, each once, the
/// last `steps`. steps ≥ 1, record ≥ 2.
Eigen::ArrayXd recorded_steps(double steps, int record);

/// The whole steps next to each of `record`, which increases, each once: those that an optimizer takes.
Eigen::ArrayXd neighbouring_steps(const Eigen::ArrayXd& record);

/// A curve at neighbouring_steps(record) as it is at `record`: ln R, η and energies are linear between two steps.
RiskCurve between_steps(const RiskCurve& curve, const Eigen::ArrayXd& record);

}  // namespace muonphase
