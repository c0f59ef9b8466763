#include "muonphase/phase/full_rate.hpp"

#include <fmt/format.h>

#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr double coarse = 0.768;        // ln of the ratio of neighbouring rates: three per decade
constexpr double finest = coarse / 32;  // below, a kink between two rates matters less than 1 %
constexpr double flat = 0.01;           // the error of ln R* that is left
constexpr double smooth = 0.25;         // the gain that may be left to interpolation
constexpr int stride = 32;              // coarse / finest
constexpr int most_up = 6, most_down = 60;

// Integrated rates, as multiples of `finest` above a reference, with ln R [horizons].
class RateTable {
 public:
  RateTable(const RateSweep& sweep, const Eigen::ArrayXd& horizons)
      : sweep_(sweep), horizons_(horizons), reference_(std::log(sweep.stability_edge())) {}

  using Rows = std::map<int, Eigen::ArrayXd>;
  const Rows& rows() const { return rows_; }
  double log_rate(int multiple) const { return reference_ + finest * multiple; }

  void add(const std::set<int>& multiples) {
    if (multiples.empty()) return;
    std::vector<int> missing;
    for (const int multiple : multiples)
      if (!rows_.contains(multiple)) missing.push_back(multiple);
    Eigen::ArrayXd rates(static_cast<Eigen::Index>(missing.size()));
    for (Eigen::Index i = 0; i < rates.size(); ++i) rates(i) = std::exp(log_rate(missing[static_cast<std::size_t>(i)]));
    const Eigen::ArrayXXd risk = sweep_.risks(rates, horizons_);
    for (Eigen::Index i = 0; i < rates.size(); ++i)
      rows_[missing[static_cast<std::size_t>(i)]] = risk.row(i).transpose().log();
  }

  Rows::const_iterator best(Eigen::Index horizon) const {
    auto best = rows_.begin();
    for (auto row = rows_.begin(); row != rows_.end(); ++row)
      if (row->second(horizon) < best->second(horizon)) best = row;
    return best;
  }

 private:
  const RateSweep& sweep_;
  const Eigen::ArrayXd& horizons_;
  double reference_;
  Rows rows_;
};

// Where the minima are by the linear closure, which takes no time: the first and the last of them, and one more to
// either side.
std::set<int> guessed(const RateTable& table, const ModeEquation& equation, const Eigen::ArrayXd& horizons) {
  const Eigen::ArrayXd log_rate = best_constant_rate(equation, horizons).learning_rate.log();
  if (!log_rate.isFinite().all()) return {-2 * stride, -stride, 0, stride};
  const auto place = [&](double x) { return static_cast<int>(std::round((x - table.log_rate(0)) / coarse)); };
  std::set<int> multiples;
  for (int i = place(log_rate.minCoeff()) - 1; i <= place(log_rate.maxCoeff()) + 1; ++i) multiples.insert(i * stride);
  return multiples;
}

// Every horizon's minimum in the inside.
void bracket(RateTable& table, const std::set<int>& first, Eigen::Index horizons) {
  table.add(first);
  for (int i = 0; i < most_up && table.best(0) == std::prev(table.rows().end()); ++i)
    table.add({table.rows().rbegin()->first + stride});
  for (int i = 0; i < most_down && table.best(horizons - 1) == table.rows().begin(); ++i) {
    const int lowest = table.rows().begin()->first;
    table.add({lowest - stride, lowest - 2 * stride});
  }
}

// Lagrange's polynomial through all nodes.
double polynomial(const std::vector<double>& node, const std::vector<double>& value, double x) {
  double sum = 0;
  for (std::size_t i = 0; i < node.size(); ++i) {
    double basis = value[i];
    for (std::size_t j = 0; j < node.size(); ++j)
      if (j != i) basis *= (x - node[j]) / (node[i] - node[j]);
    sum += basis;
  }
  return sum;
}

// ln R* and ln η* of one horizon, and the rates that would make them surer.
struct Minimum {
  double log_risk, log_rate;
  std::vector<int> wanted;
};

