#include "tests/bench/local_socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "core/base/endian.h"
#include "tests/bench/measure.h"

namespace kith::bench {
namespace {

std::string read_exactly(int connected, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = read(connected, bytes.data() + at, size - at);
    if (got <= 0) stop("a local socket fell silent");
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) stop("a socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
  close(made);
  return -1;
}

std::string ask(int connected, const std::string& message) {
  Bytes out;
  append_little_endian<std::uint32_t>(out, static_cast<std::uint32_t>(message.size()));
  append(out, as_bytes(message));
  if (write(connected, out.data(), out.size()) != static_cast<ssize_t>(out.size()))
    stop("a local socket took nothing");
  const std::string head = read_exactly(connected, 4);
  std::uint32_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<std::uint8_t>(head[i]);
  return read_exactly(connected, size);
}

}  // namespace kith::bench
