#pragma once
#include <Eigen/Core>
#include <cstdint>

namespace muonphase {

/// Which of two optimizers a cell of the phase diagram favours, over all horizons. The values are those of the HDF5
/// dataset `/phase`.
enum class Phase : std::uint8_t { indistinguishable = 0, second = 1, first = 2, tradeoff = 3 };

/// The phase from L(T) = ln(R_first / R_second) at the horizons: with ε = ln(threshold), first when L < −ε somewhere
/// and never > ε, second the reverse, tradeoff when both happen, else indistinguishable. `threshold` > 1.
Phase classify(const Eigen::ArrayXd& log_risk_ratio, double threshold);

/// The horizon at which a trade-off changes sides: where L is zero, linear in ln T, between the first horizon that
/// exceeds ε on one side and the first that then exceeds it on the other. NaN when the cell is no trade-off.
double crossing_horizon(const Eigen::ArrayXd& horizon, const Eigen::ArrayXd& log_risk_ratio, double threshold);

}  // namespace muonphase
