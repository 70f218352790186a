#include "cli/passphrase.h"

#include "cli/files.h"
#include "crypto/words.h"

namespace kith::cli {
namespace {

constexpr int kAttempts = 3;

bool same(const crypto::SecretBytes& a, const crypto::SecretBytes& b) {
  return a.size() == b.size() && sodium_memcmp(a.reveal().data(), b.reveal().data(), a.size()) == 0;
}

// Argon2id needs 256 MiB at most: on a small machine that can fail, and says so.
Result<crypto::DatabaseKeys> open_with(Context& context, const Bytes& file,
                                       const crypto::SecretBytes& passphrase) {
  context.term.progress("Opening ...");
  auto keys = crypto::open_key_file(file, passphrase.reveal());
  context.term.end_progress();
  return keys;
}

Result<crypto::SecretBytes> generated(Context& context) {
  std::string words = crypto::generated_passphrase(context.random);
  context.term.say_always("Your six words. Write them on paper, and keep the paper away from this computer:");
  context.term.data(words + "\n");
  context.term.flush();
  crypto::SecretBytes chosen(to_bytes(as_bytes(words)));
  sodium_memzero(words.data(), words.size());
  if (!context.term.in_is_terminal()) return chosen;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    KITH_TRY(const auto typed, context.term.secret("Type them once, to see that they are right:"));
    if (same(typed, chosen)) return chosen;
    context.term.say_always("Not quite the same. The words are still above.");
  }
  return fail(Errc::usage, "the words were not the same");
}

}  // namespace

bool is_short(const crypto::SecretBytes& passphrase) {
  return count_characters(as_text(passphrase.reveal())) < kLeastPassphrase;
}

Result<crypto::SecretBytes> choose_passphrase(Context& context, bool words) {
  if (words) return generated(context);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    KITH_TRY(auto first,
             context.term.secret("Passphrase (or press Enter, and kith makes six words for you):"));
    if (first.size() == 0) return generated(context);
    if (is_short(first)) {
      context.term.say_always(
          "That is short; somebody at home could guess it. Eight characters or more, several words are "
          "best.");
    } else {
      KITH_TRY(const auto second, context.term.secret("The same once more:"));
      if (same(first, second)) return first;
      context.term.say_always("The two were not the same.");
    }
    if (!context.term.in_is_terminal()) break;
  }
  return context.tell(Errc::usage,
                      {"No passphrase was chosen.", "Nothing was changed.", "Try again when you are ready."});
}

Result<crypto::DatabaseKeys> ask_passphrase(Context& context, std::string_view question) {
  KITH_TRY(const Bytes file, read_file(context.home.key_file(), kMaxKeyFile));
  for (int attempt = 1;; ++attempt) {
    KITH_TRY(const auto passphrase, context.term.secret(question));
    auto keys = open_with(context, file, passphrase);
    if (keys || keys.error().code != Errc::wrong_passphrase) return keys;
    if (attempt == kAttempts || !context.term.in_is_terminal())
      return context.tell(
          Errc::wrong_passphrase,
          {"That passphrase does not open this journal.", "Your words are safe and still locked.",
           "Try again; capital letters and spaces count. Nobody can reset it."});
    context.term.say_always("That does not open it. Capital letters and spaces count.");
  }
}

}  // namespace kith::cli
