#include "muonphase/dynamics/rate_clock.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstdint>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

TableRate as_table(const LearningRate& schedule, double horizon) {
  TableRate table;
  if (const auto* constant = std::get_if<ConstantRate>(&schedule)) {
    table.step = Eigen::ArrayXd::Zero(1);
    table.rate = Eigen::ArrayXd::Constant(1, constant->eta);
  } else if (const auto* wsd = std::get_if<WsdRate>(&schedule)) {
    const double points[] = {0, wsd->warmup * horizon, (1 - wsd->decay) * horizon, horizon};
    table.step.resize(4);
    Eigen::Index kept = 0;
    for (double t : points)
      if (kept == 0 || t > table.step(kept - 1)) table.step(kept++) = t;
    table.step = table.step.head(kept).eval();
    table.rate = table.step.unaryExpr([&](double t) { return rate_at(schedule, t, horizon); });
  } else if (const auto* decay = std::get_if<DecayRate>(&schedule)) {  // a cosine's pieces end where it begins
    const bool cosine = decay->shape == DecayRate::Shape::cosine;
    const double warm = decay->warmup * horizon;
    std::vector<double> points;
    if (warm > 0) points.push_back(0);
    points.push_back(warm);
    if (!cosine && warm < horizon) points.push_back(horizon);
    table.step = Eigen::Map<const Eigen::ArrayXd>(points.data(), static_cast<Eigen::Index>(points.size()));
    table.rate = table.step.unaryExpr([&](double t) { return rate_at(schedule, t, horizon); });
  } else if (const auto* given = std::get_if<TableRate>(&schedule)) {
    table = *given;
    if (table.step(0) > 0) {  // constant before the first point
      TableRate longer{Eigen::ArrayXd(table.step.size() + 1), Eigen::ArrayXd(table.step.size() + 1)};
      longer.step << 0, table.step;
      longer.rate << table.rate(0), table.rate;
      table = longer;
    }
  } else {
    throw StudyError("the greedy schedule follows the state of the risk, not time alone");
  }
  return table;
}

}  // namespace

RateClock::RateClock(const LearningRate& schedule, double horizon) {
  if (const auto* power = std::get_if<PowerRate>(&schedule)) {
    power_ = Power{power->eta0, power->t0, power->gamma};
    return;
  }
  const TableRate table = as_table(schedule, horizon);
  step_ = table.step;
  rate_ = table.rate;
  area_ = Eigen::ArrayXd::Zero(step_.size());
  for (Eigen::Index i = 1; i < step_.size(); ++i)
    area_(i) = area_(i - 1) + 0.5 * (rate_(i) + rate_(i - 1)) * (step_(i) - step_(i - 1));
  const auto* decay = std::get_if<DecayRate>(&schedule);
  if (decay && decay->shape == DecayRate::Shape::cosine && decay->warmup < 1) {
    const Eigen::Index last = step_.size() - 1;
    cosine_ = Cosine{decay->eta0, decay->final, step_(last), horizon - step_(last)};
    area_.conservativeResize(last + 2);
    area_(last + 1) = area_(last) + cosine_->area(1);
  }
}

double RateClock::Cosine::area(double part) const {
  return eta0 * length *
         (final * part + 0.5 * (1 - final) * (part + std::sin(M_PI * part) / M_PI));
}

double RateClock::area(double t) const {
  if (power_) {
    const double log_growth = std::log1p(t / power_->t0), exponent = 1 - power_->gamma;
    const double growth = exponent == 0 ? log_growth : std::expm1(exponent * log_growth) / exponent;
    return power_->eta0 * power_->t0 * growth;
  }
  if (cosine_ && t >= cosine_->start)
    return area_(area_.size() - 2) + cosine_->area(std::min(1.0, (t - cosine_->start) / cosine_->length));
  return linear_area(t);
}

double RateClock::linear_area(double t) const {
  const auto right = std::upper_bound(step_.begin(), step_.end(), t) - step_.begin();
  const Eigen::Index i = right - 1;  // step_(0) = 0 ≤ t
  const double x = t - step_(i);
  if (right == step_.size()) return area_(i) + rate_(i) * x;
  const double slope = (rate_(i + 1) - rate_(i)) / (step_(i + 1) - step_(i));
  return area_(i) + x * (rate_(i) + 0.5 * slope * x);
}

double RateClock::rate_at_area(double a) const {
  if (power_) {
    // area = η_0 t_0 ((1 + t/t_0)^(1−γ) − 1)/(1 − γ), solved for 1 + t/t_0; for γ > 1 there is an area never reached
    const double exponent = 1 - power_->gamma, scaled = a / (power_->eta0 * power_->t0);
    const double log_growth = exponent == 0 ? scaled : std::log1p(std::max(-1.0, exponent * scaled)) / exponent;
    return power_->eta0 * std::exp(-power_->gamma * log_growth);
  }
  if (cosine_ && a >= area_(area_.size() - 2)) {
    const double along = a - area_(area_.size() - 2), whole = cosine_->area(1);
    if (!(along < whole)) return cosine_->final * cosine_->eta0;
    std::uintmax_t most = 200;
    const auto [left, right] =
        boost::math::tools::toms748_solve([&](double part) { return cosine_->area(part) - along; }, 0.0, 1.0, -along,
                                          whole - along, boost::math::tools::eps_tolerance<double>(50), most);
    const double height = 0.5 * (1 + std::cos(M_PI * 0.5 * (left + right)));
    return cosine_->eta0 * std::lerp(cosine_->final, 1.0, height);
  }
  const auto right = std::upper_bound(area_.begin(), area_.end(), a) - area_.begin();
  const Eigen::Index i = right - 1;
  if (right == area_.size()) return rate_(i);
  // With η linear in t, η² is linear in the area.
  const double slope = (rate_(i + 1) - rate_(i)) / (step_(i + 1) - step_(i));
  return std::sqrt(std::max(0.0, rate_(i) * rate_(i) + 2 * slope * (a - area_(i))));
}

}  // namespace muonphase
