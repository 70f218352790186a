// The ROUTER of one group: connections that peers opened to us.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "net/intake.h"
#include "net/membership.h"
#include "net/sockets.h"
#include "net/zap.h"

namespace kith::net {

class MemberPort {
 public:
  // `zap`: the handler whose numbers its connections carry; outlives it.
  MemberPort(Port port, const ZapHandler& zap, Membership& membership);
  ~MemberPort();
  MemberPort(const MemberPort&) = delete;
  MemberPort& operator=(const MemberPort&) = delete;

  const mail::Address& address() const { return port_.address; }
  void* raw() const { return port_.socket.raw(); }
  void* raw_monitor() const { return port_.monitor.raw(); }

  // Reads libzmq's reports of connections that came and went. Before each handshake is judged, and by pump().
  void watch(Instant now);
  void pump(Day today, Instant now);  // takes what waits, then sends
  void enforce(Instant now);          // cuts whoever the roster no longer permits
  std::size_t connections() const { return accepted_.size(); }
  void shed_one();           // the connection that was silent longest
  bool blocked() const;      // a frame waits for a peer's queue
  Instant next_due() const;  // the next look at what came in; far away without connections
  void each(const std::function<void(Link&)>& visit);

 private:
  struct Connection {
    Instant since;
    std::uint64_t after;  // its handshake has a greater number; an earlier owner of the descriptor has not
    Intake intake;
  };
  struct Accepted {
    std::unique_ptr<Link> link;
    int descriptor;  // a dup of libzmq's: shutdown() through it cuts this connection and no other
    int original;    // libzmq's number
  };
  using Table = std::map<Bytes, Accepted>;

  void take(Incoming incoming, Day today, Instant now);
  void make_room_for(const LinkPk& key);
  Accepted* find(const Incoming& incoming, const LinkPk& key, Instant now);
  Table::iterator cut(Table::iterator which);
  void look_at_intake(Instant now);
  bool current(const Incoming& incoming) const;

  Port port_;
  const ZapHandler& zap_;
  Membership& membership_;
  Table links_;                         // by route
  std::map<int, Connection> accepted_;  // by libzmq's descriptor
  Instant look_again_{};
};

}  // namespace kith::net
