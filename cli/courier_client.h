// How kith speaks with the courier: the other process, which has no key but the mail key and can read no
// word.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "cli/channel.h"
#include "cli/courier_messages.h"
#include "cli/home.h"
#include "core/mail/address.h"

namespace kith::proto {
class CourierRequest;
}

namespace kith::cli {

inline constexpr std::size_t kMaxKeptFrames = 64;

class CourierClient {
 public:
  static Result<CourierClient> connect(const Home& home);  // not_found: it does not run

  // -- ask and wait for the answer. not_found: the courier is gone; other errors are the courier's own.
  Result<void> key(const crypto::MailKey& key, const std::optional<mail::Address>& listen);
  Result<void> wake();
  Result<SyncOutcome> sync(std::chrono::seconds wait);
  Result<CourierState> status();
  Result<void> stop();  // returns when it has ended

  // -- the door: frames of core/group/door between an inviter and a joiner
  Result<mail::Address> door_open(const crypto::InviteSecret& secret, const GroupId& group);
  Result<void> door_dial(const crypto::InviteSecret& secret, std::span<const mail::Address> addresses);
  // `caller`: whom it is meant for; 0: whoever is there. not_found: nobody is, or somebody else by now.
  Result<void> door_send(ByteView frame, std::uint32_t caller = 0);
  // The next frame; nothing: the other side closed the door. busy: none came in time.
  Result<std::optional<DoorFrame>> door_receive(std::chrono::milliseconds patience);
  Result<void> door_close();

  // -- ask without waiting, for the agent's loop
  Result<void> ask_key(const crypto::MailKey& key, const std::optional<mail::Address>& listen);
  Result<void> ask_wake();
  Result<void> ask_watch();
  // True: mail.db grew; false: some other answer. busy: nothing came in time.
  Result<bool> arrived(std::chrono::milliseconds patience);
  int descriptor() const { return channel_.descriptor(); }

 private:
  explicit CourierClient(Channel channel) : channel_(std::move(channel)) {}
  template <class Wanted>
  Result<Wanted> ask(const proto::CourierRequest& request, std::chrono::milliseconds patience);
  Result<void> keep(CourierAnswer& answer);  // malformed: more than kMaxKeptFrames; a failure: its code

  Channel channel_;
  std::vector<DoorFrame> frames_;  // door frames that came while an answer was awaited
  bool door_closed_ = false;
};

// Starts the courier beside this program and waits until it listens.
Result<void> start_courier(const Home& home);

}  // namespace kith::cli
