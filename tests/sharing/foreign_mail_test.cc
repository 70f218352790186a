// mail.db is foreign ground, and copies come back from the dead: neither may widen anything.
#include <algorithm>

#include "core/sharing/pen.h"
#include "crypto/envelope.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

using namespace sharing;

// Whom the newest envelope of a node was really sealed to, by its own ledger.
std::vector<MemberId> sealed_to(TestNode& node) {
  auto select = must(
      node.journal().prepare("SELECT sealed_to FROM share_ledger WHERE kind = 1 ORDER BY seq DESC LIMIT 1"));
  KITH_ASSERT(must(select.step()));
  std::vector<MemberId> members;
  const Bytes joined = select.blob(0);
  for (std::size_t at = 0; at < joined.size(); at += 32)
    members.push_back(*MemberId::parse(ByteView(joined).subspan(at, 32)));
  return members;
}

TEST(ForeignMail, EditedRowsOnlyEverShrinkWhomWeSealTo) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  must(Groups(world["Lena"]).remove_member(world.group, world.member("Ben")));
  world.meet("Lena", "Ana");
  world.tick("Ana");
  auto& ana = world["Ana"];
  const std::vector<db::Sql> edits = {
      "DELETE FROM event WHERE row % 3 = 0",
      "UPDATE event SET wire = (SELECT wire FROM event ORDER BY row DESC LIMIT 1) WHERE row = 2",
      "UPDATE head SET seq = seq + 3",
      "UPDATE head SET seq = 4611686018427387904, checked = 0",
      "DELETE FROM event",
      "DELETE FROM head",
  };
  int edited = 0, sealed = 0;
  const std::string whole = read_file(ana.folder / "mail.db");
  for (const auto& edit : edits) {
    write_file(ana.folder / "mail.db", whole);
    ana.reopen();
    const auto done = ana.mail().database().execute(edit);
    if (!done) continue;  // the schema itself forbids it: so much the better
    ++edited;
    [[maybe_unused]] const auto ticked = tick(ana, Occasion::sync);  // it may say that the file is damaged
    ConsentGate gate(ana);
    const auto draft = world.draft("After the edit.", To::group);
    const auto preview = must(gate.preview(world.group, draft));
    for (const auto& reader : preview.readers) EXPECT_NE(reader.name, "Ben") << edit.text();
    const auto confirmed = gate.confirm(world.group, draft, preview.digest);
    world.clock.advance(700s);
    if (!confirmed || !tick(ana, Occasion::sync)) continue;
    ++sealed;
    for (const auto& member : sealed_to(ana)) EXPECT_NE(member, world.member("Ben")) << edit.text();
  }
  EXPECT_GE(edited, 5) << "the edits took place";
  EXPECT_GE(sealed, 1) << "and something was sealed after them";
}

// An edit may make events pending whose turn never ends: kith goes on all the same.
TEST(ForeignMail, NoEditKeepsKithFromComingBack) {
  World world({"Lena", "Ana"});
  world.everybody();
  for (int i = 0; i < 3; ++i) world.share("Ana", world.draft("Word " + std::to_string(i), To::group));
  world.carry(world["Ana"], world["Lena"]);
  auto& lena = world["Lena"];
  // The newest event, far behind the log's end: going there place by place would never end.
  for (const db::Sql edit :
       {db::Sql("UPDATE event SET seq = 4611686018427387904 WHERE row = (SELECT max(row) FROM event)"),
        db::Sql("UPDATE head SET seq = 4611686018427387904, checked = seq WHERE log = "
                "(SELECT log FROM event ORDER BY row DESC LIMIT 1)")})
    ASSERT_TRUE(ok(lena.mail().database().execute(edit)));
  lena.reopen();
  const auto began = std::chrono::steady_clock::now();
  must(tick(lena, Occasion::sync));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 60s);
  const auto heads = must(lena.mail().heads(world.group));
  for (const auto& head : heads) EXPECT_LT(head.seq, 1000U) << "the log ends where its events end";
  world.settle();
  EXPECT_EQ(must(Items(lena).received(world.group)).size(), 3U) << "and what was lost comes again";
}

