#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

#include "files/table_parts.hpp"

namespace muonphase {
namespace {

constexpr std::size_t most_unpacked = std::size_t{1} << 32;

// One stream of zlib, ended with the object.
class Inflater {
 public:
  Inflater(std::string_view bytes, int window, const std::string& name) : name_(name), rest_(bytes) {
    if (inflateInit2(&stream_, window) != Z_OK) throw IoError(name_ + ": cannot be unpacked: out of memory");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends a stream to `text`; what follows it stays in rest().
  void unpack(std::string& text) {
    char buffer[1 << 16];
    int status = Z_OK;
    while (status != Z_STREAM_END) {
      const std::size_t given = std::min<std::size_t>(rest_.size(), std::numeric_limits<uInt>::max());
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
      stream_.avail_in = static_cast<uInt>(given);
      stream_.next_out = reinterpret_cast<Bytef*>(buffer);
      stream_.avail_out = sizeof buffer;
      status = inflate(&stream_, Z_NO_FLUSH);
      rest_.remove_prefix(given - stream_.avail_in);
      text.append(buffer, sizeof buffer - stream_.avail_out);
      if (status != Z_OK && status != Z_STREAM_END)
        throw IoError(name_ + ": cannot be unpacked: it is damaged or cut short");
      if (text.size() > most_unpacked) throw IoError(name_ + ": unpacks to more than 4 GiB");
    }
    inflateReset(&stream_);
  }

  std::string_view rest() const { return rest_; }

 private:
  std::string name_;
  std::string_view rest_;
  z_stream stream_{};
};

}  // namespace

std::string gunzip(std::string_view bytes, const std::string& name) {
  constexpr int gzip = 16 + MAX_WBITS;
  Inflater inflater(bytes, gzip, name);
  std::string text;
  do inflater.unpack(text);
  while (inflater.rest().starts_with("\x1f\x8b"));  // files joined by cat
  return text;
}

std::string inflate_raw(std::string_view bytes, std::size_t size, const std::string& name) {
  Inflater inflater(bytes, -MAX_WBITS, name);
  std::string text;
  inflater.unpack(text);
  if (text.size() != size)
    throw IoError(fmt::format("{}: damaged: unpacks to {} bytes instead of {}", name, text.size(), size));
  return text;
}

}  // namespace muonphase
