#include "cli/page/links.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/files.h"
#include "crypto/hash.h"

namespace kith::cli {
namespace {

constexpr std::size_t kNameDigits = 16;

// Leads on at once and leaves itself out of the history; the words are for a browser that does not follow.
std::string page_of(const std::string& url) {
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
         "<meta name=\"referrer\" content=\"no-referrer\"><title>Notebook</title>\n"
         "<meta http-equiv=\"refresh\" content=\"0;url=" +
         url + "\"></head>\n<body><p><a rel=\"noreferrer\" href=\"" + url + "\">Open</a></p></body></html>\n";
}

}  // namespace

std::string page_socket(const Home& home) { return home.runtime + "/page.sock"; }

Result<void> Links::clear() {
  links_.clear();
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) unlink(entry.path().c_str());
  return {};
}

Result<std::string> Links::make(std::string_view key) {
  KITH_CHECK(make_directory(folder_));
  // The name says nothing of the key: it is a part of its hash.
  const std::string name =
      crypto::H("kith1.page-tab", {as_bytes(key), as_bytes("name")}).hex().substr(0, kNameDigits);
  std::string path = folder_ + "/open-" + name + ".html";
  KITH_CHECK(write_new_file(path, as_bytes(page_of("http://" + host_ + "/#" + std::string(key)))));
  links_.push_back({std::string(key), path});
  return path;
}

Result<void> Links::tidy(const Tabs& tabs, Instant now) {
  for (const Link& link : links_)
    if (!tabs.key_waits(link.key, now)) unlink(link.path.c_str());
  std::erase_if(links_, [&](const Link& link) { return !tabs.key_waits(link.key, now); });
  return {};
}

}  // namespace kith::cli
