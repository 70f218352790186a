// Judges for envelopes and slots.
#include "crypto/envelope.h"
#include "crypto/item.h"
#include "tests/vectors/replay.h"
#include "tests/vectors/vector.h"

namespace kith::test {
namespace {

using namespace crypto;

template <class Pk>
Pk x25519_public(const Bytes& secret) {
  return *Pk::parse(link_keypair_from(*SymmetricKey::copy_of(secret)).pk.view());
}

std::string word_for_opening(Opening what) {
  switch (what) {
    case Opening::opened:
      return "opened";
    case Opening::not_for_me:
      return "not_for_me";
    case Opening::no_slot:
      return "no_slot";
    case Opening::could_not_read:
      return "could_not_read";
  }
  return "nothing";
}

Opened open_as(const Vector& vector, const DeviceId& me, const std::vector<Bytes>& prekeys) {
  std::vector<PreSecret> secrets;
  for (const Bytes& secret : prekeys) secrets.push_back(*PreSecret::copy_of(secret));
  std::vector<HeldPrekey> held;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    held.push_back({x25519_public<PrePk>(prekeys[i]), secrets[i]});
  }
  return open_payload(vector.bytes("payload"), vector.fixed<EventId>("event"), vector.fixed<ItemPk>("bind"),
                      vector.fixed<GroupId>("group"), vector.number("seq"), vector.fixed<DeviceId>("author"),
                      vector.fixed<DhPk>("author_dh"), me, held);
}

std::string judge_envelope(const Vector& vector) {
  const Opened opened = open_as(vector, vector.fixed<DeviceId>("me"), vector.every("pre_secret"));
  const bool right_words = opened.what == Opening::opened
                               ? equal(opened.plain.reveal(), vector.bytes("plain"))
                               : opened.plain.size() == 0;
  return right_words ? word_for_opening(opened.what) : "other words";
}
const Judge kEnvelope("envelope", judge_envelope);

std::string judge_carrier(const Vector& vector) {
  return word_for(
      check_payload(vector.bytes("payload"), vector.fixed<EventId>("event"), vector.fixed<ItemPk>("bind")));
}
const Judge kCarrier("carrier", judge_carrier);

// `reader` lines: device id, prekey, 1 or 0 for in the audience; a line of 32 bytes has no prekey.
std::string judge_seal(const Vector& vector) {
  const auto dh = vector.secret<DhSecret>("author_dh_secret");
  const EnvelopeAuthor author{vector.fixed<GroupId>("group"), vector.fixed<DeviceId>("author"),
                              vector.fixed<DhPk>("author_dh"), dh};
  std::vector<EnvelopeReader> readers;
  for (const Bytes& line : vector.every("reader")) {
    EnvelopeReader reader{*DeviceId::parse(ByteView(line).first(32)), std::nullopt, false};
    if (line.size() == 65) {
      reader.pre_pk = *PrePk::parse(ByteView(line).subspan(32, 32));
      reader.in_audience = line[64] == 1;
    }
    readers.push_back(reader);
  }
  Replay random(vector.bytes("random"));
  auto draft =
      EnvelopeDraft::begin(author, vector.number("seq"), vector.bytes("plain"), readers.size(), random);
  if (!draft) return word_for(draft);
  if (draft->item_pk() != vector.fixed<ItemPk>("bind")) return "another item key";
  const Bytes payload = std::move(*draft).finish(vector.fixed<EventId>("event"), author, readers, random);
  if (!random.used_up()) return "draws fewer random bytes";
  return payload == vector.bytes("payload") ? "ok" : "other bytes";
}
const Judge kSeal("seal", judge_seal);

// The author's way to the key and the reader's must meet before the slot is looked at.
std::string judge_slot(const Vector& vector) {
  const auto eph = vector.secret<EphSecret>("eph_secret");
  const auto dh = vector.secret<DhSecret>("author_dh_secret");
  const auto pre = vector.secret<PreSecret>("pre_secret");
  const auto pre_pk = x25519_public<PrePk>(vector.bytes("pre_secret"));
  const auto reader = vector.fixed<DeviceId>("reader");
  const SlotPlace place{x25519_public<EphPk>(vector.bytes("eph_secret")),
                        x25519_public<DhPk>(vector.bytes("author_dh_secret")),
                        vector.fixed<DeviceId>("author"), vector.fixed<EventId>("event")};
  const SymmetricKey by_author = *slot_key(place, eph, dh, pre_pk, reader);
  const SymmetricKey by_reader = *slot_key(place, HeldPrekey{pre_pk, pre}, reader);
  if (!equal(by_author.reveal(), by_reader.reveal())) return "two keys";
  const auto bound_to = vector.fixed<Digest>("bound_to");
  const Bytes slot = vector.bytes("slot");
  const auto opened = open_slot(by_reader, place.event, bound_to, slot);
  if (!opened) return word_for(opened);
  const bool same = equal(by_author.reveal(), vector.bytes("key")) &&
                    equal(opened->reveal(), vector.bytes("content")) &&
                    seal_slot(by_author, place.event, bound_to, opened->reveal()) == slot;
  return same ? "ok" : "other bytes";
}
const Judge kSlot("slot", judge_slot);

// The body must really open under both keys, or refusing it would prove nothing.
std::string judge_salamander(const Vector& vector) {
  const auto event = vector.fixed<EventId>("event");
  const Bytes payload = vector.bytes("payload");
  const auto view = view_payload(payload);
  if (!view) return word_for(view);
  for (const char* field : {"key_1", "key_2"}) {
    const SymmetricKey key = body_key(vector.secret<ContentKey>(field), event);
    const auto padded = aead_open(key, view->nonce, event.view(), view->body);
    if (!padded || !unpad(*padded)) return "not a salamander";
  }
  const Opened first = open_as(vector, vector.fixed<DeviceId>("me_1"), vector.every("pre_secret_1"));
  const Opened second = open_as(vector, vector.fixed<DeviceId>("me_2"), vector.every("pre_secret_2"));
  return word_for_opening(first.what) + " " + word_for_opening(second.what);
}
const Judge kSalamander("salamander", judge_salamander);

}  // namespace
}  // namespace kith::test
