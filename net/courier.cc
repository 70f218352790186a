#include "net/courier.h"

#include <zmq.h>

#include <algorithm>

#include "net/limits.h"
#include "net/log.h"

namespace kith::net {

Courier::Courier(LocalServer server, std::string mail_path, Estate& estate, const Confinement& confinement,
                 const ResidentMeter& meter, int stop_descriptor, Clock& clock, Random& random)
    : clock_(clock),
      random_(random),
      mail_path_(std::move(mail_path)),
      estate_(estate),
      confinement_(confinement),
      meter_(meter),
      stop_descriptor_(stop_descriptor),
      server_(std::move(server)),
      bind_again_(clock.steady()),
      purge_again_(clock.steady()) {}

Result<std::unique_ptr<Courier>> Courier::start(LocalServer server, std::string mail_path, Estate& estate,
                                                const Confinement& confinement, const ResidentMeter& meter,
                                                int stop_descriptor, Clock& clock, Random& random) {
  std::unique_ptr<Courier> courier(new Courier(std::move(server), std::move(mail_path), estate, confinement,
                                               meter, stop_descriptor, clock, random));
  KITH_TRY(auto zap,
           ZapHandler::start(courier->context_, [raw = courier.get()](auto domain, const auto& key) {
             return raw->judge(domain, key);
           }));
  courier->zap_.emplace(std::move(zap));
  if (estate.left()) courier->resume_again_ = clock.steady();
  return courier;
}

Admission Courier::judge(std::string_view domain, const LinkPk& key) {
  if (domain == kDoorDomain) {
    const bool known = std::ranges::any_of(doors_, [&](const auto& open) { return open.door->admits(key); });
    return known ? Admission::welcome : Admission::unknown;
  }
  for (const auto& [id, node] : groups_)
    if (node->domain() == domain) return node->judge(key, clock_.steady());
  return Admission::unknown;
}

void Courier::step(milliseconds longest) {
  wait(longest);
  const Instant now = clock_.steady();
  const Day today = day_of(clock_.now());
  resume(now);
  zap_->pump();
  server_.pump(
      now,
      [&](ClientId client, Bytes message) {
        handle(client, message, now);
        sodium_memzero(message.data(), message.size());
      },
      [&](ClientId client) { client_gone(client, now); });
  pump_doors(now);
  if (store_) pump_groups(today, now);
  if (store_) upkeep(today, now);
  answer_syncs(now);
  if (std::exchange(arrived_, false)) push_arrived();
}

void Courier::wait(milliseconds longest) {
  std::vector<zmq_pollitem_t> items;
  const auto add = [&](void* socket) { items.push_back({socket, 0, ZMQ_POLLIN, 0}); };
  add(zap_->raw());
  for (const auto& [id, node] : groups_) node->add_sockets(add);
  for (const auto& open : doors_) open.door->add_sockets(add);
  if (stop_descriptor_ >= 0) items.push_back({nullptr, stop_descriptor_, ZMQ_POLLIN, 0});
  const std::size_t stop = items.size() - 1;
  server_.add_items(items);
  const Instant now = clock_.steady();
  const auto pause =
      std::clamp(std::chrono::duration_cast<milliseconds>(next_due(now) - now), milliseconds{0}, longest);
  zmq_poll(items.data(), static_cast<int>(items.size()), pause.count());
  if (stop_descriptor_ >= 0 && items[stop].revents != 0) stopping_ = true;
}

Instant Courier::next_due(Instant now) {
  if (server_.waiting()) return now;
  Instant next = std::min(now + kIdle, resume_again_.value_or(Instant::max()));
  for (const auto& [id, node] : groups_) {
    if (node->unchecked()) return now;
    next = std::min(next, node->next_due(now));
    if (!node->announced()) next = std::min(next, bind_again_);
  }
  for (const auto& open : doors_) {
    if (open.door->queued() > 0) next = std::min(next, now + kRetrySend);
    next = std::min(next, open.until.value_or(open.door->next_due()));
  }
  for (const auto& sync : syncs_) next = std::min(next, sync.until);
  return next;
}

// Goes on where a courier fell. What it stored is in mail.db; whom it kept out and how much they sent, it
// took along.
void Courier::resume(Instant now) {
  if (store_) resume_again_.reset();
  if (!resume_again_ || now < *resume_again_) return;
  resume_again_ = now + kResumeAgain;
  const auto left = estate_.left();
  if (!left) return resume_again_.reset();
  if (const auto begun = begin_with(left->key, left->listen, now); !begun)
    say(log::Id::request_failed, now, static_cast<int>(begun.error().code), begun.error().detail);
}

void Courier::pump_groups(Day today, Instant now) {
  std::size_t lines = 0;
  for (const auto& [id, node] : groups_) lines += node->lines();
  for (const auto& [id, node] : groups_) {
    const std::size_t before = node->lines();
    const bool grew = node->pump(kMaxDials - std::min(kMaxDials, lines), today, now);
    lines += node->lines() - std::min(before, node->lines());
    arrived_ = arrived_ || grew;
    if (grew || !node->unchecked()) continue;
    if (const auto checked = node->check_some()) {
      arrived_ = arrived_ || *checked;
    } else {
      say(log::Id::store_failed, now, static_cast<int>(checked.error().code), checked.error().detail);
    }
  }
  leave_at_rest(now);
  shed(now);
}

void Courier::pump_doors(Instant now) {
  for (auto& open : doors_) {
    open.door->pump(now, [&](ByteView frame, std::uint32_t attempt) {
      if (!open.until) reply_door_frame(open.owner, frame, attempt);
    });
    if (!open.until) server_.pause(open.owner, open.door->queued() > kMaxDoorQueue);
    if (open.until || open.door->open()) continue;
    reply_door_closed(open.owner, open.door->used_up());
    open.until = now;
  }
  std::erase_if(doors_, [&](const auto& open) {
    return open.until && ((open.door->queued() == 0 && open.door->deserted()) || now >= *open.until);
  });
}

void Courier::upkeep(Day today, Instant now) {
  if (now >= bind_again_) announce_groups(now);
  if (now < purge_again_) return;
  purge_again_ = now + kPurgeEvery;
  for (const auto& [id, node] : groups_)
    if (const auto purged = node->purge(today); !purged)
      say(log::Id::store_failed, now, static_cast<int>(purged.error().code), purged.error().detail);
}

// Above the limit the longest silent connection goes, of the group that has most.
void Courier::shed(Instant now) {
  std::size_t connections = 0;
  for (const auto& [id, node] : groups_) connections += node->connections();
  for (; connections > kMaxConnections; --connections) {
    const auto most =
        std::ranges::max_element(groups_, {}, [](const auto& entry) { return entry.second->connections(); });
    most->second->shed_one();
    say(log::Id::link_shed, now, static_cast<std::int64_t>(connections));
  }
}

}  // namespace kith::net
