#pragma once
#include <optional>
#include <string>
#include <vector>

#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"

/// The panels of imbalance_figure(). `runs` is the group of the runs, "/sample" or "/population".
namespace muonphase::figures {

/// Components of one optimizer against the step, a colour for each class: theory as lines, runs as markers.
Panel component_panel(const Hdf5Reader& file, const std::string& runs, const std::string& optimizer);

/// The loss of one class, or the balanced loss.
Panel loss_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                 const std::string& label, std::optional<Eigen::Index> class_index);

/// Loss of each rival less that of specgd at the same step: balanced solid, minority dashed.
Panel gap_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                Eigen::Index minority);

/// A quantity [T] of every optimizer, with a band of ± 2 standard errors where the file has them.
Panel curve_panel(const Hdf5Reader& file, const std::string& runs, const std::vector<std::string>& optimizers,
                  const std::string& quantity, const std::string& label, Scale step_scale);

/// Misplaced mass by level, and two confusion tables: when mistakes by kingdom have halved, and at the end.
std::vector<Panel> organism_panels(const Hdf5Reader& file, const std::string& optimizer);

}  // namespace muonphase::figures
