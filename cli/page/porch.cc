#include "cli/page/porch.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cli/page/http.h"
#include "cli/page/owner.h"

namespace kith::cli {
namespace {

// Room for a head that the doors then turn away with their own answer; libmicrohttpd has as much (http.cc).
constexpr std::size_t kMostSeen = 24 * 1024;
constexpr std::string_view kEndOfLine = "\r\n";
constexpr std::size_t kLengthDigits = 18;  // of a body: more digits than any number of 64 bits can take

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// RFC 9110, section 5.6.2.
bool is_token(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_visible(char c) { return c > ' ' && c < 0x7f; }
bool is_value(char c) {
  return c == '\t' || static_cast<unsigned char>(c) >= 0x80 || c == ' ' || is_visible(c);
}

bool is_request_line(std::string_view line) {
  constexpr std::string_view kVersion = " HTTP/1.1";
  if (!line.ends_with(kVersion)) return false;
  line.remove_suffix(kVersion.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || space == 0) return false;
  const auto method = line.substr(0, space), target = line.substr(space + 1);
  return std::ranges::all_of(method, is_token) && target.starts_with('/') &&
         std::ranges::all_of(target, is_visible);
}

struct Field {
  std::string name;  // in lower case; empty: this is no field
  std::string_view value;
};
Field field_of(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  Field field{std::string(line.substr(0, colon)), line.substr(colon + 1)};
  if (!std::ranges::all_of(field.name, is_token) || !std::ranges::all_of(field.value, is_value)) return {};
  std::ranges::transform(field.name, field.name.begin(), lower);
  constexpr std::string_view kBlank = " \t";
  field.value.remove_prefix(std::min(field.value.find_first_not_of(kBlank), field.value.size()));
  field.value = field.value.substr(0, field.value.find_last_not_of(kBlank) + 1);
  return field;
}

// The lines between the first and the empty one.
bool are_fields(std::string_view lines) {
  int lengths = 0, codings = 0;
  while (!lines.empty()) {
    const auto end = lines.find(kEndOfLine);
    const Field field = field_of(lines.substr(0, end));
    lines.remove_prefix(end + kEndOfLine.size());
    if (field.name.empty() || field.name == "expect") return false;
    if (field.name == "content-length") {
      ++lengths;
      if (field.value.empty() || field.value.size() > kLengthDigits ||
          !std::ranges::all_of(field.value, is_digit))
        return false;
    }
    if (field.name == "transfer-encoding") {
      ++codings;
      if (field.value != "chunked") return false;
    }
  }
  return lengths + codings <= 1;
}

bool hung_up(int socket) {
  pollfd look{socket, POLLRDHUP, 0};
  return poll(&look, 1, 0) != 0;
}

// The socket becomes readable when there is more than `seen`, and no sooner.
void wait_for_more_than(int socket, std::size_t seen) {
  const int bytes = static_cast<int>(seen) + 1;
  setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

}  // namespace

HeadLook look_at_head(std::string_view bytes, std::size_t most) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return bytes.size() < most ? HeadLook::more : HeadLook::wrong;
  if (end + 4 > most) return HeadLook::wrong;
  const auto first = bytes.find(kEndOfLine);
  const auto fields = first == end ? std::string_view() : bytes.substr(first + 2, end - first);
  return is_request_line(bytes.substr(0, first)) && are_fields(fields) ? HeadLook::whole : HeadLook::wrong;
}

Porch::~Porch() {
  for (const Guest& guest : guests_) close(guest.socket);
}

void Porch::watch(fd_set& reading, int& highest, std::size_t places) const {
  const auto add = [&](int socket) {
    FD_SET(socket, &reading);
    highest = std::max(highest, socket);
  };
  if (places > 0) add(listening_);
  for (const Guest& guest : guests_) add(guest.socket);
}

void Porch::let_in(Instant now) {
  Guest guest{-1, {}, now + kRequestPatience};
  sockaddr_in here{};
  socklen_t room = sizeof guest.from, room_here = sizeof here;
  guest.socket =
      accept4(listening_, reinterpret_cast<sockaddr*>(&guest.from), &room, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (guest.socket < 0) return;
  if (guest.socket < FD_SETSIZE && guest.from.sin_family == AF_INET &&
      getsockname(guest.socket, reinterpret_cast<sockaddr*>(&here), &room_here) == 0 &&
      is_own_connection(guest.from, here))
    guests_.push_back(guest);
  else
    close(guest.socket);
}

std::vector<Porch::Guest> Porch::look(const fd_set& reading, std::size_t places, Instant now) {
  std::vector<Guest> whole, waiting;
  std::array<char, kMostSeen> head;
  for (const Guest& guest : guests_) {
    if (!FD_ISSET(guest.socket, &reading)) {
      if (now < guest.until)
        waiting.push_back(guest);
      else
        close(guest.socket);
      continue;
    }
    const auto size = recv(guest.socket, head.data(), head.size(), MSG_PEEK);
    const auto seen = static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    const auto look = look_at_head({head.data(), seen}, head.size());
    if (look == HeadLook::whole) {
      wait_for_more_than(guest.socket, 0);
      whole.push_back(guest);
    } else if (look == HeadLook::wrong || size == 0 || hung_up(guest.socket) || now >= guest.until) {
      close(guest.socket);
    } else {
      wait_for_more_than(guest.socket, seen);
      waiting.push_back(guest);
    }
  }
  guests_ = std::move(waiting);
  if (places > 0 && FD_ISSET(listening_, &reading)) let_in(now);
  return whole;
}

}  // namespace kith::cli