// Between the lowest rate and its neighbours ln R is the cubic through them and the next one; where the parabola
// without that one says the same there is no kink among them. With a neighbour whose risk is not finite the lowest is
// the best there is, as soon as that neighbour is close.
Minimum minimum(const RateTable& table, Eigen::Index horizon) {
  const auto best = table.best(horizon);
  Minimum found{best->second(horizon), table.log_rate(best->first), {}};
  const auto none = table.rows().end();
  if (best == table.rows().begin() || std::next(best) == none) return found;
  const auto left = std::prev(best), right = std::next(best);
  const auto finite = [&](RateTable::Rows::const_iterator row) {
    return row != none && std::isfinite(row->second(horizon));
  };
  const auto halve = [&](int from, int to) {
    if (to - from > 1) found.wanted.push_back(from + (to - from) / 2);
  };
  if (!finite(left) || !finite(right)) {
    halve(left->first, best->first);
    halve(best->first, right->first);
    return found;
  }

  const double rise_left = left->second(horizon) - found.log_risk;
  const double rise_right = right->second(horizon) - found.log_risk;
  const int width_left = best->first - left->first, width_right = right->first - best->first;
  const auto after = std::next(right);
  // A convex ln R is above the line through the lowest and one neighbour on the other's side; to the right, where noise
  // floors are, also above the line through the next two. (To the left a risk that dies out need not be convex.)
  const double gain_left = rise_right * width_left / width_right;
  double gain_right = rise_left * width_right / width_left;
  if (finite(after)) {
    const double slope = (after->second(horizon) - right->second(horizon)) / (after->first - right->first);
    const double reach = (slope * width_right - rise_right) / (rise_left / width_left + slope);
    gain_right = std::min(gain_right, rise_left / width_left * std::max(0.0, reach));
  }

  std::vector<double> rate, log_risk;
  const auto take = [&](RateTable::Rows::const_iterator row) {
    rate.push_back(table.log_rate(row->first));
    log_risk.push_back(row->second(horizon));
  };
  take(left), take(best), take(right);
  const auto lowest = [&] {
    const auto value = [&](double x) { return polynomial(rate, log_risk, x); };
    return boost::math::tools::brent_find_minima(value, rate[0], rate[2], 20);
  };
  const auto parabola = lowest();
  const auto before = left == table.rows().begin() ? none : std::prev(left);
  const bool lean_left = parabola.first < rate[1];
  const auto next = finite(lean_left ? before : after) ? (lean_left ? before : after) : finite(after) ? after : before;
  if (gain_left < smooth && gain_right < smooth && finite(next)) {
    take(next);
    const auto cubic = lowest();
    if (std::abs(cubic.second - parabola.second) < flat / 2) return {cubic.second, cubic.first, {}};
  }
  if (!(gain_left < flat)) halve(left->first, best->first);
  if (!(gain_right < flat)) halve(best->first, right->first);
  return found;
}

}  // namespace

TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options) {
  const RateSweep sweep(problem, optimizer, options);
  RateTable table(sweep, horizons);
  const Coefficients linear = linear_coefficients(problem, optimizer, {.draws = {1, options.seed}}).front();
  bracket(table, guessed(table, mode_equation(problem, linear), horizons), horizons.size());

  TunedCurve tuned{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size())};
  std::set<int> wanted;
  do {
    table.add(wanted);
    wanted.clear();
    for (Eigen::Index h = 0; h < horizons.size(); ++h) {
      const Minimum best = minimum(table, h);
      tuned.risk(h) = std::exp(best.log_risk);
      tuned.learning_rate(h) = std::exp(best.log_rate);
      wanted.insert(best.wanted.begin(), best.wanted.end());
    }
  } while (!wanted.empty());
  for (Eigen::Index h = 0; h < horizons.size(); ++h)
    if (!std::isfinite(tuned.risk(h)))
      throw NumericalError(
          fmt::format("{}: no constant learning rate reaches horizon {:g}", optimizer.name(), horizons(h)));
  return tuned;
}

}  // namespace muonphase
