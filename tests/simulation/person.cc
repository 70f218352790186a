#include "tests/simulation/person.h"

namespace kith::simulation {

Person::Person(std::string called, std::uint64_t seed, const WallTime& world)
    : name(std::move(called)), clock(world), seed_(seed) {
  make();
}

void Person::make() {
  node_ = std::make_unique<test::TestNode>(name, seed_++, clock);
  node_->close();
  disk_ = std::make_unique<test::MemoryDisk>(node_->folder.path().string());
  test::must(node_->open());
}

void Person::stop() {
  courier_.reset();
  node_->close();
}

Result<void> Person::open_courier(const GroupId& group) {
  courier_down = false;
  KITH_TRY(const auto groups, node_->node().groups());
  if (std::ranges::find(groups, group) == groups.end()) return {};
  KITH_TRY(courier_, test::Courier::open(node_->mail(), group));
  return {};
}

Result<void> Person::start(const GroupId& group) {
  KITH_CHECK(node_->open());
  auto opened = open_courier(group);
  if (!opened) stop();
  return opened;
}

void Person::wipe() {
  KITH_ASSERT(!up());
  node_.reset();
  disk_.reset();
  make();
  entries.clear();
  drafts.clear();
  copy.clear();
  locked = mail_came = restored = edited = false;
}

}  // namespace kith::simulation
