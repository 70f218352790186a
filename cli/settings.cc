#include "cli/settings.h"

#include "cli/files.h"

namespace kith::cli {
namespace {

constexpr std::size_t kMaxSettings = 16 * 1024;  // bytes

void take(Settings& settings, std::string_view name, std::string_view value) {
  if (name == "help_number" && !value.empty()) settings.help_number = value;
  if (name == "help_contact") settings.help_contact = value;
}

}  // namespace

Settings load_settings(const Home& home) {
  Settings settings;
  const auto bytes = read_file(home.settings(), kMaxSettings);
  if (!bytes) return settings;
  std::string_view rest = as_text(*bytes);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (const auto equals = line.find('='); equals != std::string_view::npos)
      take(settings, line.substr(0, equals), line.substr(equals + 1));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return settings;
}

Result<void> save_settings(const Home& home, const Settings& settings) {
  const std::string text =
      "help_number=" + settings.help_number + "\nhelp_contact=" + settings.help_contact + "\n";
  KITH_CHECK(make_directory(home.config));
  return write_file(home.settings(), as_bytes(text));
}

}  // namespace kith::cli
