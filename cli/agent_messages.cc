#include "cli/agent_messages.h"

#include "proto/local.pb.h"

namespace kith::cli {
namespace {

using Kind = AgentAsk::Kind;

void wipe(std::string& bytes) { sodium_memzero(bytes.data(), bytes.size()); }

template <class Message>
crypto::SecretBytes serialised(const Message& message) {
  crypto::SecretBytes bytes(message.ByteSizeLong());
  KITH_ASSERT(message.SerializeToArray(bytes.reveal().data(), static_cast<int>(bytes.size())));
  return bytes;
}

template <class Message>
void put_keys(Message& message, const crypto::DatabaseKeys& keys) {
  const auto journal = keys.journal.reveal();
  const auto mail = keys.mail.reveal();
  message.set_journal_key(journal.data(), journal.size());
  message.set_mail_key(mail.data(), mail.size());
}

template <class Message>
void wipe_keys(Message& message) {
  wipe(*message.mutable_journal_key());
  wipe(*message.mutable_mail_key());
}

template <class Message>
Result<std::optional<crypto::DatabaseKeys>> take_keys(Message& message) {
  if (message.journal_key().empty()) return std::optional<crypto::DatabaseKeys>();
  auto journal = crypto::JournalKey::copy_of(as_bytes(message.journal_key()));
  auto mail = crypto::MailKey::copy_of(as_bytes(message.mail_key()));
  wipe_keys(message);
  if (!journal || !mail) return fail(Errc::malformed, "a key has the wrong size");
  return std::optional(crypto::DatabaseKeys{std::move(*journal), std::move(*mail)});
}

}  // namespace

crypto::SecretBytes encode(const AgentAsk& ask) {
  proto::AgentRequest request;
  switch (ask.kind) {
    case Kind::get_keys:
      request.mutable_get_keys();
      break;
    case Kind::status:
      request.mutable_status();
      break;
    case Kind::lock:
      request.mutable_lock();
      break;
    case Kind::unlock:
      request.mutable_unlock()->set_idle_seconds(static_cast<std::uint32_t>(ask.idle.count()));
      if (ask.keys) put_keys(*request.mutable_unlock(), *ask.keys);
      break;
    case Kind::wake:
      request.mutable_wake();
      break;
    case Kind::stop:
      request.mutable_stop();
      break;
    case Kind::watch:
      request.mutable_watch();
      break;
    case Kind::touch:
      request.mutable_touch();
      break;
  }
  auto bytes = serialised(request);
  if (request.has_unlock()) wipe_keys(*request.mutable_unlock());
  return bytes;
}

crypto::SecretBytes encode(const AgentAnswer& answer) {
  proto::AgentReply reply;
  reply.set_code(static_cast<proto::AgentReply::Code>(answer.code));
  reply.set_idle_seconds(static_cast<std::uint32_t>(answer.idle.count()));
  reply.set_locks_in_seconds(static_cast<std::uint64_t>(answer.locks_in.count()));
  if (answer.keys) put_keys(reply, *answer.keys);
  auto bytes = serialised(reply);
  wipe_keys(reply);
  return bytes;
}

Result<AgentAsk> decode_ask(ByteView message) {
  proto::AgentRequest request;
  if (!request.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return fail(Errc::malformed, "not a request to the agent");
  switch (request.kind_case()) {
    case proto::AgentRequest::kGetKeys:
      return AgentAsk{.kind = Kind::get_keys};
    case proto::AgentRequest::kStatus:
      return AgentAsk{.kind = Kind::status};
    case proto::AgentRequest::kLock:
      return AgentAsk{.kind = Kind::lock};
    case proto::AgentRequest::kUnlock: {
      KITH_TRY(auto keys, take_keys(*request.mutable_unlock()));
      return AgentAsk{Kind::unlock, std::move(keys), std::chrono::seconds(request.unlock().idle_seconds())};
    }
    case proto::AgentRequest::kWake:
      return AgentAsk{.kind = Kind::wake};
    case proto::AgentRequest::kStop:
      return AgentAsk{.kind = Kind::stop};
    case proto::AgentRequest::kWatch:
      return AgentAsk{.kind = Kind::watch};
    case proto::AgentRequest::kTouch:
      return AgentAsk{.kind = Kind::touch};
    case proto::AgentRequest::KIND_NOT_SET:
      break;
  }
  return fail(Errc::malformed, "an unknown request to the agent");
}

Result<AgentAnswer> decode_answer(ByteView message) {
  proto::AgentReply reply;
  if (!reply.ParseFromArray(message.data(), static_cast<int>(message.size())))
    return fail(Errc::malformed, "not an answer of the agent");
  KITH_TRY(auto keys, take_keys(reply));
  const auto code = reply.code() == proto::AgentReply::OK       ? AgentAnswer::Code::ok
                    : reply.code() == proto::AgentReply::LOCKED ? AgentAnswer::Code::locked
                                                                : AgentAnswer::Code::refused;
  return AgentAnswer{code, std::move(keys), std::chrono::seconds(reply.idle_seconds()),
                     std::chrono::seconds(static_cast<std::int64_t>(reply.locks_in_seconds() & 0xffffffffU))};
}

}  // namespace kith::cli
