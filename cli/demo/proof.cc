// The sceptic's play: a hostile fourth node, and a search of every file of every node.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sqlcipher/sqlite3.h>
#include <sys/socket.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "cli/courier_client.h"
#include "cli/demo/stage.h"
#include "cli/demo/texts.h"
#include "core/db/database.h"
#include "crypto/key_file.h"

namespace kith::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNeedle = 28;  // characters of a private line that are looked for

// -- what is looked for
// ----------------------------------------------------------------------------------------

struct Secret {
  std::string owner;                   // whose words they are
  std::string words;                   // a piece of one line
  std::vector<std::string> told = {};  // who else was given them
};

bool plain(std::string_view piece) {
  return piece.find_first_of("#~@*_>[]\t") == std::string_view::npos &&
         std::all_of(piece.begin(), piece.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A piece from the middle of the longest plain line; empty if no line is long enough.
std::string piece_of(std::string_view text) {
  std::string best;
  std::size_t longest = 0;
  for (const auto& line : lines_of(text)) {
    if (line.size() < kNeedle + 8 || line.size() <= longest) continue;
    const std::string piece = line.substr((line.size() - kNeedle) / 2, kNeedle);
    if (!plain(piece)) continue;
    longest = line.size();
    best = piece;
  }
  return best;
}

std::vector<Secret> diary_secrets() {
  std::vector<Secret> secrets;
  for (const auto& [folder, owner] :
       {std::pair{"mina", "Mina"}, std::pair{"tomas", "Tomas"}, std::pair{"ruth", "Ruth"}})
    for (const auto& text : demo_texts(folder))
      if (auto piece = piece_of(text.text); !piece.empty()) secrets.push_back({owner, std::move(piece)});
  return secrets;
}

// -- the forms in which words could lie about
// --------------------------------------------------------------------

std::string utf16(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) (wide += c) += '\0';
  return wide;
}

// The part of a base64 text that is the same wherever `text` begins in a group of three bytes.
std::string base64_core(std::string_view text, std::size_t skip) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string core;
  for (std::size_t i = skip; i + 3 <= text.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
    };
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (const int shift : {18, 12, 6, 0}) core += kDigits[group >> shift & 63];
  }
  return core;
}

std::vector<std::string> forms_of(const std::string& words) {
  return {words,
          to_hex(as_bytes(words)),
          utf16(words),
          base64_core(words, 0),
          base64_core(words, 1),
          base64_core(words, 2)};
}

bool holds(std::string_view bytes, const std::string& words) {
  for (const auto& form : forms_of(words))
    if (bytes.find(form) != std::string_view::npos) return true;
  return false;
}

// -- where it is looked for
// ---------------------------------------------------------------------------------------

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t search_files(Stage& stage, const std::vector<Secret>& secrets) {
  std::size_t files = 0, found = 0;
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(stage.folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string inside = content(entry.path());
    ++files;
    bytes += inside.size();
    for (const auto& secret : secrets)
      if (holds(inside, secret.words)) ++found;
  }
  stage.say(fmt::format(
      "Looked through {} files of all nodes, {} kB, for {} pieces of private text, as they are, in hex, "
      "base64 and UTF-16: {} found.",
      files, bytes / 1024, secrets.size(), found));
  return found;
}

// Every page of a database as its owner's key opens it.
std::string opened(const std::string& path, ByteView key) {
  auto database = db::Database::open(path, key, {.read_only = true});
  if (!database) throw PlayFailed{"a database did not open: " + path};
  sqlite3_int64 size = 0;
  unsigned char* image = sqlite3_serialize(database->handle(), "main", &size, 0);
  if (image == nullptr) throw PlayFailed{"a database could not be read: " + path};
  std::string pages(reinterpret_cast<const char*>(image), static_cast<std::size_t>(size));
  sqlite3_free(image);
  return pages;
}

std::string dump_of(const Player& who, std::string_view passphrase) {
  const std::string file = content(who.home() + "/keyfile");
  const auto keys = crypto::open_key_file(as_bytes(file), as_bytes(passphrase));
  if (!keys) throw PlayFailed{who.name() + "'s key file does not open"};
  return opened(who.home() + "/journal/journal.db", keys->journal.reveal()) +
         opened(who.home() + "/mail/mail.db", keys->mail.reveal());
}

// Pair by pair: a piece is in the dump of its owner and of whom it was told, and in no other.
std::size_t search_dumps(Stage& stage, const std::vector<Secret>& secrets) {
  std::size_t wrong = 0, right = 0;
  for (const Player* who : {&stage.mina, &stage.tomas, &stage.ruth}) {
    const std::string dump = dump_of(*who, kDemoPassphrase);
    for (const auto& secret : secrets) {
      const bool told = std::find(secret.told.begin(), secret.told.end(), who->name()) != secret.told.end();
      const bool expected = told || secret.owner == who->name();
      if (holds(dump, secret.words) == expected)
        ++right;
      else
        ++wrong;
    }
  }
  stage.say(fmt::format(
      "Opened all databases with their owners' keys: of {} pairs of a private piece and a node, {} are "
      "as they must be (with its author and whom it was told, with nobody else), {} are not.",
      right + wrong, right, wrong));
  return wrong;
}

// -- the hostile fourth
// -------------------------------------------------------------------------------------------

std::vector<std::uint16_t> listening_ports(Stage& stage) {
  std::vector<std::uint16_t> ports;
  for (const Player* who : {&stage.mina, &stage.tomas, &stage.ruth}) {
    const Home home{who->home(), who->home(), who->home() + "/run"};
    auto courier = CourierClient::connect(home);
    if (!courier) throw PlayFailed{who->name() + "'s courier does not answer"};
    const auto state = courier->status();
    if (!state) throw PlayFailed{who->name() + "'s courier does not answer"};
    for (const auto& port : state->ports) ports.push_back(port.address.port);
  }
  return ports;
}

