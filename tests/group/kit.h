// A small group made of real keys and signatures, from a seed.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/group/resolver.h"
#include "crypto/agree.h"
#include "crypto/sign.h"

namespace kith::group::test {

class Seeded final : public Random {
 public:
  // The streams of neighbouring seeds have nothing in common: each begins at a place that was drawn.
  explicit Seeded(std::uint64_t seed) : state_(seed) { state_ = next(); }
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(next() >> 32);
  }
  std::uint64_t next() {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

inline constexpr Day kToday{20000};

struct Place {  // where a device's log stands
  std::uint64_t next = 0;
  Link prev = Link::zero();
  std::optional<EventId> last = {};  // act, which the next one names
};

struct Device {
  crypto::SignKeypair sign;
  crypto::DhKeypair dh;
  LinkPk link;
  PrePk prekey;
  DeviceId id;
  MemberId member = MemberId::zero();
  Place at = {};
};

class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) { crypto::start(); }

  Device device() {
    auto sign = crypto::sign_keypair(random);
    auto dh = crypto::dh_keypair(random);
    const DeviceId id = mail::device_id_of(sign.pk, dh.pk);
    return {std::move(sign), std::move(dh), crypto::link_keypair(random).pk, crypto::pre_keypair(random).pk,
            id};
  }
  JoinBody body_of(const Device& device, std::optional<InvitePk> invite, bool founder,
                   std::optional<RecoveryPk> recovery = {}) const {
    return {invite,         founder ? std::nullopt : std::optional(group),
            device.sign.pk, device.dh.pk,
            device.link,    {device.prekey, 0},
            recovery,       {}};
  }

  // Genesis by `founders`; the first writes it.
  mail::Event found(std::vector<Device*> founders, Mode mode, std::vector<Trustee> trustees = {},
                    std::uint32_t threshold = 0, std::optional<RecoveryPk> recovery = {}) {
    Genesis genesis{.mode = mode, .founders = {}, .trustees = std::move(trustees), .threshold = threshold};
    random.fill(genesis.random);
    genesis.day = day;
    for (auto* founder : founders)
      genesis.founders.push_back(
          {sign_join(body_of(*founder, {}, true, recovery), founder->sign.seed, nullptr),
           mode == Mode::peer ? Role::member : Role::leader});
    const Bytes bytes = encode(ControlBody{{}, genesis});
    group = mail::group_id_of(bytes);
    for (auto* founder : founders) founder->at.prev = *Link::parse(group.view());
    auto event = sign(*founders.front(), mail::Kind::ctl, bytes);
    for (auto* founder : founders) founder->member = mail::member_id_of(event.id(), founder->sign.pk);
    return event;
  }

  mail::Event sign(Device& by, mail::Kind kind, const Bytes& bytes) {
    const bool beginning = mail::group_id_of(bytes) == group;
    mail::Header header{.kind = kind,
                        .group = group,
                        .device = by.id,
                        .seq = by.at.next,
                        .prev = by.at.prev,
                        .day = day,
                        .length = static_cast<std::uint32_t>(bytes.size()),
                        .bind = mail::body_bind(bytes),
                        .ctl_digest = beginning ? mail::ctl_digest_of({}) : Digest::zero(),
                        .lamport = by.at.next + 1};
    auto event = mail::Event::sign(header, bytes, by.sign.seed);
    by.at = {header.seq + 1, event.link(), kind == mail::Kind::ctl ? event.id() : by.at.last};
    events.push_back(event);
    return event;
  }
  // An act whose author saw `deps`, and what they did before.
  mail::Event act(Device& by, const Act& what, std::vector<EventId> deps) {
    if (by.at.last) deps.push_back(*by.at.last);
    std::ranges::sort(deps);
    deps.erase(std::unique(deps.begin(), deps.end()), deps.end());
    return sign(by, mail::Kind::ctl, encode(ControlBody{std::move(deps), what}));
  }
  mail::Event act(Device& by, const Act& what) { return act(by, what, heads()); }  // saw everything

  std::vector<EventId> heads() const {
    const auto now = resolve(group, events);
    return now ? now->control_heads : std::vector<EventId>{};
  }
  State state() const {
    auto now = resolve(group, events);
    EXPECT_TRUE(now.has_value());
    return *now;
  }

  struct Open {
    crypto::SignKeypair key;
    EventId event;
    InvitePk pk() const { return *InvitePk::parse(key.pk.view()); }
  };
  Open invite(Device& by, std::vector<EventId> deps, Role role = Role::member) {
    auto key = crypto::sign_keypair(random);
    const InvitePk pk = *InvitePk::parse(key.pk.view());
    const auto event = act(by, Invite{pk, kToday + 7, role}, std::move(deps));
    return {std::move(key), event.id()};
  }
  mail::Event admit(Device& by, const Open& open, Device& newcomer, std::vector<EventId> deps,
                    std::optional<RecoveryPk> recovery = {}) {
    const Admit what{open.event, sign_join(body_of(newcomer, open.pk(), false, recovery), newcomer.sign.seed,
                                           &open.key.seed)};
    const auto event = act(by, what, std::move(deps));
    newcomer.member = mail::member_id_of(event.id(), newcomer.sign.pk);
    newcomer.at = {0, *Link::parse(group.view())};
    return event;
  }
  void join(Device& by, Device& newcomer, std::optional<RecoveryPk> recovery = {}) {  // in the sight of all
    const auto open = invite(by, heads());
    admit(by, open, newcomer, heads(), recovery);
  }
  DeviceAdd device_add(const Device& old, const Device& added) const {
    auto record = sign_join(body_of(added, {}, false), added.sign.seed, nullptr);
    const auto linked = crypto::sign(old.sign.seed, "device-link", group, record.body);
    return {std::move(record), old.member, {}, linked};
  }
  mail::Event add_device(Device& old, Device& added, std::vector<EventId> deps) {
    const auto event = act(old, device_add(old, added), std::move(deps));
    added.member = old.member;
    added.at = {0, *Link::parse(group.view())};
    return event;
  }
  // Proposed by `by` and signed by everyone.
  void agree(Device& by, std::vector<Device*> all, std::uint32_t version = 1) {
    const Digest text = crypto::H(
        "kith1.agreement", {as_bytes("v"), ByteView(reinterpret_cast<const std::uint8_t*>(&version), 4)});
    const auto proposed = act(by, AgreementAct{version, text});
    for (auto* one : all) act(*one, Agree{proposed.id(), text, Digest::zero()});
  }
  // Everything written so far by the member's device, as a cut. `seq`: lower than the newest.
  Cut cut(const Device& device) const {
    for (auto event = events.rbegin(); event != events.rend(); ++event)
      if (event->header().device == device.id) return {device.id, event->header().seq, event->link()};
    return {device.id, std::nullopt, Link::zero()};
  }
  static Cut cut_at(const mail::Event& event) {
    return {event.header().device, event.header().seq, event.link()};
  }

  Seeded random;
  GroupId group = GroupId::zero();
  Day day = kToday;
  std::vector<mail::Event> events;
};

inline std::vector<EventId> ids(std::initializer_list<mail::Event> events) {
  std::vector<EventId> found;
  for (const auto& event : events) found.push_back(event.id());
  return found;
}

}  // namespace kith::group::test
