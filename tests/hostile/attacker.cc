#include "tests/hostile/attacker.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace kith::hostile {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kGreeting = 64;
constexpr std::size_t kMostHeard = 64 << 20;  // of what came, kept to be searched
constexpr timeval kSendPatience{5, 0};

Bytes big_endian(std::uint64_t number, std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}

std::uint64_t from_big_endian(ByteView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

int poll_for(int socket, short events, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now());
  pollfd wait{socket, events, 0};
  return poll(&wait, 1, static_cast<int>(std::max<milliseconds::rep>(left.count(), 0)));
}

std::optional<Bytes> open_box(ByteView nonce, ByteView sealed, ByteView from, ByteView to) {
  if (sealed.size() < crypto_box_MACBYTES || nonce.size() != crypto_box_NONCEBYTES) return std::nullopt;
  Bytes plain(sealed.size() - crypto_box_MACBYTES);
  if (crypto_box_open_easy(plain.data(), sealed.data(), sealed.size(), nonce.data(), from.data(),
                           to.data()) != 0)
    return std::nullopt;
  return plain;
}

}  // namespace

Bytes joined(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const auto& part : parts) append(all, part);
  return all;
}

Bytes greeting(std::string_view mechanism, std::uint8_t major, bool as_server) {
  Bytes bytes = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, major, static_cast<std::uint8_t>(major == 3 ? 1 : 0)};
  bytes.resize(kGreeting, 0);
  std::copy_n(mechanism.begin(), std::min<std::size_t>(mechanism.size(), 20), bytes.begin() + 12);
  bytes[32] = as_server ? 1 : 0;
  return bytes;
}

Bytes framed(std::uint8_t flags, ByteView body) {
  const bool large = body.size() > 255;
  const auto first = static_cast<std::uint8_t>(flags | (large ? kLong : 0));
  return joined({Bytes{first}, big_endian(body.size(), large ? 8 : 1), body});
}

Bytes named(std::string_view name, ByteView rest) {
  return joined({Bytes{static_cast<std::uint8_t>(name.size())}, as_bytes(name), rest});
}

Bytes property(std::string_view name, ByteView value) {
  return joined({named(name, {}), big_endian(value.size(), 4), value});
}

Bytes usual_metadata() {
  return joined({property("Socket-Type", as_bytes("DEALER")), property("Identity", {})});
}

Attacker::Attacker(std::uint16_t port, const LinkPk& server, const crypto::LinkKeypair& key)
    : claims(key.pk), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), server_(server) {
  const auto secret = key.secret.reveal();
  std::copy(secret.begin(), secret.end(), secret_.begin());
  crypto_box_keypair(short_pk_.data(), short_secret_.data());
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof kSendPatience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  closed_ = connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0;
}
Attacker::~Attacker() {
  if (socket_ >= 0) close(socket_);
}

void Attacker::leave() {
  shutdown(socket_, SHUT_RDWR);
  closed_ = true;
}

Bytes Attacker::box(std::string_view prefix, ByteView plain, ByteView to, ByteView from,
                    std::uint64_t number) const {
  const Bytes whole = joined({as_bytes(prefix), big_endian(number, 8)});
  Bytes sealed(plain.size() + crypto_box_MACBYTES);
  if (whole.size() != crypto_box_NONCEBYTES ||
      crypto_box_easy(sealed.data(), plain.data(), plain.size(), whole.data(), to.data(), from.data()) != 0)
    std::fill(sealed.begin(), sealed.end(), std::uint8_t{0});  // a key of low order
  return sealed;
}

Bytes Attacker::hello_body() const {
  const Bytes zeros(64), padding(72);
  return named("HELLO", joined({Bytes{1, 0}, padding, short_pk_, big_endian(nonce, 8),
                                box("CurveZMQHELLO---", zeros, server_.view(), short_secret_, nonce)}));
}

Bytes Attacker::vouch(const LinkPk& server) const {
  std::array<std::uint8_t, 16> random{};
  randombytes_buf(random.data(), random.size());
  const Bytes number = joined({as_bytes("VOUCH---"), random});
  const Bytes plain = joined({short_pk_, server.view()});
  Bytes sealed(plain.size() + crypto_box_MACBYTES);
  if (crypto_box_easy(sealed.data(), plain.data(), plain.size(), number.data(), server_short_.data(),
                      secret_.data()) != 0)
    std::fill(sealed.begin(), sealed.end(), std::uint8_t{0});
  return joined({random, sealed});
}