TEST(ForeignMail, AnOldCopyOfMailDoesNotBringARemovedMemberBack) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  const std::string before = read_file(world["Ana"].folder / "mail.db");
  must(Groups(world["Lena"]).remove_member(world.group, world.member("Ben")));
  world.meet("Lena", "Ana");
  world.tick("Ana");
  EXPECT_EQ(must(Groups(world["Ana"]).person(world.group, "ben")).status, group::Status::removed);
  write_file(world["Ana"].folder / "mail.db", before);
  world["Ana"].reopen();
  must(tick(world["Ana"], Occasion::start));
  EXPECT_EQ(must(Groups(world["Ana"]).person(world.group, "ben")).status, group::Status::removed);
  world.share("Ana", world.draft("Not for Ben.", To::group));
  EXPECT_EQ(sealed_to(world["Ana"]).size(), 2U);
}

TEST(ForeignMail, ForgedFeedbackIsDroppedBeforeAnybodySeesIt) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  // Ben's program lies: it makes an answer to a request that was never made, with all keys in order.
  auto& ben = world["Ben"];
  auto* book = must(ben.node().book(world.group));
  for (const bool named_request : {true, false}) {
    Body body;
    body.type = BodyType::feedback;
    body.item = ben.random.draw<ItemId>();
    body.audience = {world.member("Ana"), world.member("Ben")};
    std::ranges::sort(body.audience);
    const auto state = book->state();
    body.agreement = state->agreement->text;
    body.text = "Nobody asked me.";
    body.refs = {{world.member("Ana"), named_request ? ben.random.draw<ItemId>() : ItemId::zero()}};
    auto transaction = must(db::Transaction::begin(ben.journal()));
    auto pen = must(Pen::take(ben, world.group));
    const crypto::EnvelopeAuthor author{world.group, pen.keys().device, pen.keys().dh_pk, pen.keys().dh};
    std::vector<crypto::EnvelopeReader> readers;
    for (const auto& [id, device] : state->devices) readers.push_back({id, device.prekey.pk, true});
    auto draft = must(
        crypto::EnvelopeDraft::begin(author, pen.next_seq(), encode(body, 3), readers.size(), ben.random));
    const auto event = must(pen.write_envelope(draft.item_pk(), draft.payload_size()));
    const auto payload = std::move(draft).finish(event.id(), author, readers, ben.random);
    must(pen.keep(event, {LedgerKind::share, "forged"}, payload));
    must(transaction.commit());
    must(Publisher(ben).flush());
  }
  world.carry(ben, world["Ana"]);
  const auto report = world.tick("Ana");
  EXPECT_EQ(report.intake.dropped, 2U);
  EXPECT_TRUE(must(Feedback(world["Ana"]).answers(world.group)).empty());
  EXPECT_TRUE(must(Items(world["Ana"]).received(world.group)).empty());
  auto kept = must(world["Ana"].journal().prepare("SELECT count(*) FROM share_item"));
  ASSERT_TRUE(must(kept.step()));
  EXPECT_EQ(kept.integer(0), 0);
  // The same from Ben is no secret of his own audit: a consent was never given.
  EXPECT_FALSE(must(audit(ben, world.group)).alarms.empty());
}

EventId newest_item(TestNode& node) {
  auto select = must(node.journal().prepare("SELECT event FROM share_item ORDER BY number DESC LIMIT 1"));
  KITH_ASSERT(must(select.step()));
  return *EventId::parse(select.blob(0));
}

// The next event of this node's log: a tombstone that kith did not make, signed with `signer`.
mail::Event next_tombstone(World& world, TestNode& node, const EventId& target,
                           const crypto::SignSeed& signer) {
  const auto head = *must(node.node().keyring().own_head(world.group));
  const auto keys = *must(node.node().keyring().device(world.group));
  Bytes body = mail::encode(mail::Tomb{{target}, 0});
  const mail::Header header{.kind = mail::Kind::tomb,
                            .retention = 0,
                            .group = world.group,
                            .device = keys.device,
                            .seq = head.seq + 1,
                            .prev = head.link,
                            .day = head.day,
                            .length = static_cast<std::uint32_t>(body.size()),
                            .bind = mail::body_bind(body),
                            .ctl_digest = Digest::zero(),
                            .lamport = head.lamport + 1};
  return mail::Event::sign(header, std::move(body), signer);
}

