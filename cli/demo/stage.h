// Three people on three nodes in one throw-away folder, and the scenes that both plays share.
#pragma once

#include <string>

#include "cli/demo/player.h"

namespace kith::cli {

inline constexpr std::string_view kDemoPassphrase = "a long walk to the green lake";

class Stage {
 public:
  Stage(Terminal& term, const std::string& folder);

  Terminal& term;
  std::string folder;
  Player mina, tomas, ruth;

  void say(std::string_view line);  // the narrator
  void scene(std::string_view title);
  // init, outbox of three seconds, courier up.
  void open_journals(bool shown);
  void import_diaries(bool shown);
  void found_group(bool shown);
  void join(Player& joiner, bool shown);
  void meet();            // everybody syncs, twice
  void let_outbox_end();  // what was confirmed has left
  // kith share of a text that is written anew. Returns the item's name.
  std::string share(Player& who, std::string_view text, const std::vector<std::string>& to, bool shown);
};

std::string first_word(std::string_view text);
std::vector<std::string> lines_of(std::string_view text);  // and a full stop alone at the end
// Runs the play and puts everything away, whatever happened; `keep` leaves the folder.
int play(Terminal& term, bool keep, void (*scenes)(Stage&));
void story(Stage& stage);  // the human one
void proof(Stage& stage);  // the sceptic's

}  // namespace kith::cli
