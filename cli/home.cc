#include "cli/home.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <filesystem>

#include "cli/files.h"
#include "cli/terminal.h"
#include "core/base/text.h"
#include "crypto/hash.h"

namespace kith::cli {
namespace {

constexpr std::size_t kMaxSocketPath = 106;  // sun_path holds 108 with its zero; kept a byte below
constexpr std::size_t kLongestSocketName = sizeof("/courier.sock") - 1;
constexpr mode_t kOthersMayWrite = S_IWGRP | S_IWOTH;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// Relative paths in XDG variables are to be ignored (XDG Base Directory Specification 0.8).
std::string folder(const char* name) {
  const std::string value = variable(name);
  return value.starts_with('/') ? value : std::string();
}

std::string user_home() {
  if (const std::string home = folder("HOME"); !home.empty()) return home;
  const passwd* entry = getpwuid(geteuid());
  return entry != nullptr && entry->pw_dir != nullptr && entry->pw_dir[0] == '/' ? entry->pw_dir : "";
}

// Two names of one folder must lead to one socket.
std::string canonical(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  return error ? path : real.string();
}

std::string short_hash(const std::string& path) {
  return crypto::H("kith1.data-path", {as_bytes(path)}).hex().substr(0, 16);
}

Result<void> belongs_to_us(const std::string& shown, const struct stat& info, std::string_view what,
                           std::string_view closed, Terminal& term) {
  if (info.st_uid != geteuid())
    return term.tell(Errc::refused,
                     {"The " + std::string(what) + " " + shown + " belongs to somebody else.",
                      "Nothing was opened.", "If it should be yours: sudo chown -R \"$USER\" " + shown});
  if ((info.st_mode & kOthersMayWrite) != 0)
    return term.tell(
        Errc::refused,
        {"Others on this computer can change the " + std::string(what) + " " + shown + ".",
         "Nothing was opened.", "Close it to others: chmod " + std::string(closed) + " " + shown});
  return {};
}

Result<void> check_folder(const std::string& path, Terminal& term) {
  const std::string shown = clean_line(path);
  struct stat info {};
  if (stat(path.c_str(), &info) != 0)
    return term.tell(Errc::io, {"The folder " + shown + " cannot be read.", "Nothing was opened or changed.",
                                "Check that its disk is there and that it belongs to you."});
  if (!S_ISDIR(info.st_mode))
    return term.tell(Errc::refused,
                     {shown + " is not a folder.", "Nothing was opened.", "Move it away, then try again."});
  return belongs_to_us(shown, info, "folder", "700", term);
}

Result<void> check_key_file(const std::string& path, Terminal& term) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return {};  // whoever reads it says what is wrong
  return belongs_to_us(clean_line(path), info, "key file", "600", term);
}

// Who can write to the folder above can put another one in the place of ours, unless it is sticky as /tmp is.
// A group that is this user's own, as Debian makes one for everybody, is nobody else.
Result<void> check_above(const std::string& path, Terminal& term) {
  const std::string above = std::filesystem::path(path).parent_path().string();
  struct stat info {};
  if (stat(above.c_str(), &info) != 0 || (info.st_mode & S_ISVTX) != 0) return {};
  const mode_t own = info.st_gid == getegid() ? S_IWGRP : 0U;
  if ((info.st_mode & kOthersMayWrite & ~own) == 0) return {};
  const std::string shown = clean_line(above);
  return term.tell(
      Errc::refused,
      {"Others on this computer can put another folder in the place of " + clean_line(path) + ".",
       "Nothing was opened.", "Close the folder above it to them: chmod go-w " + shown});
}

}  // namespace

bool Home::set_up() const { return exists(key_file()); }
bool Home::partly_set_up() const { return !set_up() && (exists(journal()) || exists(mail())); }

Result<Home> find_home(Terminal& term) {
  Home home;
  const std::string own = variable("KITH_HOME");
  if (!own.empty()) {
    home.data = home.config = canonical(own);
  } else {
    const std::string user = user_home();
    const std::string data = folder("XDG_DATA_HOME"), config = folder("XDG_CONFIG_HOME");
    if (user.empty() && (data.empty() || config.empty()))
      return term.tell(Errc::not_set_up,
                       {"kith cannot find your home folder: HOME is not set.", "Nothing was opened.",
                        "Set HOME, or set KITH_HOME to a folder for kith alone."});
    home.data = canonical((data.empty() ? user + "/.local/share" : data) + "/kith");
    home.config = canonical((config.empty() ? user + "/.config" : config) + "/kith");
  }
  const std::string runtime = folder("XDG_RUNTIME_DIR");
  home.runtime = runtime.empty() ? home.data + "/run" : runtime + "/kith/" + short_hash(home.data);
  if (home.runtime.size() + kLongestSocketName > kMaxSocketPath)
    return term.tell(Errc::usage,
                     {"The folder " + clean_line(home.runtime) + " has too long a name for a socket.",
                      "Nothing was opened.", "Set XDG_RUNTIME_DIR or KITH_HOME to a shorter path."});
  return home;
}

Result<void> make_home(const Home& home, Terminal& term) {
  for (const auto& path : {home.data, home.config, home.runtime, home.journal_dir(), home.mail_dir()})
    KITH_CHECK(make_directory(path));
  KITH_CHECK(check_above(home.data, term));
  return check_folder(home.data, term);
}

Result<void> check_home(const Home& home, Terminal& term) {
  if (!exists(home.data) || !home.set_up()) {
    if (home.partly_set_up())
      return term.tell(Errc::damaged, {"The key file of this journal is missing.",
                                       "Your words are still here, but nothing can open them without it.",
                                       "Bring keyfile back from a copy, or restore a backup."});
    return fail(Errc::not_set_up, "there is no journal here yet");
  }
  KITH_CHECK(check_folder(home.data, term));  // before anything is made in it
  KITH_CHECK(make_directory(home.runtime));
  for (const auto& path : {home.data, home.journal_dir(), home.mail_dir(), home.runtime})
    KITH_CHECK(check_folder(path, term));
  KITH_CHECK(check_above(home.data, term));
  return check_key_file(home.key_file(), term);
}

}  // namespace kith::cli
