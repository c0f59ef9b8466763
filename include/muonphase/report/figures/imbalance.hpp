#pragma once
#include "muonphase/files/hdf5.hpp"
#include "muonphase/report/figures/figure.hpp"

namespace muonphase::figures {

/// The figure of a result of `muonphase imbalance`, by what the file holds.
///
/// Squared loss: the components of each optimizer (lines: theory where there is one; markers: sample runs, or the
/// population's), their optima dotted; minority and balanced loss; both losses less those of specgd where it was run;
/// the off-diagonal share where it is not negligible. Cross-entropy: losses, accuracies and the divergence of the
/// logits' singular values, with bands of ± 2 standard errors. Organisms: misplaced mass by level, and confusion by
/// category when the mistakes by kingdom have halved and at the end.
Figure imbalance_figure(const Hdf5Reader& file, const Label& title = {});

}  // namespace muonphase::figures
