// The page's parts without a process: doors, bodies, bearers, owners of sockets, words.
#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "cli/commands/all.h"
#include "cli/page/assets.h"
#include "cli/page/calls.h"
#include "cli/page/doors.h"
#include "cli/page/fields.h"
#include "cli/page/owner.h"
#include "cli/page/porch.h"
#include "cli/page/tabs.h"
#include "cli/page/words.h"
#include "tests/support/seeded_random.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

using test::SeededRandom;

constexpr const char* kBearer = "the tab";

Doors doors() {
  return {"127.0.0.1:4711", [](std::string_view name) { return name == "app.js" || name == "index.html"; },
          [](std::string_view bearer) { return bearer == kBearer; }};
}

Head call() {
  return {"POST",
          "/api",
          {{"Host", "127.0.0.1:4711"},
           {"Origin", "http://127.0.0.1:4711"},
           {"Sec-Fetch-Site", "same-origin"},
           {"Content-Type", "application/json"},
           {"Content-Length", "20"},
           {"X-Kith-Tab", kBearer}},
          200};
}

unsigned status_of(const Head& head) {
  const auto passed = judge(head, doors());
  return passed ? 200 : passed.error();
}

Head changed(const std::string& name, const std::string& value) {
  Head head = call();
  for (auto& header : head.headers)
    if (header.first == name) header.second = value;
  return head;
}
Head lacking(const std::string& name) {
  Head head = call();
  std::erase_if(head.headers, [&](const auto& header) { return header.first == name; });
  return head;
}
Head twice(const std::string& name) {
  Head head = call();
  for (const auto& header : std::vector(head.headers))
    if (header.first == name) head.headers.push_back(header);
  return head;
}

TEST(Doors, LetAProperCallIn) {
  const auto passed = judge(call(), doors());
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->route, Route::api);
  EXPECT_EQ(passed->body, 20U);
}

struct Wrong {
  const char* header;
  const char* value;
  unsigned status;
};
class WrongHeader : public testing::TestWithParam<Wrong> {};
TEST_P(WrongHeader, IsTurnedAway) {
  EXPECT_EQ(status_of(changed(GetParam().header, GetParam().value)), GetParam().status);
}
INSTANTIATE_TEST_SUITE_P(
    Table, WrongHeader,
    testing::Values(
        Wrong{"Host", "attacker.example", 403}, Wrong{"Host", "127.0.0.1", 403},
        Wrong{"Host", "127.0.0.1:4712", 403}, Wrong{"Host", "127.0.0.1.evil:4711", 403},
        Wrong{"Host", "localhost:4711", 403}, Wrong{"Host", "127.0.0.1:4711 ", 403},
        Wrong{"Host", "127.0.0.1:04711", 403}, Wrong{"Host", "", 403}, Wrong{"Origin", "null", 403},
        Wrong{"Origin", "https://127.0.0.1:4711", 403}, Wrong{"Origin", "http://127.0.0.1:4712", 403},
        Wrong{"Origin", "http://127.0.0.1:47110", 403}, Wrong{"Origin", "http://attacker.example", 403},
        Wrong{"Sec-Fetch-Site", "cross-site", 403}, Wrong{"Sec-Fetch-Site", "same-site", 403},
        Wrong{"Sec-Fetch-Site", "none", 403}, Wrong{"Content-Type", "text/plain", 415},
        Wrong{"Content-Type", "multipart/form-data", 415},
        Wrong{"Content-Type", "application/x-www-form-urlencoded", 415},
        Wrong{"Content-Type", "application/json; charset=utf-16", 415}, Wrong{"Content-Length", "65537", 413},
        Wrong{"Content-Length", "10737418240", 413},
        Wrong{"Content-Length", "99999999999999999999999999", 413}, Wrong{"Content-Length", "-1", 411},
        Wrong{"Content-Length", "20, 20", 411}, Wrong{"Content-Length", "", 411},
        Wrong{"X-Kith-Tab", "another tab", 403}, Wrong{"X-Kith-Tab", "", 403}));

class NeededHeader : public testing::TestWithParam<const char*> {};
TEST_P(NeededHeader, MustStandThereOnce) {
  EXPECT_NE(status_of(lacking(GetParam())), 200U);
  EXPECT_NE(status_of(twice(GetParam())), 200U);
}
INSTANTIATE_TEST_SUITE_P(Table, NeededHeader,
                         testing::Values("Host", "Origin", "Sec-Fetch-Site", "Content-Type", "Content-Length",
                                         "X-Kith-Tab"));