Bytes Attacker::initiate_body(ByteView metadata, std::optional<Bytes> other_vouch) {
  const std::uint64_t number = ++nonce;
  const Bytes plain = joined({claims.view(), other_vouch ? *other_vouch : vouch(server_), metadata});
  return named("INITIATE", joined({cookie, big_endian(number, 8),
                                   box("CurveZMQINITIATE", plain, server_short_, short_secret_, number)}));
}

Bytes Attacker::message_body(ByteView plain, std::uint8_t inner) {
  const std::uint64_t number = ++nonce;
  return named("MESSAGE",
               joined({big_endian(number, 8), box("CurveZMQMESSAGEC", joined({Bytes{inner}, plain}),
                                                  server_short_, short_secret_, number)}));
}

bool Attacker::say(ByteView bytes) {
  while (!bytes.empty() && !closed_) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return !closed_;
}

bool Attacker::fill(std::size_t wanted, Clock::time_point until) {
  std::array<std::uint8_t, 64 * 1024> buffer;
  while (in_.size() < wanted) {
    if (closed_ || poll_for(socket_, POLLIN, until) <= 0) return false;
    const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
    closed_ = got <= 0;
    if (closed_) return false;
    const ByteView more(buffer.data(), static_cast<std::size_t>(got));
    append(in_, more);
    if (heard_.size() < kMostHeard) append(heard_, more);
  }
  return true;
}

std::optional<Attacker::Frame> Attacker::next_frame(milliseconds patience) {
  const auto until = Clock::now() + patience;
  if (!fill(1, until)) return std::nullopt;
  const std::size_t head = (in_[0] & kLong) != 0 ? 9 : 2;
  if (!fill(head, until)) return std::nullopt;
  const auto size = static_cast<std::size_t>(from_big_endian(ByteView(in_).subspan(1, head - 1)));
  if (!fill(head + size, until)) return std::nullopt;
  Frame frame{in_[0], to_bytes(ByteView(in_).subspan(head, size))};
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(head + size));
  return frame;
}

bool Attacker::greet() {
  if (!say(greeting()) || !fill(kGreeting, Clock::now() + milliseconds(5'000))) return false;
  in_.erase(in_.begin(), in_.begin() + kGreeting);
  return true;
}

bool Attacker::take_welcome(milliseconds patience) {
  const auto frame = next_frame(patience);
  if (!frame || frame->body.size() != 168) return false;
  const ByteView body(frame->body);
  const Bytes number = joined({as_bytes("WELCOME-"), body.subspan(8, 16)});
  const auto plain = open_box(number, body.subspan(24), server_.view(), short_secret_);
  if (!plain || plain->size() != 128) return false;
  std::copy_n(plain->begin(), 32, server_short_.begin());
  cookie.assign(plain->begin() + 32, plain->end());
  return true;
}

bool Attacker::take_ready(milliseconds patience) {
  const auto frame = next_frame(patience);
  return frame && as_text(frame->body).starts_with("\x05READY");
}

bool Attacker::shake_hands() {
  return greet() && say(hello()) && take_welcome() && say(initiate()) && take_ready();
}

std::optional<Bytes> Attacker::hear(milliseconds patience) {
  const auto until = Clock::now() + patience;
  while (Clock::now() < until) {
    const auto frame = next_frame(std::chrono::duration_cast<milliseconds>(until - Clock::now()));
    if (!frame) return std::nullopt;
    const ByteView body(frame->body);
    if (!as_text(body).starts_with("\x07MESSAGE") || body.size() < 16) continue;
    const Bytes number = joined({as_bytes("CurveZMQMESSAGES"), body.subspan(8, 8)});
    const auto plain = open_box(number, body.subspan(16), server_short_, short_secret_);
    if (!plain || plain->empty()) continue;
    if (heard_.size() < kMostHeard) append(heard_, *plain);
    if ((plain->front() & kInnerCommand) != 0) continue;
    ++messages_;
    return Bytes(plain->begin() + 1, plain->end());
  }
  return std::nullopt;
}

void Attacker::reset() {
  const linger at_once{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(socket_, -1));
  closed_ = true;
}

bool Attacker::cut_within(milliseconds longest) {
  const auto until = Clock::now() + longest;
  while (!closed_ && Clock::now() < until)
    hear(std::chrono::duration_cast<milliseconds>(until - Clock::now()));
  return closed_;
}

void Attacker::read_nothing_more() {
  const int smallest = 1;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);
}

}  // namespace kith::hostile