// A tombstone in Ana's name for what she shared last, put into Lena's mail.db as one who can write that file
// would put it: at the end of Ana's log, noted as checked. Only the signature can be right or not.
void plant_tombstone(World& world, const crypto::SignSeed& signer) {
  auto& ana = world["Ana"];
  auto& lena = world["Lena"];
  const auto planted = next_tombstone(world, ana, newest_item(lena), signer);
  auto& database = lena.mail().database();
  auto event =
      must(database.prepare("INSERT INTO event(log, grp, seq, control, gone, id, wire) SELECT log, grp, ?2, "
                            "0, 0, ?3, ?4 FROM head WHERE device_id = ?1"));
  event.bind(1, planted.header().device.view()).bind(2, static_cast<std::int64_t>(planted.header().seq));
  event.bind(3, planted.id().view()).bind(4, planted.wire());
  must(event.run());
  auto end =
      must(database.prepare("UPDATE head SET seq = ?2, link = ?3, checked = ?2 + 1 WHERE device_id = ?1"));
  end.bind(1, planted.header().device.view())
      .bind(2, static_cast<std::int64_t>(planted.header().seq))
      .bind(3, planted.link().view());
  must(end.run());
}

// What Lena can read of it afterwards.
std::string kept_after_planting(bool with_own_key) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Ana", world.draft("She keeps it until Ana asks.", To::group));
  world.carry(world["Ana"], world["Lena"]);
  world.tick("Lena");
  const auto hers = must(world["Ana"].node().keyring().device(world.group))->sign.clone();
  const auto other = world["Lena"].random.draw<EventId>();  // any 32 bytes are a key
  plant_tombstone(world, with_own_key ? hers.clone() : must(crypto::SignSeed::copy_of(other.view())));
  world.tick("Lena");
  return must(Items(world["Lena"]).received(world.group)).at(0).text;
}

TEST(ForeignMail, WhatIsNotedAsCheckedIsCheckedAgain) {
  EXPECT_EQ(kept_after_planting(false), "She keeps it until Ana asks.");
  EXPECT_EQ(kept_after_planting(true), "");  // the planting itself works: with Ana's key it is her word
}

// Ben's program signs a tombstone for Ana's words, with all keys in order. Once it comes after them, once
// before.
TEST(ForeignMail, ATombstoneOfAnotherMemberErasesNothing) {
  for (const bool before : {false, true}) {
    World world({"Lena", "Ana", "Ben"});
    world.everybody();
    world.share("Ana", world.draft("Not Ben's to erase.", To::group));
    auto &ana = world["Ana"], &ben = world["Ben"], &lena = world["Lena"];
    const auto target = must(ana.mail().event_at(world.group, must(ana.node().book(world.group))->device,
                                                 must(ana.node().keyring().own_head(world.group))->seq));
    ASSERT_TRUE(target && target->header().kind == mail::Kind::env);
    world.carry(ana, ben);
    if (!before) world.carry(ana, lena);
    world.tick("Lena");
    auto transaction = must(db::Transaction::begin(ben.journal()));
    auto pen = must(Pen::take(ben, world.group));
    const auto forged = must(pen.write(mail::Kind::tomb, mail::encode(mail::Tomb{{target->id()}, 0})));
    must(pen.keep(forged, {LedgerKind::machine, "forged"}));
    must(transaction.commit());
    must(Publisher(ben).flush());
    must(lena.mail().append(world.group, std::span(&forged, 1), *must(lena.node().book(world.group))->roster,
                            lena.node().today()));
    world.tick("Lena");
    world.settle();
    const auto items = must(Items(lena).received(world.group));
    ASSERT_EQ(items.size(), 1U) << before;
    EXPECT_EQ(items[0].text, "Not Ben's to erase.") << before;
    EXPECT_FALSE(must(lena.mail().payloads(target->id())).empty()) << before;
  }
}

TEST(ForeignMail, AnEventNobodyPermittedRaisesTheAlarm) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Ana", world.draft("Permitted.", To::group));
  auto& ana = world["Ana"];
  const auto clean = must(audit(ana, world.group));
  EXPECT_TRUE(clean.alarms.empty());
  EXPECT_EQ(clean.missing, 0U);
  EXPECT_TRUE(std::ranges::any_of(clean.lines, [](const auto& line) {
    return line.kind == AuditKind::share && line.what == BodyType::item && line.audience.size() == 2;
  }));
  const auto sign = must(ana.node().keyring().device(world.group))->sign.clone();
  const auto planted = next_tombstone(world, ana, ana.random.draw<EventId>(), sign);
  must(ana.mail().append(world.group, std::span(&planted, 1), *must(ana.node().book(world.group))->roster,
                         ana.node().today()));
  const auto report = must(audit(ana, world.group));
  ASSERT_EQ(report.alarms.size(), 1U);
  EXPECT_EQ(report.alarms[0].kind, AlarmKind::unmatched_event);
  EXPECT_EQ(report.alarms[0].seq, planted.header().seq);
}

