#include "muonphase/run/interrupt.hpp"

#include <signal.h>

#include <atomic>

namespace muonphase {
namespace {

// A handler can reach nothing but a global.
std::atomic<bool> signalled{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void handle(int) {
  signalled = true;
}

void set_action(void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signalled = false;
  set_action(handle, SA_RESETHAND | SA_RESTART);
}

InterruptGuard::~InterruptGuard() {
  set_action(SIG_DFL, 0);
}

bool InterruptGuard::interrupted() {
  return signalled;
}

}  // namespace muonphase