void throw_at(std::uint16_t port, std::string_view bytes) {
  const Descriptor line(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(line.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  [[maybe_unused]] const auto sent = send(line.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

std::size_t noise(Stage& stage) {
  std::string greeting =
      std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x03", 11);  // a ZMTP greeting, without encryption
  greeting.resize(64, '\0');
  greeting.replace(12, 4, "NULL");
  const std::vector<std::string> kinds = {"GET / HTTP/1.1\r\nHost: kith\r\n\r\n", std::string(4096, '\x55'),
                                          std::string(64, '\xff'), greeting + std::string(200, '\0')};
  std::size_t thrown = 0;
  const auto ports = listening_ports(stage);
  for (int round = 0; round < 20; ++round)
    for (const auto port : ports)
      for (const auto& kind : kinds) {
        throw_at(port, kind);
        ++thrown;
      }
  if (ports.empty()) throw PlayFailed{"no node was listening"};
  return thrown;
}

bool is_four_words(std::string_view line) {
  return std::count(line.begin(), line.end(), ' ') == 3 &&
         line.find_first_not_of("abcdefghijklmnopqrstuvwxyz ") == std::string_view::npos;
}

// Somebody has copied the invitation and its code, and comes to the door first.
void at_the_door(Stage& stage, Player& hostile) {
  const std::string file = stage.folder + "/copied.kith";
  auto answers = lines_of(demo_text("demo/welcome.txt"));
  answers.emplace_back("");
  const std::string code = first_word(stage.ruth.types({"group", "invite", file}, answers, false).out);
  Typing door = stage.ruth.begins({"group", "welcome"}, false);
  Typing guest = hostile.begins({"group", "join", file});
  for (const std::string& line : {std::string("yes"), code, std::string("Ana"), std::string(), std::string()})
    guest.type(line);
  const auto hers = door.line(is_four_words, std::chrono::seconds(20));
  guest.line(is_four_words, std::chrono::seconds(20));
  stage.say(fmt::format(
      "Ruth's screen says \"{}\". The real Ana, on the phone, has no words to read: she is not at the "
      "door. Ruth says no.",
      hers.value_or("nothing")));
  door.type("no");
  guest.type("yes");
  const Screen screen = guest.finish(std::chrono::seconds(20));
  const auto last = screen.all.rfind("The door");
  hostile.show({screen.exit, {}, last == std::string::npos ? screen.all : screen.all.substr(last)});
  if (screen.exit == 0) throw PlayFailed{"the hostile node was let in"};
  fs::remove(file);
}

}  // namespace

void proof(Stage& stage) {
  stage.say(
      "The same three nodes, for people who do not take a program's word for it. The outbox is set to three "
      "seconds here.");
  stage.open_journals(false);
  stage.import_diaries(false);
  stage.found_group(false);
  stage.join(stage.mina, false);
  stage.join(stage.tomas, false);
  const std::string before = stage.ruth.types({"group", "phrase"}, {}, false).out;

  stage.scene("Some things are told");
  std::vector<Secret> secrets = diary_secrets();
  const std::string_view reflection = demo_text("demo/mina-reflection.txt");
  stage.share(stage.mina, reflection, {"--to", "leaders"}, true);
  stage.let_outbox_end();
  secrets.push_back({"Mina", piece_of(reflection), {"Ruth"}});

  stage.scene("A fourth node, which means harm");
  Player hostile(stage.term, "Fourth", stage.folder + "/fourth");
  const std::string pass(kDemoPassphrase);
  hostile.types({"init"}, {pass, pass, "112"}, false);
  at_the_door(stage, hostile);
  stage.say(
      fmt::format("It throws {} connections at the three nodes: noise, web requests, greetings of the same "
                  "protocol without keys.",
                  noise(stage)));
  stage.say("It copies Mina's whole folder and guesses at her passphrase.");
  const std::string copy = stage.folder + "/copy-of-mina";
  fs::create_directory(copy);
  for (const char* part : {"keyfile", "journal", "mail"})
    fs::copy(stage.mina.home() + "/" + part, copy + "/" + part, fs::copy_options::recursive);
  Player thief(stage.term, "Fourth", copy);
  thief.types({"unlock"}, {"mina mina mina"}, true, 4);

  stage.scene("What it broke");
  stage.share(stage.tomas, demo_text("demo/tomas-thanks.txt"), {"--to", "@mina"}, false);
  stage.let_outbox_end();
  if (stage.mina.types({"shared", "--plain"}, {}, false).out.find("from") == std::string::npos)
    throw PlayFailed{"mail between honest nodes stopped"};
  if (stage.ruth.types({"group", "phrase"}, {}, false).out != before)
    throw PlayFailed{"the circle phrase changed"};
  for (Player* who : {&stage.mina, &stage.tomas, &stage.ruth}) who->types({"audit"}, {}, false);
  stage.say("Nothing: post still comes, the circle phrase is the same, and every audit is clean.");

  stage.scene("What it learned");
  const std::size_t found = search_files(stage, secrets);
  const std::size_t wrong = search_dumps(stage, secrets);
  hostile.types({"lock"}, {}, false);
  hostile.types({"down"}, {}, false);
  if (found + wrong != 0) throw PlayFailed{"private words were found where they must not be"};
  stage.say("Nothing.");
}

}  // namespace kith::cli