TEST(ForeignMail, AuditNoticesAConsentThatWasAltered) {
  World world({"Lena", "Ana"});
  world.everybody();
  world.share("Ana", world.draft("Permitted.", To::group));
  must(world["Ana"].journal().execute("UPDATE share_consent SET audience = x'' WHERE type = 1"));
  const auto report = must(audit(world["Ana"], world.group));
  ASSERT_EQ(report.alarms.size(), 1U);
  EXPECT_EQ(report.alarms[0].kind, AlarmKind::consent_altered);
}

TEST(Crash, WhatWasSignedButNotHandedOverGoesAtTheNextStartAndOnce) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& ana = world["Ana"];
  const std::string mail_before = read_file(ana.folder / "mail.db");
  world.share("Ana", world.draft("Durable before it leaves.", To::group));
  const auto head = must(ana.node().keyring().own_head(world.group));
  // As if the process had died between the commit to journal.db and the append to mail.db: the queue is full
  // again and mail.db has nothing.
  write_file(ana.folder / "mail-after.db", read_file(ana.folder / "mail.db"));
  std::vector<std::pair<Bytes, Bytes>> queued;
  for (const auto& stored : must(ana.mail().arrivals(world.group, 0, 1000))) {
    if (stored.event.header().device != must(ana.node().book(world.group))->device) continue;
    const auto payloads = must(ana.mail().payloads(stored.event.id()));
    queued.emplace_back(to_bytes(stored.event.wire()), payloads.empty() ? Bytes{} : payloads.front());
  }
  write_file(ana.folder / "mail.db", mail_before);
  ana.reopen();
  for (const auto& [wire, payload] : queued) {
    auto put =
        must(ana.journal().prepare("INSERT INTO share_queue(grp, event, payload) VALUES (?1, ?2, ?3)"));
    put.bind(1, world.group.view()).bind(2, ByteView(wire));
    payload.empty() ? put.bind_null(3) : put.bind(3, ByteView(payload));
    must(put.run());
  }
  must(tick(ana, Occasion::start));
  EXPECT_EQ(must(ana.node().keyring().own_head(world.group))->seq, head->seq) << "nothing was signed twice";
  world.settle();
  const auto items = must(Items(world["Lena"]).received(world.group));
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].text, "Durable before it leaves.");
  EXPECT_TRUE(must(audit(ana, world.group)).alarms.empty());
}

TEST(Crash, AJoinerWhoEndsAfterTheAdmissionComesInWithTheSameKeys) {
  World world({"Lena", "Ana", "Ben"});
  world.found();
  auto &lena = world["Lena"], &ana = world["Ana"];
  const auto invited =
      must(Joining(lena).invite(world.group, {"Welcome", "for us"}, lena.node().today() + 7, {}));
  auto opened = must(group::parse_invitation(invited.file_with_key));
  const auto talk = [&](group::DoorInviter& door, JoinAttempt& attempt) {
    std::optional<Bytes> frame = attempt.door().first_frame();
    while (frame) {
      const auto answer = must(door.receive(*frame));
      if (!answer) break;
      frame = must(attempt.door().receive(*answer));
    }
    attempt.door().confirm();
    return Joining(lena).admit(world.group, invited.invite, door);
  };
  {
    auto door = must(Joining(lena).open_door(world.group, invited.invite));
    auto attempt = must(Joining(ana).begin_join(
        opened.invitation, group::token_of(opened, *opened.secret).value(), {"Ana", "they"}, {}));
    EXPECT_GT(attempt->recovery_words().size(), 0U);
    EXPECT_TRUE(ok(talk(door, *attempt)));
  }
  ana.reopen();  // everything in memory is gone
  must(tick(lena, Occasion::timer));
  EXPECT_TRUE(must(Joining(lena).invites(world.group)).back().awaited);
  {  // somebody else with the code is told no, whatever their words
    auto door = must(Joining(lena).open_door(world.group, invited.invite));
    auto attempt = must(Joining(world["Ben"])
                            .begin_join(opened.invitation, group::token_of(opened, *opened.secret).value(),
                                        {"Ben", "he"}, {}));
    EXPECT_EQ(talk(door, *attempt).error().code, Errc::refused);
  }
  auto door = must(Joining(lena).open_door(world.group, invited.invite));
  auto attempt = must(Joining(ana).begin_join(
      opened.invitation, group::token_of(opened, *opened.secret).value(), {"Ana", "they"}, {}));
  EXPECT_EQ(attempt->recovery_words().size(), 0U);
  for (const auto& part : must(talk(door, *attempt))) must(attempt->door().receive(part));
  EXPECT_EQ(must(Joining(ana).joined(std::move(attempt))), world.group);
  world.sign("Ana");
  world.carry(ana, lena);
  world.tick("Lena");
  const auto people = must(Groups(lena).members(world.group));
  EXPECT_EQ(people.size(), 2U);
  EXPECT_TRUE(must(Joining(lena).invites(world.group)).empty()) << "the secret has done its work";
  EXPECT_FALSE(ok(Joining(lena).open_door(world.group, invited.invite)));
  auto left = must(ana.journal().prepare("SELECT count(*) FROM share_joining"));
  must(left.step());
  EXPECT_EQ(left.integer(0), 0);
}

