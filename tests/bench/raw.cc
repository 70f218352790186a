#include "tests/bench/raw.h"

#include <zmq.h>

#include <filesystem>

#include "core/mail/frame.h"
#include "crypto/carrier.h"
#include "net/message.h"
#include "net/sockets.h"
#include "net/zap.h"
#include "tests/bench/devices.h"

namespace kith::bench {
namespace {

constexpr long kPatienceMs = 20'000;

// 256 bytes of header and signature, then the payload, again and again.
std::vector<Bytes> frames_of(const GroupWorld& world) {
  auto database = open_mail(world.source, true);
  auto query = must(database.prepare(
      "SELECT e.wire, p.bytes FROM payload p JOIN event e ON e.row = p.event ORDER BY e.log, e.seq"));
  std::vector<Bytes> frames(1);
  while (must(query.step())) {
    const ByteView wire = query.blob_view(0), payload = query.blob_view(1);
    if (frames.back().size() + wire.size() + payload.size() > mail::kFrameTarget) frames.emplace_back();
    append(frames.back(), wire);
    append(frames.back(), payload);
  }
  return frames;
}

// Sends the frames to whoever says anything.
void serve(const GroupWorld& world, const Device& self, const std::function<void(int)>& ready) {
  const auto frames = frames_of(world);
  net::Context context;
  auto zap = must(net::ZapHandler::start(context, [](auto, const auto&) { return net::Admission::welcome; }));
  const auto port = must(net::bind_port(
      context, zap, {.key = self.link, .domain = "kith.member.bench", .at = {{127, 0, 0, 1}, "", 0}}));
  ready(port.address.port);
  Bytes route;
  std::size_t next = 0;
  while (true) {
    zmq_pollitem_t items[2] = {{zap.raw(), 0, ZMQ_POLLIN, 0}, {port.socket.raw(), 0, ZMQ_POLLIN, 0}};
    zmq_poll(items, 2, route.empty() || next == frames.size() ? -1 : 1);
    zap.pump();
    while (auto incoming = net::receive_routed(port.socket.raw())) route = incoming->route;
    while (!route.empty() && next < frames.size() &&
           net::send_routed(port.socket.raw(), route, frames[next]) == net::Sent::yes)
      ++next;
  }
}

class Receiver {
 public:
  Receiver(const GroupWorld& world, const Work& work, const std::string& path) : world_(world), work_(work) {
    if (!work.store) return;
    std::filesystem::remove(path);
    database_.emplace(must(db::Database::open(path, mail_key(), {.create = true})));
    must(
        database_->execute("CREATE TABLE event(row INTEGER PRIMARY KEY, wire BLOB NOT NULL) STRICT;"
                           "CREATE TABLE payload(row INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"));
  }

  void take(ByteView frame) {
    bytes_ += frame.size();
    std::optional<db::Transaction> transaction;
    if (database_) transaction.emplace(must(db::Transaction::begin(*database_)));
    while (!frame.empty()) {
      const auto header = must(mail::parse_signed_header(frame.first(mail::kSignedSize)));
      const ByteView payload = frame.subspan(mail::kSignedSize, header.header.length);
      check(header, payload);
      if (database_) keep(frame.first(mail::kSignedSize), payload);
      frame = frame.subspan(mail::kSignedSize + payload.size());
    }
    if (transaction) must(transaction->commit());
  }
  std::size_t bytes() const { return bytes_; }

 private:
  void check(const mail::SignedHeader& header, ByteView payload) {
    if (work_.events && !header.verify(world_.signs.at(header.header.device))) stop("a signature is bad");
    if (work_.items)
      must(crypto::check_payload(payload, header.id, *ItemPk::parse(header.header.bind.view())));
  }
  void keep(ByteView wire, ByteView payload) {
    must(must(database_->prepare("INSERT INTO event(wire) VALUES(?1)")).bind(1, wire).run());
    must(must(database_->prepare("INSERT INTO payload(bytes) VALUES(?1)")).bind(1, payload).run());
  }

  const GroupWorld& world_;
  const Work work_;
  std::optional<db::Database> database_;
  std::size_t bytes_ = 0;
};

std::size_t total_bytes(const GroupWorld& world) {
  return static_cast<std::size_t>(world.payload_bytes) + kTexts * mail::kSignedSize;
}

Sample receive(const GroupWorld& world, Receiver& receiver, const Device& self, const Device& server,
               int port) {
  net::Context context;
  const mail::Address to{{127, 0, 0, 1}, "", static_cast<std::uint16_t>(port)};
  const auto line = must(net::dial_line(context, {.key = self.link, .server = server.link.pk, .to = to}));
  const Bytes go{1};
  const Stopwatch watch;
  const double cpu = own_cpu_ms();
  while (net::send_plain(line.socket.raw(), go) != net::Sent::yes) zmq_poll(nullptr, 0, 1);
  while (receiver.bytes() < total_bytes(world)) {
    zmq_pollitem_t item{line.socket.raw(), 0, ZMQ_POLLIN, 0};
    if (zmq_poll(&item, 1, kPatienceMs) <= 0) stop("the raw sender fell silent");
    while (auto incoming = net::receive_plain(line.socket.raw())) receiver.take(incoming->body.view());
  }
  return {watch.ms(), own_cpu_ms() - cpu, memory_of(kSelf).peak_mb};
}

Sample store_alone(const GroupWorld& world, Receiver& receiver) {
  const Bytes frame = frames_of(world).front();
  const Stopwatch watch;
  const double cpu = own_cpu_ms();
  while (receiver.bytes() < total_bytes(world)) receiver.take(frame);
  return {watch.ms(), own_cpu_ms() - cpu, kUntold};  // it held all frames a moment ago
}

}  // namespace

Sample raw(const GroupWorld& world, const std::string& data, const Work& work) {
  const Device server(1), client(2);
  const std::string path = data + "/raw.db";
  const auto samples = work.network
                           ? in_pair([&](const auto& ready) { serve(world, server, ready); },
                                     [&](int port) {
                                       Receiver receiver(world, work, path);
                                       return std::vector{receive(world, receiver, client, server, port)};
                                     })
                           : in_child([&] {
                               Receiver receiver(world, work, path);
                               return std::vector{store_alone(world, receiver)};
                             });
  std::filesystem::remove(path);
  return samples.front();
}

}  // namespace kith::bench