TEST(Doors, BodiesOfTheExactLimitPassAndOneMoreDoesNot) {
  for (const auto& [target, most] : {std::pair{"/api", kMaxApiBody}, std::pair{"/text", kMaxTextBody},
                                     std::pair{"/session", kMaxSessionBody}}) {
    Head head = changed("Content-Length", std::to_string(most));
    head.target = target;
    EXPECT_EQ(status_of(head), 200U) << target;
    head = changed("Content-Length", std::to_string(most + 1));
    head.target = target;
    EXPECT_EQ(status_of(head), 413U) << target;
  }
}

TEST(Doors, TheHeadHasALimit) {
  Head head = call();
  head.header_bytes = kMaxHead;
  EXPECT_EQ(status_of(head), 200U);
  head.header_bytes = kMaxHead + 1;
  EXPECT_EQ(status_of(head), 431U);
}

TEST(Doors, NoChunks) {
  Head head = call();
  head.headers.emplace_back("transfer-encoding", "chunked");
  EXPECT_EQ(status_of(head), 411U);
}

TEST(Doors, TheHostIsLookedAtBeforeThePath) {
  Head head = changed("Host", "attacker.example");
  head.target = "/no-such-thing";
  EXPECT_EQ(status_of(head), 403U);
}

class OtherTarget : public testing::TestWithParam<const char*> {};
TEST_P(OtherTarget, IsNotThere) {
  Head head = call();
  head.method = "GET";
  head.target = GetParam();
  EXPECT_EQ(status_of(head), 404U);
}
INSTANTIATE_TEST_SUITE_P(Table, OtherTarget,
                         testing::Values("/../etc/passwd", "/%2e%2e/etc/passwd", "/app.js?x=1", "/?",
                                         "/./app.js", "//app.js", "/App.js", "/app.js/", "/app.js%00",
                                         "/%61pp.js", "http://127.0.0.1:4711/app.js", "*", "", "/api/",
                                         "/api?call=lock"));

