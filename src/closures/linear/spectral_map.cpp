#include "muonphase/closures/linear/spectral_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <optional>
#include <vector>

#include "core/least_squares.hpp"
#include "muonphase/core/error.hpp"

namespace muonphase {
namespace {

constexpr int rows_per_gap = 5, rows_below = 6;

// What the sums over the poles stand for.
struct Targets {
  std::function<double(double)> odd, even;
};

// One fit: poles at ln |p| = position, with rows that are denser than they.
struct Fit {
  SpectralPoles poles;
  Eigen::ArrayXd log_x, error;
};

// Half the angle's sine is the width of a pole's peak in ln x: twice the spacing, for which sums of peaks ripple by
// e^(−4π).
Eigen::ArrayXcd poles_at(const std::vector<double>& position) {
  const std::size_t count = position.size();
  Eigen::ArrayXcd p(static_cast<Eigen::Index>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const double below = i > 0 ? position[i] - position[i - 1] : 0;
    const double above = i + 1 < count ? position[i + 1] - position[i] : 0;
    const double width = std::min(2 * std::max(below, above), M_PI_2);
    p(static_cast<Eigen::Index>(i)) = std::polar(std::exp(position[i]), width - M_PI_2);
  }
  return p;
}

std::vector<double> rows_at(const std::vector<double>& position) {
  std::vector<double> rows;
  for (int k = rows_below; k > 0; --k) rows.push_back(position.front() - k);
  for (std::size_t i = 0; i + 1 < position.size(); ++i)
    for (int k = 0; k < rows_per_gap; ++k)
      rows.push_back(std::lerp(position[i], position[i + 1], static_cast<double>(k) / rows_per_gap));
  return rows;
}

// Fits of maps at fixed poles, errors relative to the running maximum of `scale`.
class PoleFit {
 public:
  PoleFit(const std::vector<double>& position, const std::function<double(double)>& scale) : p_(poles_at(position)) {
    const std::vector<double> rows = rows_at(position);
    log_x_ = Eigen::Map<const Eigen::ArrayXd>(rows.data(), static_cast<Eigen::Index>(rows.size()));
    x_ = log_x_.exp();
    weight_.resize(x_.size());
    double largest = 0;
    for (Eigen::Index i = 0; i < x_.size(); ++i) {
      const double h = std::abs(scale(x_(i)));
      if (!std::isfinite(h)) throw NumericalError("the spectral map is not finite on [0, 1]");
      weight_(i) = 1 / (largest = std::max(largest, h));
    }
    const Eigen::ArrayXcd square = p_.square();
    const Eigen::ArrayXXcd inverse = 1 / (x_.square().cast<std::complex<double>>().replicate(1, square.size()) +
                                          square.transpose().replicate(x_.size(), 1));
    // Re(c w) = Re c Re w − Im c Im w.
    const auto factorized = [&](const Eigen::ArrayXd& factor) {
      Eigen::MatrixXd a(x_.size(), 2 * square.size());
      a << (inverse.real().colwise() * factor).matrix(), -(inverse.imag().colwise() * factor).matrix();
      return LeastSquares(a);
    };
    odd_.emplace(factorized(x_ * weight_));
    even_.emplace(factorized((x_ * weight_).square()));
  }

  Fit operator()(const Targets& targets) const {
    const Eigen::ArrayXd h = x_.unaryExpr(targets.odd), even = x_.unaryExpr(targets.even);
    if (!h.allFinite() || !even.allFinite()) throw NumericalError("the spectral map is not finite on [0, 1]");
    Fit result{{p_, {}, {}}, log_x_, Eigen::ArrayXd::Zero(x_.size())};
    const auto solve = [&](const LeastSquares& system, const Eigen::ArrayXd& target) -> Eigen::ArrayXcd {
      const Eigen::VectorXd c = system.solve(target.matrix());
      result.error = result.error.max((system.matrix() * c - target.matrix()).array().abs());
      Eigen::ArrayXcd coefficients(p_.size());
      coefficients.real() = c.head(p_.size()).array();
      coefficients.imag() = c.tail(p_.size()).array();
      return coefficients;
    };
    result.poles.odd = solve(*odd_, h * weight_);
    result.poles.even = solve(*even_, even * weight_.square());
    result.poles.error = result.error.maxCoeff();
    return result;
  }

