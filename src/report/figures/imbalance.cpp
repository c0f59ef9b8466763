#include "muonphase/report/figures/imbalance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/figures/imbalance_panels.hpp"

namespace muonphase::figures {
namespace {

using Optimizers = std::vector<std::string>;

/// The runs to show: of samples where there are some.
std::string runs_of(const Hdf5Reader& file) {
  return file.has("/sample") ? "/sample" : "/population";
}

Figure squared_figure(const Hdf5Reader& file) {
  const std::string runs = runs_of(file);
  const Optimizers names = file.groups(runs);
  Figure figure;
  figure.columns = 3;
  for (const auto& name : names) figure.panels.push_back(component_panel(file, runs, name));
  Eigen::Index minority;
  file.vector("/prior").minCoeff(&minority);
  figure.panels.push_back(loss_panel(file, runs, names, "minority loss in training", minority));
  figure.panels.push_back(loss_panel(file, runs, names, "balanced loss in training", {}));
  if (names.size() > 1 && std::find(names.begin(), names.end(), "specgd") != names.end())
    figure.panels.push_back(gap_panel(file, runs, names, minority));
  const auto largest_share = [&](const std::string& name) {
    return file.vector(runs + "/" + name + "/off_diagonal").maxCoeff();
  };
  if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return largest_share(name) > 0.01; }))
    figure.panels.push_back(curve_panel(file, runs, names, "off_diagonal", "off-diagonal energy", Scale::log));
  return figure;
}

Figure classifier_figure(const Hdf5Reader& file) {
  const Optimizers names = file.groups("/sample");
  const std::pair<const char*, const char*> quantities[] = {
      {"train_loss", "training loss"},   {"test_loss", "test loss"},
      {"accuracy", "test accuracy"},     {"balanced_accuracy", "class-balanced accuracy"},
      {"worst_accuracy", "worst class"}, {"logit_divergence", "KL of logits to uniform"}};
  Figure figure;
  figure.columns = 3;
  for (const auto& [quantity, label] : quantities)
    figure.panels.push_back(curve_panel(file, "/sample", names, quantity, label, Scale::log));
  return figure;
}

Figure organisms_figure(const Hdf5Reader& file) {
  Figure figure;
  figure.columns = 3;
  for (const auto& name : file.groups("/organisms"))
    for (Panel& panel : organism_panels(file, name)) figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace

Figure imbalance_figure(const Hdf5Reader& file, const Label& title) {
  Figure figure = file.has("/organisms")    ? organisms_figure(file)
                  : file.has("/population") ? squared_figure(file)
                                            : classifier_figure(file);
  figure.title = title;
  return figure;
}

}  // namespace muonphase::figures
