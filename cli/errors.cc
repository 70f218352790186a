#include "cli/errors.h"

#include <cstring>

namespace kith::cli {
namespace {

struct Row {
  Errc code;
  Exit exit;
  std::string_view name;
  std::string_view next;
};

constexpr std::string_view kRestore =
    "Do not delete anything. What can still be read stays readable (kith export --mine); a backup brings "
    "back "
    "the rest.";

constexpr Row kRows[] = {
    {Errc::malformed, Exit::safety, "malformed", "Ask for the file or the code once more."},
    {Errc::unauthentic, Exit::safety, "unauthentic",
     "Ask the person it came from, in person or by phone, before you try again."},
    {Errc::too_large, Exit::used_wrongly, "too_large", "Try it in smaller parts."},
    {Errc::unsupported, Exit::failed, "unsupported",
     "It was made by a newer kith. Update kith on this computer."},
    {Errc::not_found, Exit::not_found, "not_found", "kith list shows what is there."},
    {Errc::refused, Exit::refused, "refused", ""},
    {Errc::cancelled, Exit::you_said_no, "cancelled", ""},
    {Errc::usage, Exit::used_wrongly, "usage", "kith help shows how it is used."},
    {Errc::waiting, Exit::waiting, "waiting", "kith status shows what is still waiting."},
    {Errc::locked, Exit::locked, "locked", "Open the journal with kith unlock."},
    {Errc::wrong_passphrase, Exit::locked, "wrong_passphrase",
     "Try again; capital letters and spaces count. Nobody can reset it."},
    {Errc::damaged, Exit::safety, "damaged", kRestore},
    {Errc::busy, Exit::busy, "busy", "Another kith is at work in this journal. Try again in a moment."},
    {Errc::not_set_up, Exit::not_set_up, "not_set_up", "Begin with kith init."},
    {Errc::full, Exit::failed, "full", "The disk is full. Free some space, then try again."},
    {Errc::io, Exit::failed, "io", "kith doctor looks at the files and says what is wrong."},
};

const Row& row(Errc code) {
  for (const Row& candidate : kRows)
    if (candidate.code == code) return candidate;
  KITH_ASSERT(false);
  return kRows[0];
}

std::string sentence(std::string text) {
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (text.back() != '.' && text.back() != '?') text += '.';
  return text;
}

}  // namespace

Exit exit_of(Errc code) { return row(code).exit; }
std::string_view name_of(Errc code) { return row(code).name; }

ErrorWords words_of(const Error& error, std::string_view means) {
  std::string what = sentence(error.what.text());
  if (error.code == Errc::io && error.detail > 0)
    what += std::string(" (") + std::strerror(error.detail) + ".)";
  return {std::move(what), std::string(means), std::string(row(error.code).next)};
}

}  // namespace kith::cli
