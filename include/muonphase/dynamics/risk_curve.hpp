#pragma once
#include <Eigen/Core>
#include <vector>

namespace muonphase {

/// What an integration took.
struct IntegrationWork {
  int evaluations = 0;  ///< of the rates, or steps of the exponential integrator
  int rejected = 0;     ///< stretches or steps taken again, shorter
};

/// Population risk of a run at recorded steps. Arrays have one entry for each recorded step.
struct RiskCurve {
  Eigen::ArrayXd step;           ///< t, in steps (in n_out/B steps when the batch is infinite); the first is 0
  Eigen::ArrayXd risk;           ///< R(t), label noise included
  Eigen::ArrayXd learning_rate;  ///< η(t)
  Eigen::ArrayXXd
      mode_energy;  ///< [steps, input modes]: Σ_k v_kj, the energy of W − W* in each input mode; may be empty
  IntegrationWork work = {};
};

/// The mean of curves recorded at the same steps; at least one.
RiskCurve mean_curve(const std::vector<RiskCurve>& curves);

/// The steps a run of `steps` records: 0, then at most `record` − 1 whole steps evenly spaced in ln t, each once, the
/// last `steps`. steps ≥ 1, record ≥ 2.
Eigen::ArrayXd recorded_steps(double steps, int record);

}  // namespace muonphase
