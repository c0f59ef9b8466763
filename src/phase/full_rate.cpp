#include "muonphase/phase/full_rate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "muonphase/core/error.hpp"
#include "phase/rate_surface.hpp"

namespace muonphase {
namespace {

constexpr int stride = 8;        // coarse spacing of rates, in units of the finest one
constexpr double coarse = 0.46;  // ln of the ratio of neighbouring rates: five per decade
constexpr double finest = coarse / stride;
constexpr double accurate = 0.01;  // by what ln R may differ between two cubics through neighbouring runs
constexpr int margin = 2;          // runs to either side of every horizon's best one
constexpr int most_up = 10, most_down = 100;
constexpr double longest_run = 3;  // in longest horizons: at lower rates a clock shows a time later

// Integrated runs, at multiples of `finest` above a reference.
class Runs {
 public:
  Runs(const RateSweep& sweep, const Eigen::ArrayXd& horizons)
      : sweep_(sweep),
        horizons_(horizons),
        reference_(std::log(sweep.stability_edge())),
        end_(std::ceil(std::max(8.0, longest_run * horizons(horizons.size() - 1)))) {}

  double log_rate(double multiple) const { return reference_ + finest * multiple; }
  double lowest() const { return log_rate(rows_.begin()->first); }
  double highest() const { return log_rate(rows_.rbegin()->first); }
  const RateSurface& surface() const { return surface_; }

  // Whether any were missing.
  bool add(const std::set<int>& multiples) {
    std::vector<int> missing;
    for (const int multiple : multiples)
      if (!rows_.contains(multiple)) missing.push_back(multiple);
    if (missing.empty()) return false;
    Eigen::ArrayXd rates(static_cast<Eigen::Index>(missing.size()));
    for (Eigen::Index i = 0; i < rates.size(); ++i) rates(i) = std::exp(log_rate(missing[static_cast<std::size_t>(i)]));
    const auto paths = sweep_.paths(rates, end_);
    for (std::size_t i = 0; i < missing.size(); ++i) surface_.add(log_rate(missing[i]), paths[i]);
    for (const int multiple : missing) rows_[multiple] = surface_.log_risk(log_rate(multiple), horizons_);
    return true;
  }

  // Runs on until all horizons have their best ones inside.
  void bracket() {
    for (int i = 0; i < most_up && last_best() + margin > rank(rows_.rbegin()->first); ++i)
      add({rows_.rbegin()->first + stride});
    for (int i = 0; i < most_down && first_best() < margin; ++i) {
      const int lowest = rows_.begin()->first;
      add({lowest - stride, lowest - 2 * stride});
    }
  }

  // The runs between those about `log_rate`, as far as they are not the finest.
  std::set<int> between(double log_rate) const {
    std::set<int> middle;
    const auto above = rows_.lower_bound(static_cast<int>(std::ceil((log_rate - reference_) / finest)));
    const auto from = std::prev(above, std::min<std::ptrdiff_t>(margin, std::distance(rows_.begin(), above)));
    auto run = from;
    for (int i = 0; i < 2 * margin - 1 && std::next(run) != rows_.end(); ++i, ++run)
      if (const int width = std::next(run)->first - run->first; width > 1) middle.insert(run->first + width / 2);
    return middle;
  }

 private:
  int rank(int multiple) const { return static_cast<int>(std::distance(rows_.begin(), rows_.find(multiple))); }
  int best(Eigen::Index horizon) const {
    const auto lowest = std::min_element(rows_.begin(), rows_.end(), [&](const auto& a, const auto& b) {
      return a.second(horizon) < b.second(horizon);
    });
    return rank(lowest->first);
  }
  int first_best() const {
    int first = std::numeric_limits<int>::max();
    for (Eigen::Index h = 0; h < horizons_.size(); ++h) first = std::min(first, best(h));
    return first;
  }
  int last_best() const {
    int last = 0;
    for (Eigen::Index h = 0; h < horizons_.size(); ++h) last = std::max(last, best(h));
    return last;
  }

