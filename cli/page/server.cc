#include "cli/page/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "cli/agent_client.h"
#include "cli/channel.h"
#include "cli/page/assets.h"
#include "cli/page/calls.h"
#include "cli/page/door_room.h"
#include "cli/page/http.h"
#include "cli/page/links.h"
#include "cli/page/rebirth.h"
#include "cli/page/tabs.h"
#include "cli/spawn.h"

namespace kith::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kLocalPatience = 2s;  // for a word on the page's own socket
constexpr auto kLastAnswers = 1s;    // for answers under way when the journal locks
constexpr int kStartPatienceMs = 10'000;
constexpr std::string_view kOpen = "open", kClose = "close";

Result<Descriptor> listen_on_loopback() {
  Descriptor listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);  // and a port that the system draws
  if (!listening.valid() ||
      bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listening.get(), SOMAXCONN) != 0)  // who waits in a full queue is forgotten, and waits for long
    return fail(Errc::io, "the page found no place to listen", errno);
  return listening;
}

Result<std::string> host_of(int listening) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(listening, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return fail(Errc::io, "the page found no place to listen", errno);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

class PageServer {
 public:
  PageServer(Context& context, Inheritance sockets, std::string host)
      : context_(context),
        sockets_(std::move(sockets)),
        host_(std::move(host)),
        links_(context.home, host_),
        door_(context.home, context.clock, context.random) {
    tabs_.take_over(std::move(sockets_.bearers));
  }

  Result<void> run() {
    KITH_CHECK(links_.clear());
    const Doors doors{.host = host_,
                      .is_asset = [](std::string_view name) { return page_asset(name) != nullptr; },
                      .is_tab = [this](std::string_view bearer) { return tabs_.knows(bearer); }};
    KITH_TRY(http_, Http::start({sockets_.http.get(), doors, context_.clock,
                                 [this](const Passed& passed, crypto::SecretBytes body) {
                                   return answer(passed, std::move(body));
                                 }}));
    asked_ = quiet_clock_.steady();
    while (!closing_ && quiet_clock_.steady() - asked_ < kPageQuiet) {
      KITH_CHECK(turn());
      if (locked_ && (!http_->answering() || quiet_clock_.steady() - *locked_ > kLastAnswers)) {
        http_.reset();
        return be_born_again(std::move(sockets_), tabs_.bearers());
      }
    }
    return links_.clear();
  }

 private:
  Result<void> turn() {
    std::array<pollfd, 2> waits = {pollfd{sockets_.local.get(), POLLIN, 0},
                                   pollfd{watcher_ ? watcher_->descriptor() : -1, POLLIN, 0}};
    KITH_CHECK(http_->turn(waits, links_.empty() && !door_.open() ? 60s : 1s, !locked_));
    if (waits[0].revents != 0) hear_local();
    if (waits[1].revents != 0) note_lock();
    door_.go_on(context_.clock.steady());
    return links_.tidy(tabs_, context_.clock.steady());
  }

  // Locked, by whomever: what this process has seen goes with it.
  void note_lock() {
    watcher_.reset();
    door_.shut();
    if (!locked_) locked_ = quiet_clock_.steady();
  }

  void watch() {
    if (watcher_ || locked_) return;
    auto agent = AgentClient::connect(context_.home);
    if (agent && agent->watch()) watcher_ = std::make_unique<AgentClient>(std::move(*agent));
  }

  Answer answer(const Passed& passed, crypto::SecretBytes body) {
    asked_ = quiet_clock_.steady();
    if (passed.route == Route::asset) {
      const Asset* asset = page_asset(passed.asset);
      KITH_ASSERT(asset != nullptr);
      return {200, type_of(*asset), std::string(asset->text)};
    }
    if (passed.route == Route::session) return open_tab(body.reveal());
    watch();
    std::string words = answer_call(context_.home, context_.clock, context_.random, door_, body.reveal());
    watch();  // it may have been unlocked by this call
    return {200, kJson, std::move(words)};
  }

  Answer open_tab(ByteView body) {
    auto fields = Fields::parse(body);
    const auto key = fields ? fields->text("key") : Result<std::string_view>(tl::unexpected(fields.error()));
    const auto bearer =
        key ? tabs_.exchange(*key, context_.random, context_.clock.steady()) : std::optional<std::string>();
    Json json;
    json.flag("ok", bearer.has_value());
    if (bearer) json.text("bearer", *bearer);
    return {200, kJson, json.finish()};
  }

  void hear_local() {
    Descriptor connected(accept4(sockets_.local.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connected.valid() || !is_same_user(connected.get())) return;
    Channel channel(std::move(connected));
    const auto asked = channel.receive(kLocalPatience);
    if (!asked) return;
    const std::string_view word = as_text(asked->reveal());
    if (word == kClose) closing_ = true;
    std::string said;
    if (word == kOpen) {
      asked_ = quiet_clock_.steady();
      auto path = links_.make(tabs_.new_key(context_.random, context_.clock.steady()));
      if (path) said = *path;
    }
    // Whoever asked and did not wait needs no answer.
    [[maybe_unused]] const auto sent = channel.send(as_bytes(said));
  }

  static constexpr std::string_view kJson = "application/json";

  Context& context_;
  Inheritance sockets_;
  std::string host_;
  Tabs tabs_;
  Links links_;
  DoorRoom door_;
  std::unique_ptr<Http> http_;
  std::unique_ptr<AgentClient> watcher_;
  SystemClock quiet_clock_;  // a computer that sleeps is not a person who left
  Instant asked_{};
  std::optional<Instant> locked_;
  bool closing_ = false;
};

Result<std::string> tell_page(const Home& home, std::string_view word) {
  KITH_TRY(auto channel, Channel::connect(page_socket(home)));
  KITH_CHECK(channel.send(as_bytes(word)));
  KITH_TRY(const auto said, channel.receive(10s));
  return std::string(as_text(said.reveal()));
}

Result<void> start_page() {
  KITH_TRY(const std::string program, program_beside("kith"));
  int ready = -1;
  KITH_CHECK(spawn_background({program, "page", "serve", "--ready"}, &ready));
  const Descriptor pipe_end(ready);
  pollfd wait{ready, POLLIN, 0};
  char byte = 0;
  if (poll(&wait, 1, kStartPatienceMs) <= 0 || ::read(ready, &byte, 1) != 1)
    return fail(Errc::io, "the page did not start");
  return {};
}

}  // namespace

Result<void> serve_page(const PageSetup& setup) {
  const Home& home = setup.context.home;
  Inheritance sockets;
  if (setup.again) {
    KITH_TRY(sockets, inherit());
  } else {
    KITH_CHECK(make_directory(home.runtime));
    KITH_TRY(sockets.local, listen_at(page_socket(home)));
    KITH_TRY(sockets.http, listen_on_loopback());
  }
  KITH_TRY(const std::string host, host_of(sockets.http.get()));
  PageServer server(setup.context, std::move(sockets), host);
  if (setup.ready >= 0) {
    const bool told = ::write(setup.ready, "r", 1) == 1;
    close(setup.ready);
    if (!told) return fail(Errc::io, "nobody waits for the page");
  }
  auto done = server.run();
  unlink(page_socket(home).c_str());
  return done;
}

Result<std::string> page_link(const Home& home) {
  KITH_CHECK(
      make_directory(home.runtime));  // said here, where somebody reads it, and not by the process behind
  auto path = tell_page(home, kOpen);
  if (!path && path.error().code == Errc::not_found) {
    KITH_CHECK(start_page());
    path = tell_page(home, kOpen);
  }
  KITH_CHECK(path);
  if (path->empty()) return fail(Errc::io, "the page could not write its link");
  return path;
}

Result<void> close_page(const Home& home) {
  auto closed = tell_page(home, kClose);
  if (!closed && closed.error().code != Errc::not_found) return tl::unexpected(closed.error());
  return {};
}

}  // namespace kith::cli
