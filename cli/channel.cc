#include "cli/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/endian.h"

namespace kith::cli {
namespace {

constexpr int kBacklog = 32;
constexpr std::size_t kLengthSize = 4;

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Errc::usage, "a socket path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

Result<Descriptor> new_socket() {
  Descriptor socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_fd.valid()) return fail(Errc::io, "no socket could be made", errno);
  return socket_fd;
}

}  // namespace

bool is_same_user(int connected) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

Result<Descriptor> listen_at(const std::string& path) {
  if (auto somebody = Channel::connect(path)) return fail(Errc::busy, "it runs already");
  KITH_TRY(const sockaddr_un address, address_of(path));
  KITH_TRY(Descriptor listening, new_socket());
  unlink(path.c_str());
  if (bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      chmod(path.c_str(), 0600) != 0 || listen(listening.get(), kBacklog) != 0)
    return fail(Errc::io, "a socket could not be opened", errno);
  return listening;
}

Result<Channel> Channel::connect(const std::string& path) {
  KITH_TRY(const sockaddr_un address, address_of(path));
  KITH_TRY(Descriptor connected, new_socket());
  while (::connect(connected.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR)
      return fail(Errc::not_found, "nobody listens there");
    return fail(Errc::io, "a socket could not be reached", errno);
  }
  if (!is_same_user(connected.get())) return fail(Errc::refused, "a socket belongs to somebody else");
  return Channel(std::move(connected));
}

Result<void> Channel::send(ByteView message) {
  KITH_ASSERT(message.size() <= kMaxLocalMessage);
  Bytes framed;
  framed.reserve(kLengthSize + message.size());
  append_little_endian(framed, static_cast<std::uint32_t>(message.size()));
  append(framed, message);
  const crypto::SecretBytes owned(std::move(framed));
  ByteView rest = owned.reveal();
  while (!rest.empty()) {
    const auto sent = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0)
      return fail(errno == EPIPE || errno == ECONNRESET ? Errc::not_found : Errc::io,
                  "the other side is gone", errno);
    rest = rest.subspan(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<crypto::SecretBytes> Channel::receive(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  if (arriving_.size() == 0) arriving_ = crypto::SecretBytes(kLengthSize), filled_ = 0, in_body_ = false;
  while (true) {
    if (filled_ == arriving_.size()) {
      if (in_body_) return std::exchange(arriving_, crypto::SecretBytes());
      const auto length = read_little_endian<std::uint32_t>(ByteView(arriving_.reveal()));
      if (length > kMaxLocalMessage) return fail(Errc::malformed, "a local message is too long");
      if (length == 0) return arriving_ = crypto::SecretBytes(), crypto::SecretBytes();
      arriving_ = crypto::SecretBytes(length), filled_ = 0, in_body_ = true;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{socket_.get(), POLLIN, 0};
    const int ready = poll(&wait, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return fail(Errc::busy, "no answer came in time");
    const auto got =
        ::recv(socket_.get(), arriving_.reveal().data() + filled_, arriving_.size() - filled_, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Errc::not_found, "the other side is gone");
    filled_ += static_cast<std::size_t>(got);
  }
}

}  // namespace kith::cli
