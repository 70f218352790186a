#include "core/sharing/body.h"

#include "core/base/text.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "proto/body.pb.h"

namespace kith::sharing {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxFields = 320;  // counted before anything is allocated for them
constexpr std::size_t kMaxAgreement = 64 * 1024;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxPad = 8 * 1024;
constexpr std::size_t kAudienceEntry = 34;  // tag, length, 32 bytes

// A varint at `at`, which moves behind it.
std::optional<std::uint64_t> varint(ByteView bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const std::uint8_t byte = bytes[at++];
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

// How many top-level fields there are; none for anything that is not fields to the end.
std::optional<std::size_t> count_fields(ByteView bytes) {
  std::size_t at = 0;
  std::size_t fields = 0;
  while (at < bytes.size()) {
    const auto tag = varint(bytes, at);
    if (!tag) return std::nullopt;
    const auto value = varint(bytes, at);  // the value of a varint, the length of the rest
    if (!value) return std::nullopt;
    const auto wire_type = *tag & 7;
    if (wire_type == 2) {
      if (*value > bytes.size() - at) return std::nullopt;
      at += static_cast<std::size_t>(*value);
    } else if (wire_type != 0) {
      return std::nullopt;  // no field of ours is fixed-size or a group
    }
    if (++fields > kMaxFields) return std::nullopt;
  }
  return fields;
}

void fill(proto::Body& out, const Body& body) {
  out.set_type(static_cast<proto::BodyType>(body.type));
  if (!body.item.is_zero()) out.set_item_id(body.item.str());
  out.set_version(body.version);
  for (const auto& member : body.audience) out.add_audience(member.str());
  out.set_purpose(body.purpose);
  if (body.responses) out.set_responses(static_cast<proto::Responses>(*body.responses));
  if (body.leader_may) out.set_leader_may(static_cast<proto::LeaderMay>(*body.leader_may));
  out.set_expires_day(number(body.expires));
  for (const auto& ref : body.refs) {
    auto* entry = out.add_refs();
    entry->set_member_id(ref.author.str());
    if (!ref.item.is_zero()) entry->set_item_id(ref.item.str());
  }
  if (!body.agreement.is_zero()) out.set_agreement_hash(body.agreement.str());
  out.set_text(body.text);
  out.set_tender(body.tender);
  out.set_unfinished(body.unfinished);
  out.set_content_note(body.content_note);
  out.set_kind(body.kind);
  if (body.ask) {
    out.mutable_ask()->set_kind(static_cast<proto::AskKind>(body.ask->kind));
    out.mutable_ask()->set_until_day(number(body.ask->until));
    out.mutable_ask()->set_answers_to_all(body.ask->answers_to_all);
  }
  if (body.type == BodyType::profile) {
    out.mutable_profile()->set_name(body.profile_name);
    out.mutable_profile()->set_pronouns(body.profile_pronouns);
  }
  if (body.type == BodyType::agreement) {
    out.mutable_agreement()->set_version(body.agreement_version);
    out.mutable_agreement()->set_text(std::string(as_text(body.agreement_text)));
  }
  for (const auto& member : body.mentions) out.add_mentions(member.str());
  out.set_written_day(number(body.written));
}

template <class Id>
Result<std::vector<Id>> ids(const google::protobuf::RepeatedPtrField<std::string>& from, std::size_t most) {
  if (static_cast<std::size_t>(from.size()) > most) return fail(Errc::malformed, "too many people in a body");
  std::vector<Id> to;
  for (const auto& bytes : from) {
    KITH_TRY(const auto id, Id::parse(bytes));
    if (!to.empty() && !(to.back() < id)) return fail(Errc::malformed, "people in a body are not in order");
    to.push_back(id);
  }
  return to;
}

bool sound(const std::string& text, std::size_t most) {
  return text.size() <= most && is_utf8(text) && text.find('\0') == text.npos;
}

bool known_type(int type) {
  switch (static_cast<BodyType>(type)) {
    case BodyType::item:
    case BodyType::feedback:
    case BodyType::request:
    case BodyType::resonance:
    case BodyType::thanks:
    case BodyType::agreement:
    case BodyType::profile:
    case BodyType::empty:
    case BodyType::in_the_room:
      return true;
  }
  return false;
}

Result<void> read_texts(const proto::Body& in, Body& body) {
  if (!sound(in.text(), kMaxText) || !sound(in.purpose(), kMaxNote) || !sound(in.content_note(), kMaxNote) ||
      !sound(in.kind(), kMaxNote) || !sound(in.profile().name(), kMaxNameBytes) ||
      !sound(in.profile().pronouns(), kMaxNameBytes))
    return fail(Errc::malformed, "a text in a body is too long or not UTF-8");
  body.text = in.text();
  body.purpose = in.purpose();
  body.content_note = in.content_note();
  body.kind = in.kind();
  body.profile_name = in.profile().name();
  body.profile_pronouns = in.profile().pronouns();
  return {};
}

Result<void> read_terms(const proto::Body& in, Body& body) {
  if (in.responses() < 0 || in.responses() > 3 || in.leader_may() < 0 || in.leader_may() > 3)
    return fail(Errc::malformed, "a body states terms that do not exist");
  if (in.responses() != 0) body.responses = static_cast<Responses>(in.responses());
  if (in.leader_may() != 0) body.leader_may = static_cast<LeaderMay>(in.leader_may());
  if (in.has_ask()) {
    if (in.ask().kind() < 1 || in.ask().kind() > 5) return fail(Errc::malformed, "an ask has no known kind");
    body.ask =
        Ask{static_cast<AskKind>(in.ask().kind()), Day{in.ask().until_day()}, in.ask().answers_to_all()};
  }
  if (body.type == BodyType::request && !body.ask) return fail(Errc::malformed, "a request without an ask");
  return {};
}

Result<void> read_ids(const proto::Body& in, Body& body) {
  if (!in.item_id().empty()) {
    KITH_TRY(body.item, ItemId::parse(in.item_id()));
  }
  if (body.item.is_zero() && body.type != BodyType::empty && body.type != BodyType::agreement)
    return fail(Errc::malformed, "a body without an item id");
  KITH_TRY(body.audience, ids<MemberId>(in.audience(), kMaxAudience));
  KITH_TRY(body.mentions, ids<MemberId>(in.mentions(), kMaxAudience));
  if (static_cast<std::size_t>(in.refs_size()) > kMaxRefs)
    return fail(Errc::malformed, "too many references");
  for (const auto& ref : in.refs()) {
    KITH_TRY(const auto author, MemberId::parse(ref.member_id()));
    auto item = ItemId::zero();
    if (!ref.item_id().empty()) {
      KITH_TRY(item, ItemId::parse(ref.item_id()));
    }
    body.refs.push_back({author, item});
  }
  if (!in.agreement_hash().empty()) {
    KITH_TRY(body.agreement, Digest::parse(in.agreement_hash()));
  }
  return {};
}

}  // namespace

Bytes encode(const Body& body, std::size_t as_wide_as) {
  proto::Body out;
  fill(out, body);
  const std::size_t missing_readers =
      as_wide_as > body.audience.size() ? as_wide_as - body.audience.size() : 0;
  std::size_t pad = kAudienceEntry * missing_readers + (body.leader_may ? 0 : 2);
  // A length below 128 takes one byte instead of two: one more byte of padding keeps the sum the same.
  if (pad < 127) ++pad;
  out.set_pad(std::string(pad, '\0'));
  const std::string wire = out.SerializeAsString();
  return to_bytes(as_bytes(wire));
}

Result<Body> parse_body(ByteView bytes) {
  if (!count_fields(bytes)) return fail(Errc::malformed, "a body does not parse");
  proto::Body in;
  google::protobuf::io::ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream coded(&array);
  coded.SetRecursionLimit(kMaxDepth);
  if (!in.ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage())
    return fail(Errc::malformed, "a body does not parse");
  if (!known_type(in.type())) return fail(Errc::unsupported, "a body of a type this kith does not know");
  if (in.pad().size() > kMaxPad) return fail(Errc::malformed, "a body with too much padding");
  Body body;
  body.type = static_cast<BodyType>(in.type());
  body.version = in.version();
  body.expires = Day{in.expires_day()};
  body.tender = in.tender();
  body.unfinished = in.unfinished();
  body.written = Day{in.written_day()};
  KITH_CHECK(read_ids(in, body));
  KITH_CHECK(read_texts(in, body));
  KITH_CHECK(read_terms(in, body));
  if (in.agreement().text().size() > kMaxAgreement) return fail(Errc::malformed, "an agreement is too long");
  body.agreement_version = in.agreement().version();
  body.agreement_text = to_bytes(as_bytes(in.agreement().text()));
  return body;
}

}  // namespace kith::sharing