 private:
  Eigen::ArrayXcd p_;
  Eigen::ArrayXd log_x_, x_, weight_;
  std::optional<LeastSquares> odd_, even_;
};

Fit fit(const Targets& targets, const std::vector<double>& position) {
  return PoleFit(position, targets.odd)(targets);
}

}  // namespace

SpectralMap newton_schulz_map(const std::vector<Quintic>& steps) {
  const auto largest = [&](double from, double to) {
    double most = 0;
    for (int i = 0; i <= 1000; ++i) most = std::max(most, std::abs(newton_schulz(std::lerp(from, to, i / 1e3), steps)));
    return most;
  };
  // As far beyond 1 as the steps do not run away.
  double reach = 0.1;
  while (reach > 1e-3 && !(largest(1, 1 + reach) <= 2 * largest(0, 1))) reach /= 2;
  double slope = 1;
  for (const auto& step : steps) slope *= std::abs(step[0]);
  return {[=](double x) { return newton_schulz(x < 1 ? x : 1 + reach * std::tanh((x - 1) / reach), steps); },
          0.05 / std::max(1.0, slope), 2};
}

SpectralMap tempered_map(double epsilon) {
  if (!(epsilon > 0)) throw StudyError(fmt::format("the tempered sign's ε = {}: must be > 0", epsilon));
  return {[epsilon](double x) { return x / std::hypot(x, epsilon); }, 0.01 * epsilon, std::max(2.0, 100 * epsilon)};
}

namespace {

// Means of a map and of its square over a few per cent of x: what a smooth density of singular values sees of wiggles
// that are finer, as many Newton–Schulz steps make them.
class LocalMeans {
 public:
  // Over x e^(−width) to x e^width.
  LocalMeans(const SpectralMap& map, double begin, double end, double width)
      : width_(width), spacing_(width / 2000), begin_(begin - width) {
    const auto nodes = static_cast<std::size_t>((end - begin + 2 * width) / spacing_) + 2;
    first_.resize(nodes, 0);
    second_.resize(nodes, 0);
    for (std::size_t i = 1; i < nodes; ++i) {
      const double h = map.value(std::exp(begin_ + spacing_ * (static_cast<double>(i) - 0.5)));
      first_[i] = first_[i - 1] + spacing_ * h;
      second_[i] = second_[i - 1] + spacing_ * h * h;
    }
  }
  double of_map(double x) const { return mean(first_, std::log(x)); }
  double of_square(double x) const { return mean(second_, std::log(x)); }

 private:
  double integral(const std::vector<double>& sums, double log_x) const {
    const double at = std::clamp((log_x - begin_) / spacing_, 0.0, static_cast<double>(sums.size() - 2));
    const auto i = static_cast<std::size_t>(at);
    return std::lerp(sums[i], sums[i + 1], at - static_cast<double>(i));
  }
  double mean(const std::vector<double>& sums, double log_x) const {
    return (integral(sums, log_x + width_) - integral(sums, log_x - width_)) / (2 * width_);
  }

