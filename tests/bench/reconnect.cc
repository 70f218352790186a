// (d): two nodes that hold the same; one has written a text meanwhile. And the same over a standing line.
#include <fmt/format.h>
#include <zmq.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "core/db/database.h"
#include "net/link.h"
#include "net/message.h"
#include "net/sockets.h"
#include "net/zap.h"
#include "tests/bench/header_store.h"
#include "tests/bench/rows.h"
#include "tests/support/seeded_random.h"

namespace kith::bench {
namespace {

constexpr int kReconnects = 15;  // in one sample, of which the median counts
constexpr double kGiveUpMs = 20'000;

class Node {
 public:
  Node(const std::string& path, const std::vector<Device>& devices, std::size_t self)
      : store(open_store(path)), roster(devices), device(devices[self]) {}
  std::unique_ptr<net::Link> link_to(const LinkPk& peer, Instant now) {
    return std::make_unique<net::Link>(
        *store, roster, mail::ExchangeSelf{bench_group(), device.id, device.link.pk}, peer, rejected, now);
  }
  std::unique_ptr<mail::MailStore> store;
  Roster roster;
  const Device& device;
  net::Tally rejected{};
};

// Both nodes in one thread, over CURVE on loopback: what one waits for, the other is doing.
class Two {
 public:
  Two(const HeaderStores& stores, const std::vector<Device>& devices)
      : a_(stores.a, devices, 0),
        b_(stores.b, devices, 1),
        devices_(devices),
        zap_(must(
            net::ZapHandler::start(context_, [](auto, const auto&) { return net::Admission::welcome; }))),
        port_(must(net::bind_port(
            context_, zap_,
            {.key = a_.device.link, .domain = "kith.member.bench", .at = {{127, 0, 0, 1}, "", 0}}))) {}

  void dial() {
    hang_up();
    line_.emplace(must(
        net::dial_line(context_, {.key = b_.device.link, .server = a_.device.link.pk, .to = port_.address})));
    to_a_ = b_.link_to(a_.device.link.pk, clock_.steady());
  }
  void hang_up() {
    line_.reset();
    to_a_.reset();
    to_b_.reset();
    route_.clear();
  }
  // A text by A, durable at A when this returns.
  void write() {
    const auto head = must(a_.store->head(bench_group(), a_.device.id));
    const Item item = seal(bench_group(), a_.device, devices_, {head->seq + 1, head->link}, text_, random_);
    const mail::PayloadOf payload{item.event.id(), item.payload};
    must(a_.store->append(bench_group(), std::span(&item.event, 1), a_.roster, Day{kToday}));
    must(a_.store->put_payloads(bench_group(), std::span(&payload, 1)));
    if (to_b_) to_b_->store_grew();
  }
  // Until the text last written is durable at B.
  void run_until_there() {
    const auto before = b_.store->last_stored_payload();
    run([&] { return b_.store->last_stored_payload() != before; });
  }
  void run_until_quiet() {
    run([&] { return to_b_ && to_b_->quiet() && to_a_->quiet(); });
  }

 private:
  template <class Done>
  void run(Done done) {
    const Stopwatch watch;
    while (true) {
      pump();
      if (done()) return;
      if (watch.ms() > kGiveUpMs) stop("the two nodes did not come to an end");
      wait();
    }
  }
  void wait() {
    std::vector<zmq_pollitem_t> items = {{zap_.raw(), 0, ZMQ_POLLIN, 0},
                                         {port_.socket.raw(), 0, ZMQ_POLLIN, 0}};
    if (line_) items.push_back({line_->socket.raw(), 0, ZMQ_POLLIN, 0});
    // A line that cannot send yet (its handshake runs) has no event to wait for here: look again soon.
    zmq_poll(items.data(), static_cast<int>(items.size()), to_b_ ? 20 : 1);
  }
  void pump() {
    zap_.pump();
    const Instant now = clock_.steady();
    while (auto incoming = net::receive_routed(port_.socket.raw())) {
      if (route_ != incoming->route) {
        route_ = incoming->route;
        to_b_ = a_.link_to(*incoming->body.user(), now);
      }
      if (!to_b_->receive(incoming->body.view(), Day{kToday}, now)) stop("A cut B");
    }
    if (to_b_)
      to_b_->flush([&](ByteView frame) { return net::send_routed(port_.socket.raw(), route_, frame); }, now);
    if (!line_) return;
    while (auto incoming = net::receive_plain(line_->socket.raw()))
      if (!to_a_->receive(incoming->body.view(), Day{kToday}, now)) stop("B cut A");
    to_a_->flush([&](ByteView frame) { return net::send_plain(line_->socket.raw(), frame); }, now);
  }

