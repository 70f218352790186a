// (c): sealing and opening one text for a group of so many devices.
#include <fmt/format.h>

#include "crypto/envelope.h"
#include "tests/bench/devices.h"
#include "tests/bench/rows.h"
#include "tests/support/seeded_random.h"

namespace kith::bench {
namespace {

constexpr int kRounds = 50;  // in one sample
constexpr std::size_t kText = 1024;
constexpr std::array kSizes = {12, 24, 64};
constexpr std::array<std::size_t, 2> kPrekeys = {1, crypto::kMaxHeldPrekeys};

Sample per_round(const Stopwatch& watch, double cpu_before) {
  return {watch.ms() / kRounds, (own_cpu_ms() - cpu_before) / kRounds, kUntold};
}

// Sealing, then opening with each number of held prekeys; the right one is the oldest.
std::vector<Sample> measure(int size) {
  test::SeededRandom random(7);
  std::vector<Device> devices;
  for (int i = 0; i < size; ++i) devices.emplace_back(static_cast<std::uint64_t>(i));
  const auto group = random.draw<GroupId>();
  Bytes text(kText, 'x');
  const Place place{0, random.draw<Link>()};

  std::vector<Sample> samples;
  {
    const Stopwatch watch;
    const double cpu = own_cpu_ms();
    for (int i = 0; i < kRounds; ++i) seal(group, devices[0], devices, place, text, random);
    samples.push_back(per_round(watch, cpu));
  }
  const Item item = seal(group, devices[0], devices, place, text, random);
  const Device& reader = devices.back();
  std::vector<crypto::PreKeypair> others;
  for (std::size_t i = 1; i < crypto::kMaxHeldPrekeys; ++i) others.push_back(crypto::pre_keypair(random));
  for (const std::size_t count : kPrekeys) {
    std::vector<crypto::HeldPrekey> held;
    for (std::size_t i = 1; i < count; ++i) held.push_back({others[i - 1].pk, others[i - 1].secret});
    held.push_back({reader.prekey.pk, reader.prekey.secret});
    const Stopwatch watch;
    const double cpu = own_cpu_ms();
    for (int i = 0; i < kRounds; ++i) {
      const auto opened =
          crypto::open_payload(item.payload, item.event.id(), *ItemPk::parse(item.event.header().bind.view()),
                               group, 0, devices[0].id, devices[0].dh.pk, reader.id, held);
      if (opened.what != crypto::Opening::opened) stop("a sealed item did not open");
    }
    samples.push_back(per_round(watch, cpu));
  }
  return samples;
}

}  // namespace

void seal_rows(Table& table, const Setting& setting) {
  for (int i = 0; i < setting.repeats; ++i)
    for (const int size : kSizes) {
      const auto samples = in_child([&] { return measure(size); });
      table.add(fmt::format("c  seal 1 KiB for {} devices", size), samples[0]);
      for (std::size_t at = 0; at < kPrekeys.size(); ++at)
        table.add(fmt::format("c  open it, {} devices, {} prekey{} held", size, kPrekeys[at],
                              kPrekeys[at] == 1 ? "" : "s"),
                  samples[1 + at]);
    }
}

}  // namespace kith::bench
