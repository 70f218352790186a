#include "cli/page/words.h"

#include "cli/commands/all.h"

namespace kith::cli {
namespace {

struct Row {
  Errc code;
  std::string_view next;
};

constexpr Row kNext[] = {
    {Errc::malformed, "Ask for the file or the code once more."},
    {Errc::unauthentic, "Ask the person it came from, in person or by phone, before you try again."},
    {Errc::too_large, "Try it in smaller parts."},
    {Errc::unsupported, "It was made by a newer kith. Update kith on this computer."},
    {Errc::not_found, "Go back and look again: it may have changed meanwhile."},
    {Errc::refused, ""},
    {Errc::cancelled, ""},
    {Errc::usage, "Look at what you filled in, and try again."},
    {Errc::waiting, "Try again a little later."},
    {Errc::locked, "Open your journal with your passphrase."},
    {Errc::wrong_passphrase, "Try again; capital letters and spaces count. Nobody can reset it."},
    {Errc::damaged,
     "Do not delete anything. What can still be read stays readable; a backup brings back the rest."},
    {Errc::busy, "Another window is at work in this journal. Try again in a moment."},
    {Errc::not_set_up, "Begin by choosing a passphrase."},
    {Errc::full, "Free some space, then try again."},
    {Errc::io, "Try again. If it stays, \"How things are here\" says what is wrong."},
};

std::string_view next_of(Errc code) {
  for (const Row& row : kNext)
    if (row.code == code) return row.next;
  return "";
}

}  // namespace

bool names_a_command(std::string_view sentence) {
  constexpr std::string_view kProgram = "kith ";
  for (auto at = sentence.find(kProgram); at != std::string_view::npos;
       at = sentence.find(kProgram, at + 1)) {
    const std::string_view rest = sentence.substr(at + kProgram.size());
    for (const Command* command : all_commands()) {
      const std::string_view word = command->name.substr(0, command->name.find(' '));
      if (rest.starts_with(word) && (rest.size() == word.size() || rest[word.size()] < 'a')) return true;
    }
    if (rest.starts_with("backup")) return true;
  }
  return sentence.find(" --") != std::string_view::npos ||
         sentence.find("KITH_HOME") != std::string_view::npos;
}

ErrorWords words_for_page(ErrorWords words, Errc code) {
  if (code == Errc::wrong_passphrase) words.what = "This is not the passphrase of this journal.";
  if (names_a_command(words.means)) words.means.clear();
  const bool repeats = !words.what.empty() && words.next.starts_with(words.what);
  if (words.next.empty() || repeats || names_a_command(words.next)) words.next = next_of(code);
  return words;
}

}  // namespace kith::cli
