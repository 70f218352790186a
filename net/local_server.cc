#include "net/local_server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "core/base/endian.h"
#include "crypto/secret.h"
#include "net/limits.h"
#include "net/log.h"

namespace kith::net {
namespace {

constexpr std::size_t kPrefix = 4;

Result<void> check_directory(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return fail(Errc::usage, "the socket needs an absolute path");
  struct stat info {};
  if (lstat(path.substr(0, slash).c_str(), &info) != 0)
    return fail(Errc::not_found, "the socket's directory is not there", errno);
  const bool ours = S_ISDIR(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 077) == 0;
  if (!ours) return fail(Errc::refused, "the socket's directory is not private");
  return {};
}

bool same_user(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

std::size_t announced(ByteView in) { return read_little_endian<std::uint32_t>(in); }

}  // namespace

Result<LocalServer> LocalServer::listen(const std::string& path) {
  KITH_CHECK(check_directory(path));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Errc::usage, "the socket's path is too long");
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return fail(Errc::io, "no local socket", errno);
  LocalServer server(descriptor);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return fail(Errc::io, "an old socket stays", errno);
  const mode_t before = umask(0177);
  const int bound = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  umask(before);
  if (bound != 0) return fail(Errc::io, "the local socket cannot be bound", error);
  if (::listen(descriptor, static_cast<int>(kMaxLocalClients)) != 0)
    return fail(Errc::io, "the local socket cannot listen", errno);
  return server;
}

LocalServer::LocalServer(LocalServer&& other) noexcept
    : listener_(std::exchange(other.listener_, -1)),
      next_(other.next_),
      clients_(std::exchange(other.clients_, {})) {}

LocalServer::~LocalServer() {
  for (const auto& [id, client] : clients_) ::close(client.descriptor);
  if (listener_ >= 0) ::close(listener_);
}

void LocalServer::retire() { shutdown(listener_, SHUT_RDWR); }

void LocalServer::add_items(std::vector<zmq_pollitem_t>& items) const {
  items.push_back({nullptr, listener_, ZMQ_POLLIN, 0});
  for (const auto& [id, client] : clients_) {
    int events = client.paused ? 0 : ZMQ_POLLIN;
    if (!client.out.empty()) events |= ZMQ_POLLOUT;
    if (events != 0) items.push_back({nullptr, client.descriptor, static_cast<short>(events), 0});
  }
}

void LocalServer::accept_some(Instant now) {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) return;
    if (clients_.size() >= kMaxLocalClients || !same_user(descriptor)) {
      say(log::Id::local_refused, now);
      ::close(descriptor);
      continue;
    }
    clients_.emplace(next_++, Client{descriptor, {}, {}});
  }
}

void LocalServer::read_some(Client& client) {
  std::array<std::uint8_t, 64 * 1024> buffer;
  while (!complete(client)) {
    const ssize_t got = recv(client.descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) {
      client.dead = got == 0 || (errno != EAGAIN && errno != EINTR);
      return;
    }
    append(client.in, ByteView(buffer.data(), static_cast<std::size_t>(got)));
    if (client.in.size() >= kPrefix && announced(client.in) > kMaxLocalMessage) {
      client.dead = true;
      return;
    }
  }
}

void LocalServer::write_some(Client& client) {
  while (!client.out.empty()) {
    const ssize_t sent =
        ::send(client.descriptor, client.out.data(), client.out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      client.dead = client.dead || (errno != EAGAIN && errno != EINTR);
      return;
    }
    client.out.erase(client.out.begin(), client.out.begin() + sent);
  }
}

bool LocalServer::complete(const Client& client) {
  return client.in.size() >= kPrefix && client.in.size() - kPrefix >= announced(client.in);
}

Bytes LocalServer::take_message(Client& client) {
  const auto end = client.in.begin() + static_cast<std::ptrdiff_t>(kPrefix + announced(client.in));
  Bytes message(client.in.begin() + kPrefix, end);
  sodium_memzero(client.in.data(), static_cast<std::size_t>(end - client.in.begin()));
  client.in.erase(client.in.begin(), end);
  return message;
}

void LocalServer::pump(Instant now, const Handle& handle, const Gone& gone) {
  accept_some(now);
  std::vector<ClientId> ids;
  for (const auto& [id, client] : clients_) ids.push_back(id);
  for (const ClientId id : ids) {
    Client& client = clients_.at(id);
    if (!client.paused && !client.dead) {
      read_some(client);
      if (complete(client)) handle(id, take_message(client));
    }
    write_some(client);
    if (!client.dead) continue;
    ::close(client.descriptor);
    clients_.erase(id);
    gone(id);
  }
}

bool LocalServer::waiting() const {
  for (const auto& [id, client] : clients_)
    if (!client.paused && complete(client)) return true;
  return false;
}

void LocalServer::send(ClientId id, ByteView message) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = found->second;
  if (client.out.size() + kPrefix + message.size() > kMaxLocalQueue) {
    client.dead = true;  // it does not read
    return;
  }
  append(client.out, little_endian(static_cast<std::uint32_t>(message.size())));
  append(client.out, message);
  write_some(client);
}

void LocalServer::drop(ClientId id) {
  if (const auto found = clients_.find(id); found != clients_.end()) found->second.dead = true;
}

void LocalServer::pause(ClientId id, bool paused) {
  if (const auto found = clients_.find(id); found != clients_.end()) found->second.paused = paused;
}

}  // namespace kith::net
