// The human story: from a first private page to words taken back.
#include <fmt/format.h>

#include "cli/demo/stage.h"
#include "cli/demo/texts.h"

namespace kith::cli {

namespace {

std::string text(std::string_view name) { return std::string(demo_text(fmt::format("demo/{}.txt", name))); }

// What the first line of a list calls the thing it shows.
std::string first_of(Player& who, const std::string& list) {
  const Screen screen = who.types({list, "--plain"}, {}, false);
  if (screen.out.empty()) throw PlayFailed{who.name() + " has nothing under " + list};
  return screen.out.substr(0, screen.out.find('\t'));
}

void private_words(Stage& stage) {
  stage.scene("A page of one's own");
  stage.open_journals(true);
  stage.mina.types({"write"}, lines_of(text("mina-first-words")));
  stage.say("Four weeks of diary come in from files that Mina, Tomas and Ruth kept before.");
  stage.import_diaries(true);
  stage.mina.types({"find"}, {"breath"});
  stage.mina.types({"notice"}, {text("mina-notice")});
}

void together(Stage& stage) {
  stage.scene("A group, and what it agrees");
  stage.found_group(true);
  stage.scene("Joining");
  stage.join(stage.mina, true);
  stage.say("Tomas joins the same way.");
  stage.join(stage.tomas, false);
  stage.ruth.types({"member", "list"});
  stage.say("On Thursday they read six words aloud, each from their own screen:");
  const Screen hers = stage.ruth.types({"group", "phrase"});
  for (Player* other : {&stage.mina, &stage.tomas})
    if (!hers.out.starts_with(other->types({"group", "phrase"}, {}, false).out))
      throw PlayFailed{"the circle phrase differs at " + other->name()};
  stage.say("All three are the same.");
}

std::string tell_the_leader(Stage& stage) {
  stage.scene("Telling the leader alone, then letting the group in");
  const std::string item = stage.share(stage.mina, text("mina-reflection"), {"--to", "leaders"}, true);
  stage.say("Three seconds pass (here; ten minutes are usual). Mina lets it go. Ruth's kith takes it in.");
  stage.let_outbox_end();
  stage.ruth.types({"shared", item});
  stage.say("Tomas has nothing of it:");
  stage.tomas.types({"shared"});
  stage.say("After Thursday Mina lets the others in. Only she can.");
  stage.mina.types({"widen", item, "--to", "group"}, {"yes"}, true, 6);
  stage.let_outbox_end();
  stage.tomas.types({"shared", item});
  return item;
}

void ask_and_answer(Stage& stage) {
  stage.scene("Feedback, when asked");
  auto question = lines_of(text("tomas-question"));
  question.emplace_back("yes");
  stage.tomas.types({"ask", "--to", "@mina", "--to", "@ruth", "--kind", "come-across"}, question, true, 6);
  stage.let_outbox_end();
  stage.mina.types({"requests"});
  const std::string request = first_of(stage.mina, "requests");
  auto answer = lines_of(text("mina-answer"));
  answer.emplace_back("yes");
  stage.mina.types({"give", request}, answer, true, 6);
  stage.say("Ruth lets it be this time.");
  stage.ruth.types({"pass", request});
  stage.let_outbox_end();
  stage.tomas.types({"receive"});
  stage.tomas.types({"receive", first_of(stage.tomas, "receive")});
  auto thanks = lines_of(text("tomas-thanks"));
  thanks.emplace_back("yes");
  stage.tomas.types({"thank", "@mina"}, thanks, true, 6);
  stage.say("One thing nobody asked for:");
  stage.tomas.types({"give", "@mina"}, lines_of(text("tomas-unasked")), true, 7);
  stage.let_outbox_end();
}

void take_back(Stage& stage) {
  stage.scene("Taken back");
  const std::string item = stage.share(stage.ruth, text("ruth-words-taken-back"), {"--to", "group"}, false);
  stage.let_outbox_end();
  stage.tomas.types({"shared", item});
  stage.say("Ruth would rather say it herself, in the room.");
  stage.ruth.types({"withdraw", item}, {"yes"});
  stage.meet();
  stage.tomas.types({"shared", item});
  stage.meet();
  stage.ruth.types({"shared"});
}

}  // namespace

void story(Stage& stage) {
  stage.say(
      "Three people, three computers, no server. Everything below is real: three nodes in a throw-away "
      "folder, "
      "talking over encrypted sockets. The outbox is set to three seconds here.");
  private_words(stage);
  together(stage);
  tell_the_leader(stage);
  ask_and_answer(stage);
  take_back(stage);
  stage.scene("Everything that ever left Mina's computer");
  stage.mina.types({"audit"});
  stage.mina.types({"lock"});
  stage.mina.types({"list"}, {}, true, 4);
  stage.say("That was kith. The sceptic's version: kith demo --proof");
}

}  // namespace kith::cli
