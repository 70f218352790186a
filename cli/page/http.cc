#include "cli/page/http.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

#include "cli/page/porch.h"

namespace kith::cli {
namespace {

// Room for the head of one request and of its answer. Beyond it libmicrohttpd refuses by itself.
constexpr std::size_t kConnectionRoom = 32 * 1024;
constexpr std::chrono::milliseconds kLookAgain{1000};

struct Request {
  std::string target;
  bool judged = false;
  std::optional<Passed> passed;
  unsigned refused = 0;       // the status it gets when its body has gone by
  std::size_t announced = 0;  // bytes of that body
  crypto::SecretBytes body;
  std::size_t filled = 0;
};

// What a refused request still sends is let go by, up to here: whoever hangs up on a sender takes the answer
// away, too (RFC 9112, section 9.6).
constexpr std::size_t kLetGoBy = 1024 * 1024;

std::optional<std::size_t> length_of(const Head& head) {
  const auto length = head.header("Content-Length");
  std::size_t size = 0;
  if (!length || head.header("Transfer-Encoding")) return std::nullopt;
  const auto [stop, error] = std::from_chars(length->data(), length->data() + length->size(), size);
  if (error != std::errc() || stop != length->data() + length->size()) return std::nullopt;
  return size;
}

MHD_Result put_header(void* headers, MHD_ValueKind, const char* name, const char* value) {
  static_cast<std::vector<std::pair<std::string, std::string>>*>(headers)->emplace_back(
      name, value == nullptr ? "" : value);
  return MHD_YES;
}

// An answer's text behind its size, so that all of it can be wiped.
void* sealed_off(std::string_view text) {
  auto* room = static_cast<char*>(malloc(sizeof(std::size_t) + text.size()));
  if (room == nullptr) throw std::bad_alloc();
  const std::size_t size = text.size();
  memcpy(room, &size, sizeof size);
  memcpy(room + sizeof size, text.data(), size);
  return room + sizeof size;
}
void wipe_and_free(void* text) {
  char* room = static_cast<char*>(text) - sizeof(std::size_t);
  std::size_t size = 0;
  memcpy(&size, room, sizeof size);
  sodium_memzero(text, size);
  free(room);
}

MHD_Result send(MHD_Connection* connection, Answer answer) {
  MHD_Response* response = MHD_create_response_from_buffer_with_free_callback(
      answer.body.size(), sealed_off(answer.body), wipe_and_free);
  sodium_memzero(answer.body.data(), answer.body.size());
  if (response == nullptr) return MHD_NO;
  bool fine = true;
  // One request, one answer: nothing that comes behind a body is ever read as a second request.
  fine = MHD_add_response_header(response, "Connection", "close") == MHD_YES;
  for (const auto& [name, value] : fixed_headers())
    fine = fine && MHD_add_response_header(response, name, value) == MHD_YES;
  if (!answer.type.empty())
    fine = fine &&
           MHD_add_response_header(response, "Content-Type", std::string(answer.type).c_str()) == MHD_YES;
  const MHD_Result queued = fine ? MHD_queue_response(connection, answer.status, response) : MHD_NO;
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

struct Http::Impl {
  explicit Impl(HttpSetup given) : setup(std::move(given)) {}
  ~Impl() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  HttpSetup setup;
  MHD_Daemon* daemon = nullptr;
  std::map<MHD_Connection*, Instant> until;  // a connection that shows nothing by then is cut
  Porch porch{setup.listening};
  Instant arrival{};  // when the request of the connection that goes over now has to be here

  std::size_t places() const {
    const std::size_t taken = until.size() + porch.size();
    return taken < kMaxConnections ? kMaxConnections - taken : 0;
  }

  void take_over(const Porch::Guest& guest) {
    arrival = guest.until;
    // It closes the socket itself, now or later.
    [[maybe_unused]] const auto taken = MHD_add_connection(
        daemon, guest.socket, reinterpret_cast<const sockaddr*>(&guest.from), sizeof guest.from);
  }

  Head head_of(MHD_Connection* connection, const Request& request, const char* method) const {
    Head head{method, request.target, {}, 0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, put_header, &head.headers);
    for (const auto& [name, value] : head.headers) head.header_bytes += name.size() + value.size() + 4;
    return head;
  }

  MHD_Result begin(MHD_Connection* connection, Request& request, const char* method) {
    request.judged = true;
    const Head head = head_of(connection, request, method);
    const auto passed = judge(head, setup.doors);
    if (!passed) {
      request.refused = passed.error();
      request.announced = length_of(head).value_or(0);
      if (request.announced > 0 && request.announced <= kLetGoBy) return MHD_YES;
      return refuse(connection, request);
    }
    request.passed = *passed;
    request.body = crypto::SecretBytes(passed->body);
    return MHD_YES;
  }

  MHD_Result refuse(MHD_Connection* connection, const Request& request) {
    until[connection] = setup.clock.steady() + kAnswerPatience;
    return send(connection, {request.refused, "text/plain; charset=utf-8", "No.\n"});
  }

  MHD_Result go_on(MHD_Connection* connection, Request& request, const char* method, const char* data,
                   std::size_t* size) {
    if (!request.judged) return begin(connection, request, method);
    if (request.refused != 0) {
      if (*size == 0) return refuse(connection, request);
      *size = 0;
      return MHD_YES;
    }
    if (*size > 0) {
      if (*size > request.body.size() - request.filled) return MHD_NO;  // more than it announced
      memcpy(request.body.reveal().data() + request.filled, data, *size);
      request.filled += *size;
      *size = 0;
      return MHD_YES;
    }
    if (request.filled != request.body.size()) return MHD_NO;
    Answer answer = setup.handle(*request.passed, std::move(request.body));
    until[connection] = setup.clock.steady() + kAnswerPatience;
    return send(connection, std::move(answer));
  }

  void cut_the_slow() {
    const Instant now = setup.clock.steady();
    for (const auto& [connection, time] : until) {
      if (now < time) continue;
      const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
      if (info != nullptr) shutdown(info->connect_fd, SHUT_RDWR);
    }
  }

  // -- what libmicrohttpd calls

  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    auto& impl = *static_cast<Impl*>(self);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      impl.until[connection] = impl.arrival;
    } else {
      impl.until.erase(connection);
    }
  }

