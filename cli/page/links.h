// Files that lead a browser to the page: mode 0600, each good for one tab and two minutes.
#pragma once

#include <string>
#include <vector>

#include "cli/home.h"
#include "cli/page/tabs.h"

namespace kith::cli {

std::string page_socket(const Home& home);  // <runtime>/page.sock

class Links {
 public:
  Links(const Home& home, std::string host) : folder_(home.runtime + "/page"), host_(std::move(host)) {}

  Result<void> clear();                            // none is left, not even one of a process before
  Result<std::string> make(std::string_view key);  // the file's path
  // Removes those whose key was used or is over.
  Result<void> tidy(const Tabs& tabs, Instant now);
  bool empty() const { return links_.empty(); }

 private:
  struct Link {
    std::string key;
    std::string path;
  };
  std::string folder_;
  std::string host_;
  std::vector<Link> links_;
};

}  // namespace kith::cli