// Of journal.db and mail.db neither may know of a group without the other: no courier would ever get there.
TEST(Crash, AJoinerWhoIsStoppedBetweenTheTwoDatabasesJoinsAgain) {
  World world({"Lena", "Ana"});
  world.found();
  auto &lena = world["Lena"], &ana = world["Ana"];
  const auto invited =
      must(Joining(lena).invite(world.group, {"Welcome", "for us"}, lena.node().today() + 7, {}));
  auto opened = must(group::parse_invitation(invited.file_with_key));
  const auto join = [&] {
    auto door = must(Joining(lena).open_door(world.group, invited.invite));
    auto attempt = must(Joining(ana).begin_join(
        opened.invitation, group::token_of(opened, *opened.secret).value(), {"Ana", "they"}, {}));
    std::optional<Bytes> frame = attempt->door().first_frame();
    while (frame) {
      const auto answer = must(door.receive(*frame));
      if (!answer) break;
      frame = must(attempt->door().receive(*answer));
    }
    attempt->door().confirm();
    for (const auto& part : must(Joining(lena).admit(world.group, invited.invite, door)))
      must(attempt->door().receive(part));
    return Joining(ana).joined(std::move(attempt));
  };
  const auto heard_of_lena = [&] {
    return must(ana.mail().head(world.group, must(lena.node().book(world.group))->device)).has_value();
  };
  const std::string mail_before = read_file(ana.folder / "mail.db");
  must(ana.mail().database().execute("DROP TABLE event"));  // as a disk that fails
  EXPECT_FALSE(ok(join()));
  ana.close();
  write_file(ana.folder / "mail.db", mail_before);
  ana.reopen();
  EXPECT_TRUE(must(ana.node().groups()).empty());
  ana.snapshot("before.db");
  must(ana.journal().execute("DROP TABLE share_control"));
  EXPECT_FALSE(ok(join()));
  ana.restore_journal("before.db");
  EXPECT_TRUE(heard_of_lena());
  must(tick(ana, Occasion::start));
  EXPECT_EQ(must(join()), world.group);
  ana.reopen();
  EXPECT_TRUE(heard_of_lena());
  world.sign("Ana");
  world.settle();
  EXPECT_EQ(must(Groups(lena).show(world.group)).members, 2U);
  EXPECT_EQ(must(Groups(lena).person(world.group, "ana")).name, "Ana");
}

TEST(Joining, AClockThatIsYearsBehindKeepsNobodyOut) {
  World world({"Lena", "Ana"});
  world.found();
  const WallTime now = world.clock.now();
  must(Groups(world["Lena"]).show(world.group));
  world.join("Ana", now - std::chrono::hours(24 * 3652));
  world.sign("Ana");
  world.settle();
  EXPECT_EQ(must(Groups(world["Lena"]).show(world.group)).members, 2U);
  EXPECT_TRUE(must(Groups(world["Lena"]).person(world.group, "ana")).agreed);
}

