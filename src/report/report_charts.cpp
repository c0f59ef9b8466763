#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "report/report_json.hpp"

namespace muonphase {
namespace {

// Curves beyond these crowd a chart: of a long second dimension, entries evenly spaced in the logarithm are drawn.
constexpr std::size_t most_curves = 8;
constexpr std::array<std::string_view, 4> abscissae{"step", "learning_rate", "mode_in", "claim"};

struct Curve {
  std::string name, color;
  bool dashed;
  std::vector<double> x, y;
};

struct Chart {
  std::string name, title, x, y;  // datasets of this name are drawn here; empty for a chart of one dataset
  std::vector<Curve> curves;
};

bool is_abscissa(const std::string& dimension) {
  return std::find(abscissae.begin(), abscissae.end(), dimension) != abscissae.end();
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// "ode/signsvd" of "/ode/signsvd/risk"
std::string group_of(const std::string& path) {
  return path.rfind('/') == 0 ? "" : path.substr(1, path.rfind('/') - 1);
}

std::vector<std::size_t> drawn_entries(std::size_t count) {
  std::vector<std::size_t> out;
  const std::size_t curves = std::min(count, most_curves);
  for (std::size_t i = 0; i < curves; ++i) {
    const double fraction = curves > 1 ? static_cast<double>(i) / static_cast<double>(curves - 1) : 0;
    const auto entry =
        count <= most_curves ? i : static_cast<std::size_t>(std::pow(static_cast<double>(count), fraction) - 0.5);
    if (out.empty() || entry > out.back()) out.push_back(entry);
  }
  return out;
}

class Charts {
 public:
  explicit Charts(const Hdf5Reader& file) : file_(file) {}

  void add_group(const std::string& group) {
    const std::string prefix = group == "/" ? "/" : group + "/";
    for (const auto& name : file_.datasets(group)) add(prefix + name);
    for (const auto& name : file_.groups(group)) add_group(prefix + name);
  }

  const std::vector<Chart>& charts() const { return charts_; }

 private:
  void add(const std::string& path) {
    if (file_.is_text(path)) return;
    const auto dimensions = file_.dimensions(path);
    const auto scales = file_.scales(path);
    if (dimensions.empty() || dimensions.size() > 2 || scales.front() == path) return;
    const bool first = is_abscissa(dimensions.front());
    if (!first && (dimensions.size() == 1 || !is_abscissa(dimensions.back()))) return;
    const std::size_t along = first ? 0 : 1;
    if (file_.is_text(scales[along])) return;
    if (dimensions.size() == 1)
      add_curve(path, dimensions[0], scales[0]);
    else
      add_family(path, dimensions, scales, along);
  }

  void add_curve(const std::string& path, const std::string& dimension, const std::string& scale) {
    const std::string group = group_of(path);
    shared_chart(path, dimension)
        .curves.push_back({group, last_part("/" + group), group.starts_with("simulate/"), file_.numbers(scale).values,
                           file_.numbers(path).values});
  }

  // A dataset with a second dimension has a chart of its own, and a curve for each (drawn) entry of that dimension.
  void add_family(const std::string& path, const std::vector<std::string>& dimensions,
                  const std::vector<std::string>& scales, std::size_t along) {
    const NumericArray array = file_.numbers(path);
    const std::size_t other = 1 - along, columns = array.shape[1];
    Chart chart{"",
                fmt::format("{}: {}", group_of(path), title_of(path)),
                spaced(dimensions[along]),
                spaced(last_part(path)),
                {}};
    for (const std::size_t entry : drawn_entries(array.shape[other])) {
      std::vector<double> y(array.shape[along]);
      for (std::size_t t = 0; t < y.size(); ++t)
        y[t] = array.values[along == 0 ? t * columns + entry : entry * columns + t];
      chart.curves.push_back({fmt::format("{} {}", spaced(dimensions[other]), entry_name(scales[other], entry)), "",
                              false, file_.numbers(scales[along]).values, std::move(y)});
    }
    charts_.push_back(std::move(chart));
  }

  std::string entry_name(const std::string& scale, std::size_t entry) const {
    return file_.is_text(scale) ? file_.strings(scale)[entry] : fmt::format("{:g}", file_.numbers(scale).values[entry]);
  }

  Chart& shared_chart(const std::string& path, const std::string& dimension) {
    const std::string name = last_part(path), x = spaced(dimension);
    for (auto& chart : charts_)
      if (chart.name == name && chart.x == x) return chart;
    return charts_.emplace_back(Chart{name, title_of(path), x, spaced(name), {}});
  }

  std::string title_of(const std::string& path) const {
    return file_.has_attribute(path, "long_name") ? file_.text_attribute(path, "long_name") : spaced(last_part(path));
  }

  const Hdf5Reader& file_;
  std::vector<Chart> charts_;
};

std::string json_curve(const Curve& curve) {
  return fmt::format("{{\"name\":{},\"color\":{},\"dashed\":{},\"x\":{},\"y\":{}}}", json_text(curve.name),
                     json_text(curve.color), curve.dashed, json_numbers(curve.x), json_numbers(curve.y));
}

}  // namespace

std::string json_charts(const Hdf5Reader& file) {
  Charts charts(file);
  charts.add_group("/");
  std::string out;
  for (const auto& chart : charts.charts()) {
    std::string curves;
    for (const auto& curve : chart.curves) curves += fmt::format("{}{}", curves.empty() ? "" : ",", json_curve(curve));
    out += fmt::format("{}{{\"title\":{},\"x\":{},\"y\":{},\"curves\":[{}]}}", out.empty() ? "" : ",",
                       json_text(chart.title), json_text(chart.x), json_text(chart.y), curves);
  }
  return fmt::format("[{}]", out);
}

}  // namespace muonphase
