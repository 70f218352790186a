#include "core/group/door.h"

#include "core/group/resolver.h"
#include "core/group/wire.h"
#include "crypto/hash.h"
#include "crypto/words.h"
#include "proto/wire.pb.h"

namespace kith::group {
namespace {

constexpr std::size_t kFrameBytes = 400 * 1000;
constexpr std::size_t kMaxDoorFrame = 512 * 1024;
constexpr std::size_t kFrameEvents = 2048;
// More than all the logs that one member's devices can fill: nobody shuts the door alone.
constexpr std::size_t kMaxLogBytes = 256 * 1024 * 1024;
constexpr std::size_t kMaxRecord = 4096;
constexpr Day kAnyDay{0xfffffff0};  // mail judges days when it stores

using Nonce = FixedBytes<struct DoorNonceTag, 32>;

auto shut() { return fail(Errc::refused, "the door stays closed"); }

Bytes frame_of(const proto::DoorFrame& frame) { return bytes_of(frame); }

// One field, of a kind this side expects; repeated ones are counted before the parse.
Result<proto::DoorFrame> open_frame(ByteView frame) {
  if (frame.size() > kMaxDoorFrame) return shut();
  KITH_TRY(const auto outer, fields_of(frame, 1));
  if (outer.size() != 1) return shut();
  KITH_CHECK(fields_of(outer.front().bytes, kFrameEvents + mail::kMaxAddresses));
  proto::DoorFrame parsed;
  KITH_CHECK(parse_into(parsed, frame));
  return parsed;
}

Digest commitment(const Nonce& nonce, ByteView join_body) {
  return crypto::H("kith1.sas-commit", {nonce.view(), join_body});
}

struct Transcript {  // every part is length-prefixed by H, and each side's keys follow its name
  Digest commit = Digest::zero();
  Nonce inviter_nonce = Nonce::zero();
  Nonce joiner_nonce = Nonce::zero();
  GroupId group = GroupId::zero();
  EventId genesis = EventId::zero();
  Bytes inviter_record;
  Bytes join_body;

  Result<std::string> words() const {
    KITH_TRY(const JoinBody inviter, parse_join(inviter_record));
    const Digest sas = crypto::H(
        "kith1.sas", {commit.view(), inviter_nonce.view(), joiner_nonce.view(), group.view(), genesis.view(),
                      as_bytes("inviter"), mail::device_id_of(inviter.sign, inviter.dh).view(),
                      inviter_record, as_bytes("joiner"), join_body});
    return crypto::sas_words(sas);
  }
};

Result<mail::Event> genesis_of(ByteView raw, const GroupId& group) {
  KITH_TRY(auto event, mail::Event::parse(raw));
  if (event.header().group != group || mail::group_id_of(event.body()) != group) return shut();
  return event;
}

}  // namespace

Bytes door_refused() {
  proto::DoorFrame frame;
  frame.mutable_refused();
  return frame_of(frame);
}

// ---- the inviter -----------------------------------------------------------------------------------------
struct DoorInviter::Impl {
  enum class Step { commit, reveal, words };

  Result<std::optional<Bytes>> take(ByteView bytes) {
    KITH_TRY(const auto frame, open_frame(bytes));
    if (step == Step::commit && frame.has_commit()) return answer(frame.commit());
    if (step == Step::reveal && frame.has_reveal()) return reveal(frame.reveal());
    return shut();
  }
  Result<std::optional<Bytes>> answer(const proto::DoorCommit& commit) {
    KITH_TRY(transcript.commit, Digest::parse(std::string_view(commit.commit())));
    transcript.inviter_nonce = random.draw<Nonce>();
    proto::DoorFrame frame;
    auto& to = *frame.mutable_answer();
    to.set_nonce(transcript.inviter_nonce.str());
    to.set_genesis(std::string(as_text(genesis)));
    to.set_device_record(std::string(as_text(transcript.inviter_record)));
    step = Step::reveal;
    return std::optional(frame_of(frame));
  }
  Result<std::optional<Bytes>> reveal(const proto::DoorReveal& wire) {
    KITH_TRY(transcript.joiner_nonce, Nonce::parse(std::string_view(wire.nonce())));
    KITH_TRY(const auto device, Signature::parse(std::string_view(wire.device_signature())));
    KITH_TRY(const auto by_invite, Signature::parse(std::string_view(wire.invite_signature())));
    const JoinRecord record{to_bytes(as_bytes(wire.join_body())), device, by_invite};
    if (commitment(transcript.joiner_nonce, record.body) != transcript.commit) return shut();
    KITH_CHECK(check_join(record, transcript.group, invite));
    transcript.join_body = record.body;
    KITH_TRY(words, transcript.words());
    admit = Admit{invite_id, record};
    step = Step::words;
    return std::optional<Bytes>();
  }

