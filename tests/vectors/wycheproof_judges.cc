// Judges for the cases of Project Wycheproof: what our own functions say, not what libsodium says.
#include "crypto/aead.h"
#include "crypto/agree.h"
#include "crypto/sign.h"
#include "tests/vectors/vector.h"

namespace kith::test {
namespace {

using namespace crypto;

std::string judge_ed25519(const Vector& vector) {
  const auto pk = vector.fixed<SignPk>("pk");
  if (!check_sign_pk(pk)) return "a good key is refused";
  const auto signature = Signature::parse(ByteView(vector.bytes("signature")));
  if (!signature) return word_for(signature);
  return verify_raw(pk.view(), vector.bytes("message"), *signature) ? "ok" : "unauthentic";
}
const Judge kEd25519("wycheproof_ed25519", judge_ed25519);

std::string judge_x25519(const Vector& vector) {
  const auto pk = vector.fixed<DhPk>("public");
  const auto shared = agree(vector.secret<DhSecret>("secret").reveal(), pk.view());
  if (shared && !equal(shared->reveal(), vector.bytes("shared"))) return "another secret";
  return word_for(shared) + " " + word_for(check_dh_pk(pk.view()));
}
const Judge kX25519("wycheproof_x25519", judge_x25519);

std::string judge_xchacha(const Vector& vector) {
  const auto key = vector.secret<SymmetricKey>("key");
  const auto nonce = Nonce::parse(ByteView(vector.bytes("nonce")));
  if (!nonce) return word_for(nonce);
  const Bytes associated = vector.bytes("associated");
  const Bytes plain = vector.bytes("plain");
  const Bytes sealed = vector.bytes("sealed");
  const bool ours = aead_seal(key, *nonce, associated, plain) == sealed;
  const auto opened = aead_open(key, *nonce, associated, sealed);
  if (ours != opened.has_value()) return "sealing and opening differ";
  if (opened && !equal(opened->reveal(), plain)) return "other words";
  return word_for(opened);
}
const Judge kXChaCha("wycheproof_xchacha", judge_xchacha);

}  // namespace
}  // namespace kith::test
