#include "ranks.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "muonphase/core/error.hpp"

#ifdef MUONPHASE_MPI
// The C interface alone: Open MPI and MPICH bring a C++ one too, which MPI has given up and which needs a library more.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <list>
#include <vector>
#endif

#ifdef MUONPHASE_MPI

namespace {

// What the launchers of MPI set for each process: Open MPI, MPICH and Slurm's PMI, PMIx. MPI is started only then: a
// process alone has no use for it, and starting takes a moment.
bool was_launched() {
  const char* const marks[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"};
  return std::any_of(std::begin(marks), std::end(marks), [](const char* mark) { return std::getenv(mark); });
}

}  // namespace

// All calls come from the main thread. Nothing blocks: two ranks may send each other large messages at the same time.
struct RankSession::Impl {
  struct Sending {
    muonphase::Message message;
    MPI_Request request;
  };
  std::list<Sending> sending;
  int rank = 0, count = 1;

  void send(int to, const muonphase::Message& message) {
    Sending& s = sending.emplace_back(Sending{message, MPI_REQUEST_NULL});
    MPI_Isend(s.message.data(), static_cast<int>(s.message.size()), MPI_DOUBLE, to, 0, MPI_COMM_WORLD, &s.request);
  }

  std::optional<std::pair<int, muonphase::Message>> poll() {
    std::erase_if(sending, [](Sending& s) {
      int done = 0;
      MPI_Test(&s.request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
    int there = 0, size = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &there, &status);
    if (!there) return std::nullopt;
    MPI_Get_count(&status, MPI_DOUBLE, &size);
    muonphase::Message message(static_cast<std::size_t>(size));
    MPI_Recv(message.data(), size, MPI_DOUBLE, status.MPI_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return std::pair{status.MPI_SOURCE, std::move(message)};
  }
};

RankSession::RankSession() {
  if (!was_launched()) return;
  impl_ = std::make_unique<Impl>();
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &impl_->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &impl_->count);
}

RankSession::~RankSession() {
  if (!impl_) return;
  for (auto& s : impl_->sending) MPI_Wait(&s.request, MPI_STATUS_IGNORE);
  MPI_Finalize();
}

muonphase::Ranks RankSession::ranks() const {
  if (!impl_) return {};
  return {.rank = impl_->rank,
          .count = impl_->count,
          .send = [impl = impl_.get()](int to, const muonphase::Message& message) { impl->send(to, message); },
          .poll = [impl = impl_.get()] { return impl->poll(); }};
}

void RankSession::abort(int code) const {
  if (impl_ && impl_->count > 1) MPI_Abort(MPI_COMM_WORLD, code);
}

#else

struct RankSession::Impl {};

RankSession::RankSession() {
  const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (!size) size = std::getenv("PMI_SIZE");
  if (size && std::string(size) != "1")
    throw muonphase::StudyError("this muonphase was built without MPI: start it without mpirun");
}

RankSession::~RankSession() = default;

muonphase::Ranks RankSession::ranks() const {
  return {};
}

void RankSession::abort(int) const {}

#endif
