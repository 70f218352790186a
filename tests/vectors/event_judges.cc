// Judges for events, their place in a log, and the ids that are hashes of them.
#include "core/mail/event.h"
#include "tests/vectors/vector.h"

namespace kith::test {
namespace {

template <class Fixed>
std::string same(const Fixed& ours, const Vector& vector, const char* field) {
  return ours == vector.fixed<Fixed>(field) ? "ok" : std::string("other bytes");
}

bool says(const Vector& vector, const mail::Header& header) {
  return vector.number("event_kind") == static_cast<std::uint64_t>(header.kind) &&
         vector.number("retention") == header.retention && vector.fixed<GroupId>("group") == header.group &&
         vector.fixed<DeviceId>("device") == header.device && vector.number("seq") == header.seq &&
         vector.fixed<Link>("prev") == header.prev && vector.number("day") == number(header.day) &&
         vector.number("length") == header.length && vector.fixed<Digest>("bind") == header.bind &&
         vector.fixed<Digest>("ctl_digest") == header.ctl_digest &&
         vector.number("lamport") == header.lamport;
}

// Read, checked against its key, taken apart, and written again to the same bytes.
std::string judge_event(const Vector& vector) {
  const auto event = mail::Event::parse(vector.bytes("wire"));
  if (!event) return word_for(event);
  if (!event->verify(vector.fixed<SignPk>("pk"))) return "unauthentic";
  const auto signed_header = mail::parse_signed_header(event->signed_bytes());
  if (!signed_header || signed_header->id != event->id() || signed_header->link != event->link())
    return "two readings";
  if (!says(vector, event->header())) return "another header";
  if (event->id() != vector.fixed<EventId>("id")) return "another id";
  if (event->link() != vector.fixed<Link>("link")) return "another link";
  const auto again =
      mail::Event::sign(event->header(), to_bytes(event->body()), vector.secret<crypto::SignSeed>("seed"));
  return equal(again.wire(), event->wire()) ? "ok" : "other bytes";
}
const Judge kEvent("event", judge_event);

std::string judge_follow(const Vector& vector) {
  const auto event = mail::Event::parse(vector.bytes("wire"));
  if (!event || !event->verify(vector.fixed<SignPk>("pk"))) return "not an event";
  std::optional<mail::LogHead> head;
  if (vector.has("head_seq"))
    head = mail::LogHead{vector.number("head_seq"), vector.fixed<Link>("head_link"),
                         Day{static_cast<std::uint32_t>(vector.number("head_day"))},
                         static_cast<std::uint32_t>(vector.number("head_events"))};
  const auto next = mail::follow(head, *event, Day{static_cast<std::uint32_t>(vector.number("today"))});
  if (!next) return word_for(next);
  return next->seq == event->header().seq && next->link == event->link() ? "ok" : "another head";
}
const Judge kFollow("follow", judge_follow);

std::string judge_device_id(const Vector& vector) {
  return same(mail::device_id_of(vector.fixed<SignPk>("sign_pk"), vector.fixed<DhPk>("dh_pk")), vector,
              "device");
}
const Judge kDeviceId("device_id", judge_device_id);

std::string judge_group_id(const Vector& vector) {
  return same(mail::group_id_of(vector.bytes("body")), vector, "group");
}
const Judge kGroupId("group_id", judge_group_id);

std::string judge_member_id(const Vector& vector) {
  return same(mail::member_id_of(vector.fixed<EventId>("event"), vector.fixed<SignPk>("sign_pk")), vector,
              "member");
}
const Judge kMemberId("member_id", judge_member_id);

std::string judge_ctl_digest(const Vector& vector) {
  std::vector<EventId> heads;
  for (const Bytes& head : vector.every("head")) heads.push_back(*EventId::parse(head));
  return same(mail::ctl_digest_of(std::move(heads)), vector, "digest");
}
const Judge kCtlDigest("ctl_digest", judge_ctl_digest);

}  // namespace
}  // namespace kith::test
