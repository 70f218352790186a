#include "tests/bench/courier.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "proto/local.pb.h"
#include "tests/bench/local_socket.h"
#include "tests/support/child.h"

namespace kith::bench {
namespace {

constexpr int kTries = 1'000;
constexpr std::chrono::milliseconds kBetween{10};

std::string fresh_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "kith-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) stop("no temporary folder");
  return name;
}

}  // namespace

Courier::Courier(const std::string& programs, const std::string& folder)
    : runtime_(fresh_folder()), process_(fork()) {
  const std::string program = programs + "/kith-courier", socket = runtime_ + "/courier.sock";
  if (process_ == 0) {
    execl(program.c_str(), program.c_str(), "--mail", folder.c_str(), "--socket", socket.c_str(), nullptr);
    _exit(127);
  }
  for (int i = 0; i < kTries && socket_ < 0; ++i) {
    std::this_thread::sleep_for(kBetween);
    socket_ = connect_to(socket);
  }
  if (socket_ < 0) stop("kith-courier did not start");
}

pid_t Courier::process() const { return test::child_of(process_); }

void Courier::give_key(ByteView mail_key, std::uint16_t port) {
  proto::CourierRequest request;
  request.mutable_key()->set_mail_key(mail_key.data(), mail_key.size());
  if (port != 0) {
    request.mutable_key()->mutable_listen()->set_ip(std::string{127, 0, 0, 1});
    request.mutable_key()->mutable_listen()->set_port(port);
  }
  proto::CourierReply reply;
  if (!reply.ParseFromString(ask(socket_, request.SerializeAsString())) || !reply.has_ok())
    stop("kith-courier did not take its key");
}

Courier::~Courier() {
  close(socket_);
  kill(process_, SIGTERM);
  waitpid(process_, nullptr, 0);
  std::error_code ignored;  // a leftover in the temporary folder harms nothing
  std::filesystem::remove_all(runtime_, ignored);
}

}  // namespace kith::bench