  static void* on_target(void*, const char* target, MHD_Connection*) {
    auto request = std::make_unique<Request>();
    request->target = target;
    return request.release();
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char*, const char* method,
                               const char*, const char* data, std::size_t* size, void** state) {
    try {
      return static_cast<Impl*>(self)->go_on(connection, *static_cast<Request*>(*state), method, data, size);
    } catch (const std::bad_alloc&) {
      return MHD_NO;  // the connection is cut; nothing was answered, and nothing half done is kept
    }
  }

  static void on_completed(void*, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
    delete static_cast<Request*>(*state);
    *state = nullptr;
  }

  static std::size_t as_it_is(void*, MHD_Connection*, char* text) { return strlen(text); }
};

Http::Http(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Http::~Http() = default;

Result<std::unique_ptr<Http>> Http::start(HttpSetup setup) {
  auto impl = std::make_unique<Impl>(std::move(setup));
  impl->daemon = MHD_start_daemon(
      MHD_USE_NO_LISTEN_SOCKET, 0, nullptr, nullptr, Impl::on_request, impl.get(),
      MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionRoom,
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(kRequestPatience.count()),
      MHD_OPTION_NOTIFY_CONNECTION, Impl::on_connection, impl.get(), MHD_OPTION_NOTIFY_COMPLETED,
      Impl::on_completed, impl.get(), MHD_OPTION_URI_LOG_CALLBACK, Impl::on_target, impl.get(),
      MHD_OPTION_UNESCAPE_CALLBACK, Impl::as_it_is, nullptr, MHD_OPTION_END);
  if (impl->daemon == nullptr) return fail(Errc::io, "the page could not be served", errno);
  return std::unique_ptr<Http>(new Http(std::move(impl)));
}

// By select(2): sixteen connections need no more, and libmicrohttpd's epoll misses the end of a connection
// that comes together with its last bytes.
Result<void> Http::turn(std::span<pollfd> others, std::chrono::milliseconds longest, bool letting_in) {
  fd_set reading, writing, failing;
  FD_ZERO(&reading);
  FD_ZERO(&writing);
  FD_ZERO(&failing);
  int highest = -1;
  if (MHD_get_fdset(impl_->daemon, &reading, &writing, &failing, &highest) != MHD_YES)
    return fail(Errc::io, "the page cannot wait");
  const std::size_t places = letting_in ? impl_->places() : 0;
  impl_->porch.watch(reading, highest, places);
  for (const pollfd& other : others) {
    if (other.fd < 0) continue;
    KITH_ASSERT(other.fd < FD_SETSIZE);
    FD_SET(other.fd, &reading);
    highest = std::max(highest, other.fd);
  }
  MHD_UNSIGNED_LONG_LONG soon = 0;
  auto wait = impl_->until.empty() && impl_->porch.size() == 0 ? longest : std::min(longest, kLookAgain);
  if (MHD_get_timeout(impl_->daemon, &soon) == MHD_YES)
    wait = std::min(wait, std::chrono::milliseconds(soon));
  timeval time{wait.count() / 1000, (wait.count() % 1000) * 1000};
  const int ready = select(highest + 1, &reading, &writing, &failing, &time);
  if (ready < 0 && errno != EINTR) return fail(Errc::io, "the page cannot wait", errno);
  for (pollfd& other : others)
    other.revents = ready > 0 && other.fd >= 0 && FD_ISSET(other.fd, &reading) ? POLLIN : short{0};
  if (ready <= 0) {  // whose time is over has to go all the same
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_ZERO(&failing);
  }
  MHD_run_from_select(impl_->daemon, &reading, &writing, &failing);
  for (const auto& guest : impl_->porch.look(reading, places, impl_->setup.clock.steady()))
    impl_->take_over(guest);
  impl_->cut_the_slow();
  return {};
}

bool Http::answering() const { return !impl_->until.empty() || impl_->porch.size() > 0; }

}  // namespace kith::cli
