#include <unistd.h>

#include <exception>
#include <string_view>

#include "cli/commands/all.h"
#include "cli/hardening.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  kith::cli::harden_process();
  kith::cli::install_signals();
  try {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return static_cast<int>(kith::cli::run(kith::cli::all_commands(), words, kith::cli::Streams{}));
  } catch (const std::exception&) {
    // Memory ran out. The exception's own text is not printed, because it could hold words.
    constexpr std::string_view kWords = "There was not enough memory. What was kept before is safe.\n";
    [[maybe_unused]] const auto told = write(STDERR_FILENO, kWords.data(), kWords.size());
    return static_cast<int>(kith::cli::Exit::failed);
  }
}
