// Judges for hashes, signatures, key files, words and codes.
#include "crypto/hash.h"
#include "crypto/key_file.h"
#include "crypto/sign.h"
#include "crypto/token.h"
#include "crypto/words.h"
#include "tests/vectors/replay.h"
#include "tests/vectors/vector.h"

namespace kith::test {
namespace {

using namespace crypto;

std::string same(ByteView ours, ByteView theirs) { return equal(ours, theirs) ? "ok" : "other bytes"; }

// Labels exist only at compile time: this list is also the check that every one of them has a vector.
template <class Call>
auto with_label(const std::string& name, Call call) {
#define KITH_TRY_LABEL(text) \
  if (name == text) return call(Label(text))
  KITH_TRY_LABEL("kith1.group-id");
  KITH_TRY_LABEL("kith1.device-id");
  KITH_TRY_LABEL("kith1.event-id");
  KITH_TRY_LABEL("kith1.link");
  KITH_TRY_LABEL("kith1.body");
  KITH_TRY_LABEL("kith1.ctl-digest");
  KITH_TRY_LABEL("kith1.state");
  KITH_TRY_LABEL("kith1.item-sign");
  KITH_TRY_LABEL("kith1.body-key");
  KITH_TRY_LABEL("kith1.body-dig");
  KITH_TRY_LABEL("kith1.payload");
  KITH_TRY_LABEL("kith1.variant");
  KITH_TRY_LABEL("kith1.slot-key");
  KITH_TRY_LABEL("kith1.sas");
  KITH_TRY_LABEL("kith1.sas-commit");
  KITH_TRY_LABEL("kith1.inv-sign");
  KITH_TRY_LABEL("kith1.door-srv");
  KITH_TRY_LABEL("kith1.door-cli");
  KITH_TRY_LABEL("kith1.beacon-key");
  KITH_TRY_LABEL("kith1.beacon-tag");
  KITH_TRY_LABEL("kith1.bundle-key");
  KITH_TRY_LABEL("kith1.bundle-com");
  KITH_TRY_LABEL("kith1.backup");
  KITH_TRY_LABEL("kith1.agreement");
  KITH_TRY_LABEL("kith1.head-rec");
  KITH_TRY_LABEL("kith1.act");
  KITH_TRY_LABEL("kith1.member-id");
  KITH_TRY_LABEL("kith1.bundle-id");
  KITH_TRY_LABEL("kith1.wrap-jour");
  KITH_TRY_LABEL("kith1.wrap-mail");
  KITH_TRY_LABEL("kith1.word-sum");
  KITH_TRY_LABEL("kith1.consent");
  KITH_TRY_LABEL("kith1.ledger");
  KITH_TRY_LABEL("kith1.import");
  KITH_TRY_LABEL("kith1.data-path");
  KITH_TRY_LABEL("event");
  KITH_TRY_LABEL("join");
  KITH_TRY_LABEL("invite-use");
  KITH_TRY_LABEL("device-link");
  KITH_TRY_LABEL("recovery");
#undef KITH_TRY_LABEL
  std::fprintf(stderr, "no label %s\n", name.c_str());
  std::exit(1);
}

// A hash of up to three parts: an initializer list has its size when compiled.
std::string judge_hash(const Vector& vector) {
  const auto parts = vector.every("part");
  const Bytes key = vector.has("key") ? vector.bytes("key") : Bytes();
  const Digest digest = with_label(vector.text("label"), [&](Label label) {
    switch (parts.size()) {
      case 0:
        return H(label, {}, key);
      case 1:
        return H(label, {parts[0]}, key);
      case 2:
        return H(label, {parts[0], parts[1]}, key);
      default:
        return H(label, {parts.at(0), parts.at(1), parts.at(2)}, key);
    }
  });
  return same(digest.view(), vector.bytes("digest"));
}
const Judge kHash("hash", judge_hash);

std::string judge_sign(const Vector& vector) {
  const auto seed = vector.secret<SignSeed>("seed");
  const auto group = vector.fixed<GroupId>("group");
  const Bytes message = vector.bytes("message");
  const auto signature = vector.fixed<Signature>("signature");
  const auto pk = vector.fixed<SignPk>("pk");
  return with_label(vector.text("label"), [&](Label label) -> std::string {
    if (!verify(pk, label, group, message, signature)) return "unauthentic";
    const bool ours = sign_public(seed) == pk && sign(seed, label, group, message) == signature;
    return ours ? "ok" : "other bytes";
  });
}
const Judge kSign("sign", judge_sign);

std::string judge_key_file(const Vector& vector) {
  const Bytes file = vector.bytes("file");
  const Bytes passphrase = vector.bytes("passphrase");
  const auto opened = open_key_file(file, passphrase);
  if (!opened) return word_for(opened);
  if (!equal(opened->journal.reveal(), vector.bytes("journal"))) return "another journal key";
  if (!equal(opened->mail.reveal(), vector.bytes("mail"))) return "another mail key";
  Replay random(vector.bytes("random"));
  const auto again = make_key_file(*opened, passphrase, kArgon2Floor, random);
  return again ? same(*again, file) : word_for(again);
}
const Judge kKeyFile("key_file", judge_key_file);

std::string judge_seed_words(const Vector& vector) {
  const auto seed = seed_of_words(vector.text("words"));
  if (!seed) return word_for(seed);
  return same(seed->reveal(), vector.bytes("seed"));
}
const Judge kSeedWords("seed_words", judge_seed_words);

std::string judge_sas(const Vector& vector) {
  return sas_words(vector.fixed<Digest>("sas")) == vector.text("words") ? "ok" : "other words";
}
const Judge kSas("sas", judge_sas);

std::string judge_phrase(const Vector& vector) {
  const auto phrase = circle_phrase(vector.fixed<Digest>("state"), vector.fixed<GroupId>("group"));
  if (!phrase) return word_for(phrase);
  return *phrase == vector.text("words") ? "ok" : "other words";
}
const Judge kPhrase("phrase", judge_phrase);

std::string judge_code(const Vector& vector) {
  const auto bytes = token_decode(vector.text("typed"));
  if (!bytes) return word_for(bytes);
  if (*bytes != vector.bytes("bytes")) return "other bytes";
  return *token_decode(token_encode(*bytes)) == *bytes ? "ok" : "does not come back";
}
const Judge kCode("code", judge_code);

}  // namespace
}  // namespace kith::test
