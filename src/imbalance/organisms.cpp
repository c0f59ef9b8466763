#include "muonphase/imbalance/organisms.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

#include "files/text_lines.hpp"
#include "muonphase/core/error.hpp"
#include "muonphase/imbalance/softmax.hpp"

namespace muonphase {
namespace {

std::vector<std::string> unique(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const auto& name : names)
    if (std::find(found.begin(), found.end(), name) == found.end()) found.push_back(name);
  return found;
}

Eigen::Index position(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) - names.begin();
}

std::string bytes_of(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw IoError(file.string() + ": is a directory, not a table");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw IoError(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The level at which giving attribute j to organism i is a mistake: 0 kingdom, 1 category, 2 organism; −1 for none.
Eigen::ArrayXXi mistake_levels(const Organisms& organisms) {
  const Eigen::Index n = organisms.has.rows();
  Eigen::ArrayXXi level(n, organisms.has.cols());
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < level.cols(); ++j) {
      level(i, j) = organisms.has(i, j) > 0 ? -1 : 0;
      for (Eigen::Index k = 0; k < n && level(i, j) >= 0; ++k) {
        const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(k);
        if (organisms.has(k, j) == 0 || organisms.kingdom[a] != organisms.kingdom[b]) continue;
        level(i, j) = std::max(level(i, j), organisms.category[a] == organisms.category[b] ? 2 : 1);
      }
    }
  return level;
}

/// Averages over the rows of each category and sums the columns of each taxon, as matrices to multiply with.
struct Grouping {
  std::vector<std::string> categories, taxa;
  Eigen::MatrixXd average;  ///< [categories, N]
  Eigen::MatrixXd sum;      ///< [A, taxa]

  explicit Grouping(const Organisms& organisms) : categories(organisms.categories()) {
    const auto taxon = organisms.attribute_taxon();
    taxa = unique(taxon);
    average = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(categories.size()), organisms.has.rows());
    for (std::size_t i = 0; i < organisms.category.size(); ++i)
      average(position(categories, organisms.category[i]), static_cast<Eigen::Index>(i)) = 1;
    average.array().colwise() /= average.rowwise().sum().array();
    sum = Eigen::MatrixXd::Zero(organisms.has.cols(), static_cast<Eigen::Index>(taxa.size()));
    for (std::size_t j = 0; j < taxon.size(); ++j) sum(static_cast<Eigen::Index>(j), position(taxa, taxon[j])) = 1;
  }
};

}  // namespace

std::vector<std::string> Organisms::categories() const {
  return unique(category);
}

std::vector<std::string> Organisms::attribute_taxon() const {
  std::vector<std::string> taxon;
  for (Eigen::Index j = 0; j < has.cols(); ++j) {
    std::vector<std::string> kingdoms, kinds;
    for (std::size_t i = 0; i < organism.size(); ++i) {
      if (has(static_cast<Eigen::Index>(i), j) == 0) continue;
      kingdoms.push_back(kingdom[i]);
      kinds.push_back(category[i]);
    }
    taxon.push_back(unique(kingdoms).size() > 1 ? "all" : unique(kinds).size() > 1 ? kingdoms[0] : kinds[0]);
  }
  return taxon;
}

Organisms load_organisms(const std::filesystem::path& file) {
  const std::string text = utf8_of(bytes_of(file));
  const std::vector<TextLine> lines = lines_of(text);
  const char delimiter = delimiter_of(lines);
  Organisms organisms;
  std::vector<std::vector<double>> rows;
  std::vector<TextField> fields;
  for (const TextLine& line : lines) {
    const auto refuse = [&](const char* allowed) {
      throw StudyError(fmt::format("{}:{}: must be {}", file.string(), line.number, allowed));
    };
    split_line(line.text, delimiter, fields);
    std::vector<std::string> cell;
    for (const TextField& field : fields) cell.emplace_back(field.text);
    if (organisms.attribute.empty()) {
      if (cell.size() < 4 || cell[0] != "organism" || cell[1] != "kingdom" || cell[2] != "category")
        refuse("the header organism,kingdom,category and at least one attribute");
      organisms.attribute.assign(cell.begin() + 3, cell.end());
      continue;
    }
    if (cell.size() != organisms.attribute.size() + 3) refuse("three names and one 0 or 1 for each attribute");
    std::vector<double> row;
    for (std::size_t j = 3; j < cell.size(); ++j) {
      if (cell[j] != "0" && cell[j] != "1") refuse("0 or 1 for each attribute");
      row.push_back(cell[j] == "1" ? 1 : 0);
    }
    if (std::count(row.begin(), row.end(), 1.0) == 0) refuse("an organism with at least one attribute");
    organisms.organism.push_back(cell[0]);
    organisms.kingdom.push_back(cell[1]);
    organisms.category.push_back(cell[2]);
    rows.push_back(row);
  }
  if (rows.empty()) throw StudyError(fmt::format("{}: holds no organism", file.string()));
  organisms.has.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    organisms.has.row(static_cast<Eigen::Index>(i)) =
        Eigen::Map<const Eigen::RowVectorXd>(rows[i].data(), organisms.has.cols());
  for (Eigen::Index j = 0; j < organisms.has.cols(); ++j)
    if (organisms.has.col(j).isZero(0))
      throw StudyError(fmt::format("{}: no organism has the attribute \"{}\"", file.string(),
                                   organisms.attribute[static_cast<std::size_t>(j)]));
  return organisms;
}

OrganismsCurve train_organisms(const Organisms& organisms, Layers start, const Training& training) {
  const Eigen::Index n = organisms.has.rows(), rows = training.record.size();
  const Eigen::VectorXd count = organisms.has.rowwise().sum();
  const Eigen::MatrixXd target = count.cwiseInverse().asDiagonal() * organisms.has;
  const double entropy = count.array().log().mean();  // of the target
  const Grouping grouping(organisms);
  const Eigen::ArrayXXi level = mistake_levels(organisms);

  OrganismsCurve curve{training.record,          Eigen::ArrayXd(rows), {},           {},
                       Eigen::ArrayXXd(rows, 3), grouping.categories,  grouping.taxa};
  // With one-hot inputs the logits of all organisms are the rows of (W_2 W_1)ᵀ.
  const auto loss = [&](const Layers& layers) { return cross_entropy(end_to_end(layers).transpose(), target); };
  const auto gradient = [&](const Layers& layers) {
    return layer_gradients(layers, loss(layers).gradient.transpose());
  };
  const auto observe = [&](Eigen::Index i, const Layers& layers) {
    const Eigen::MatrixXd p = softmax(end_to_end(layers).transpose());
    curve.divergence(i) = loss(layers).loss - entropy;
    curve.confusion.push_back(grouping.average * p * grouping.sum);
    for (int l = 0; l < 3; ++l)
      curve.misplaced(i, l) = (level == l).select(p.array(), 0.0).sum() / static_cast<double>(n);
    curve.probability.push_back(p);
  };
  train(start, training, gradient, observe);
  return curve;
}

}  // namespace muonphase
