#include "core/keyring/head_bytes.h"

#include "core/base/endian.h"

namespace kith::keyring {
namespace {

Result<ByteView> take(ByteView& from, std::size_t size) {
  if (from.size() < size) return fail(Errc::damaged, "the head record is cut short");
  const ByteView part = from.first(size);
  from = from.subspan(size);
  return part;
}
template <class T>
Result<T> take_integer(ByteView& from) {
  KITH_TRY(const ByteView part, take(from, sizeof(T)));
  return read_little_endian<T>(part);
}

}  // namespace

Bytes encode(const Heads& heads) {
  Bytes plain;
  append_little_endian(plain, heads.counter);
  append_little_endian(plain, static_cast<std::uint32_t>(heads.notes.size()));
  for (const auto& [name, contents] : heads.notes) {
    append_little_endian(plain, static_cast<std::uint16_t>(name.size()));
    append(plain, as_bytes(name));
    append_little_endian(plain, static_cast<std::uint32_t>(contents.size()));
    append(plain, contents);
  }
  return plain;
}

Result<Heads> parse_heads(ByteView plain) {
  Heads heads;
  KITH_TRY(heads.counter, take_integer<std::uint64_t>(plain));
  KITH_TRY(const auto count, take_integer<std::uint32_t>(plain));
  if (count > kMaxHeadNotes) return fail(Errc::damaged, "the head record has too many notes");
  for (std::uint32_t i = 0; i < count; ++i) {
    KITH_TRY(const auto name_size, take_integer<std::uint16_t>(plain));
    KITH_TRY(const ByteView name, take(plain, name_size));
    KITH_TRY(const auto size, take_integer<std::uint32_t>(plain));
    KITH_TRY(const ByteView contents, take(plain, size));
    heads.notes[std::string(as_text(name))] = to_bytes(contents);
  }
  if (!plain.empty()) return fail(Errc::damaged, "the head record has stray bytes");
  return heads;
}

}  // namespace kith::keyring
