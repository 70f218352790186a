// Bytes, and public values of a fixed size that cannot be mixed up.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace kith {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline bool equal(ByteView a, ByteView b) { return std::ranges::equal(a, b); }  // public values only
inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }

std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view hex);  // malformed unless lower or upper case pairs

// A public value of N bytes. `Tag` keeps two values of equal shape apart.
template <class Tag, std::size_t N>
class FixedBytes {
 public:
  static constexpr std::size_t size = N;

  explicit constexpr FixedBytes(const std::array<std::uint8_t, N>& bytes) : bytes_(bytes) {}
  static Result<FixedBytes> parse(ByteView wire) {  // malformed unless wire.size() == N
    if (wire.size() != N) return fail(Errc::malformed, "a field has the wrong size");
    FixedBytes value{std::array<std::uint8_t, N>{}};
    std::copy(wire.begin(), wire.end(), value.bytes_.begin());
    return value;
  }
  static Result<FixedBytes> parse(std::string_view wire) { return parse(as_bytes(wire)); }
  static constexpr FixedBytes zero() { return FixedBytes{std::array<std::uint8_t, N>{}}; }

  std::span<const std::uint8_t, N> view() const { return bytes_; }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::string str() const { return std::string(as_text(view())); }  // raw bytes, for protobuf fields
  std::string hex() const { return to_hex(view()); }
  bool is_zero() const {
    return std::all_of(bytes_.begin(), bytes_.end(), [](std::uint8_t b) { return b == 0; });
  }

  friend auto operator<=>(const FixedBytes&, const FixedBytes&) = default;

 private:
  std::array<std::uint8_t, N> bytes_;
};

using Digest = FixedBytes<struct DigestTag, 32>;          // any BLAKE2b-256 that has no name of its own
using GroupId = FixedBytes<struct GroupIdTag, 32>;        // H("kith1.group-id", genesis body)
using DeviceId = FixedBytes<struct DeviceIdTag, 32>;      // H("kith1.device-id", sign_pk, dh_pk)
using MemberId = FixedBytes<struct MemberIdTag, 32>;      // H("kith1.member-id", enrolling event id, sign_pk)
using EventId = FixedBytes<struct EventIdTag, 32>;        // H("kith1.event-id", header bytes 0..191)
using Link = FixedBytes<struct LinkTag, 32>;              // H("kith1.link", event id, signature)
using ItemId = FixedBytes<struct ItemIdTag, 16>;          // random, chosen by the author
using SignPk = FixedBytes<struct SignPkTag, 32>;          // Ed25519
using DhPk = FixedBytes<struct DhPkTag, 32>;              // X25519, author authentication
using PrePk = FixedBytes<struct PrePkTag, 32>;            // X25519, weekly prekey
using EphPk = FixedBytes<struct EphPkTag, 32>;            // X25519, one envelope
using LinkPk = FixedBytes<struct LinkPkTag, 32>;          // CURVE transport key
using RecoveryPk = FixedBytes<struct RecoveryPkTag, 32>;  // Ed25519
using InvitePk = FixedBytes<struct InvitePkTag, 32>;      // Ed25519
using ItemPk = FixedBytes<struct ItemPkTag, 32>;          // Ed25519, one envelope
using Signature = FixedBytes<struct SignatureTag, 64>;    // Ed25519

}  // namespace kith

template <class Tag, std::size_t N>
struct std::hash<kith::FixedBytes<Tag, N>> {  // for local tables; keys are uniform or checked before
  std::size_t operator()(const kith::FixedBytes<Tag, N>& value) const {
    return std::hash<std::string_view>{}(kith::as_text(value.view()));
  }
};
