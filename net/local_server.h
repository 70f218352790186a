// courier.sock: a unix socket that serves the courier's own uid. A 4-byte little-endian length, then a
// message.
#pragma once

#include <zmq.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/clock.h"

namespace kith::net {

class LocalServer {
 public:
  using ClientId = std::uint64_t;
  using Handle = std::function<void(ClientId, Bytes message)>;
  using Gone = std::function<void(ClientId)>;

  // Binds `path` (0600) in a directory that must be ours and 0700. A stale socket there is replaced: the
  // caller holds the lock that says nobody else serves it. usage: a path of 107 bytes or more; refused: the
  // directory.
  static Result<LocalServer> listen(const std::string& path);
  LocalServer(LocalServer&& other) noexcept;
  LocalServer& operator=(LocalServer&&) = delete;
  ~LocalServer();

  int listener() const { return listener_; }
  void retire();  // nobody can connect any more, whichever process still holds the listener

  void add_items(std::vector<zmq_pollitem_t>& items) const;
  // Takes new clients and one message of each; writes what waits. Clients that break the rules are cut.
  void pump(Instant now, const Handle& handle, const Gone& gone);
  bool waiting() const;                          // a whole message is read and not handled yet
  void send(ClientId client, ByteView message);  // nothing happens if it is gone
  void drop(ClientId client);                    // cut, once what it was told is written
  void pause(ClientId client, bool paused);      // read nothing more from it for now

 private:
  struct Client {
    int descriptor;
    Bytes in, out;
    bool paused = false;
    bool dead = false;
  };

  explicit LocalServer(int descriptor) : listener_(descriptor) {}
  void accept_some(Instant now);
  static void read_some(Client& client);
  static void write_some(Client& client);
  static bool complete(const Client& client);
  static Bytes take_message(Client& client);

  int listener_;
  ClientId next_ = 1;
  std::map<ClientId, Client> clients_;
};

}  // namespace kith::net
