// The connections between couriers: the frames of real mail::Exchanges on their way, in virtual time.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "tests/simulation/person.h"

namespace kith::simulation {

class World;

// What becomes of frames from one person to another.
struct Path {
  bool blocked = false;                             // nothing passes; new connections need both ways
  bool clogged = false;                             // what was sent stays on the way
  std::uint32_t drop = 0, twice = 0, overtake = 0;  // percent of the frames
  std::chrono::milliseconds delay{20};
};

class Network {
 public:
  explicit Network(World& world) : world_(world) {}

  Path& path(std::size_t from, std::size_t to) { return paths_[{from, to}]; }
  void calm();
  // Who is up and allowed connects, frames cross, time goes on.
  void run(std::chrono::seconds span);
  void hang_up(std::size_t person);
  void hang_up_all();
  // kith wrote to mail.db: its courier looks.
  void wake(std::size_t person);
  std::uint64_t frames() const { return frames_; }
  // Who has, over an honest link, told this person all and heard all.
  std::vector<std::size_t> level_with(std::size_t person) const;

 private:
  struct Flying {
    Bytes frame;
    std::chrono::milliseconds at;
  };
  struct End {
    std::size_t person;
    mail::Exchange exchange;
    std::deque<Flying> coming;
  };
  struct Link {
    End ends[2];
    bool tampered = false;  // frames were lost, doubled or changed: the ends may refuse each other
    std::chrono::milliseconds heard{0};
  };
  using Links = std::vector<std::unique_ptr<Link>>;
  struct Patience {  // after a link ended before all was told: when to dial again
    std::chrono::milliseconds until{0}, wait{0};
  };

  void connect();
  bool send(Link& link, std::size_t from);
  void put_on_the_way(Link& link, std::size_t from, Bytes frame);
  bool deliver(Link& link, std::size_t to);
  void refused(Link& link, std::size_t by, mail::Reject reason);
  void news(std::size_t person);
  bool check(std::size_t person);
  void close(Link& link);
  std::chrono::milliseconds next_arrival() const;

  World& world_;
  std::map<std::pair<std::size_t, std::size_t>, Path> paths_;
  std::map<std::pair<std::size_t, std::size_t>, Patience> patience_;
  Links links_;
  std::chrono::milliseconds now_{0};
  std::uint64_t frames_ = 0;
};

}  // namespace kith::simulation
