#include "tests/page/browser.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace kith::page {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(tolower(c)); });
  return text;
}

std::string whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string drained(int descriptor) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(descriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  close(descriptor);
  return text;
}

}  // namespace

// -- Wire

Wire::Wire(int port, bool wait)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    close(socket_);
    socket_ = -1;
  }
}
Wire::~Wire() {
  if (socket_ >= 0) close(socket_);
}

bool Wire::send(const std::string& bytes) const {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Reply Wire::reply(std::chrono::seconds patience) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  std::string& seen = seen_;
  const auto more = [&] {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wait{socket_, POLLIN, 0};
    if (socket_ < 0 || left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) <= 0) return false;
    char buffer[16384];
    const auto got = recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    seen.append(buffer, static_cast<std::size_t>(got));
    return true;
  };
  while (seen.find("\r\n\r\n") == std::string::npos)
    if (!more()) return {};
  Reply reply;
  const auto end = seen.find("\r\n\r\n");
  std::istringstream head(seen.substr(0, end));
  std::string line, version;
  std::getline(head, line);
  std::istringstream(line) >> version >> reply.status;
  while (std::getline(head, line)) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string value = line.substr(colon + 2);
    if (value.ends_with('\r')) value.pop_back();
    reply.headers[lower(line.substr(0, colon))] = value;
  }
  const auto length = reply.headers.find("content-length");
  const std::size_t size = length == reply.headers.end() ? 0 : std::stoul(length->second);
  while (seen.size() < end + 4 + size)
    if (!more()) return {};
  reply.body = seen.substr(end + 4, size);
  seen.erase(0, end + 4 + size);
  return reply;
}

bool Wire::closed_within(std::chrono::seconds patience) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 200) <= 0) continue;
    char buffer[4096];
    if (recv(socket_, buffer, sizeof buffer, 0) <= 0) return true;
  }
  return false;
}

// -- Node

Node::Node(const std::string& prefix) {
  std::string pattern = (fs::temp_directory_path() / (prefix + "XXXXXX")).string();
  path_ = mkdtemp(pattern.data());
}
Node::~Node() {
  run({"page", "--close"});
  run({"lock", "-q"});
  run({"down", "-q"});
  fs::remove_all(path_);
}

int Node::run(const std::vector<std::string>& words, const std::string& input) {
  int in[2], printed[2];
  const std::string errors = path_ + "/.stderr";
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(printed, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    setenv("KITH_HOME", path_.c_str(), 1);
    unsetenv("XDG_RUNTIME_DIR");
    dup2(in[0], 0);
    dup2(printed[1], 1);
    dup2(open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), 2);
    std::vector<std::string> copy = words;
    std::vector<char*> raw = {const_cast<char*>("kith")};
    for (auto& word : copy) raw.push_back(word.data());
    raw.push_back(nullptr);
    execv(KITH_PROGRAM, raw.data());
    _exit(127);
  }
  close(in[0]);
  close(printed[1]);
  const auto sent = write(in[1], input.data(), input.size());
  close(in[1]);
  out = drained(printed[0]);
  int status = 0;
  waitpid(child, &status, 0);
  err = whole(errors);
  return sent < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

// -- Tab

Tab::Tab(Node& node) {
  if (node.run({"page", "--no-browser"}) != 0) throw std::runtime_error("kith page: " + node.err);
  link_file_ = node.out.substr(0, node.out.find('\n'));
  const std::string link = whole(link_file_);
  const std::string before = "http://127.0.0.1:";
  const auto at = link.find(before);
  if (at == std::string::npos) throw std::runtime_error("no link in the file");
  port_ = std::stoi(link.substr(at + before.size()));
  key_ = link.substr(link.find('#', at) + 1, 64);
}

void Tab::open() {
  const auto reply = post("/session", nlohmann::json{{"key", key_}}.dump(), without(headers(), "X-Kith-Tab"));
  const auto answer = reply.status == 200 ? nlohmann::json::parse(reply.body) : nlohmann::json::object();
  if (!answer.value("ok", false))
    throw std::runtime_error("the key was not taken: " + std::to_string(reply.status));
  bearer_ = answer.at("bearer");
}

Headers Tab::headers() const {
  return {{"Host", host()},           {"Origin", "http://" + host()}, {"Sec-Fetch-Site", "same-origin"},
          {"Sec-Fetch-Mode", "cors"}, {"Sec-Fetch-Dest", "empty"},    {"Content-Type", "application/json"},
          {"X-Kith-Tab", bearer_}};
}

Reply Tab::post(const std::string& route, const std::string& body, const Headers& headers) const {
  const Wire wire(port_);
  wire.send(request_of("POST", route, with(headers, "Content-Length", std::to_string(body.size())), body));
  return wire.reply();
}

Reply Tab::get(const std::string& target, const Headers& headers) const {
  const Wire wire(port_);
  wire.send(request_of("GET", target, headers));
  return wire.reply();
}

nlohmann::json Tab::call(const std::string& name, nlohmann::json fields) const {
  fields["call"] = name;
  const auto reply = post("/text", fields.dump(), headers());
  if (reply.status != 200) throw std::runtime_error("status " + std::to_string(reply.status));
  return nlohmann::json::parse(reply.body);
}

bool Tab::answers() const { return post("/api", R"({"call":"state"})", headers()).status == 200; }

// -- the rest

std::string request_of(const std::string& method, const std::string& target, const Headers& headers,
                       const std::string& body) {
  std::string text = method + " " + target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + body;
}

Headers without(Headers headers, const std::string& name) {
  std::erase_if(headers, [&](const auto& header) { return header.first == name; });
  return headers;
}
Headers with(Headers headers, const std::string& name, const std::string& value) {
  for (auto& header : headers) {
    if (header.first != name) continue;
    header.second = value;
    return headers;
  }
  headers.emplace_back(name, value);
  return headers;
}

pid_t page_process(const Node& node) {
  const int asking = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(node.path() + "/run/page.sock", address.sun_path);
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = connect(asking, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     getsockopt(asking, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  close(asking);
  return known ? peer.pid : 0;
}

bool eventually(const std::function<bool()>& holds, std::chrono::seconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    std::this_thread::sleep_for(50ms);
  }
  return holds();
}

std::string base64(const std::string& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = 0; i < 3; ++i)
      three = (three << 8) | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i < bytes.size() + 1 ? kDigits[(three >> (18 - 6 * i)) & 63U] : '=';
  }
  return text;
}

}  // namespace kith::page
