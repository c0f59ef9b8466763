#include "muonphase/run/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>

namespace muonphase {
namespace {

using namespace std::chrono_literals;

constexpr int bar_width = 30;
constexpr auto bar_interval = 100ms;
constexpr auto line_interval = 10s;

}  // namespace

std::string format_duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::string what, std::string unit, Style style, std::FILE* stream)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      stream_(stream),
      shown_(style != Style::off),
      bar_(isatty(fileno(stream)) == 1) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stream_);
}

void Progress::tick(std::size_t done, std::size_t total) {
  if (!shown_ || total == 0) return;
  const std::scoped_lock lock(mutex_);
  // What a checkpoint brought is not part of the speed; threads may report out of order.
  if (!begun_) first_ = done > 0 ? done - 1 : 0;
  begun_ = true;
  most_ = std::max(most_, done);
  const auto now = Clock::now();
  if (now - last_ < (bar_ ? Clock::duration(bar_interval) : Clock::duration(line_interval))) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = static_cast<double>(most_ - first_) / seconds;
  const double share = static_cast<double>(most_) / static_cast<double>(total);
  const std::string left = rate > 0 ? format_duration(static_cast<double>(total - most_) / rate) + " left" : "";
  const std::string state = fmt::format("{}/{} {}, {:.3g} {}/s, {}", most_, total, unit_, rate, unit_, left);
  if (bar_) {
    const auto filled = static_cast<std::size_t>(std::lround(share * bar_width));
    fmt::print(stream_, "\r{} [{}{}] {:3.0f} %  {}\033[K", what_, std::string(filled, '#'),
               std::string(bar_width - filled, '.'), 100 * share, state);
    drawn_ = true;
  } else {
    fmt::print(stream_, "{}: {:.0f} %, {}\n", what_, 100 * share, state);
  }
  std::fflush(stream_);
}

}  // namespace muonphase
