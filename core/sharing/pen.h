// The pen of one device: the next event, signed, with everything it must leave behind. Private to
// core/sharing; used by publish.cc and, for the first event of all, by founding.cc.
#pragma once

#include <optional>

#include "core/sharing/node.h"

namespace kith::sharing {

inline constexpr Literal kDeviceRetired =
    "device-retired: this is most likely a restored copy of the journal; it reads and never signs";

inline constexpr Literal kDeviceFull =
    "device-full: this device has written all that one can; withdrawing and leaving still work, and a new "
    "invitation lets another one in";

enum class LedgerKind : std::uint8_t { share = 1, command = 2, machine = 3 };

struct LedgerLine {
  LedgerKind kind;
  const char* why;
  std::int64_t consent = 0;
  Digest payload_digest = Digest::zero();
  std::vector<MemberId> sealed_to = {};
};

// Everything below joins the caller's transaction.
class Pen {
 public:
  // refused: the device is retired, or its owner is no member; not_found.
  static Result<Pen> take(Node& node, const GroupId& group);

  const keyring::DeviceKeys& keys() const { return keys_; }
  std::uint64_t next_seq() const { return head_ ? head_->seq + 1 : 0; }

  // waiting: the day's limit of events is reached.
  Result<mail::Event> write(mail::Kind kind, Bytes body);
  Result<mail::Event> write_envelope(const ItemPk& bind, std::uint32_t length);

  // Own head, ledger and queue; a control event also enters the book.
  Result<void> keep(const mail::Event& event, const LedgerLine& line, ByteView payload = {});

 private:
  Pen(Node& node, keyring::DeviceKeys keys, std::optional<keyring::OwnHead> head, std::uint64_t lamport,
      Digest ctl_digest)
      : node_(&node), keys_(std::move(keys)), head_(head), lamport_(lamport), ctl_digest_(ctl_digest) {}
  Result<mail::Header> header(mail::Kind kind, const Digest& bind, std::uint32_t length) const;
  Result<void> room_for(mail::Kind kind, std::size_t body) const;

  Node* node_;
  keyring::DeviceKeys keys_;
  std::optional<keyring::OwnHead> head_;
  std::uint64_t lamport_;
  Digest ctl_digest_;
};

// Parts of keep(), for the genesis event, which is signed before there is a book.
Result<void> put_ledger(Node& node, const mail::Event& event, const LedgerLine& line);
Result<void> put_queue(Node& node, const mail::Event& event, ByteView payload);

}  // namespace kith::sharing