  Random& random;
  EventId invite_id;
  InvitePk invite;
  Bytes genesis;
  Transcript transcript;
  Step step = Step::commit;
  int attempts = kDoorAttempts;
  std::optional<std::string> words = {};
  std::optional<Admit> admit = {};
};

DoorInviter::DoorInviter(const GroupId& group, const EventId& invite_id, const crypto::InviteSecret& secret,
                         Bytes genesis, Bytes own_device_record, Random& random) {
  Transcript transcript;
  transcript.group = group;
  transcript.inviter_record = std::move(own_device_record);
  const auto event = genesis_of(genesis, group);
  KITH_ASSERT(event.has_value());  // our own group's
  transcript.genesis = event->id();
  const InvitePk invite = *InvitePk::parse(invite_keys(secret).sign.pk.view());
  impl_ = std::make_shared<Impl>(Impl{random, invite_id, invite, std::move(genesis), std::move(transcript)});
}

Result<std::optional<Bytes>> DoorInviter::receive(ByteView frame) {
  if (impl_->attempts == 0 || impl_->step == Impl::Step::words) return shut();
  auto reply = impl_->take(frame);
  if (reply) return reply;
  --impl_->attempts;
  impl_->step = Impl::Step::commit;
  return shut();  // whatever it was
}

int DoorInviter::attempts_left() const { return impl_->attempts; }
const std::optional<std::string>& DoorInviter::words() const { return impl_->words; }

Result<Admit> DoorInviter::admit() const {
  if (!impl_->admit) return shut();
  return *impl_->admit;
}

std::vector<Bytes> DoorInviter::welcome(std::span<const Bytes> raw_events) const {
  std::vector<Bytes> frames;
  proto::DoorFrame frame;
  std::size_t size = 0;
  const auto close = [&](bool more) {
    frame.mutable_admitted()->set_more(more);
    frames.push_back(frame_of(frame));
    frame.Clear();
    size = 0;
  };
  for (const auto& event : raw_events) {
    const auto& admitted = frame.admitted();
    if (size + event.size() > kFrameBytes ||
        static_cast<std::size_t>(admitted.control_log_size()) == kFrameEvents / 2)
      close(true);
    frame.mutable_admitted()->add_control_log(std::string(as_text(event)));
    size += event.size() + 8;  // and its length
  }
  close(false);
  return frames;
}

Result<std::optional<Bytes>> DoorKeeper::receive(std::uint32_t caller, ByteView frame) {
  if (caller != caller_) {
    door_.reset();
    KITH_TRY(auto fresh, open_());
    door_ = std::move(fresh);
    caller_ = caller;
  }
  if (!door_) return std::optional<Bytes>();  // turned away already
  auto answer = door_->receive(frame);
  if (answer || door_->words()) return answer.value_or(std::nullopt);
  return std::optional(turn_away());
}

Bytes DoorKeeper::turn_away() {
  door_.reset();
  ++turned_away_;
  return door_refused();
}

// ---- the joiner ------------------------------------------------------------------------------------------
struct DoorJoiner::Impl {
  enum class Step { answer, words, logs, done, failed };

