// A browser as the server sees one, and worse: raw HTTP on sockets, against the real program.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace kith::page {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Reply {
  int status = 0;                              // 0: no answer, the connection was cut
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One connection to 127.0.0.1:port.
class Wire {
 public:
  // `wait`: for the other side to take it; else it may still be in the queue.
  explicit Wire(int port, bool wait = true);
  ~Wire();
  Wire(Wire&& other) noexcept : socket_(std::exchange(other.socket_, -1)), seen_(std::move(other.seen_)) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  bool send(const std::string& bytes) const;  // false: the other side closed
  // Reads one answer; status 0 if it ended or nothing came in time.
  Reply reply(std::chrono::seconds patience = std::chrono::seconds(60)) const;
  bool closed_within(std::chrono::seconds patience) const;

 private:
  int socket_;
  mutable std::string seen_;  // read, and not a part of an answer yet
};

// A node of its own in a folder of its own, with the program run as a person would.
class Node {
 public:
  explicit Node(const std::string& prefix = "kith-page-");
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Exit code; standard output is in `out`, standard error in `err`.
  int run(const std::vector<std::string>& words, const std::string& input = "");
  const std::string& path() const { return path_; }
  std::string out, err;

 private:
  std::string path_;
};

// A tab: the link file read, its key exchanged.
class Tab {
 public:
  explicit Tab(Node& node);
  int port() const { return port_; }
  const std::string& key() const { return key_; }
  const std::string& bearer() const { return bearer_; }
  const std::string& link_file() const { return link_file_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  void open();  // exchanges the key
  // The headers of a well-behaved browser for a call.
  Headers headers() const;
  Reply post(const std::string& route, const std::string& body, const Headers& headers) const;
  Reply get(const std::string& target, const Headers& headers) const;
  // A call that must get an answer; "ok" is in it.
  nlohmann::json call(const std::string& name, nlohmann::json fields = nlohmann::json::object()) const;
  bool answers() const;

 private:
  int port_ = 0;
  std::string key_, bearer_, link_file_;
};

std::string request_of(const std::string& method, const std::string& target, const Headers& headers,
                       const std::string& body = "");
Headers without(Headers headers, const std::string& name);
Headers with(Headers headers, const std::string& name, const std::string& value);  // in its place, or added
pid_t page_process(const Node& node);                                              // 0: none
bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience = std::chrono::seconds(60));
std::string base64(const std::string& bytes);

}  // namespace kith::page
