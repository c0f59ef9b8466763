#include "muonphase/results/cell_store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace muonphase {

// Records are the size of the request, the request and the cell.
CellStore store_in(Journal opened) {
  const auto journal = std::make_shared<Journal>(std::move(opened));
  std::map<Message, PhaseCell> known;
  for (const auto& r : journal->records()) {
    if (r.empty() || !(r[0] >= 0 && r[0] < static_cast<double>(r.size()))) continue;
    const auto cell = r.begin() + 1 + static_cast<std::ptrdiff_t>(r[0]);
    known[Message(r.begin() + 1, cell)] = unpack(Message(cell, r.end()));
  }
  return {.find = [known = std::move(known)](const Message& request) -> std::optional<PhaseCell> {
            const auto cell = known.find(request);
            if (cell == known.end()) return std::nullopt;
            return cell->second;
          },
          .keep =
              [journal](const Message& request, const PhaseCell& cell) {
                Message record = {static_cast<double>(request.size())};
                for (const Message& part : {request, pack(cell)}) record.insert(record.end(), part.begin(), part.end());
                journal->append(record);
              }};
}

}  // namespace muonphase