  Result<std::optional<Bytes>> take(ByteView bytes) {
    KITH_TRY(const auto frame, open_frame(bytes));
    if (step == Step::answer && frame.has_answer()) return reveal(frame.answer());
    if ((step == Step::words || step == Step::logs) && frame.has_admitted() && !complete)
      return admitted(frame.admitted());
    return shut();
  }
  Result<std::optional<Bytes>> reveal(const proto::DoorAnswer& answer) {
    KITH_TRY(transcript.inviter_nonce, Nonce::parse(std::string_view(answer.nonce())));
    KITH_TRY(const auto genesis, genesis_of(as_bytes(answer.genesis()), transcript.group));
    if (answer.device_record().size() > kMaxRecord) return shut();
    transcript.genesis = genesis.id();
    transcript.inviter_record = to_bytes(as_bytes(answer.device_record()));
    KITH_TRY(words, transcript.words());
    proto::DoorFrame frame;
    auto& to = *frame.mutable_reveal();
    to.set_nonce(transcript.joiner_nonce.str());
    to.set_join_body(std::string(as_text(record.body)));
    to.set_device_signature(record.device_signature.str());
    to.set_invite_signature(record.invite_signature->str());
    step = Step::words;
    return std::optional(frame_of(frame));
  }
  Result<std::optional<Bytes>> admitted(const proto::DoorAdmitted& wire) {
    for (const auto& event : wire.control_log()) {
      log_bytes += event.size();
      if (event.size() < mail::kSignedSize || log_bytes > kMaxLogBytes) return shut();
      raw.push_back(to_bytes(as_bytes(event)));
    }
    complete = !wire.more();
    if (complete && step == Step::logs) KITH_CHECK(finish());
    return std::optional<Bytes>();
  }
  // Every chain from its first event, every signature, and our own keys and the inviter's in the roster. All
  // acts are learnt before any is judged: the order in which they came to the inviter says nothing.
  Result<void> finish() {
    std::vector<mail::Event> acts;
    for (auto& bytes : raw) {
      KITH_TRY(auto event, mail::Event::parse(std::exchange(bytes, {})));
      if (event.header().group != transcript.group) return shut();
      if (is_act(event)) acts.push_back(event);
      events.push_back(std::move(event));
    }
    raw.clear();
    // The first is the beginning, by its hash.
    if (events.empty() || events.front().id() != transcript.genesis) return shut();
    const GroupRoster roster(transcript.group, acts);
    std::map<DeviceId, mail::LogHead> heads;
    for (const auto& event : events) {
      const auto& header = event.header();
      const auto key = roster.sign_key(header.device);
      if (!key || !event.verify(*key)) return shut();
      const auto before = heads.find(header.device);
      const auto head =
          mail::follow(before == heads.end() ? std::nullopt : std::optional(before->second), event, kAnyDay);
      if (head) {
        heads.insert_or_assign(header.device, *head);
      } else if (!is_act(event)) {  // an act may stand beside its log
        return shut();
      }
    }
    KITH_CHECK(is_in(roster, record.body));
    KITH_CHECK(is_in(roster, transcript.inviter_record));
    step = Step::done;
    return {};
  }
  static bool is_act(const mail::Event& event) {
    return event.header().kind == mail::Kind::ctl || event.header().kind == mail::Kind::dev;
  }
  static Result<void> is_in(const GroupRoster& roster, ByteView join_body) {
    KITH_TRY(const JoinBody join, parse_join(join_body));
    const DeviceId id = mail::device_id_of(join.sign, join.dh);
    const auto state = roster.state();
    if (!state->active(id)) return shut();
    return {};
  }

  JoinRecord record;
  Transcript transcript;
  Bytes first;
  Step step = Step::answer;
  std::optional<std::string> words = {};
  std::vector<Bytes> raw = {};
  std::size_t log_bytes = 0;
  bool complete = false;
  std::vector<mail::Event> events = {};
};

DoorJoiner::DoorJoiner(const Token& token, const JoinBody& join, const crypto::SignSeed& sign,
                       Random& random) {
  const auto invite = invite_keys(token.secret);
  JoinBody body = join;
  body.group = token.group;
  body.invite = *InvitePk::parse(invite.sign.pk.view());
  Transcript transcript;
  auto record = sign_join(body, sign, &invite.sign.seed);
  transcript.group = token.group;
  transcript.join_body = record.body;
  transcript.joiner_nonce = random.draw<Nonce>();
  transcript.commit = commitment(transcript.joiner_nonce, record.body);
  proto::DoorFrame frame;
  frame.mutable_commit()->set_commit(transcript.commit.str());
  impl_ = std::make_shared<Impl>(Impl{std::move(record), std::move(transcript), frame_of(frame)});
}

Bytes DoorJoiner::first_frame() const { return impl_->first; }

Result<std::optional<Bytes>> DoorJoiner::receive(ByteView frame) {
  if (impl_->step == Impl::Step::failed || impl_->step == Impl::Step::done) return shut();
  auto reply = impl_->take(frame);
  if (reply) return reply;
  impl_->step = Impl::Step::failed;
  return shut();
}

const std::optional<std::string>& DoorJoiner::words() const { return impl_->words; }

void DoorJoiner::confirm() {
  if (impl_->step != Impl::Step::words) return;
  impl_->step = Impl::Step::logs;
  if (impl_->complete && !impl_->finish()) impl_->step = Impl::Step::failed;
}

bool DoorJoiner::done() const { return impl_->step == Impl::Step::done; }
bool DoorJoiner::failed() const { return impl_->step == Impl::Step::failed; }

Result<std::vector<mail::Event>> DoorJoiner::logs() const {
  if (!done()) return shut();
  return impl_->events;
}

}  // namespace kith::group
