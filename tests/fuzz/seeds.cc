// fuzz_seeds FOLDER: writes the first inputs of each target, from the encoders that kith itself uses.
#include <filesystem>
#include <fstream>

#include "cli/agent_messages.h"
#include "core/group/agreement.h"
#include "core/group/door.h"
#include "core/group/invitation.h"
#include "core/keyring/head_bytes.h"
#include "core/mail/frame.h"
#include "core/sharing/body.h"
#include "crypto/key_file.h"
#include "proto/local.pb.h"
#include "tests/group/kit.h"
#include "tests/support/toy_group.h"

namespace kith {
namespace {

std::filesystem::path g_folder;

void put(const char* target, const std::string& name, ByteView bytes) {
  const auto folder = g_folder / target;
  std::filesystem::create_directories(folder);
  std::ofstream out(folder / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}
void put(const char* target, const std::string& name, std::string_view text) {
  put(target, name, as_bytes(text));
}

// A piece as fuzz::Input::piece() takes it.
void add_piece(Bytes& to, ByteView piece) {
  to.push_back(static_cast<std::uint8_t>(piece.size()));
  to.push_back(static_cast<std::uint8_t>(piece.size() >> 8));
  append(to, piece);
}

void mail_seeds() {
  test::Author ana(1), liar(2);
  const auto control = ana.control("hello");
  const auto envelope = ana.envelope();
  const auto tomb = ana.tomb({envelope.id()});
  put("event", "ctl", control.wire());
  put("event", "env", envelope.wire());
  put("event", "tomb", tomb.wire());
  put("event", "dev", ana.device_record().wire());

  namespace f = mail::frame;
  const Bytes wire = to_bytes(control.wire());
  const Digest digest = crypto::H("test.seed", {});
  const std::vector<std::pair<const char*, mail::Frame>> frames = {
      {"hello", f::Hello{1, Bytes{1}, liar.id, liar.link}},
      {"frontier", f::Frontier{{{liar.id, 3, Link::zero()}, {ana.id, 0, std::nullopt}}, true}},
      {"events", f::Events{{std::string(as_text(wire))}}},
      {"offer", f::Offer{{{envelope.id(), digest, 4992}}}},
      {"want", f::Want{{{envelope.id(), digest, {digest}}}, 2}},
      {"payloads", f::Payloads{{{envelope.id(), "short"}}, 1}},
      {"fork", f::ForkProof{to_bytes(control.signed_bytes()), to_bytes(envelope.signed_bytes())}},
      {"busy", f::Busy{30}},
      {"done", f::Done{}},
      {"credit", f::Credit{65536}}};
  Bytes all = {0};
  for (const auto& [name, frame] : frames) {
    const Bytes bytes = mail::encode_frame(frame);
    put("frame", name, bytes);
    if (frame.index() > 0 && frame.index() != 6) add_piece(all, bytes);
  }
  put("exchange", "all", all);
  Bytes real = {0};
  const auto own = liar.control("mine");
  const auto second = liar.envelope();
  add_piece(real, mail::encode_frame(f::Frontier{{{liar.id, 1, second.link()}}, false}));
  add_piece(real, mail::encode_frame(
                      f::Events{{std::string(as_text(own.wire())), std::string(as_text(second.wire()))}}));
  add_piece(real, mail::encode_frame(
                      f::Payloads{{{second.id(), std::string(as_text(liar.payload(second.id())))}}, 0}));
  add_piece(real, mail::encode_frame(f::Done{}));
  put("exchange", "real", real);

  Bytes good = {0};
  append(good, ana.payload(envelope.id()));
  put("envelope", "carried", good);
  put("envelope", "whole", Bytes{1});
  put("envelope", "slot", Bytes{1, 0, 80, 9});
  put("envelope", "signature", Bytes{1, 19, 100, 0, 0, 1, 1});
}

void group_seeds() {
  group::test::World w(7);
  auto leader = w.device(), member = w.device();
  w.found({&leader}, group::Mode::led);
  w.agree(leader, {&leader});
  w.join(leader, member);
  w.act(leader, group::Promote{member.member, group::Role::co_leader});
  w.act(leader, group::Remove{member.member, {group::test::World::cut_at(w.events.back())}});
  for (std::size_t i = 0; i < w.events.size(); ++i)
    put("event", "act" + std::to_string(i), w.events[i].wire());
  put("event", "join", group::encode(w.body_of(member, {}, true)));

  group::Token token{w.group,
                     leader.id,
                     crypto::InviteSecret(w.random),
                     group::test::kToday,
                     {*mail::parse_address("192.0.2.7:4000")}};
  group::Agreement agreement = group::starting_agreement(group::Mode::led);
  for (auto& section : agreement.sections) section.text = "We said so.";
  const group::Invitation invitation{"Tuesdays", "Welcome", "for us", group::encode(agreement)};
  put("invitation", "file", group::encode(invitation, token, group::Code::inside));
  put("invitation", "print", group::encode(invitation, token, group::Code::apart));
  put("invitation", "code", group::invite_code(token.secret));
  put("invitation", "agreement", group::encode(agreement));
  put("invitation", "address4", "192.0.2.7:4000");
  put("invitation", "address6", "[2001:db8::1]:4000");
  put("invitation", "onion", std::string(56, 'a') + ".onion:4000");

  const auto keys = group::invite_keys(token.secret);
  const auto invite = w.act(
      leader, group::Invite{*InvitePk::parse(keys.sign.pk.view()), group::test::kToday, group::Role::member});
  group::DoorInviter inviter(w.group, invite.id(), token.secret, to_bytes(w.events.front().wire()),
                             group::encode(w.body_of(leader, {}, true)), w.random);
  auto newcomer = w.device();
  group::DoorJoiner joiner(token, w.body_of(newcomer, {}, true), newcomer.sign.seed, w.random);
  const Bytes first = joiner.first_frame();
  const Bytes answer = inviter.receive(first)->value();
  const Bytes reveal = joiner.receive(answer)->value();
  for (const unsigned how : {0U, 1U, 2U, 3U, 128U, 129U}) {
    Bytes bytes = {static_cast<std::uint8_t>(how)};
    for (const Bytes* frame : {&first, &answer, &reveal}) add_piece(bytes, *frame);
    put("door", "frames" + std::to_string(how), bytes);
  }
  put("fork", "proof", Bytes{2});
  put("fork", "same", Bytes{1});
  put("fork", "changed", Bytes{3, 0, 0, 70, 9, 1, 0, 230, 1});
  put("fork", "noise", Bytes(513, 4));
  for (std::uint8_t i = 0; i < 24; i = static_cast<std::uint8_t>(i + 5))
    put("membership", "graph" + std::to_string(i), Bytes{i, 1, 0, 9, 0, 4, 2, 0, 7, 0, 0, 11, i});
}

void own_seeds() {
  sharing::Body body;
  body.item = *ItemId::parse(std::string(16, 'i'));
  body.audience = {crypto::H_as<MemberId>("test.member", {})};
  body.text = "I went quiet again. \xE2\x80\x9CStay.\xE2\x80\x9D";
  body.kind = "reflection";
  body.responses = sharing::Responses::resonance;
  put("body", "item", sharing::encode(body, 1));
  body.type = sharing::BodyType::request;
  body.ask = sharing::Ask{sharing::AskKind::support, Day{20'001}, true};
  body.refs = {{body.audience.front(), body.item}};
  body.tender = true;
  body.content_note = "about loss";
  put("body", "request", sharing::encode(body, 3));
  sharing::Body profile;
  profile.type = sharing::BodyType::profile;
  profile.item = body.item;
  profile.audience = body.audience;
  profile.profile_name = "Ana";
  profile.profile_pronouns = "she";
  put("body", "profile", sharing::encode(profile, 1));

  test::SeededRandom random(4);
  const crypto::DatabaseKeys keys{crypto::JournalKey(random), crypto::MailKey(random)};
  put("key_file", "floor", *crypto::make_key_file(keys, as_bytes("tea"), crypto::kArgon2Floor, random));
  Bytes huge = *crypto::make_key_file(keys, as_bytes("tea"), crypto::kArgon2Floor, random);
  huge[11] = 0xFF;
  put("key_file", "memory", huge);
  huge[11] = 0;
  huge[12] = 200;
  put("key_file", "passes", huge);

  cli::AgentAsk ask{cli::AgentAsk::Kind::status};
  put("local", "status", cli::encode(ask).reveal());
  cli::AgentAsk unlock{cli::AgentAsk::Kind::unlock,
                       crypto::DatabaseKeys{crypto::JournalKey(random), crypto::MailKey(random)},
                       std::chrono::seconds(600)};
  put("local", "unlock", cli::encode(unlock).reveal());
  cli::AgentAnswer answer{cli::AgentAnswer::Code::ok,
                          crypto::DatabaseKeys{crypto::JournalKey(random), crypto::MailKey(random)}};
  put("local", "keys", cli::encode(answer).reveal());
  put("heads", "none", keyring::encode(keyring::Heads{3, {}}));
  put("heads", "two", keyring::encode(keyring::Heads{70'000, {{"sharing", Bytes(40, 7)}, {"journal", {}}}}));
}

void courier_seeds() {
  const auto reply = [](const char* name, const auto& fill) {
    proto::CourierReply message;
    fill(message);
    put("courier", name, message.SerializeAsString());
  };
  const auto place = [](proto::Address& address) {
    address.set_ip(std::string("\xC0\x00\x02\x07", 4));
    address.set_port(4000);
  };
  reply("ok", [](auto& to) { to.mutable_ok(); });
  reply("arrived", [](auto& to) { to.mutable_arrived(); });
  reply("sync_done", [](auto& to) { to.mutable_sync_done()->set_known(3); });
  reply("failure", [](auto& to) { to.mutable_failure()->set_code(7); });
  reply("opened", [&](auto& to) { place(*to.mutable_door_opened()->mutable_address()); });
  reply("frame", [](auto& to) {
    to.mutable_door_frame()->set_frame("a frame");
    to.mutable_door_frame()->set_attempt(2);
  });
  reply("status", [&](auto& to) {
    to.mutable_status()->set_connected(2);
    for (int i = 0; i < 2; ++i) {
      auto& port = *to.mutable_status()->add_ports();
      port.set_group_id(test::kToyGroup.str());
      place(*port.mutable_address());
    }
    to.mutable_status()->add_rejected()->set_count(5);
    to.mutable_status()->add_at_rest(test::kToyGroup.str());
  });
  proto::CourierRequest dial;
  dial.mutable_door_dial()->set_secret(std::string(16, 's'));
  place(*dial.mutable_door_dial()->add_addresses());
  put("courier", "dial", dial.SerializeAsString());
  proto::CourierRequest key;
  key.mutable_key()->set_mail_key(std::string(32, 'k'));
  place(*key.mutable_key()->mutable_listen());
  put("courier", "key", key.SerializeAsString());
}

// As they come over the socket; the first byte is fuzz_head's own.
void head_seeds() {
  const std::string host = "Host: 127.0.0.1:4711\r\n";
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, std::string>>{
           {"page", "GET / HTTP/1.1\r\n" + host + "Sec-Fetch-Site: none\r\n\r\n"},
           {"call", "POST /api HTTP/1.1\r\n" + host + "Content-Length: 2\r\nX-Kith-Tab:\t0\r\n\r\n{}"},
           {"chunks", "POST /text HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           {"both", "POST /api HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"},
           {"twice", "POST /api HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 3\r\n\r\n"},
           {"bare", "GET / HTTP/1.1\r\n\r\n"},
           {"folded", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"},
           {"lines", "GET / HTTP/1.1\nHost: a\n\n"},
           {"older", "GET / HTTP/1.0\r\n\r\n"},
           {"absolute", "GET http://127.0.0.1/ HTTP/1.1\r\n\r\n"},
           {"expect", "POST / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n"}})
    put("head", name, std::string(1, '\0') + text);
}

void text_seeds() {
  const std::string host =
      "Host: 127.0.0.1:4711\nOrigin: http://127.0.0.1:4711\nSec-Fetch-Site: same-origin\n";
  put("http", "page",
      "GET\n/\nHost: 127.0.0.1:4711\nSec-Fetch-Site: none\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: "
      "document\n");
  put("http", "asset", "GET\n/page.js\n" + host);
  put("http", "call",
      "POST\n/api\n" + host +
          "Content-Type: application/json\nContent-Length: 17\nX-Kith-Tab: 0123456789abcdef\n");
  put("http", "session", "POST\n/session\n" + host + "Content-Type: application/json\nContent-Length: 60\n");
  put("http", "smuggled", "POST\n/api\n" + host + "Content-Length: 5\nTransfer-Encoding: chunked\n");
  put("http", "elsewhere", "GET\n/\nHost: attacker.example\n");
  put("fields", "call",
      R"({"call":"write","text":"a \u00e9 \"b\"","n":-2,"a":["x","y"],"items":[{"to":"ana","n":1}],"to":true})");
  put("fields", "deep", R"({"a":{"a":{"a":[[[]]]}}})");
  put("fields", "numbers", R"({"n":9223372036854775807,"a":[1e5],"text":"\ud83d\ude00"})");
  put("fields", "twice", R"({"n":1,"n":2})");
  put("import", "dated", "2026-05-01 walk.md\n# 2026-05-02\nSlept well. #tea ~calm:6 @ben\n");
  put("import", "bom", "a.txt\n\xEF\xBB\xBFwords");
  put("import", "latin",
      "a.txt\nGr\xFC\xDF"
      "e");
  put("import", "question", "#work NOT ~calm (tea OR @ana) \"went quiet\" qui*");
  put("text", "escapes",
      "\x1B]0;title\x07\x1B[31mred\x1B[0m \xC2\x9B"
      "2J \xE2\x80\xAEright\xE2\x80\xAC");
  put("text", "marks",
      "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81 "
      "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7");
  put("text", "lines", "one\r\ntwo\n\nthree\tfour\x00five");
  put("text", "broken", "\xFF\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80 \xE2\x81\xA6isolate");
  put("text", "hebrew", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D 12 abc \xE2\x81\xA9\xE2\x81\xA8");

  test::SeededRandom random(9);
  for (int i = 0; i < 6; ++i) {
    Bytes bytes(40);
    random.fill(bytes);
    put("two_exchanges", "line" + std::to_string(i), bytes);
    put("log", "order" + std::to_string(i), bytes);
  }
  // Another branch, first in its acts, then with bad signatures before good ones; it comes first; and an act
  // that waits beside its log until what is before it comes. (The numbers are of fuzz_log's pool.)
  put("log", "branches",
      Bytes{56, 0, 3, 19, 3, 22, 3, 21, 3, 28, 3, 27, 3, 16, 3, 30, 3, 29, 5, 25, 6, 7, 56, 19});
  put("log", "twin_first", Bytes{16, 0, 56, 19, 4, 25, 56, 6, 3, 15, 3, 14, 3, 16, 7, 24, 31});
  put("log", "moved", Bytes{24, 0, 3, 19, 3, 14, 3, 16, 56, 8, 56, 21});
  Bytes polite;  // each speaks and hears in turn
  for (int i = 0; i < 30; ++i) append(polite, Bytes{0, 7, 1, 6, 14, 15});
  put("two_exchanges", "polite", polite);
}

}  // namespace
}  // namespace kith

int main(int count, char** arguments) {
  if (count != 2) return 2;
  kith::crypto::start();
  kith::g_folder = arguments[1];
  kith::mail_seeds();
  kith::group_seeds();
  kith::own_seeds();
  kith::courier_seeds();
  kith::head_seeds();
  kith::text_seeds();
  return 0;
}
