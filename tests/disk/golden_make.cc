// disk_golden_make FOLDER: makes a folder for golden/, as this kith leaves one. Run it once for each version
// that people may have data of; what is checked in is never made anew.
#include <filesystem>
#include <iostream>

#include "core/journal/journal.h"
#include "core/keyring/file.h"
#include "core/keyring/head_record.h"
#include "crypto/key_file.h"
#include "tests/disk/golden.h"
#include "tests/sharing/world.h"

namespace kith::test {
namespace {

namespace fs = std::filesystem;
using namespace golden;
using sharing::To;

// The keys that TestNode opens its databases with.
crypto::DatabaseKeys keys() {
  auto journal = key_of(3), mail = key_of(9);
  return {crypto::JournalKey::take(journal), crypto::MailKey::take(mail)};
}

void write_entries(TestNode& ana) {
  auto journal = must(journal::Journal::open(ana.journal()));
  const WallTime now = ana.node().now();
  must(journal.add({.kind = journal::Kind::reflection, .text = std::string(kEntry), .written = {now}}));
  const auto edited = must(journal.add({.text = std::string(kBefore), .written = {now}}));
  must(journal.edit(edited, {.text = std::string(kEdited), .tender = true}, now));
  must(journal.remove(must(journal.add({.text = std::string(kGone), .written = {now}})), now));
}

void make(const fs::path& to) {
  World world({"Lena", "Ana"}, 21);
  world.everybody();
  write_entries(world["Ana"]);
  world.share("Lena", world.draft(std::string(kReceived), To::group));
  world.share("Ana", world.draft(std::string(kShared), To::leaders));
  world.settle();
  auto& ana = world["Ana"];
  const auto both = keys();
  fs::create_directories(to / "journal");
  fs::create_directories(to / "mail");
  must(keyring::save_head(ana.journal(), to / "heads", both.journal, ana.random));
  must(keyring::replace_file(to / "keyfile", must(crypto::make_key_file(both, as_bytes(kPassphrase),
                                                                        crypto::kArgon2Floor, ana.random))));
  KITH_ASSERT(number(day_of(world.clock.now())) <= number(day_of(WallTime{std::chrono::seconds(kLater)})));
  ana.close();
  fs::copy_file(ana.folder / "journal.db", to / "journal" / "journal.db");
  fs::copy_file(ana.folder / "mail.db", to / "mail" / "mail.db");
}

}  // namespace
}  // namespace kith::test

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "disk_golden_make FOLDER\n";
    return 2;
  }
  kith::test::make(arguments[1]);
}
