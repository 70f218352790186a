// The transport lets everybody in, and takes strangers for a member. What is sealed and signed must be as
// safe as before.
#include <gtest/gtest.h>

#include <array>

#include "core/group/acts.h"
#include "core/mail/exchange.h"
#include "tests/hostile/cases.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;
using mail::Reject;
namespace frame = mail::frame;

class OpenDoor : public testing::Test {
 protected:
  OpenDoor() : scene_(kStrangers, KITH_COURIER_OPEN) {
    std::string as;
    for (std::size_t i = 0; i < kStrangers; ++i)
      as += strangers_[i].pk.hex() + "=" + scene_.member(i).link.pk.hex() + " ";
    setenv("KITH_OPEN_DOOR_AS", as.c_str(), 1);
    scene_.restart_ana();
  }

  // A connection with a stranger's key that passes for a member's, as far as it goes by itself. Each member's
  // once: who told a lie stays out for a while.
  std::unique_ptr<Attacker> inside(std::size_t i) {
    auto by = std::make_unique<Attacker>(scene_.ana.port, scene_.ana.link.pk, strangers_[i]);
    EXPECT_TRUE(by->shake_hands());
    say(*by, frame::Hello{1, {1}, scene_.member(i).id, scene_.member(i).link.pk});
    say(*by, frame::Frontier{});
    return by;
  }
  static void say(Attacker& by, const mail::Frame& what) { by.say(by.message(mail::encode_frame(what))); }
  static void say(Attacker& by, const mail::Event& event) {
    say(by, frame::Events{{std::string(as_text(event.wire()))}});
  }
  // What `as` would write next, signed by a key that is not theirs.
  mail::Event forged(const Node& as, mail::Kind kind, const Bytes& body) {
    const mail::Header header{.kind = kind,
                              .group = scene_.circle.group,
                              .device = as.id,
                              .seq = as.next,
                              .prev = as.prev,
                              .day = scene_.circle.today,
                              .length = static_cast<std::uint32_t>(body.size()),
                              .bind = mail::body_bind(body),
                              .ctl_digest = Digest::zero(),
                              .lamport = as.next + 1};
    return mail::Event::sign(header, body, sign_.seed);
  }

  static constexpr std::size_t kStrangers = 4;
  crypto::SystemRandom random_;
  std::array<crypto::LinkKeypair, kStrangers> strangers_{
      crypto::link_keypair(random_), crypto::link_keypair(random_), crypto::link_keypair(random_),
      crypto::link_keypair(random_)};
  crypto::SignKeypair sign_ = crypto::sign_keypair(random_);
  Scene scene_;
};

TEST_F(OpenDoor, StrangersGetNoWordAndChangeNothing) {
  Node& mallory = scene_.member(0);
  // Everything that is given to a member, asked for and read: sealed parcels, and no word.
  std::vector<frame::WantItem> all;
  {
    auto store = scene_.ana.store();
    const auto offers = store.offers(scene_.circle.group, 0, 1'000).value();
    for (const auto& offer : offers) all.push_back({offer.event, std::nullopt, {}});
  }
  ASSERT_FALSE(all.empty());
  {
    const auto by = inside(0);
    say(*by, frame::Want{all, 0});
    while (by->hear(700ms)) continue;
    EXPECT_GT(by->messages_heard(), 3U) << "or the door was not open";
    EXPECT_GT(by->heard().size(), 4'000U) << "and parcels came through it";
    by->leave();
    scene_.check("reads as Mallory", {}, {by.get()});
  }
  const group::Cut cut{scene_.ben.id, std::nullopt, Link::zero()};
  const Bytes removal = group::encode(group::ControlBody{{}, group::Remove{scene_.ben.member, {cut}}});
  const std::pair<const char*, mail::Event> lies[] = {
      {"a removal of Ben in Ana's name", forged(scene_.ana, mail::Kind::ctl, removal)},
      {"the same in Ben's name", forged(scene_.ben, mail::Kind::ctl, removal)},
      {"the same in Mallory's name", forged(mallory, mail::Kind::ctl, removal)},
  };
  std::size_t stranger = 0;
  for (const auto& [name, lie] : lies) {
    const auto by = inside(++stranger);
    say(*by, lie);
    EXPECT_TRUE(by->cut_within(5s)) << name;
    scene_.check(name, {.rose = {{Reject::unauthentic, 1}}}, {by.get()});
  }
}

// Strangers who pass for a member each: what a member may not say, they may not say either, and it is counted
// and cut by what stands in it.
void strangers_say(const std::vector<Case>& cases) {
  Scene scene(cases.size(), KITH_COURIER_OPEN);
  crypto::SystemRandom random;
  std::vector<crypto::LinkKeypair> strangers;
  std::string as;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    strangers.push_back(crypto::link_keypair(random));
    as += strangers.back().pk.hex() + "=" + scene.member(i).link.pk.hex() + " ";
  }
  setenv("KITH_OPEN_DOOR_AS", as.c_str(), 1);
  scene.restart_ana();
  run_cases(scene, cases, [&](std::size_t i) {
    return std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, strangers[i]);
  });
}

TEST(OpenDoorToStrangers, BrokenMessagesAreCountedAndCut) { strangers_say(broken_messages()); }
TEST(OpenDoorToStrangers, LiesAreCountedAndChangeNothing) { strangers_say(lies()); }

}  // namespace
}  // namespace kith::hostile
