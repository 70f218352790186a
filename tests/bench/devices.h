// Devices made from seeds and a roster that knows them: groups for the rows that need no group acts.
#pragma once

#include <map>
#include <vector>

#include "core/mail/mail_store.h"
#include "core/mail/roster.h"
#include "crypto/agree.h"
#include "crypto/sign.h"

namespace kith::bench {

inline constexpr std::uint32_t kToday = 20'000;

struct Device {
  explicit Device(std::uint64_t seed);

  crypto::SignKeypair sign;
  crypto::DhKeypair dh;
  crypto::PreKeypair prekey;
  crypto::LinkKeypair link;
  DeviceId id;
};

struct Place {  // where a log goes on
  std::uint64_t seq;
  Link prev;
};

class Roster final : public mail::Roster {
 public:
  explicit Roster(const std::vector<Device>& devices);
  std::optional<SignPk> sign_key(const DeviceId& device) const override;
  bool same_member(const DeviceId& a, const DeviceId& b) const override { return a == b; }
  bool storable(const mail::Header&, const Link&) const override { return true; }
  bool tells(const mail::Header&, const Link&) const override { return true; }
  std::vector<std::vector<DeviceId>> waiting_for(std::span<const mail::Event> run) const override {
    return std::vector<std::vector<DeviceId>>(run.size());
  }
  bool counts(const DeviceId&) const override { return true; }
  bool may_connect(const DeviceId& device, const LinkPk& link) const override;
  std::set<Link> learn(std::span<const mail::Event>) override { return {}; }
  void unlearn(const std::set<Link>&) override {}

 private:
  struct Known {
    SignPk sign;
    LinkPk link;
  };
  std::map<DeviceId, Known> known_;
};

struct Item {
  mail::Event event;
  Bytes payload;
};
// A text sealed to everyone in `devices`, as the author's event at `place`.
Item seal(const GroupId& group, const Device& author, const std::vector<Device>& devices, const Place& place,
          ByteView text, Random& random);
// An envelope's event alone, for logs whose payloads are long gone.
mail::Event header_only(const GroupId& group, const Device& author, const Place& place, std::uint32_t day,
                        Random& random);

}  // namespace kith::bench
