// Who may finish a handshake (ZAP, RFC 27). libzmq asks over inproc; the loop answers.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/sockets.h"

namespace kith::net {

enum class Admission : std::uint16_t {
  welcome = 200,
  unknown = 300,  // "temporary": a stock client tries again, and so does a member we have not heard of yet
  removed = 400,  // a stock client stops for good
};

class ZapHandler {
 public:
  // `judge(domain, key)` decides; asked anew at each handshake.
  using Judge = std::function<Admission(std::string_view domain, const LinkPk& key)>;
  static Result<ZapHandler> start(Context& context, Judge judge);

  void pump();  // answers everything that waits
  void* raw() const { return socket_.raw(); }
  std::uint64_t refused() const { return refused_; }
  // Requests answered so far. Each connection carries the number of its own (Part::handshake): who has a
  // greater one shook hands later.
  std::uint64_t answered() const { return answered_; }
  // For the self-test: was this one key asked about and refused since await_refusal()?
  void await_refusal(const LinkPk& key) {
    awaited_ = key;
    awaited_refused_ = false;
  }
  bool refusal_came() const { return awaited_refused_; }

 private:
  ZapHandler(Socket socket, Judge judge) : socket_(std::move(socket)), judge_(std::move(judge)) {}
  Socket socket_;
  Judge judge_;
  std::uint64_t refused_ = 0;
  std::uint64_t answered_ = 0;
  LinkPk awaited_ = LinkPk::zero();
  bool awaited_refused_ = false;
};

}  // namespace kith::net
