// Where this node's files are: the XDG directories, or all below KITH_HOME.
//
//   data     keyfile  heads  journal/journal.db  mail/mail.db
//   config   settings                            nothing secret: the help card, minutes until the idle lock
//   runtime  agent.sock  agent.lock  courier.sock    $XDG_RUNTIME_DIR/kith/<16 hex of H(data path)>
#pragma once

#include <string>

#include "core/base/result.h"

namespace kith::cli {

class Terminal;

struct Home {
  std::string data;
  std::string config;
  std::string runtime;

  std::string key_file() const { return data + "/keyfile"; }
  std::string heads() const { return data + "/heads"; }
  std::string journal_dir() const { return data + "/journal"; }
  std::string journal() const { return data + "/journal/journal.db"; }
  std::string mail_dir() const { return data + "/mail"; }
  std::string mail() const { return data + "/mail/mail.db"; }
  std::string settings() const { return config + "/settings"; }
  std::string agent_socket() const { return runtime + "/agent.sock"; }
  std::string agent_lock() const { return runtime + "/agent.lock"; }
  std::string courier_socket() const { return runtime + "/courier.sock"; }

  bool set_up() const;         // there is a key file
  bool partly_set_up() const;  // there is a database, but no key file
};

// From the environment; makes nothing but the runtime folder. Told: no home folder to be found, a socket path
// of more than 106 bytes.
Result<Home> find_home(Terminal& term);
// Makes the folders. For init.
Result<void> make_home(const Home& home, Terminal& term);
// Every folder and the key file are ours and closed to others' writing, and nobody can exchange them; else
// refused with the command that mends it. not_set_up without a key file.
Result<void> check_home(const Home& home, Terminal& term);

}  // namespace kith::cli
