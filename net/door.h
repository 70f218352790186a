// The door: where somebody joins. Frames are piped, not read; core/group's door protocol runs in kith.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include "core/group/invitation.h"
#include "net/dial_schedule.h"
#include "net/message.h"
#include "net/sockets.h"
#include "net/zap.h"

namespace kith::net {

inline constexpr std::string_view kDoorDomain = "kith.door";

class Door {
 public:
  using Deliver = std::function<void(ByteView frame, std::uint32_t attempt)>;
  virtual ~Door() = default;
  virtual void pump(Instant now, const Deliver& deliver) = 0;
  virtual bool open() const = 0;      // false: tell kith that it is over
  virtual bool deserted() const = 0;  // no connection stands
  virtual bool used_up() const { return false; }
  virtual bool admits(const LinkPk&) const { return false; }  // at a handshake on kDoorDomain
  virtual Instant next_due() const { return Instant::max(); }
  virtual void add_sockets(const std::function<void(void*)>& add) const = 0;

  // `attempt`: the caller it is meant for, 0: whoever is there. False: nobody is, or another one.
  virtual bool send(Bytes frame, std::uint32_t attempt) = 0;
  std::size_t queued() const { return queued_; }

 protected:
  void push(Bytes frame);
  void clear();
  void flush(const std::function<Sent(ByteView)>& send);

 private:
  std::deque<Bytes> queue_;
  std::size_t queued_ = 0;  // bytes
};

// The inviter's: listens with the key made from the invitation's secret, for the one key made from it.
class InviterDoor final : public Door {
 public:
  static Result<std::unique_ptr<InviterDoor>> open_at(Context& context, const ZapHandler& zap,
                                                      const group::InviteKeys& keys, mail::Address ip);
  const mail::Address& address() const { return port_.address; }

  void pump(Instant now, const Deliver& deliver) override;
  bool open() const override { return !used_up_; }
  bool deserted() const override { return connections_ == 0; }
  bool used_up() const override { return used_up_; }
  bool admits(const LinkPk& key) const override { return key == client_; }
  bool send(Bytes frame, std::uint32_t attempt) override;
  void add_sockets(const std::function<void(void*)>& add) const override {
    add(port_.socket.raw());
    add(port_.monitor.raw());
  }

 private:
  InviterDoor(Port port, const LinkPk& client) : port_(std::move(port)), client_(client) {}
  bool answer_to(const Bytes& route);  // the newest caller is served; it may be the one whose line broke

  Port port_;
  LinkPk client_;
  Bytes route_;
  std::set<Bytes> past_;
  std::uint32_t attempts_ = 0;
  int connections_ = 0;
  bool used_up_ = false;
};

// The joiner's: tries the addresses in turn until a connection stands; over when that connection ends.
class JoinerDoor final : public Door {
 public:
  JoinerDoor(Context& context, group::InviteKeys keys, std::vector<mail::Address> addresses, Random& random,
             Instant now);

  void pump(Instant now, const Deliver& deliver) override;
  bool open() const override { return !over_; }
  bool deserted() const override { return over_ || !stands_; }
  bool send(Bytes frame, std::uint32_t attempt) override;
  Instant next_due() const override;
  void add_sockets(const std::function<void(void*)>& add) const override;

 private:
  void dial(Instant now);
  void watch(Instant now);

  Context& context_;
  group::InviteKeys keys_;
  std::vector<mail::Address> addresses_;
  Random& random_;
  DialSchedule schedule_;
  std::optional<Line> line_;
  std::size_t next_address_ = 0;
  Instant began_;
  bool stands_ = false;
  std::optional<Instant> ends_;  // the connection is gone; what it brought is still taken
  bool over_ = false;
};

}  // namespace kith::net
