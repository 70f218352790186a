#include "cli/net_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cli/files.h"

namespace kith::cli {

const Option kAtOption = {"at", 0, "ADDRESS", "where others reach this computer; may be given again"};

namespace {

constexpr std::uint32_t kLeastPort = 20000;
constexpr std::uint32_t kPorts = 12000;
constexpr int kTries = 64;

bool is_free(std::uint16_t port) {
  const Descriptor probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (probe.get() < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  return ::bind(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Result<std::uint16_t> free_port(Random& random) {
  for (int i = 0; i < kTries; ++i) {
    const auto port = static_cast<std::uint16_t>(kLeastPort + random.below(kPorts));
    if (is_free(port)) return port;
  }
  return fail(Errc::io, "No free network port was found on this computer.");
}

Result<std::vector<mail::Address>> own_addresses(const Args& args, std::uint16_t port) {
  return own_addresses(args.values("at"), port);
}

Result<std::vector<mail::Address>> own_addresses(std::span<const std::string_view> given,
                                                 std::uint16_t port) {
  std::vector<mail::Address> addresses;
  for (const auto typed : given) {
    const bool v6 = typed.find(':') != std::string_view::npos;
    KITH_TRY(auto address, mail::parse_address(v6 ? fmt::format("[{}]:{}", typed, port)
                                                  : fmt::format("{}:{}", typed, port)));
    addresses.push_back(std::move(address));
  }
  if (addresses.size() > mail::kMaxAddresses)
    return fail(Errc::usage, "That is more addresses than kith keeps.");
  if (addresses.empty()) {
    KITH_TRY(addresses.emplace_back(), mail::parse_address(fmt::format("127.0.0.1:{}", port)));
  }
  return addresses;
}

Result<void> show_rescue_words(Context& context, const crypto::SecretBytes& words) {
  context.term.say(
      "Your rescue words. They are shown once, and kept nowhere. With them, and your leader, you can "
      "come back after losing this computer.");
  std::string line;
  std::size_t on_line = 0;
  for (const char c : as_text(words.reveal())) {
    line.push_back(c);
    if (c != ' ' || ++on_line % 6 != 0) continue;
    context.term.data(line + "\n");
    line.clear();
  }
  context.term.data(line + "\n");
  sodium_memzero(line.data(), line.size());
  context.term.flush();
  KITH_TRY(const auto done, context.term.line("Write them on paper now, then press Enter:", ""));
  static_cast<void>(done);
  return {};
}

}  // namespace kith::cli
