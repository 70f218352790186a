#include "crypto/item.h"

#include "core/base/endian.h"
#include "crypto/carrier.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace kith::crypto {
namespace {

constexpr std::uint8_t kPadMark = 0x80;

}  // namespace

SignSeed item_seed(const ContentKey& key, const GroupId& group, const DeviceId& author, std::uint64_t seq) {
  const SymmetricKey derived =
      H_key("kith1.item-sign", {group.view(), author.view(), little_endian(seq)}, key.reveal());
  return *SignSeed::copy_of(derived.reveal());
}

ItemPk item_public(const SignSeed& item_seed) { return *ItemPk::parse(sign_public(item_seed).view()); }

SymmetricKey body_key(const ContentKey& key, const EventId& event) {
  return H_key("kith1.body-key", {event.view()}, key.reveal());
}

Result<SecretBytes> pad(ByteView plain) {
  const auto bucket = std::ranges::upper_bound(kBodyBuckets, plain.size());
  if (bucket == kBodyBuckets.end()) return fail(Errc::too_large, "a body is larger than one envelope holds");
  SecretBytes padded(*bucket);
  std::ranges::copy(plain, padded.reveal().begin());
  padded.reveal()[plain.size()] = kPadMark;
  return padded;
}

Result<SecretBytes> unpad(const SecretBytes& padded) {
  ByteView bytes = padded.reveal();
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  if (bytes.empty() || bytes.back() != kPadMark) return fail(Errc::malformed, "a body is not padded");
  SecretBytes plain(bytes.size() - 1);
  std::copy(bytes.begin(), bytes.end() - 1, plain.reveal().begin());
  return plain;
}

}  // namespace kith::crypto
