// Acts that nobody signed, put into mail.db beside a log: no fork is needed for it, only that file. What the
// signature alone decides is shown with the right key, too.
#include <algorithm>
#include <functional>

#include "tests/group/kit.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using sharing::Occasion;
using sharing::To;
using Plan = std::function<void(group::test::World&, group::test::Device&, const group::State&)>;

// Writes acts in Lena's name as her next events and puts them into Ana's mail.db where acts of another branch
// are kept. `own_key`: signed with her key, as only she can; otherwise with some other one.
class Planted {
 public:
  Planted(bool own_key, const Plan& plan) {
    world.everybody();
    const auto keys = *must(lena.node().keyring().device(world.group));
    const auto head = *must(lena.node().keyring().own_head(world.group));
    const auto state = must(ana.node().book(world.group))->state();
    forger.group = world.group;
    forger.day = head.day;
    auto writer = forger.device();
    writer.id = keys.device;
    writer.at = {head.seq + 1, head.link};
    if (own_key) writer.sign.seed = keys.sign.clone();
    plan(forger, writer, *state);
    for (const auto& event : forger.events) put_beside(event);
    world.tick("Ana");
  }
  std::size_t members() {
    const auto state = must(ana.node().book(world.group))->state();
    return state->members.size();
  }
  std::size_t co_leaders() {
    const auto state = must(ana.node().book(world.group))->state();
    return static_cast<std::size_t>(std::ranges::count_if(
        state->members, [](const auto& member) { return member.second.role == group::Role::co_leader; }));
  }
  std::size_t acts_kept() {
    auto count = must(ana.journal().prepare("SELECT count(*) FROM share_control"));
    KITH_ASSERT(must(count.step()));
    return static_cast<std::size_t>(count.integer(0));
  }
  // How many devices Ana's next share is sealed to.
  std::size_t readers() {
    sharing::ConsentGate gate(ana);
    return must(gate.preview(world.group, world.draft("To the group.", To::group))).readers.size();
  }

  World world{{"Lena", "Ana"}};
  TestNode &lena = world["Lena"], &ana = world["Ana"];
  group::test::World forger{61};

 private:
  void put_beside(const mail::Event& event) {
    auto put = must(ana.mail().database().prepare(
        "INSERT INTO event(log, grp, seq, control, gone, id, wire) SELECT min(0, (SELECT min(log) FROM "
        "event)) - 1, grp, ?2, 1, 0, ?3, ?4 FROM head WHERE device_id = ?1"));
    put.bind(1, event.header().device.view()).bind(2, static_cast<std::int64_t>(event.header().seq));
    must(put.bind(3, event.id().view()).bind(4, event.wire()).run());
    KITH_ASSERT(ana.mail().database().changes() == 1);
  }
};

void promote_ana(group::test::World& forger, group::test::Device& lena, const group::State& state) {
  for (const auto& [id, member] : state.members)
    if (member.role == group::Role::member)
      forger.act(lena, group::Promote{id, group::Role::co_leader}, state.control_heads);
}
void admit_a_stranger(group::test::World& forger, group::test::Device& lena, const group::State& state) {
  group::test::World::Open open{crypto::sign_keypair(forger.random), EventId::zero()};
  const auto invite =
      forger.act(lena, group::Invite{open.pk(), forger.day + 7, group::Role::member}, state.control_heads);
  open.event = invite.id();
  auto stranger = forger.device();
  forger.admit(lena, open, stranger, {invite.id()});
}

TEST(ForeignActs, AnActBesideALogCountsOnlyWithItsAuthorsSignature) {
  Planted forged(false, promote_ana), genuine(true, promote_ana);
  EXPECT_EQ(forged.co_leaders(), 0U);
  EXPECT_EQ(genuine.co_leaders(), 1U) << "with her key it is her word";
  EXPECT_EQ(genuine.acts_kept(), forged.acts_kept() + 1) << "and a forged one is not even kept";
}

TEST(ForeignActs, NobodyIsAdmittedByAnActBesideALog) {
  Planted forged(false, admit_a_stranger), genuine(true, admit_a_stranger);
  EXPECT_EQ(forged.members(), 2U);
  EXPECT_EQ(forged.readers(), 1U);
  EXPECT_EQ(genuine.members(), 3U) << "with her key it is her word";
  EXPECT_EQ(genuine.acts_kept(), forged.acts_kept() + 2);
  forged.ana.reopen();
  forged.world.tick("Ana", Occasion::start);
  EXPECT_EQ(forged.members(), 2U) << "nor after the next start";
}

// Two events on one place of Ana's own log, as a proof that a copy of her node is in use.
bool retired_by_a_proof(bool own_key) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& ana = world["Ana"];
  const auto keys = *must(ana.node().keyring().device(world.group));
  group::test::World forger(62);
  forger.group = world.group;
  auto writer = forger.device();
  writer.id = keys.device;
  if (own_key) writer.sign.seed = keys.sign.clone();
  const auto one = forger.act(writer, group::StepBack{}, {});
  writer.at = {};
  const auto other = forger.act(writer, group::Leave{}, {});
  auto put = must(ana.mail().database().prepare(
      "INSERT INTO fork(grp, device_id, seq, first, second) SELECT grp, device_id, 0, ?2, ?3 FROM head "
      "WHERE device_id = ?1"));
  must(put.bind(1, keys.device.view()).bind(2, one.signed_bytes()).bind(3, other.signed_bytes()).run());
  KITH_ASSERT(ana.mail().database().changes() == 1);
  world.tick("Ana");
  return must(ana.node().keyring().retired(world.group));
}

TEST(ForeignActs, AProofOfAForkIsBelievedOnlyWithBothSignatures) {
  EXPECT_FALSE(retired_by_a_proof(false));
  EXPECT_TRUE(retired_by_a_proof(true));
}

}  // namespace
}  // namespace kith::test