  double width_, spacing_, begin_;      // in ln x
  std::vector<double> first_, second_;  // integrals over ln x from begin_ on
};

// Halves the gaps where the error is large, `rounds` times at most and while there are few enough poles.
Fit refined_fit(const Targets& targets, double begin, double end, double tolerance, int rounds) {
  constexpr double first_gap = 0.5;
  constexpr std::size_t most_poles = 300;
  const int count = static_cast<int>(std::ceil((end - begin) / first_gap)) + 1;
  std::vector<double> position;
  for (int i = 0; i < count; ++i) position.push_back(std::lerp(begin, end, i / (count - 1.0)));
  for (int round = 0;; ++round) {
    const Fit result = fit(targets, position);
    const double error = result.poles.error;
    if (error <= tolerance || round == rounds || position.size() > most_poles) return result;
    std::vector<double> finer{position.front()};
    for (std::size_t i = 0; i + 1 < position.size(); ++i) {
      const auto rows = result.error.segment(rows_below + static_cast<Eigen::Index>(i) * rows_per_gap, rows_per_gap);
      if (rows.maxCoeff() > std::max(0.5 * tolerance, 0.25 * error))
        finer.push_back(0.5 * (position[i] + position[i + 1]));
      finer.push_back(position[i + 1]);
    }
    position = std::move(finer);
  }
}

}  // namespace

SpectralPoles spectral_poles(const SpectralMap& of, double tolerance) {
  constexpr double margin = 3;
  // So far below the norm no singular value counts: maps that are steeper still go on as a line.
  constexpr double smallest = 1e-9;
  SpectralMap map = of;
  if (map.low < smallest)
    map = {[value = of.value](double x) {
             const double raised = std::hypot(x, smallest);
             return value(raised) * x / raised;
           },
           0.03 * smallest, of.high};
  const double begin = std::log(map.low) - margin, end = std::log(map.high) + margin;
  const Targets targets{map.value, [&](double x) { return map.value(x) * map.value(x); }};
  const double enough = 30 * tolerance, enough_of_means = 100 * tolerance;
  SpectralPoles poles = refined_fit(targets, begin, end, tolerance, 7).poles;
  if (poles.error <= enough) return poles;
  for (double width : {0.05, 0.15, 0.4}) {
    const LocalMeans means(map, begin - rows_below, end, width);
    poles = refined_fit({[&](double x) { return means.of_map(x); }, [&](double x) { return means.of_square(x); }},
                        begin, end, tolerance, 7)
                .poles;
    if (poles.error <= enough_of_means) break;
  }
  if (poles.error > enough_of_means)
    throw NumericalError(fmt::format("the spectral map is fitted to {:.1g} only: is it bounded?", poles.error));
  return poles;
}

namespace {

// The sums over the poles at one x.
double odd_value(const SpectralPoles& poles, double x) {
  return (poles.odd * x / (x * x + poles.p.square())).real().sum();
}
double even_value(const SpectralPoles& poles, double x) {
  return (poles.even * x * x / (x * x + poles.p.square())).real().sum();
}

std::vector<double> positions(const SpectralPoles& poles) {
  std::vector<double> position;
  for (const auto& p : poles.p) position.push_back(std::log(std::abs(p)));
  return position;
}

}  // namespace

SpectralPoles with_spread_norm(const SpectralPoles& poles, double variance) {
  const double shift = std::sqrt(variance), ratio = std::exp(shift);
  // Derivatives in ln x as differences over one standard deviation, which cannot amplify the map's wiggles much.
  const auto odd = [&](double x) {
    return 2 * odd_value(poles, x) - 0.5 * (odd_value(poles, x * ratio) + odd_value(poles, x / ratio));
  };
  const auto even = [&](double x) {
    const double above = even_value(poles, x * ratio), below = even_value(poles, x / ratio);
    return 2 * even_value(poles, x) - 0.5 * (above + below) + 0.5 * shift * (above - below);
  };
  return fit({odd, even}, positions(poles)).poles;
}

OwnShare::OwnShare(const SpectralPoles& poles)
    : refit_([poles, fit = PoleFit(positions(poles), [&](double x) { return odd_value(poles, x); })](double share) {
        const auto seen = [=](double x) { return x / std::sqrt(1 + x * x - share); };
        return fit({[&](double x) { return odd_value(poles, seen(x)); },
                    [&](double x) { return even_value(poles, seen(x)); }})
            .poles;
      }) {}

SpectralPoles OwnShare::operator()(double share) const {
  return refit_(share);
}

}  // namespace muonphase
