// A person at a page of their own: what one does with kith, call by call.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "tests/page/browser.h"

namespace kith::page {

using nlohmann::json;

class Person {
 public:
  explicit Person(const std::string& name) : name_(name), tab_(node_) {
    tab_.open();
    ok("init", {{"passphrase", "a passphrase of " + name}});
    ok("settings.change", {{"name", "outbox-seconds"}, {"value", "0"}});
  }
  json ask(const std::string& call, json fields = json::object()) {
    if (!group.empty() && !fields.contains("group") && needs_group(call)) fields["group"] = group;
    return tab_.call(call, std::move(fields));
  }
  json ok(const std::string& call, json fields = json::object()) {
    const auto answer = ask(call, std::move(fields));
    EXPECT_TRUE(answer.at("ok")) << name_ << " " << call << " " << answer;
    return answer;
  }
  // Preview, then confirm exactly that.
  json send(json fields) {
    const auto preview = ok("send.preview", fields);
    fields["digest"] = preview.value("digest", "");
    ok("send.confirm", fields);
    return preview;
  }
  void meet() { ok("carry.meet"); }
  std::string door_phase() { return ok("door.state").at("phase"); }

  std::string group;
  Node& node() { return node_; }

 private:
  static bool needs_group(const std::string& call) {
    for (const char* without :
         {"carry.", "door.state", "door.answer", "door.close", "outbox", "home", "join.", "settings"})
      if (call.starts_with(without)) return false;
    return true;
  }
  std::string name_;
  Node node_;
  Tab tab_;
};

inline void agree(Person& ruth) {
  const auto shown = ruth.ok("agreement.show");
  EXPECT_EQ(ruth.ask("agreement.propose").value("error", ""), "refused") << "sections are empty";
  for (const auto& key : shown.at("missing"))
    ruth.ok("agreement.edit", {{"section", key}, {"text", "We keep to it, <script>alert(1)</script>."}});
  EXPECT_EQ(ruth.ok("agreement.propose").at("version"), 1);
}

inline void join(Person& ruth, Person& mina) {
  const auto invited = ruth.ok("invite", {{"welcome", "Come and see"}, {"who_for", "Whoever likes"}});
  const auto read = mina.ok("invitation.read", {{"file", invited.at("file")}});
  EXPECT_EQ(read.at("welcome"), "\u2068Come and see\u2069");
  EXPECT_FALSE(read.at("has_code"));
  const auto begun =
      mina.ok("join.begin", {{"file", invited.at("file")}, {"code", invited.at("code")}, {"name", "Mina"}});
  EXPECT_EQ(std::ranges::count(begun.at("recovery_words").get<std::string>(), ' '), 23);
  EXPECT_EQ(mina.door_phase(), "prepared");
  ruth.ok("door.welcome");
  mina.ok("join.dial");
  std::string words, same;
  ASSERT_TRUE(eventually([&] {
    const auto there = ruth.ok("door.state"), here = mina.ok("door.state");
    words = there.value("words", ""), same = here.value("words", "");
    return !words.empty() && !same.empty();
  }));
  EXPECT_EQ(words, same);
  mina.ok("door.answer", {{"same", true}});
  ruth.ok("door.answer", {{"same", true}});
  ASSERT_TRUE(eventually([&] { return mina.door_phase() == "done" && ruth.door_phase() == "done"; }));
  mina.group = mina.ok("door.state").at("group");
  EXPECT_EQ(mina.group, ruth.group);
}

inline void sign(Person& mina) {
  const auto shown = mina.ok("agreement.show");
  ASSERT_TRUE(shown.contains("to_sign")) << shown;
  const auto hash = shown.at("to_sign").at("hash");
  EXPECT_EQ(mina.ask("agreement.sign", {{"hash", hash}, {"typed", "Nina"}}).value("error", ""), "cancelled");
  mina.ok("agreement.sign", {{"hash", hash}, {"typed", " Mina "}});
}

}  // namespace kith::page
