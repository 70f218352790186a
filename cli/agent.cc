#include "cli/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <new>

#include "cli/agent_messages.h"
#include "cli/channel.h"
#include "cli/courier_client.h"
#include "core/base/log.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostClients = 64;
constexpr auto kWaitForUnlock = 30s;  // an agent nobody gave keys to goes away
constexpr auto kWaitForOldAgent = 5s;
constexpr auto kTaskRetry = 60s;  // after a task failed
constexpr auto kMeetAgain = 1s;   // after the courier was lost
constexpr timeval kSendPatience{1, 0};

// Both keys in locked, guarded memory; unreadable but while one is copied out.
class KeyRoom {
 public:
  explicit KeyRoom(crypto::DatabaseKeys keys) {
    void* room = sodium_malloc(sizeof(crypto::DatabaseKeys));
    KITH_ASSERT(room != nullptr);
    keys_ = new (room) crypto::DatabaseKeys(std::move(keys));
    sodium_mprotect_noaccess(keys_);
  }
  ~KeyRoom() {
    sodium_mprotect_readwrite(keys_);
    keys_->~DatabaseKeys();
    sodium_free(keys_);
  }
  KeyRoom(const KeyRoom&) = delete;
  KeyRoom& operator=(const KeyRoom&) = delete;

  crypto::DatabaseKeys copy() const {
    sodium_mprotect_readonly(keys_);
    crypto::DatabaseKeys keys{keys_->journal.clone(), keys_->mail.clone()};
    sodium_mprotect_noaccess(keys_);
    return keys;
  }

 private:
  crypto::DatabaseKeys* keys_;
};

enum class LockCause : std::uint8_t { asked, idle, stopped, never_unlocked };

struct Client {
  Channel channel;
  bool watching = false;
  bool gone = false;
};

struct Scheduled {
  std::unique_ptr<AgentTask> task;
  std::optional<WallTime> next;
  bool keep_open = false;
};

class Agent {
 public:
  Agent(AgentSetup setup, Descriptor listening)
      : home_(setup.home), clock_(setup.clock), listening_(std::move(listening)) {
    for (auto& task : setup.tasks) tasks_.push_back({std::move(task), std::nullopt});
  }

