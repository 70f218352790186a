// The ROUTER of one group: connections that peers opened to us.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "net/membership.h"
#include "net/sockets.h"

namespace kith::net {

class MemberPort {
 public:
  MemberPort(Port port, Membership& membership);
  ~MemberPort();
  MemberPort(const MemberPort&) = delete;
  MemberPort& operator=(const MemberPort&) = delete;

  const mail::Address& address() const { return port_.address; }
  void* raw() const { return port_.socket.raw(); }
  void* raw_monitor() const { return port_.monitor.raw(); }

  void pump(Day today, Instant now);  // takes what waits, then sends
  void enforce(Instant now);          // cuts whoever the roster no longer permits
  std::size_t connections() const { return accepted_.size(); }
  void shed_one();       // the connection that was silent longest
  bool blocked() const;  // a frame waits for a peer's queue
  void each(const std::function<void(Link&)>& visit);

 private:
  struct Accepted {
    std::unique_ptr<Link> link;
    int descriptor;  // a dup of libzmq's: shutdown() through it cuts this connection and no other
    int original;    // libzmq's number
  };
  using Table = std::map<Bytes, Accepted>;

  void watch(Instant now);
  void take(Incoming incoming, Day today, Instant now);
  void make_room_for(const LinkPk& key);
  Accepted* find(const Incoming& incoming, const LinkPk& key, Instant now);
  Table::iterator cut(Table::iterator which);

  Port port_;
  Membership& membership_;
  Table links_;                      // by route
  std::map<int, Instant> accepted_;  // libzmq's descriptors, since when
};

}  // namespace kith::net
