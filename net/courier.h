// The network process: one thread, one loop over local clients, doors, and the ports and lines of every
// group.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "net/door.h"
#include "net/group_node.h"
#include "net/guardian.h"
#include "net/local_server.h"
#include "net/sandbox.h"

namespace kith::proto {
class CourierReply;
class CourierRequest;
class Key;
class DoorOpen;
class DoorDial;
}  // namespace kith::proto

namespace kith::net {

struct Confinement {  // what the kernel gave, for STATUS
  bool seccomp = false;
  int landlock_abi = 0;
  std::uint64_t memory_limit = 0;
};

class Courier {
 public:
  // `mail_path`: mail.db. `stop_descriptor`: readable when the process was asked to end; -1: none. Estate,
  // clock and randomness are borrowed. If a courier before it left its key, it goes on with that.
  static Result<std::unique_ptr<Courier>> start(LocalServer server, std::string mail_path, Estate& estate,
                                                const Confinement& confinement, const ResidentMeter& meter,
                                                int stop_descriptor, Clock& clock, Random& random);

  void step(milliseconds longest);  // one round; waits at most so long for something to happen
  bool stopping() const { return stopping_; }
  void retire() { server_.retire(); }    // it was told to end: no other comes after it
  bool sound() const { return sound_; }  // false: a self-test failed, and that is why it stops

 private:
  using ClientId = LocalServer::ClientId;
  struct OpenDoor {
    std::unique_ptr<Door> door;
    ClientId owner;
    std::optional<Instant> until;  // closing: what is queued may still leave
  };
  struct Sync {
    ClientId client;
    Instant until;
  };

  Courier(LocalServer server, std::string mail_path, Estate& estate, const Confinement& confinement,
          const ResidentMeter& meter, int stop_descriptor, Clock& clock, Random& random);
  Admission judge(std::string_view domain, const LinkPk& key);

  // courier.cc: the loop
  void wait(milliseconds longest);
  Instant next_due(Instant now);
  void pump_groups(Day today, Instant now);
  void pump_doors(Instant now);
  void upkeep(Day today, Instant now);
  void shed(Instant now);
  void answer_syncs(Instant now);
  void resume(Instant now);

  // groups.cc: mail.db and what is in it
  Result<void> open_store(const crypto::MailKey& key, const mail::Address& listen, Instant now);
  Result<void> open_groups(Instant now);
  void leave_at_rest(Instant now);
  void rest(const GroupId& group, Instant now);
  void announce_groups(Instant now);
  Counts counts();

  // requests.cc: what kith asks
  void handle(ClientId client, ByteView message, Instant now);
  void answer(ClientId client, const proto::CourierRequest& request, Instant now);
  Result<void> take_key(const proto::Key& request, Instant now);
  Result<void> begin_with(const crypto::MailKey& key, const mail::Address& listen, Instant now);
  Result<void> wake(Instant now);
  void begin_sync(ClientId client, std::uint32_t wait_seconds, Instant now);
  Result<mail::Address> open_door(ClientId client, const proto::DoorOpen& request);
  Result<void> dial_door(ClientId client, const proto::DoorDial& request, Instant now);
  Result<void> send_door(ClientId client, std::string_view frame, std::uint32_t attempt);
  void close_door(ClientId client, Instant now);
  void client_gone(ClientId client, Instant now);
  void report(ClientId client);
  void reply(ClientId client, const proto::CourierReply& message);
  void reply_ok(ClientId client);
  void reply_failure(ClientId client, const Error& error, Instant now);
  void reply_door_frame(ClientId client, ByteView frame, std::uint32_t attempt);
  void reply_door_closed(ClientId client, bool used_up);
  void push_arrived();
  OpenDoor* door_of(ClientId client);

  Clock& clock_;
  Random& random_;
  std::string mail_path_;
  Estate& estate_;
  Confinement confinement_;
  const ResidentMeter& meter_;
  int stop_descriptor_;
  LocalServer server_;
  Context context_;  // outlives every socket below
  std::optional<ZapHandler> zap_;
  std::optional<crypto::MailKey> key_;
  mail::Address listen_;
  std::optional<mail::MailStore> store_;
  std::map<GroupId, std::unique_ptr<GroupNode>> groups_;
  std::set<GroupId> at_rest_;  // above what is held; acts never become fewer, so they are not tried again
  std::vector<OpenDoor> doors_;
  std::vector<Sync> syncs_;
  std::set<ClientId> watchers_;
  Instant bind_again_, purge_again_;
  std::optional<Instant> resume_again_;  // a courier before this one left its key, and it opened nothing yet
  bool arrived_ = false;
  bool stopping_ = false;
  bool sound_ = true;
};

}  // namespace kith::net
