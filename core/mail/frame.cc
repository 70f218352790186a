#include "core/mail/frame.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include "core/mail/event.h"
#include "core/mail/frame_scan.h"
#include "proto/wire.pb.h"

namespace kith::mail {
namespace {

constexpr int kMaxDepth = 8;
constexpr std::size_t kMaxSuites = 16;
constexpr std::uint64_t kSeqLimit = std::uint64_t{1} << 63;

using Parsed = tl::expected<Frame, Reject>;
const auto kMalformed = tl::unexpected(Reject::malformed);

template <class Fixed>
bool read(Fixed& to, const std::string& from) {
  const auto value = Fixed::parse(from);
  if (value) to = *value;
  return value.has_value();
}

Parsed take(proto::Hello& hello) {
  frame::Hello out{hello.proto(), to_bytes(as_bytes(hello.suites())), DeviceId::zero(), LinkPk::zero()};
  if (out.suites.size() > kMaxSuites || !read(out.device, hello.device_id()) ||
      !read(out.user_id, hello.user_id()))
    return kMalformed;
  return out;
}

Parsed take(proto::Frontier& frontier) {
  frame::Frontier out{.heads = {}, .probe = frontier.probe()};
  out.heads.reserve(static_cast<std::size_t>(frontier.heads_size()));
  for (const proto::Head& head : frontier.heads()) {
    frame::LogEnd end{DeviceId::zero(), head.seq(), std::nullopt};
    Link link = Link::zero();
    if (!read(end.device, head.device_id()) || head.seq() >= kSeqLimit) return kMalformed;
    if (!head.link().empty()) {
      if (!read(link, head.link())) return kMalformed;
      end.link = link;
    }
    out.heads.push_back(end);
  }
  return out;
}

Parsed take(proto::Events& events) {
  frame::Events out;
  out.events.reserve(static_cast<std::size_t>(events.events_size()));
  for (std::string& event : *events.mutable_events()) {
    if (event.size() < kSignedSize) return kMalformed;
    if (event.size() > kSignedSize + kMaxBody) return tl::unexpected(Reject::too_large);
    out.events.push_back(std::move(event));
  }
  return out;
}

Parsed take(proto::Offer& offer) {
  frame::Offer out;
  for (const proto::OfferItem& item : offer.items()) {
    frame::OfferItem one{EventId::zero(), Digest::zero(), item.length()};
    if (!read(one.event, item.event_id()) || !read(one.digest, item.digest())) return kMalformed;
    out.items.push_back(one);
  }
  return out;
}

Parsed take(proto::Want& want) {
  frame::Want out{.items = {}, .heard = want.heard()};
  for (const proto::WantItem& item : want.items()) {
    frame::WantItem one{EventId::zero(), std::nullopt, {}};
    Digest digest = Digest::zero();
    if (!read(one.event, item.event_id())) return kMalformed;
    if (!item.digest().empty()) {
      if (!read(digest, item.digest())) return kMalformed;
      one.digest = digest;
    }
    for (const std::string& except : item.except()) {
      if (!read(digest, except)) return kMalformed;
      one.except.push_back(digest);
    }
    out.items.push_back(std::move(one));
  }
  return out;
}

Parsed take(proto::Payloads& payloads) {
  frame::Payloads out{.items = {}, .settled = payloads.settled()};
  out.items.reserve(static_cast<std::size_t>(payloads.items_size()));
  for (proto::Payload& item : *payloads.mutable_items()) {
    frame::PayloadItem one{EventId::zero(), std::move(*item.mutable_payload())};
    if (!read(one.event, item.event_id())) return kMalformed;
    out.items.push_back(std::move(one));
  }
  return out;
}

Parsed take(proto::ForkProof& fork) {
  if (fork.first().size() != kSignedSize || fork.second().size() != kSignedSize) return kMalformed;
  return frame::ForkProof{to_bytes(as_bytes(fork.first())), to_bytes(as_bytes(fork.second()))};
}

Parsed take(proto::Frame& frame) {
  switch (frame.kind_case()) {
    case proto::Frame::kHello:
      return take(*frame.mutable_hello());
    case proto::Frame::kFrontier:
      return take(*frame.mutable_frontier());
    case proto::Frame::kEvents:
      return take(*frame.mutable_events());
    case proto::Frame::kOffer:
      return take(*frame.mutable_offer());
    case proto::Frame::kWant:
      return take(*frame.mutable_want());
    case proto::Frame::kPayloads:
      return take(*frame.mutable_payloads());
    case proto::Frame::kFork:
      return take(*frame.mutable_fork());
    case proto::Frame::kBusy:
      return frame::Busy{frame.busy().retry_after_seconds()};
    case proto::Frame::kDone:
      return frame::Done{};
    case proto::Frame::kCredit:
      return frame::Credit{frame.credit().bytes()};
    case proto::Frame::KIND_NOT_SET:
      return frame::Unknown{};
  }
  return frame::Unknown{};
}

void put(proto::Frame& out, const frame::Hello& hello) {
  out.mutable_hello()->set_proto(hello.proto);
  out.mutable_hello()->set_suites(hello.suites.data(), hello.suites.size());
  out.mutable_hello()->set_device_id(hello.device.str());
  out.mutable_hello()->set_user_id(hello.user_id.str());
}
void put(proto::Frame& out, const frame::Frontier& frontier) {
  out.mutable_frontier()->set_probe(frontier.probe);
  for (const frame::LogEnd& end : frontier.heads) {
    proto::Head& head = *out.mutable_frontier()->add_heads();
    head.set_device_id(end.device.str());
    head.set_seq(end.seq);
    if (end.link) head.set_link(end.link->str());
  }
}
void put(proto::Frame& out, const frame::Events& events) {
  out.mutable_events();
  for (const std::string& event : events.events) out.mutable_events()->add_events(event);
}
void put(proto::Frame& out, const frame::Offer& offer) {
  out.mutable_offer();
  for (const frame::OfferItem& item : offer.items) {
    proto::OfferItem& one = *out.mutable_offer()->add_items();
    one.set_event_id(item.event.str());
    one.set_digest(item.digest.str());
    one.set_length(item.length);
  }
}
void put(proto::Frame& out, const frame::Want& want) {
  out.mutable_want()->set_heard(want.heard);
  for (const frame::WantItem& item : want.items) {
    proto::WantItem& one = *out.mutable_want()->add_items();
    one.set_event_id(item.event.str());
    if (item.digest) one.set_digest(item.digest->str());
    for (const Digest& digest : item.except) one.add_except(digest.str());
  }
}
void put(proto::Frame& out, const frame::Payloads& payloads) {
  out.mutable_payloads()->set_settled(payloads.settled);
  for (const frame::PayloadItem& item : payloads.items) {
    proto::Payload& one = *out.mutable_payloads()->add_items();
    one.set_event_id(item.event.str());
    one.set_payload(item.payload);
  }
}
void put(proto::Frame& out, const frame::ForkProof& fork) {
  out.mutable_fork()->set_first(fork.first.data(), fork.first.size());
  out.mutable_fork()->set_second(fork.second.data(), fork.second.size());
}
void put(proto::Frame& out, const frame::Busy& busy) {
  out.mutable_busy()->set_retry_after_seconds(busy.retry_after_seconds);
}
void put(proto::Frame& out, const frame::Done&) { out.mutable_done(); }
void put(proto::Frame& out, const frame::Credit& credit) { out.mutable_credit()->set_bytes(credit.bytes); }
void put(proto::Frame&, const frame::Unknown&) { KITH_ASSERT(false); }

}  // namespace

tl::expected<Frame, Reject> parse_frame(ByteView bytes) {
  if (bytes.size() > kMaxFrame) return tl::unexpected(Reject::too_large);
  const auto kind = scan_frame(bytes);
  if (!kind) return tl::unexpected(kind.error());
  google::protobuf::io::CodedInputStream in(bytes.data(), static_cast<int>(bytes.size()));
  in.SetRecursionLimit(kMaxDepth);
  proto::Frame frame;
  if (!frame.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage()) return kMalformed;
  return take(frame);
}

Bytes encode_frame(const Frame& frame) {
  proto::Frame out;
  std::visit([&](const auto& value) { put(out, value); }, frame);
  Bytes bytes(out.ByteSizeLong());
  KITH_ASSERT(out.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())));
  return bytes;
}

void quiet_protobuf() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace kith::mail
