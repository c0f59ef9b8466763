#pragma once
#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

#include "muonphase/imbalance/training.hpp"

namespace muonphase {

/// Organisms in a taxonomy of two levels (kingdom, category within it) and the attributes they have.
struct Organisms {
  std::vector<std::string> organism, kingdom, category;  ///< N each
  std::vector<std::string> attribute;                    ///< A
  Eigen::MatrixXd has;                                   ///< 0 or 1, [N, A]; every organism has an attribute

  /// The categories, each once, in order of appearance.
  std::vector<std::string> categories() const;
  /// The smallest taxon that holds all organisms with an attribute: a category, a kingdom, or "all"; [A].
  std::vector<std::string> attribute_taxon() const;
};

/// Reads a CSV table: lines that start with # are comments, then a header "organism,kingdom,category,<attributes…>" and
/// one line for each organism with 0 or 1 for each attribute. IoError when the file cannot be read; StudyError with
/// FILE:LINE for a line that does not fit.
Organisms load_organisms(const std::filesystem::path& file);

/// The bilinear softmax model p(attribute | organism) = softmax(W_2 W_1 e_organism) by recorded step; the target
/// spreads each organism's mass evenly over the attributes it has.
struct OrganismsCurve {
  Eigen::ArrayXd step;                       ///< [T]
  Eigen::ArrayXd divergence;                 ///< mean KL(target‖model) over the organisms, [T]
  std::vector<Eigen::MatrixXd> probability;  ///< T tables [N, A]
  /// Mean mass that a category's organisms give to the attributes of each taxon, T tables [categories, taxa].
  std::vector<Eigen::MatrixXd> confusion;
  /// Mean mass on attributes the organism lacks, by the level of the mistake: no organism of its kingdom has the
  /// attribute, none of its category but one of its kingdom, or one of its category; [T, 3].
  Eigen::ArrayXXd misplaced;
  std::vector<std::string> categories, taxa;
};

/// Trains from `start`, W_1 [r, N] and W_2 [A, r].
OrganismsCurve train_organisms(const Organisms& organisms, Layers start, const Training& training);

}  // namespace muonphase