  const RateSweep& sweep_;
  const Eigen::ArrayXd& horizons_;
  double reference_, end_;
  RateSurface surface_;
  std::map<int, Eigen::ArrayXd> rows_;  // ln R [horizons]
};

// Where the minima are by the linear closure, which takes no time: from the first to the last of them.
std::set<int> guessed(const Runs& runs, const ModeEquation& equation, const Eigen::ArrayXd& horizons) {
  const Eigen::ArrayXd log_rate = best_constant_rate(equation, horizons).learning_rate.log();
  if (!log_rate.isFinite().all()) return {-2 * stride, -stride, 0, stride};
  const auto place = [&](double x) { return static_cast<int>(std::round((x - runs.log_rate(0)) / coarse)); };
  std::set<int> multiples;
  for (int i = place(log_rate.minCoeff()) - margin; i <= place(log_rate.maxCoeff()) + margin; ++i)
    multiples.insert(i * stride);
  return multiples;
}

// ln R*, ln η* [horizons] of the runs there are.
struct Minima {
  Eigen::ArrayXd log_risk, log_rate;
};

Minima minima(const Runs& runs, const Eigen::ArrayXd& horizons) {
  const auto rates = static_cast<Eigen::Index>(std::round((runs.highest() - runs.lowest()) / finest)) + 1;
  const Eigen::ArrayXd log_rate = Eigen::ArrayXd::LinSpaced(rates, runs.lowest(), runs.highest());
  Eigen::ArrayXXd log_risk(horizons.size(), rates);
  for (Eigen::Index i = 0; i < rates; ++i) log_risk.col(i) = runs.surface().log_risk(log_rate(i), horizons);
  Minima found{Eigen::ArrayXd(horizons.size()), Eigen::ArrayXd(horizons.size())};
  for (Eigen::Index h = 0; h < horizons.size(); ++h) {
    Eigen::Index best = 0;
    found.log_risk(h) = log_risk.row(h).minCoeff(&best);
    found.log_rate(h) = log_rate(best);
    if (best == 0 || best + 1 == rates || !std::isfinite(found.log_risk(h))) continue;
    const auto value = [&](double x) { return runs.surface().log_risk(x, horizons.segment(h, 1))(0); };
    const auto [x, lowest] = boost::math::tools::brent_find_minima(value, log_rate(best - 1), log_rate(best + 1), 12);
    if (lowest < found.log_risk(h)) {
      found.log_risk(h) = lowest;
      found.log_rate(h) = x;
    }
  }
  return found;
}

}  // namespace

TunedCurve best_full_rate(const Problem& problem, const Optimizer& optimizer, const Eigen::ArrayXd& horizons,
                          const OdeOptions& options) {
  const RateSweep sweep(problem, optimizer, options);
  Runs runs(sweep, horizons);
  const Coefficients linear = linear_coefficients(problem, optimizer, {.draws = {1, options.seed}}).front();
  runs.add(guessed(runs, mode_equation(problem, linear), horizons));
  runs.bracket();

  Minima best;
  std::set<int> wanted;
  do {
    best = minima(runs, horizons);
    wanted.clear();
    for (Eigen::Index h = 0; h < horizons.size(); ++h) {
      const Eigen::ArrayXd horizon = horizons.segment(h, 1);
      double apart = 0;
      for (const int shift : {-1, 1})
        apart =
            std::max(apart, std::abs(runs.surface().log_risk(best.log_rate(h), horizon, shift)(0) - best.log_risk(h)));
      if (!(apart < accurate)) wanted.merge(runs.between(best.log_rate(h)));
    }
  } while (runs.add(wanted));
  for (Eigen::Index h = 0; h < horizons.size(); ++h)
    if (!std::isfinite(best.log_risk(h)))
      throw NoResultError(
          fmt::format("{}: no constant learning rate reaches horizon {:g}", optimizer.name(), horizons(h)));
  return {best.log_risk.exp(), best.log_rate.exp()};
}

}  // namespace muonphase