  Result<void> run() {
    timer_.reset(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
    if (!timer_.valid()) return fail(Errc::io, "no timer could be made", errno);
    log::event(log::Id::agent_started);
    touched_ = clock_.steady();
    while (!cause_) {
      set_timer();
      wait_and_serve();
      meet_again();
      run_due_tasks();
      check_idle();
    }
    lock();
    return {};
  }

 private:
  void wait_and_serve() {
    std::vector<pollfd> waits = {{listening_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}};
    waits.push_back({courier_ ? courier_->descriptor() : -1, POLLIN, 0});
    for (const auto& client : clients_) waits.push_back({client.channel.descriptor(), POLLIN, 0});
    if (poll(waits.data(), waits.size(), -1) < 0) return;  // interrupted: the caller looks at the time again
    const std::size_t polled = clients_.size();
    for (std::size_t i = 0; i < polled && !cause_; ++i)
      if (waits[3 + i].revents != 0) serve(clients_[i]);
    std::erase_if(clients_, [](const Client& client) { return client.gone; });
    if (waits[1].revents != 0) drain_timer();
    if (waits[2].revents != 0) hear_courier();
    if (waits[0].revents != 0) accept_client();
  }

  void drain_timer() {
    std::uint64_t expirations = 0;
    [[maybe_unused]] const auto got = ::read(timer_.get(), &expirations, sizeof expirations);
  }

  void accept_client() {
    Descriptor connected(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connected.valid() || clients_.size() >= kMostClients) return;
    if (!is_same_user(connected.get())) {
      log::event(log::Id::agent_refused_peer);
      return;
    }
    setsockopt(connected.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof kSendPatience);
    clients_.push_back({Channel(std::move(connected))});
  }

  void serve(Client& client) {
    auto message = client.channel.receive(0ms);
    if (!message) {
      client.gone = message.error().code != Errc::busy;
      return;
    }
    auto ask = decode_ask(message->reveal());
    if (!ask) {
      log::event(log::Id::agent_bad_request, message->size());
      client.gone = true;
      return;
    }
    const AgentAnswer answer = reply(*ask, client);
    if (!client.channel.send(encode(answer).reveal())) client.gone = true;
    if (ask->kind == AgentAsk::Kind::unlock || ask->kind == AgentAsk::Kind::wake)
      run_tasks(ask->kind == AgentAsk::Kind::unlock ? Occasion::start : Occasion::woken);
  }

  AgentAnswer reply(AgentAsk& ask, Client& client) {
    using Kind = AgentAsk::Kind;
    const auto locked = [] { return AgentAnswer{.code = AgentAnswer::Code::locked}; };
    switch (ask.kind) {
      case Kind::unlock:
        return unlock(ask);
      case Kind::lock:
        cause_ = LockCause::asked;
        return locked();
      case Kind::stop:
        cause_ = LockCause::stopped;
        return locked();
      case Kind::get_keys:
        if (!keys_) return locked();
        touched_ = clock_.steady();
        return {AgentAnswer::Code::ok, keys_->copy(), idle_, locks_in()};
      case Kind::watch:
        if (keys_) client.watching = true;
        break;
      case Kind::touch:
        touched_ = clock_.steady();
        break;
      case Kind::wake:
        meet_courier();
        break;
      case Kind::status:
        break;
    }
    return keys_ ? AgentAnswer{AgentAnswer::Code::ok, std::nullopt, idle_, locks_in()} : locked();
  }

  AgentAnswer unlock(AgentAsk& ask) {
    if (!ask.keys && !keys_) return {.code = AgentAnswer::Code::locked};
    if (ask.keys && keys_) return {.code = AgentAnswer::Code::refused};
    idle_ = std::clamp<std::chrono::seconds>(ask.idle, 1s, kLongestIdle);
    touched_ = clock_.steady();
    if (ask.keys) {
      keys_ = std::make_unique<KeyRoom>(std::move(*ask.keys));
      log::event(log::Id::agent_unlocked, idle_.count());
      meet_courier();
    }
    return {AgentAnswer::Code::ok, std::nullopt, idle_, locks_in()};
  }

  std::chrono::seconds locks_in() const {
    const auto left = touched_ + idle_ - clock_.steady();
    return std::max<std::chrono::seconds>(0s, std::chrono::ceil<std::chrono::seconds>(left));
  }

  bool kept_open() const {
    return std::ranges::any_of(tasks_, [](const Scheduled& scheduled) { return scheduled.keep_open; });
  }

  void check_idle() {
    if (cause_) return;
    const auto idle_for = clock_.steady() - touched_;
    if (!keys_ && idle_for >= kWaitForUnlock) cause_ = LockCause::never_unlocked;
    if (keys_ && idle_for >= idle_ && !kept_open()) cause_ = LockCause::idle;
  }

  // -- tasks

  void run_tasks(Occasion occasion) {
    if (!keys_ || cause_) return;
    const crypto::DatabaseKeys keys = keys_->copy();
    for (std::size_t i = 0; i < tasks_.size(); ++i) run_task(i, keys, occasion);
  }

  void run_task(std::size_t index, const crypto::DatabaseKeys& keys, Occasion occasion) {
    Scheduled& scheduled = tasks_[index];
    const auto report = scheduled.task->run(keys, occasion);
    if (!report) {
      log::event(log::Id::agent_task_failed, index, report.error().code, report.error().detail);
      scheduled.next = clock_.now() + kTaskRetry;
      scheduled.keep_open = false;
      return;
    }
    scheduled.next = report->next;
    scheduled.keep_open = report->keep_open;
    if (report->mail_grew && courier_ && !courier_->ask_wake()) lose_courier();
  }

  void run_due_tasks() {
    if (!keys_ || cause_) return;
    const WallTime now = clock_.now();
    for (std::size_t i = 0; i < tasks_.size(); ++i)
      if (tasks_[i].next && *tasks_[i].next <= now) run_task(i, keys_->copy(), Occasion::due);
  }

  // -- courier

  void meet_courier() {
    if (!keys_ || courier_) return;
    auto courier = CourierClient::connect(home_);
    if (!courier) return;
    if (!courier->ask_key(keys_->copy().mail, std::nullopt) || !courier->ask_watch()) return lose_courier();
    log::event(log::Id::agent_sent_key);
    courier_ = std::move(*courier);
  }

  void hear_courier() {
    while (courier_) {
      const auto arrived = courier_->arrived(0ms);
      if (!arrived && arrived.error().code == Errc::busy) return;
      if (!arrived) {
        lose_courier();
      } else if (*arrived) {
        run_tasks(Occasion::arrived);
      }
    }
  }

  void lose_courier() {
    courier_.reset();
    meet_at_ = clock_.steady() + kMeetAgain;
  }

  // A courier that fell is followed by another, and may have stored something that nobody was told of.
  void meet_again() {
    if (!meet_at_ || clock_.steady() < *meet_at_) return;
    meet_at_.reset();
    meet_courier();
    if (courier_) run_tasks(Occasion::arrived);
  }

  // -- time

  void set_timer() {
    auto wait = std::chrono::ceil<std::chrono::milliseconds>(
        touched_ + (keys_ ? std::chrono::milliseconds(idle_) : std::chrono::milliseconds(kWaitForUnlock)) -
        clock_.steady());
    if (kept_open()) wait = std::max<std::chrono::milliseconds>(wait, 1s);
    if (meet_at_)
      wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(*meet_at_ - clock_.steady()));
    const WallTime now = clock_.now();
    for (const auto& scheduled : tasks_)
      if (keys_ && scheduled.next)
        wait = std::min<std::chrono::milliseconds>(wait,
                                                   std::max<std::chrono::seconds>(0s, *scheduled.next - now));
    wait = std::max<std::chrono::milliseconds>(wait, 1ms);
    itimerspec spec{};
    spec.it_value.tv_sec = wait.count() / 1000;
    spec.it_value.tv_nsec = (wait.count() % 1000) * 1'000'000;
    timerfd_settime(timer_.get(), 0, &spec, nullptr);
  }