TEST(Doors, MethodsAreThoseOfTheRoute) {
  for (const char* method : {"GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "post"}) {
    Head head = call();
    head.method = method;
    EXPECT_EQ(status_of(head), 405U) << method;
  }
  Head head = call();
  head.target = "/app.js";
  EXPECT_EQ(status_of(head), 405U);
}

TEST(Doors, TheFirstPageMayBeReachedFromAFileAndNothingElse) {
  Head head{"GET", "/", {{"Host", "127.0.0.1:4711"}}, 50};
  EXPECT_EQ(status_of(head), 403U) << "no fetch metadata";
  head.headers.emplace_back("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(status_of(head), 403U);
  head.headers.emplace_back("Sec-Fetch-Mode", "navigate");
  EXPECT_EQ(status_of(head), 403U);
  head.headers.emplace_back("Sec-Fetch-Dest", "iframe");
  EXPECT_EQ(status_of(head), 403U);
  head.headers.back().second = "document";
  EXPECT_EQ(status_of(head), 200U);
  head.target = "/app.js";
  EXPECT_EQ(status_of(head), 403U);
}

// -- fields

TEST(Head, IsTakenWholeAndWellFormed) {
  constexpr std::size_t kMost = 200;
  const std::string good = "POST /api HTTP/1.1\r\nHost: 127.0.0.1:1\r\nContent-Length:\t2 \r\n\r\n";
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(look_at_head(good.substr(0, size), kMost), HeadLook::more) << size;
  EXPECT_EQ(look_at_head(good, kMost), HeadLook::whole);
  EXPECT_EQ(look_at_head(good + "{}", kMost), HeadLook::whole);
  EXPECT_EQ(look_at_head("GET / HTTP/1.1\r\n\r\n", kMost), HeadLook::whole);
  EXPECT_EQ(look_at_head(good, good.size()), HeadLook::whole);
  EXPECT_EQ(look_at_head(good, good.size() - 1), HeadLook::wrong);
  EXPECT_EQ(look_at_head(std::string(kMost, 'x'), kMost), HeadLook::wrong);
}

TEST(Head, IsWrongWithAnyByteThatHasNoPlaceThere) {
  const std::string good = "POST /api HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n";
  for (const std::size_t at : {2UL, 7UL, 22UL, 27UL})  // in the method, the target, a name, a value
    for (const char byte : {'\0', '\x01', '\n', '\r', '\x7f'}) {
      std::string bad = good;
      bad[at] = byte;
      EXPECT_EQ(look_at_head(bad, 200), HeadLook::wrong) << at << " " << static_cast<int>(byte);
    }
  for (const char* line :
       {"Content-Length: 2\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n", ": x\r\n",
        " x: y\r\n", "x : y\r\n", "Expect: 100-continue\r\n"}) {
    std::string bad = good;
    EXPECT_EQ(look_at_head(bad.insert(good.find("Host"), line), 200), HeadLook::wrong) << line;
  }
}

TEST(Fields, ReadsWhatACallMayHold) {
  const auto fields = Fields::parse(as_bytes(
      R"( {"call":"x","n":-7,"yes":true,"no":false,"list":["a","b"],"none":[],"files":[{"name":"f"}],)"
      R"("odd":"\"\\\/\b\f\n\r\t\u00e9\ud83c\udf31"} )"));
  ASSERT_TRUE(fields) << fields.error().what.text();
  EXPECT_EQ(*fields->text("call"), "x");
  EXPECT_EQ(**fields->number("n"), -7);
  EXPECT_TRUE(*fields->flag("yes"));
  EXPECT_FALSE(*fields->flag("no"));
  EXPECT_FALSE(*fields->flag("missing"));
  EXPECT_EQ(fields->texts("list")->size(), 2U);
  EXPECT_TRUE(fields->texts("none")->empty());
  EXPECT_TRUE(fields->objects("none")->empty());
  EXPECT_EQ(*fields->objects("files")->front()->text("name"), "f");
  EXPECT_EQ(*fields->text("odd"), "\"\\/\b\f\n\r\t\u00e9\U0001F331");
  EXPECT_EQ(fields->text("n").error().code, Errc::usage);
  EXPECT_EQ(fields->text("missing").error().code, Errc::usage);
}

TEST(Fields, RefusesEverythingElse) {
  for (const char* wrong : {"",
                            " ",
                            "null",
                            "[]",
                            "\"x\"",
                            "{",
                            "}",
                            "{}{}",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{\"a\":1.5}",
                            "{\"a\":1e3}",
                            "{\"a\":null}",
                            "{\"a\":{}}",
                            "{\"a\":[[]]}",
                            "{\"a\":[1]}",
                            "{\"a\":[\"x\",{}]}",
                            "{\"a\":[{\"b\":[\"c\"]}]}",
                            "{\"a\":1,\"a\":2}",
                            "{\"a\":\"\\x\"}",
                            "{\"a\":\"\\u12\"}",
                            "{\"a\":\"\\ud800\"}",
                            "{\"a\":\"\\udc00\"}",
                            "{\"a\":\"\\ud800\\u0041\"}",
                            "{\"a\":\"\\u0000\"}",
                            "{\"a\":\"line\nbreak\"}",
                            "{\"a\":\"open}",
                            "{\"a\":\"\xff\"}",
                            "{\"a\":99999999999999999999}",
                            "{a:1}",
                            "{'a':1}",
                            "{\"a\":1} x",
                            "\xef\xbb\xbf{}"})
    EXPECT_EQ(Fields::parse(as_bytes(wrong)).error().code, Errc::malformed) << wrong;
}

TEST(Fields, CountsWhatItTakes) {
  std::string many = "{";
  for (std::size_t i = 0; i < kMaxFields; ++i) many += (i > 0 ? ",\"f" : "\"f") + std::to_string(i) + "\":1";
  EXPECT_TRUE(Fields::parse(as_bytes(many + "}")));
  EXPECT_FALSE(Fields::parse(as_bytes(many + ",\"more\":1}")));
  std::string list = "{\"a\":[";
  for (std::size_t i = 0; i < kMaxElements; ++i) list += i > 0 ? ",\"x\"" : "\"x\"";
  EXPECT_TRUE(Fields::parse(as_bytes(list + "]}")));
  EXPECT_FALSE(Fields::parse(as_bytes(list + ",\"x\"]}")));
}

TEST(Fields, NamesThatACallDoesNotKnow) {
  const auto fields = Fields::parse(as_bytes(R"({"call":"x","entry":"E1"})"));
  EXPECT_TRUE(fields->only("call entry"));
  EXPECT_TRUE(fields->only("entry call more"));
  EXPECT_FALSE(fields->only("call"));
  EXPECT_FALSE(fields->only("call entr"));
  EXPECT_FALSE(fields->only(""));
}

// -- tabs

TEST(Tabs, AKeyWorksOnceAndForTwoMinutes) {
  SeededRandom random(7);
  const Instant now{};
  Tabs tabs;
  const auto key = tabs.new_key(random, now), late = tabs.new_key(random, now);
  EXPECT_EQ(key.size(), kTabSecret);
  const auto bearer = tabs.exchange(key, random, now + 119s);
  ASSERT_TRUE(bearer);
  EXPECT_FALSE(tabs.exchange(key, random, now)) << "used";
  EXPECT_FALSE(tabs.exchange(late, random, now + kKeyLasts)) << "too late";
  EXPECT_TRUE(tabs.knows(*bearer));
  EXPECT_FALSE(tabs.knows(key)) << "a key is no bearer";
  EXPECT_FALSE(tabs.exchange(*bearer, random, now)) << "and a bearer no key";
  EXPECT_FALSE(tabs.knows(bearer->substr(1)));
  EXPECT_FALSE(tabs.knows(""));
}

TEST(Tabs, TheOldestGivesWay) {
  SeededRandom random(7);
  Tabs tabs;
  std::vector<std::string> bearers;
  for (std::size_t i = 0; i <= kMaxTabs; ++i)
    bearers.push_back(*tabs.exchange(tabs.new_key(random, Instant{}), random, Instant{}));
  EXPECT_FALSE(tabs.knows(bearers.front()));
  EXPECT_TRUE(tabs.knows(bearers[1]));
  EXPECT_TRUE(tabs.knows(bearers.back()));
}

TEST(Tabs, GoOverIntoANewProcess) {
  SeededRandom random(7);
  Tabs before, after;
  const auto bearer = *before.exchange(before.new_key(random, Instant{}), random, Instant{});
  after.take_over(before.bearers());
  EXPECT_TRUE(after.knows(bearer));
}

// -- owners

TEST(Owner, IsReadFromTheRowOfTheConnection) {
  const auto at = [](const char* ip, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
  };
  const std::string table =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
      "   0: 0100007F:1267 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 "
      "30\n"
      "   1: 0100007F:9C40 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 "
      "30\n"
      "   2: 0100007F:9C41 0100007F:1267 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0 20 4 "
      "30\n";
  const auto here = at("127.0.0.1", 4711);
  EXPECT_TRUE(owns(table, at("127.0.0.1", 40000), here, 1000));
  EXPECT_FALSE(owns(table, at("127.0.0.1", 40001), here, 1000)) << "another user's";
  EXPECT_TRUE(owns(table, at("127.0.0.1", 40001), here, 1001));
  EXPECT_FALSE(owns(table, at("127.0.0.1", 40002), here, 1000)) << "not there";
  EXPECT_FALSE(owns("", at("127.0.0.1", 40000), here, 0));
}

// -- words, headers, assets

TEST(Words, NoSentenceOfThePageNamesACommand) {
  EXPECT_TRUE(names_a_command("Open the journal with kith unlock."));
  EXPECT_TRUE(names_a_command("To join one, open your invitation: kith group join FILE"));
  EXPECT_TRUE(names_a_command("Say which one with --group NAME."));
  EXPECT_FALSE(names_a_command("It was made by a newer kith. Update kith on this computer."));
  EXPECT_FALSE(names_a_command("We'll ask everyone's kith to erase it."));
  for (int code = 0; code <= static_cast<int>(Errc::io); ++code) {
    const Error error{static_cast<Errc>(code), "something went wrong"};
    const auto words = words_for_page(words_of(error, "Open it with kith unlock."), error.code);
    EXPECT_FALSE(names_a_command(words.next)) << words.next;
    EXPECT_TRUE(words.means.empty());
  }
}

TEST(Headers, AllowNoScriptButOursAndNothingFromElsewhere) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : fixed_headers()) headers[name] = value;
  const std::string policy = headers.at("Content-Security-Policy");
  for (const char* part :
       {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'"})
    EXPECT_NE(policy.find(part), std::string::npos) << part;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(policy.find("http"), std::string::npos);
  EXPECT_EQ(headers.at("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(headers.at("Referrer-Policy"), "no-referrer");
  EXPECT_EQ(headers.at("Cache-Control"), "no-store");
}

TEST(Assets, StaySmall) {
  std::size_t size = 0;
  for (const Asset& asset : page_assets()) {
    size += asset.text.size();
    EXPECT_FALSE(type_of(asset).empty());
  }
  EXPECT_LT(size, 120U * 1000);
  ASSERT_NE(page_asset("index.html"), nullptr);
  EXPECT_EQ(page_asset("nothing.js"), nullptr);
}

TEST(Calls, HaveOneNameEach) {
  std::set<std::string_view> names;
  for (const auto group : {state_calls(), journal_calls(), keeping_calls(), group_calls(), joining_calls(),
                           sending_calls(), feedback_calls()})
    for (const Call& call : group) {
      EXPECT_TRUE(names.insert(call.name).second) << call.name;
      EXPECT_FALSE(names_a_command(call.means)) << call.name;
    }
  EXPECT_GT(names.size(), 60U);
}

}  // namespace
}  // namespace kith::cli
