#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "muonphase/closures/linear/linear_coefficients.hpp"
#include "muonphase/optimizers/label.hpp"
#include "muonphase/phase/verify.hpp"
#include "muonphase/results/results.hpp"
#include "run/compute_parts.hpp"

namespace muonphase {
namespace {

// Their mean: drift and diffusion enter the mode equations linearly.
Coefficients mean_of(const std::vector<Coefficients>& sets) {
  Coefficients mean = sets.front();
  for (std::size_t i = 1; i < sets.size(); ++i) {
    mean.drift += sets[i].drift;
    mean.diffusion += sets[i].diffusion;
  }
  mean.drift /= static_cast<double>(sets.size());
  mean.diffusion /= static_cast<double>(sets.size());
  return mean;
}

// Records are the size of the request, the request and the cell.
CellStore store_in(Journal& journal) {
  std::map<Message, PhaseCell> known;
  for (const auto& r : journal.records()) {
    const auto cell = r.begin() + 1 + static_cast<std::ptrdiff_t>(r.at(0));
    known[Message(r.begin() + 1, cell)] = unpack(Message(cell, r.end()));
  }
  return {.find = [known = std::move(known)](const Message& request) -> std::optional<PhaseCell> {
            const auto cell = known.find(request);
            if (cell == known.end()) return std::nullopt;
            return cell->second;
          },
          .keep =
              [&journal](const Message& request, const PhaseCell& cell) {
                Message record = {static_cast<double>(request.size())};
                for (const Message& part : {request, pack(cell)}) record.insert(record.end(), part.begin(), part.end());
                journal.append(record);
              }};
}

// With the rules of the optimizers compared.
PhaseOptions phase_options(const Study& study) {
  PhaseOptions options = make_phase_options(study);
  options.rules = optimizer_rules(study, options.compare);
  return options;
}

}  // namespace

Hdf5Writer coefficients_result(const Study& study, const Provenance& provenance, const Observer& observer) {
  require_deterministic(study);
  const Problem problem = make_problem(study);
  Hdf5Writer file = begin_result(study, provenance);
  for (const auto& optimizer : study.run.optimizers) {
    const auto sets = linear_coefficients(problem, optimizer, {study.ode.bases, study.seed},
                                          optimizer_rules(study, study.run.optimizers), observer.unwatched());
    const Coefficients coefficients = mean_of(sets);
    write_coefficients(file, "/" + optimizer, problem, coefficients);
    say(observer, "{:<8} drift {:.4g} to {:.4g} over {} mode(s){}", optimizer, coefficients.drift.maxCoeff(),
        coefficients.drift.minCoeff(), coefficients.drift.size(),
        sets.size() > 1 ? fmt::format(", mean over {} bases", sets.size()) : "");
  }
  return file;
}

void assist_phase(const Study& study, const Ranks& ranks, int threads, const Observer& observer) {
  assist(ranks, threads, phase_task(phase_options(study), observer.unwatched()), observer.unwatched());
}

PhaseResult phase_result(const Study& study, const Provenance& provenance, const Observer& observer, int verify,
                         const PhaseSupport& support) {
  const PhaseOptions options = phase_options(study);
  phase_points(options);  // refuses what cannot be computed
  if (verify > 0) require_trainable(options);
  CellWork work{.crew = support.crew, .store = {}};
  std::optional<Journal> journal;
  if (support.journal) {
    journal.emplace(support.journal());
    work.store = store_in(*journal);
  }
  const PhaseMap map = compute_phase_map(options, observer.stage("phase", "cells"), work);
  Hdf5Writer file = begin_result(study, provenance);
  write_phase_map(file, map, study.phase.threshold);
  std::array<int, 4> count{};
  for (const auto& cell : map.cells)
    ++count[static_cast<std::size_t>(classify(cell.log_risk_ratio(), study.phase.threshold))];
  say(observer, "{}{} × {} cells: {} favoured in {}, {} in {}, trade-off in {}, indistinguishable in {}",
      map.third_axis == ThirdAxis::none ? "" : fmt::format("{} × ", map.third.size()), map.alpha.size(),
      map.beta.size(), optimizer_label(map.compare[0]), count[2], optimizer_label(map.compare[1]), count[1], count[3],
      count[0]);
  add_phase_studies(study, options, map, work, observer, file);
  const bool agree = verify == 0 || verify_phase_result(study, options, map, verify, observer, file);
  return {std::move(file), agree};
}

}  // namespace muonphase
