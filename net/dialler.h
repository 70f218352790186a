// Connections that we open to the peers of one group: one socket per dial, made anew after any failure.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "net/dial_schedule.h"
#include "net/intake.h"
#include "net/link.h"
#include "net/membership.h"
#include "net/sockets.h"

namespace kith::net {

struct Target {
  LinkPk key;
  std::vector<mail::Address> addresses;  // already filtered: those we would dial
  friend bool operator==(const Target&, const Target&) = default;
};

class Dialler {
 public:
  Dialler(Context& context, const crypto::LinkKeypair& key, Membership& membership, Random& random);

  // The roster as it is now. Lines to targets that are gone or have another key are closed.
  void aim(const std::map<DeviceId, Target>& targets, Instant now);
  // `satisfied(device)`: it opened a live connection to us; then ours is not needed.
  using Satisfied = std::function<bool(const DeviceId&)>;
  // Dials who is due, at most `allowance` more lines than are open; returns how many it opened.
  std::size_t dial(std::size_t allowance, const Satisfied& satisfied, Instant now);
  void pump(Day today, Instant now);
  void drop(const DeviceId& device);  // the other direction is kept instead
  void enforce(Instant now);

  void now_please(Instant now);  // everybody, whatever the back-off says
  // Each since now_please: linked, or failed once on every address.
  bool all_tried(const Satisfied& satisfied) const;
  std::size_t lines() const;
  Instant next_due(const Satisfied& satisfied) const;  // the next dial or watchdog; far away if none
  bool blocked() const;
  void each(const std::function<void(Link&)>& visit);
  void add_sockets(const std::function<void(void*)>& add) const;

 private:
  struct Open {
    Line line;
    std::unique_ptr<Link> link;  // once the handshake is done
    Instant began;
    Intake intake{began};
    int descriptor = -1;  // libzmq's, while it is connected
    bool worked = false;  // a frame crossed
  };
  struct Peer {
    Target target;
    DialSchedule schedule;
    std::size_t next_address = 0;
    std::size_t failures_asked = 0;  // since now_please
    std::unique_ptr<Open> open;
  };

  void open(Peer& peer, Instant now);
  void close(Peer& peer, Instant now);
  bool serve(Open& open, const LinkPk& key, Day today, Instant now);  // false: close it
  bool bears_intake(Open& open, const LinkPk& key, Instant now);
  bool take(Open& open, const LinkPk& key, Day today, Instant now);

  Context& context_;
  const crypto::LinkKeypair& key_;
  Membership& membership_;
  Random& random_;
  std::map<DeviceId, Peer> peers_;
  Instant look_again_{};
};

}  // namespace kith::net