  SystemClock clock_;
  test::SeededRandom random_{99};
  Bytes text_ = Bytes(1024, 'x');
  Node a_, b_;
  const std::vector<Device>& devices_;
  net::Context context_;
  net::ZapHandler zap_;
  net::Port port_;
  std::optional<net::Line> line_;
  std::unique_ptr<net::Link> to_a_, to_b_;  // B's end and A's
  Bytes route_;
};

Sample median_of(std::vector<Sample> samples) {
  std::ranges::sort(samples, {}, &Sample::ms);
  return samples[samples.size() / 2];
}

// With one text to bring; with nothing to bring; over the standing line.
std::vector<Sample> measure(const HeaderStores& stores) {
  const auto devices = header_devices();
  Two two(stores, devices);
  std::vector<Sample> with_one, empty, live;
  for (int i = 0; i < kReconnects; ++i) {
    two.write();
    const Stopwatch watch;
    const double cpu = own_cpu_ms();
    two.dial();
    two.run_until_there();
    with_one.push_back({watch.ms(), own_cpu_ms() - cpu, kUntold});
    two.run_until_quiet();
    {
      const Stopwatch again;
      const double cpu_again = own_cpu_ms();
      two.dial();
      two.run_until_quiet();
      empty.push_back({again.ms(), own_cpu_ms() - cpu_again, kUntold});
    }
    two.write();
    const Stopwatch standing;
    const double cpu_standing = own_cpu_ms();
    two.run_until_there();
    live.push_back({standing.ms(), own_cpu_ms() - cpu_standing, kUntold});
    two.run_until_quiet();
    two.hang_up();
  }
  std::vector<Sample> medians = {median_of(with_one), median_of(empty), median_of(live)};
  medians[0].peak_mb = memory_of(kSelf).peak_mb;
  return medians;
}

// What the disk alone asks of the reader: a header, then a payload, each durable before the next.
Sample two_raw_transactions(const std::string& data) {
  const std::string path = data + "/raw-pair.db";
  std::filesystem::remove(path);
  const std::array<std::uint8_t, 32> key{};
  auto database = must(db::Database::open(path, key, {.create = true}));
  must(database.execute("CREATE TABLE one(row INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"));
  std::vector<Sample> samples;
  for (int i = 0; i < kReconnects; ++i) {
    const Stopwatch watch;
    const double cpu = own_cpu_ms();
    for (const std::size_t size : {std::size_t{300}, std::size_t{4'500}}) {
      auto transaction = must(db::Transaction::begin(database));
      must(must(database.prepare("INSERT INTO one(bytes) VALUES(?1)")).bind(1, Bytes(size, 'x')).run());
      must(transaction.commit());
    }
    samples.push_back({watch.ms(), own_cpu_ms() - cpu, kUntold});
  }
  return median_of(std::move(samples));
}

}  // namespace

void reconnect_rows(Table& table, const Setting& setting) {
  std::vector<std::size_t> counts = {10, 10'000};
  if (setting.with_million) counts.push_back(1'000'000);
  std::vector<HeaderStores> stores;
  for (const std::size_t count : counts) stores.push_back(header_stores(setting.data, count));
  for (int i = 0; i < setting.repeats; ++i) {
    table.add("d  raw SQLCipher: two small transactions, one after the other",
              in_child([&] { return std::vector{two_raw_transactions(setting.data)}; }).front());
    for (std::size_t at = 0; at < counts.size(); ++at) {
      const auto samples = in_child([&] { return measure(stores[at]); });
      const std::string holding = fmt::format("both hold {} headers", counts[at]);
      table.add("d  reconnect with one new text, " + holding, samples[0]);
      table.add("d  reconnect with nothing new, " + holding, samples[1]);
      table.add("d  live, durable to durable, " + holding, samples[2]);
    }
  }
}

}  // namespace kith::bench
