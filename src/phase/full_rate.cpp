#include "muonphase/phase/full_rate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr double coarse = 0.384;        // ln of the ratio of neighbouring rates: six per decade
constexpr double finest = coarse / 16;  // below, a kink between two rates matters less than 1 %
constexpr double flat = 0.01;           // the error of ln R* that is left
constexpr int stride = 16;              // coarse / finest
constexpr int most_up = 12, most_down = 120;

// Integrated rates, as multiples of `finest` above a reference, with ln R [horizons].
class RateTable {
 public:
  RateTable(const RateSweep& sweep, const Eigen::ArrayXd& horizons)
      : sweep_(sweep), horizons_(horizons), reference_(std::log(sweep.stability_edge())) {}

  using Rows = std::map<int, Eigen::ArrayXd>;
  const Rows& rows() const { return rows_; }
  double log_rate(int multiple) const { return reference_ + finest * multiple; }

  void add(const std::set<int>& multiples) {
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

// Rates between a minimum and its neighbours, where more may be gained. ln R is convex around its minimum in ln η, so
// the line through the minimum and one neighbour bounds from below what lies on the other side.
std::set<int> wanted(const RateTable& table, Eigen::Index horizons) {
  std::set<int> multiples;
  for (Eigen::Index h = 0; h < horizons; ++h) {
    const auto best = table.best(h);
    if (best == table.rows().begin() || std::next(best) == table.rows().end()) continue;
    const auto left = std::prev(best), right = std::next(best);
    const auto halve = [&](int from, int to, const Eigen::ArrayXd& beyond, int beyond_width) {
      const double gain = (beyond(h) - best->second(h)) * (to - from) / beyond_width;
      if (to - from > 1 && !(gain < flat)) multiples.insert(from + (to - from) / 2);
    };
    halve(left->first, best->first, right->second, right->first - best->first);
    halve(best->first, right->first, left->second, best->first - left->first);
  }
  return multiples;
}

}  // namespace

TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options) {
  const RateSweep sweep(problem, optimizer, options);
  RateTable table(sweep, horizons);
  const Coefficients linear = linear_coefficients(problem, optimizer, {.draws = {1, options.seed}}).front();
  bracket(table, guessed(table, mode_equation(problem, linear), horizons), horizons.size());
  for (std::set<int> more = wanted(table, horizons.size()); !more.empty(); more = wanted(table, horizons.size()))
    table.add(more);

  TunedCurve tuned{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size())};
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    const auto best = table.best(h);
    if (!std::isfinite(best->second(h)))
      throw NumericalError(
          fmt::format("{}: no constant learning rate reaches horizon {:g}", optimizer.name(), horizons(h)));
    tuned.risk(h) = std::exp(best->second(h));
    tuned.learning_rate(h) = std::exp(table.log_rate(best->first));
  }
  return tuned;
}

}  // namespace muonphase
