// Why the profile is as it is: libzmq itself, in every setting of the four things that matter. A stranger
// with a random CURVE key and one without any security each send a message.
#include <gtest/gtest.h>
#include <zmq.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace {

constexpr int kEnforceDomain = 93;
constexpr int kOff = 0, kOn = 1;
constexpr auto kPatience = std::chrono::milliseconds(300);

struct Row {
  bool domain, enforce, before_bind;
  std::string name() const {
    return std::string(domain ? "domain set" : "domain empty") + (enforce ? ", enforced" : ", not enforced") +
           (before_bind ? ", before bind" : ", after bind");
  }
};

class World {
 public:
  World(const Row& row, bool handler) : context_(zmq_ctx_new()) {
    zmq_curve_keypair(server_public_.data(), server_secret_.data());
    if (handler) {
      zap_ = socket(ZMQ_REP);
      EXPECT_EQ(zmq_bind(zap_, "inproc://zeromq.zap.01"), 0);
    }
    router_ = socket(ZMQ_ROUTER);
    if (row.before_bind) set_options(row);
    EXPECT_EQ(zmq_bind(router_, "tcp://127.0.0.1:*"), 0);
    if (!row.before_bind) set_options(row);
    std::size_t size = endpoint_.size();
    EXPECT_EQ(zmq_getsockopt(router_, ZMQ_LAST_ENDPOINT, endpoint_.data(), &size), 0);
  }
  ~World() {
    for (void* one : sockets_) zmq_close(one);
    zmq_ctx_term(context_);
  }

  // Whether any stranger's message came out.
  bool lets_strangers_in() {
    knock(true);
    knock(false);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
      std::array<zmq_pollitem_t, 2> items{{{router_, 0, ZMQ_POLLIN, 0}, {zap_, 0, ZMQ_POLLIN, 0}}};
      zmq_poll(items.data(), zap_ != nullptr ? 2 : 1, 10);
      if (items[0].revents != 0) return true;
      if (zap_ != nullptr && items[1].revents != 0) refuse();
    }
    return false;
  }

 private:
  void* socket(int type) {
    void* made = zmq_socket(context_, type);
    zmq_setsockopt(made, ZMQ_LINGER, &kOff, sizeof kOff);
    sockets_.push_back(made);
    return made;
  }
  void set_options(const Row& row) {
    zmq_setsockopt(router_, ZMQ_CURVE_SERVER, &kOn, sizeof kOn);
    zmq_setsockopt(router_, ZMQ_CURVE_SECRETKEY, server_secret_.data(), 40);
    if (row.domain) zmq_setsockopt(router_, ZMQ_ZAP_DOMAIN, "members", 7);
    if (row.enforce) zmq_setsockopt(router_, kEnforceDomain, &kOn, sizeof kOn);
  }
  void knock(bool curve) {
    void* dealer = socket(ZMQ_DEALER);
    if (curve) {
      std::array<char, 41> pk{}, secret{};
      zmq_curve_keypair(pk.data(), secret.data());
      zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server_public_.data(), 40);
      zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, pk.data(), 40);
      zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret.data(), 40);
    }
    zmq_connect(dealer, endpoint_.data());
    zmq_send(dealer, "hello", 5, ZMQ_DONTWAIT);
  }
  void refuse() {
    std::vector<std::string> parts;
    int more = 1;
    while (more != 0) {
      std::array<char, 256> part{};
      const int size = zmq_recv(zap_, part.data(), part.size(), 0);
      parts.emplace_back(part.data(), static_cast<std::size_t>(size));
      std::size_t width = sizeof more;
      zmq_getsockopt(zap_, ZMQ_RCVMORE, &more, &width);
    }
    const std::vector<std::string> answer = {"1.0", parts.at(1), "300", "", "", ""};
    for (std::size_t i = 0; i < answer.size(); ++i)
      zmq_send(zap_, answer[i].data(), answer[i].size(), i + 1 < answer.size() ? ZMQ_SNDMORE : 0);
  }

  void* context_;
  void* zap_ = nullptr;
  void* router_ = nullptr;
  std::vector<void*> sockets_;
  std::array<char, 41> server_public_{}, server_secret_{};
  std::array<char, 128> endpoint_{};
};

class ZapTable : public testing::TestWithParam<int> {};

// Each row is tried with a handler that refuses everybody and without one (it crashed, or was never started).
TEST_P(ZapTable, OnlyOneRowClosesTheDoor) {
  const Row row{(GetParam() & 4) != 0, (GetParam() & 2) != 0, (GetParam() & 1) != 0};
  const bool open = World(row, true).lets_strangers_in() || World(row, false).lets_strangers_in();
  const bool ours = row.domain && row.enforce && row.before_bind;
  EXPECT_EQ(open, !ours) << row.name();
}

INSTANTIATE_TEST_SUITE_P(Rows, ZapTable, testing::Range(0, 8));

}  // namespace
