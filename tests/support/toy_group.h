// Devices with keys that write logs, and a roster that knows them without control acts: enough for core/mail.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/mail/roster.h"
#include "crypto/hash.h"
#include "crypto/sign.h"
#include "tests/support/seeded_random.h"

namespace kith::test {

inline const GroupId kToyGroup = crypto::H_as<GroupId>("test.group", {});

// One device that writes its log.
class Author {
 public:
  Author(std::uint64_t seed, const GroupId& group = kToyGroup);

  mail::Event write(mail::Kind kind, Bytes body, const Digest& bind, std::uint32_t length);
  mail::Event control(std::string_view text = "act");
  mail::Event device_record(std::string_view text = "record");
  mail::Event tomb(std::vector<EventId> events);
  // An envelope whose payload is real to a carrier (random slots and body under a real item signature).
  mail::Event envelope();
  mail::Event sign(const mail::Header& header, Bytes body) const;

  const Bytes& payload(const EventId& event) const { return payloads_.at(event); }
  // Another payload of the same event that a carrier accepts, as any recipient could make it.
  Bytes variant(const EventId& event);
  const mail::Header& next() const { return next_; }  // what write() would fill in
  void set_day(std::uint32_t day) { next_.day = Day{day}; }

  DeviceId id;
  MemberId member;
  LinkPk link;
  crypto::SignKeypair keys;

 private:
  Bytes seal(const EventId& event, const crypto::SignKeypair& item);

  SeededRandom random_;
  mail::Header next_;
  std::map<EventId, Bytes> payloads_;
  std::map<EventId, crypto::SignKeypair> items_;
};

inline constexpr std::uint32_t kToyDay = 20'000;

// Knows every author from the start, unless an author is `hidden` until some control event was learnt.
class ToyRoster final : public mail::Roster {
 public:
  void add(const Author& author) {
    devices_.insert_or_assign(author.id, Known{author.keys.pk, author.member, author.link});
  }
  void enrolled_by(const Author& author, const EventId& event) {
    waiting_.insert_or_assign(event, Known{author.keys.pk, author.member, author.link, author.id});
  }
  void cut(const DeviceId& device, std::optional<std::uint64_t> last) {
    cuts_.insert_or_assign(device, last);
  }

  std::optional<SignPk> sign_key(const DeviceId& device) const override {
    const auto found = devices_.find(device);
    if (found == devices_.end()) return std::nullopt;
    return found->second.sign;
  }
  bool same_member(const DeviceId& a, const DeviceId& b) const override {
    const auto first = devices_.find(a), second = devices_.find(b);
    return first != devices_.end() && second != devices_.end() &&
           first->second.member == second->second.member;
  }
  bool storable(const mail::Header& header, const Link&) const override {
    const auto found = cuts_.find(header.device);
    return found == cuts_.end() || (found->second && header.seq <= *found->second);
  }
  bool tells(const mail::Header& header, const Link& link) const override {
    return storable(header, link) || stands.contains(link);
  }
  std::vector<std::vector<DeviceId>> waiting_for(std::span<const mail::Event> run) const override {
    std::vector<std::vector<DeviceId>> found(run.size());
    for (std::size_t i = 0; i < run.size(); ++i)
      if (wants.contains(run[i].id())) found[i] = {waiting};
    return found;
  }
  bool counts(const DeviceId& device) const override { return !uncounted.contains(device); }
  bool may_connect(const DeviceId& device, const LinkPk& link) const override {
    const auto found = devices_.find(device);
    return found != devices_.end() && found->second.link == link;
  }
  std::set<Link> learn(std::span<const mail::Event> control) override {
    std::set<Link> news;
    for (const mail::Event& event : control) {
      if (known.insert(event.link()).second) news.insert(event.link());
      learnt.push_back(event.id());
      if (const auto found = waiting_.find(event.id()); found != waiting_.end())
        devices_.insert_or_assign(*found->second.id, found->second);
    }
    return news;
  }
  void unlearn(const std::set<Link>& links) override {
    for (const Link& link : links) known.erase(link);
  }
  void fork(const mail::SignedHeader& first, const mail::SignedHeader&) override {
    forked.insert(first.header.device);
  }

  std::set<EventId> wants;
  DeviceId waiting = DeviceId::zero();  // for each of these
  std::set<Link> stands;
  std::set<DeviceId> uncounted;
  std::vector<EventId> learnt;
  std::set<Link> known;  // what it learnt and did not unlearn
  std::set<DeviceId> forked;

 private:
  struct Known {
    SignPk sign;
    MemberId member;
    LinkPk link;
    std::optional<DeviceId> id = std::nullopt;
  };
  std::map<DeviceId, Known> devices_;
  std::map<EventId, Known> waiting_;
  std::map<DeviceId, std::optional<std::uint64_t>> cuts_;
};

}  // namespace kith::test
