// Where a connection waits until the head of its one request stands there whole and well formed. Only then
// does libmicrohttpd get it, which so has nothing to answer by itself; whatever is no HTTP is cut without a
// word.
#pragma once

#include <netinet/in.h>
#include <sys/select.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace kith::cli {

enum class HeadLook : std::uint8_t { more, whole, wrong };

// RFC 9112, sections 2 to 6, without what no browser sends: another version than HTTP/1.1, folded lines, a
// target that is no path, several lengths, a length and chunks, an Expect. Longer than `most` bytes is wrong,
// too.
HeadLook look_at_head(std::string_view bytes, std::size_t most);

class Porch {
 public:
  struct Guest {
    int socket;
    sockaddr_in from;
    Instant until;  // its request has to be here by then
  };

  explicit Porch(int listening) : listening_(listening) {}  // stays the caller's
  ~Porch();
  Porch(const Porch&) = delete;
  Porch& operator=(const Porch&) = delete;

  // What to wait for. `places`: how many more may come in; who finds none waits outside.
  void watch(fd_set& reading, int& highest, std::size_t places) const;
  // Lets in, looks, cuts. Those whose head is whole, for the caller to close.
  std::vector<Guest> look(const fd_set& reading, std::size_t places, Instant now);
  std::size_t size() const { return guests_.size(); }

 private:
  void let_in(Instant now);

  int listening_;
  std::vector<Guest> guests_;
};

}  // namespace kith::cli
