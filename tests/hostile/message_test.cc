// What a member's key can say once it is in: broken boxes, endless parts, commands, frames that are none, and
// frames that lie. Each case has a key of its own, because who misbehaves is kept out for a while.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "core/mail/exchange.h"
#include "net/limits.h"
#include "tests/hostile/cases.h"

namespace kith::hostile {
namespace {

using namespace std::chrono_literals;
using mail::Reject;
namespace frame = mail::frame;

void run(const std::vector<Case>& cases) {
  Scene scene(cases.size());
  run_cases(scene, cases, [&](std::size_t i) {
    return std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, scene.member(i).link);
  });
}

TEST(Messages, BrokenBoxesEndTheConnection) { run(broken_boxes()); }
TEST(Messages, BrokenFramesAreCountedAndCut) { run(broken_messages()); }
TEST(Messages, LiesAreCountedAndChangeNothing) { run(lies()); }

// Every case asks whether descriptors are back. Where they cannot be seen, that says nothing.
TEST(Oracle, SeesTheDescriptorsOfTheCourier) {
  Scene scene(1);
  const auto before = descriptors_of(scene.ana.process());
  if (!before) GTEST_SKIP() << "only root may count the courier's descriptors: run this as root once";
  constexpr std::size_t kCallers = 20, kSeen = 10;  // the courier's own files come and go meanwhile
  std::vector<std::unique_ptr<Attacker>> callers;
  for (std::size_t i = 0; i < kCallers; ++i)
    callers.push_back(std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, scene.member(0).link));
  const auto many = [&] { return *descriptors_of(scene.ana.process()) >= *before + kSeen; };
  EXPECT_TRUE(eventually(many, kSoon));
  callers.clear();
  EXPECT_TRUE(eventually([&] { return !many(); }, kSoon));
}

// PING may carry sixteen bytes; what brings 8 MiB of longer ones is cut. libzmq hands SUBSCRIBE over like a
// frame, and it is none.
TEST(Messages, CommandsAreBoundedOrEndIt) {
  const Expected silent, much{.rose = {{Reject::too_fast, 1}}},
      refused{.rose = {{Reject::malformed, 1}, {Reject::not_authorised, 0}}, .at_least = true};
  const struct {
    const char* name;
    Bytes command;
    const Expected& expected;
  } commands[] = {
      {"PING with 100 KiB", named("PING", joined({Bytes{0, 100}, Bytes(100 << 10, 'p')})), much},
      {"PING cut short", named("PING", {}), silent},
      {"a name longer than the command", Bytes{200}, silent},
      {"SUBSCRIBE", named("SUBSCRIBE", Bytes(1'000, 's')), refused},
      {"one nobody knows", named("HURRAY", Bytes(1'000, 'h')), silent},
  };
  Scene scene(std::size(commands));
  std::size_t at = 0;
  for (const auto& [name, command, expected] : commands) {
    SCOPED_TRACE(name);
    Attacker by = scene.attacker(scene.member(at++).link);
    ASSERT_TRUE(by.shake_hands());
    int said = 0;
    while (said < 2'000 && by.say(by.message(command, kInnerCommand))) ++said;
    by.reset();
    scene.check(name, expected, {&by});
  }
}

// 1,500 frames are within what a key may send at once. Hanging up and calling again gives no more.
TEST(Messages, CallingAgainGivesNoNewAllowance) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  const Bytes nothing = mail::encode_frame(frame::Credit{0});
  for (int call = 0; call < 4; ++call) {
    Attacker by = scene.attacker(mallory.link);
    if (!by.shake_hands()) break;  // kept out, as it should be
    Said{by, mallory, scene}.met();
    for (int i = 0; i < 1'500 && !by.closed(); ++i) by.say(by.message(nothing));
    by.hear(300ms);
    by.leave();
  }
  scene.check("four calls", {.rose = {{Reject::too_fast, 1}, {Reject::not_authorised, 0}}, .at_least = true},
              {});
}

// Nobody but the readers can tell a request from other words, so what bounds them is the day: its first two
// hundred of a member are taken, however often the others are brought.
TEST(Messages, AThousandWordsOfADayEndAtTwoHundred) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  frame::Events first, others;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const auto word = scene.circle.envelope(mallory);
    (i < mail::kMaxEventsPerDay ? first : others).events.emplace_back(as_text(word.event.wire()));
  }
  for (const auto* part : {&first, &others, &others}) {
    Attacker by = scene.attacker(mallory.link);
    ASSERT_TRUE(by.shake_hands());
    const Said said{by, mallory, scene};
    said.met();
    said.frame(*part);
    EXPECT_FALSE(by.cut_within(700ms));
    by.leave();
  }
  const auto head = scene.ana.store().head(scene.circle.group, mallory.id).value();
  ASSERT_TRUE(head);
  EXPECT_EQ(head->seq + 1, mail::kMaxEventsPerDay);
  scene.check("a thousand words", {.rose = {{Reject::too_many, 2}}, .same_picture = false}, {});
}

// A member opens many connections and talks on all: its own give way, nobody else's.
TEST(Messages, ManyConnectionsOfOneKeyCrowdOutNobody) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  std::vector<std::unique_ptr<Attacker>> all;
  for (int i = 0; i < 40; ++i) {
    all.push_back(std::make_unique<Attacker>(scene.ana.port, scene.ana.link.pk, mallory.link));
    ASSERT_TRUE(all.back()->shake_hands());
    Said{*all.back(), mallory, scene}.met();
    ASSERT_TRUE(all.back()->hear(kSoon));
  }
  const auto open = [&] {
    return std::ranges::count_if(all, [](const auto& one) { return !one->cut_within(20ms); });
  };
  EXPECT_TRUE(eventually([&] { return open() <= static_cast<long>(net::kMaxLinksOfOneKey); }, kSoon))
      << open();
  EXPECT_EQ(scene.ana.status().connected(), 2U) << "Ben and this one";
  for (const auto& one : all) one->leave();
  scene.check("forty connections", {}, {});
}

// It asks for all there is and reads nothing of it. What it is owed waits within its bounds; the others are
// served.
TEST(Messages, APeerThatReadsNothingHoldsUpNobody) {
  Scene scene(1);
  Node& mallory = scene.member(0);
  std::vector<frame::WantItem> all;
  for (int i = 0; i < 40; ++i) {
    const auto word = scene.circle.envelope(scene.ana);
    scene.circle.store(scene.ana, word);
    all.push_back({word.event.id(), std::nullopt, {}});
  }
  scene.ana.wake();
  scene.honest_sync();
  Attacker by = scene.attacker(mallory.link);
  by.read_nothing_more();
  ASSERT_TRUE(by.shake_hands());
  const Said said{by, mallory, scene};
  said.met();
  for (int i = 0; i < 300; ++i) said.frame(frame::Want{all, 0});
  scene.honest_sync();
  scene.honest_sync();
  by.reset();
  scene.check(
      "reads nothing",
      {.rose = {{Reject::too_many, 0}, {Reject::not_authorised, 0}}, .at_least = true, .same_picture = false},
      {&by});
}

}  // namespace
}  // namespace kith::hostile