  void lock() {
    keys_.reset();
    log::event(log::Id::agent_locked, *cause_);
    const auto message = encode(AgentAnswer{.code = AgentAnswer::Code::locked});
    for (auto& client : clients_) {
      // A watcher that cannot be told learns it from the end of the connection.
      if (client.watching && !client.channel.send(message.reveal())) client.gone = true;
    }
    unlink(home_.agent_socket().c_str());
  }

  const Home& home_;
  const Clock& clock_;
  Descriptor listening_;
  Descriptor timer_;
  std::vector<Client> clients_;
  std::vector<Scheduled> tasks_;
  std::unique_ptr<KeyRoom> keys_;
  std::optional<CourierClient> courier_;
  std::optional<Instant> meet_at_;  // the courier is gone: whether another came is looked at then
  std::chrono::seconds idle_{0};
  Instant touched_;
  std::optional<LockCause> cause_;
};

Result<Descriptor> only_agent(const std::string& path) {
  Descriptor lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.valid()) return fail(Errc::io, "the agent's lock file could not be opened", errno);
  const auto until = std::chrono::steady_clock::now() + kWaitForOldAgent;
  while (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(Errc::io, "the agent's lock file could not be locked", errno);
    if (Channel::connect(path.substr(0, path.rfind('/')) + "/agent.sock"))
      return fail(Errc::busy, "another agent runs");
    if (std::chrono::steady_clock::now() > until) return fail(Errc::busy, "another agent does not end");
    usleep(20'000);  // the old one is wiping its keys
  }
  return lock;
}

}  // namespace

Result<void> run_agent(AgentSetup setup) {
  KITH_TRY(const Descriptor lock, only_agent(setup.home.agent_lock()));
  KITH_TRY(Descriptor listening, listen_at(setup.home.agent_socket()));
  if (setup.ready >= 0) {
    const bool told = ::write(setup.ready, "r", 1) == 1;
    close(setup.ready);
    if (!told) return fail(Errc::io, "nobody waits for the agent");
  }
  return Agent(std::move(setup), std::move(listening)).run();
}

WallTime BootClock::now() const { return SystemClock().now(); }
Instant BootClock::steady() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return Instant(std::chrono::milliseconds(std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000));
}

}  // namespace kith::cli
