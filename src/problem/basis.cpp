#include "muonphase/problem/basis.hpp"

#include <Random123/philox.h>
#include <fmt/format.h>
#include <Random123/boxmuller.hpp>

#include <bit>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "muonphase/core/error.hpp"
#include "problem/orthogonal_factor.hpp"

namespace muonphase {
namespace {

using Generator = r123::Philox4x32;
constexpr std::uint32_t purpose = 0x42415349;  // "BASI": keeps these streams apart from any other use of the seed

Generator::ukey_type key_of(std::uint64_t seed) {
  return {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
}

Generator::ctr_type counter(std::uint64_t draw, std::uint32_t block) {
  return {{block, static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(draw >> 32), purpose}};
}

Eigen::MatrixXd haar(Eigen::Index dimension, std::uint64_t seed, std::uint64_t draw, const Monitor& monitor) {
  Generator generator;
  const auto key = key_of(seed);
  Eigen::MatrixXd gaussian(dimension, dimension);
  for (Eigen::Index i = 0; i < gaussian.size(); i += 2) {
    if (i % (1 << 20) == 0) monitor.check();
    const auto bits = generator(counter(draw, static_cast<std::uint32_t>(i / 2)), key);
    const auto wide = [&](int word) { return (std::uint64_t{bits[word]} << 32) | bits[word + 1]; };
    const auto pair = r123::boxmuller(wide(0), wide(2));
    gaussian(i) = pair.x;
    if (i + 1 < gaussian.size()) gaussian(i + 1) = pair.y;
  }
  return orthogonal_factor(std::move(gaussian), monitor);
}

Eigen::MatrixXd hadamard(Eigen::Index dimension, std::uint64_t seed, std::uint64_t draw) {
  Generator generator;
  const auto key = key_of(seed);
  std::vector<Eigen::Index> mode(static_cast<std::size_t>(dimension));
  std::iota(mode.begin(), mode.end(), 0);
  for (std::size_t i = mode.size(); i > 1; --i) {  // Fisher–Yates
    const auto bits = generator(counter(draw, static_cast<std::uint32_t>(i)), key);
    const std::uint64_t word = (std::uint64_t{bits[0]} << 32) | bits[1];
    std::swap(mode[i - 1], mode[word % i]);
  }
  Eigen::MatrixXd q = Eigen::MatrixXd::Zero(dimension, dimension);
  for (Eigen::Index first = 0; first < dimension;) {
    const auto size = static_cast<Eigen::Index>(std::bit_floor(static_cast<std::uint64_t>(dimension - first)));
    const double entry = 1 / std::sqrt(static_cast<double>(size));
    for (Eigen::Index i = 0; i < size; ++i)
      for (Eigen::Index j = 0; j < size; ++j) {
        const bool odd = std::popcount(static_cast<std::uint64_t>(i & j)) % 2 == 1;
        q(first + i, mode[static_cast<std::size_t>(first + j)]) = odd ? -entry : entry;
      }
    first += size;
  }
  return q;
}

}  // namespace

Eigen::MatrixXd draw_basis(Basis basis, Eigen::Index dimension, std::uint64_t seed, std::uint64_t draw,
                           const Monitor& monitor) {
  switch (basis) {
    case Basis::eigen:
      return Eigen::MatrixXd::Identity(dimension, dimension);
    case Basis::haar:
      return haar(dimension, seed, draw, monitor);
    case Basis::hadamard:
      return hadamard(dimension, seed, draw);
    case Basis::generic:
      break;
    case Basis::data:
      throw StudyError("basis = \"data\" needs data (problem.data.path)");
  }
  throw StudyError("basis = \"generic\" is the flat-diagonal limit and has no matrix; use eigen, haar or hadamard");
}

bool SeenBases::random() const {
  const auto drawn = [](Basis basis) { return basis == Basis::haar || basis == Basis::hadamard; };
  return !flat && (drawn(output) || drawn(input));
}

SeenBases seen_bases(const Problem& problem) {
  const bool out = !problem.output.isotropic(), in = !problem.input.isotropic();
  const bool generic_out = out && problem.output_basis == Basis::generic;
  const bool generic_in = in && problem.input_basis == Basis::generic;
  if (out && in && generic_out != generic_in)
    throw UnsupportedError(generic_in ? "problem.input.basis" : "problem.output.basis",
                           "an explicit basis, or \"generic\" on both sides");
  // Equal eigenvalues have no basis of their own, but the target's energies stand in one.
  const Basis basis = problem.input_basis;
  const bool drawn = (basis == Basis::haar || basis == Basis::hadamard) && problem.input.exact() &&
                     problem.input.dimension() <= largest_explicit_basis;
  return {.flat = generic_out || generic_in || (!out && !in && !problem.input.exact()),
          .output = out || problem.output_basis == Basis::data ? problem.output_basis : Basis::eigen,
          .input = in || drawn || basis == Basis::data ? basis : Basis::eigen};
}

BasisPair draw_bases(const Problem& problem, const SeenBases& seen, std::uint64_t seed, std::uint64_t draw,
                     const Monitor& monitor) {
  const auto columns = [](const Spectrum& spectrum, Basis basis) {
    return basis == Basis::haar && spectrum.nodes() > 1 ? static_cast<std::size_t>(2 * spectrum.nodes()) : 0;
  };
  const std::size_t out = columns(problem.output, seen.output), in = columns(problem.input, seen.input);
  const auto drawn = [&](const std::string& side, const Spectrum& spectrum, Basis basis, std::uint64_t stream,
                         std::size_t before) -> Eigen::MatrixXd {
    if (basis == Basis::data && problem.data)
      return side == "input" ? problem.data->input_coordinates : problem.data->output_coordinates;
    if (!spectrum.exact() || spectrum.dimension() > largest_explicit_basis)
      throw UnsupportedError(
          "problem." + side + ".basis",
          fmt::format("\"generic\" above {} modes, or where modes are binned: an explicit basis is a matrix (there are "
                      "{:g} modes)",
                      largest_explicit_basis, spectrum.dimension()));
    const Monitor side_of{[&](std::size_t done, std::size_t) { monitor.report(before + done, out + in); },
                          monitor.interrupted};
    return draw_basis(basis, spectrum.nodes(), seed, stream, side_of);
  };
  BasisPair bases;
  if (problem.output.nodes() > 1 || seen.output == Basis::data) bases.output = drawn("output", problem.output, seen.output, 2 * draw + 1, 0);
  bases.input = drawn("input", problem.input, seen.input, 2 * draw, out);
  return bases;
}

}  // namespace muonphase
