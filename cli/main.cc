#include <exception>

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
    // Only memory running out leads here; its text is not printed, because it could hold words.
    return static_cast<int>(kith::cli::Exit::failed);
  }
}