TEST(Rollback, ARestoredJournalRetiresItsDeviceBeforeItSignsAgain) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& ana = world["Ana"];
  ana.snapshot("copy.db");
  world.share("Ana", world.draft("Signed after the copy.", To::group));
  const auto seq = must(ana.node().keyring().own_head(world.group))->seq;
  ana.restore_journal("copy.db");
  EXPECT_LT(must(ana.node().keyring().own_head(world.group))->seq, seq);
  ConsentGate gate(ana);
  const auto draft = world.draft("On a seq that is taken.", To::group);
  const auto confirmed = gate.confirm(world.group, draft, must(gate.preview(world.group, draft)).digest);
  EXPECT_TRUE(ok(confirmed));
  world.clock.advance(700s);
  const auto report = must(tick(ana, Occasion::start));
  EXPECT_TRUE(report.retired);
  EXPECT_EQ(report.released, 0U);
  EXPECT_TRUE(must(Groups(ana).show(world.group)).device_retired);
  world.settle();
  EXPECT_EQ(must(Items(world["Lena"]).received(world.group)).size(), 1U);
  EXPECT_EQ(must(world["Lena"].mail().head(world.group, must(ana.node().book(world.group))->device))->seq,
            seq);
  EXPECT_EQ(must(Groups(world["Lena"]).person(world.group, "ana")).status, group::Status::active);
}

TEST(Rollback, WithBothFilesRestoredAPeerTells) {
  World world({"Lena", "Ana"});
  world.everybody();
  auto& ana = world["Ana"];
  ana.snapshot("copy.db");
  const std::string mail_before = read_file(ana.folder / "mail.db");
  world.share("Ana", world.draft("Known to Lena.", To::group));
  world.carry(ana, world["Lena"]);
  write_file(ana.folder / "mail.db", mail_before);
  ana.restore_journal("copy.db");
  EXPECT_FALSE(must(tick(ana, Occasion::timer)).retired);
  world.carry(world["Lena"], ana);
  EXPECT_TRUE(must(tick(ana, Occasion::timer)).retired);
}

TEST(Rollback, TwoCopiesOfOneNodeAreProvedToAllAndHeld) {
  World world({"Lena", "Ana", "Ben"});
  world.everybody();
  auto &ana = world["Ana"], &lena = world["Lena"], &ben = world["Ben"];
  const DeviceId device = must(ana.node().book(world.group))->device;
  ana.snapshot("copy.db");
  const std::string mail_before = read_file(ana.folder / "mail.db");
  world.share("Ana", world.draft("From the one.", To::group));
  world.carry(ana, lena);
  write_file(ana.folder / "mail.db", mail_before);
  ana.restore_journal("copy.db");  // wakes somewhere else, and meets Ben first
  world.share("Ana", world.draft("From the other.", To::group));
  world.carry(ana, ben);
  world.tick("Lena");
  world.tick("Ben");
  const auto state_of = [&](TestNode& node) { return must(node.node().book(world.group))->state(); };
  const auto before = state_of(lena);
  EXPECT_FALSE(before->device(device)->forked);

  world.carry(ben, lena);
  world.tick("Lena");
  const auto at_lena = state_of(lena);
  EXPECT_TRUE(at_lena->device(device)->forked);
  EXPECT_FALSE(before->device(device)->forked) << "a state that is held stays what it was";
  world.carry(lena, ben);
  world.tick("Ben");
  const auto at_ben = state_of(ben);
  EXPECT_TRUE(at_ben->device(device)->forked);
  EXPECT_EQ(at_ben->device(device)->forked_at, at_lena->device(device)->forked_at);
  EXPECT_FALSE(at_ben->split);
  for (TestNode* node : {&lena, &ben}) {
    const auto person = must(Groups(*node).person(world.group, "ana"));
    EXPECT_EQ(person.status, group::Status::active);
    EXPECT_TRUE(person.copied);
    EXPECT_TRUE(must(audit(*node, world.group)).alarms.empty());
  }
  const auto acts = must(lena.mail().head(world.group, must(lena.node().book(world.group))->device))->seq;
  world.tick("Lena", Occasion::timer);  // the proof is carried once
  EXPECT_EQ(must(lena.mail().head(world.group, must(lena.node().book(world.group))->device))->seq, acts);

  for (int i = 0; i < 2; ++i) {  // nothing can be sealed to her, so nothing is sealed again and again
    world.clock.advance(1h);
    world.tick("Lena");
  }
  const auto said = lena.node().publications();
  world.clock.advance(1h);
  world.tick("Lena");
  EXPECT_EQ(lena.node().publications(), said);

  world.carry(lena, ana);
  EXPECT_TRUE(must(tick(ana, Occasion::timer)).retired);
  EXPECT_TRUE(must(Groups(ana).show(world.group)).device_retired);
}

}  // namespace
}  // namespace kith::test
