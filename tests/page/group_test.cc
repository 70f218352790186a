// Two people, two computers, two tabs: from the founding of a group to what was shared and taken back.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/page/person.h"

namespace kith::page {
namespace {

using namespace std::chrono_literals;
TEST(Group, TheFirstHourOfTwoPeople) {
  Person ruth("Ruth"), mina("Mina");
  const auto founded = ruth.ok("group.create", {{"name", "Thursday <b>evenings</b>"}, {"my_name", "Ruth"}});
  ruth.group = founded.at("group");
  agree(ruth);
  join(ruth, mina);
  sign(mina);
  ASSERT_TRUE(eventually(
      [&] {
        mina.meet();
        ruth.meet();
        return mina.ok("home").at("groups").at(0).at("may_share").get<bool>() &&
               ruth.ok("members").at("members").size() == 2 &&
               ruth.ok("members").at("members").at(0).at("agreed") &&
               mina.ok("members").at("members").dump().find("\"ruth\"") != std::string::npos;
      },
      120s));
  EXPECT_EQ(ruth.ok("phrase").at("words"), mina.ok("phrase").at("words"));
  const auto alike = [&] {
    const auto members = ruth.ok("members").at("members");
    return std::ranges::count_if(members,
                                 [](const auto& one) { return one.at("alike").template get<bool>(); });
  };
  EXPECT_EQ(alike(), 0);
  mina.ok("profile.change", {{"name", "Ru\u0442h"}, {"pronouns", ""}});

  // Nothing leaves but what was seen.
  json share = {{"what", "share"}, {"text", "I was glad on Thursday"}, {"to", {"leaders"}}};
  const auto preview = mina.ok("send.preview", share);
  EXPECT_EQ(preview.at("text"), "I was glad on Thursday");
  EXPECT_EQ(preview.at("readers").at(0).at("handle"), "ruth");
  share["text"] = "I was not glad on Thursday";
  share["digest"] = preview.at("digest");
  EXPECT_EQ(mina.ask("send.confirm", share).value("error", ""), "refused");
  EXPECT_TRUE(mina.ok("shared").at("mine").empty());
  share["text"] = "I was glad on Thursday";
  EXPECT_TRUE(mina.ok("send.confirm", share).at("first"));
  const auto arrived = [&](const std::string& what) {
    return eventually(
        [&] {
          mina.meet();
          ruth.meet();
          return !ruth.ok("shared").at("received").empty() &&
                 ruth.ok("shared").dump().find(what) != std::string::npos;
        },
        120s);
  };
  ASSERT_TRUE(arrived("I was glad"));
  EXPECT_TRUE(eventually(
      [&] {
        mina.meet();
        ruth.meet();
        return alike() == 2;
      },
      120s))
      << "a name that looks like another";
  const auto shown = ruth.ok("send.preview", {{"what", "share"}, {"text", "Hello"}, {"to", {"group"}}});
  EXPECT_TRUE(shown.at("readers").at(0).at("alike")) << shown.dump();

  // Feedback comes when asked.
  const auto unasked = mina.ask("give.allowed", {{"item", "i0000"}});
  EXPECT_FALSE(unasked.at("ok"));
  mina.send({{"what", "ask"}, {"to", {"@ruth"}}, {"text", "How do I come across?"}});
  ASSERT_TRUE(eventually(
      [&] {
        mina.meet();
        ruth.meet();
        return !ruth.ok("requests").at("to_me").empty();
      },
      120s));
  const std::string request = ruth.ok("requests").at("to_me").at(0).at("item");
  ruth.ok("give.allowed", {{"item", request}});
  ruth.send({{"what", "give"}, {"item", request}, {"text", "I saw you wait, and felt warm."}});
  ASSERT_TRUE(eventually(
      [&] {
        mina.meet();
        ruth.meet();
        return !mina.ok("answers").at("answers").empty();
      },
      120s));
  const auto closed = mina.ok("answers").at("answers").at(0);
  EXPECT_EQ(closed.at("text"), "");
  const std::string opened = mina.ok("answer.open", {{"number", closed.at("number")}}).at("text");
  EXPECT_NE(opened.find("felt warm"), std::string::npos);

  // Taken back, proved, and left.
  const std::string item = mina.ok("shared").at("mine").back().at("item");
  EXPECT_FALSE(mina.ok("withdraw", {{"item", item}}).at("never_left"));
  const auto audit = mina.ok("audit");
  EXPECT_TRUE(audit.at("alarms").empty());
  EXPECT_GE(audit.at("left").size(), 2U);
  mina.ok("leave.now");

  // An invitation works once.
  Person sam("Sam");
  EXPECT_EQ(ruth.ask("door.welcome").value("error", ""), "not_found");
}

TEST(Group, ADamagedInvitationSaysWhatIsSafe) {
  Person mina("Mina");
  const auto damaged = mina.ask("invitation.read", {{"file", base64("not an invitation")}});
  EXPECT_EQ(damaged.value("error", ""), "damaged");
  EXPECT_EQ(damaged.at("means"), "Nothing was sent.");
  EXPECT_EQ(mina.ask("invitation.read", {{"file", "%%%"}}).value("error", ""), "malformed");
  EXPECT_EQ(mina.ok("door.state").at("phase"), "closed");
  EXPECT_EQ(mina.ask("join.dial").value("error", ""), "not_found");
  EXPECT_EQ(mina.ask("door.answer", {{"same", true}}).value("error", ""), "not_found");
}

}  // namespace
}  // namespace kith::page
