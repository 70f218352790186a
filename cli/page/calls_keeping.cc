// Kinds, feelings, settings, the help card, import and export, the passphrase, the courier.
#include "cli/book.h"
#include "cli/export_scope.h"
#include "cli/net_address.h"
#include "cli/page/calls.h"
#include "cli/page/drafts.h"
#include "cli/page/shapes.h"
#include "cli/passphrase.h"
#include "cli/settings.h"
#include "cli/use/carrying.h"
#include "cli/use/opening.h"
#include "cli/use/settings.h"
#include "core/base/text.h"
#include "core/journal/feelings.h"
#include "core/journal/import.h"
#include "core/journal/templates.h"
#include "core/sharing/tick.h"

namespace kith::cli {
namespace {

constexpr std::chrono::seconds kShortMeeting{1};

// -- kinds and feelings

Result<void> kinds(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  journal::Templates templates(book.session.journal());
  ask.out.array("kinds");
  for (const auto kind : journal::all_kinds()) {
    const auto found = templates.read(kind);
    if (!found && found.error().code != Errc::not_found) return tl::unexpected(found.error());
    ask.out.object().text("kind", journal::word(kind)).text("meaning", journal::kind_meaning(kind));
    ask.out.text("template", found ? std::string_view(found->text) : std::string_view()).end();
  }
  ask.out.end();
  return {};
}

Result<void> kinds_change(Ask& ask) {
  KITH_TRY(const auto kind, kind_of_field(ask.fields));
  KITH_TRY(const auto text, ask.fields.text("template"));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(journal::Templates(book.session.journal()).change(kind, text));
  return book.session.keep();
}

Result<void> kinds_reset(Ask& ask) {
  KITH_TRY(const auto kind, kind_of_field(ask.fields));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(journal::Templates(book.session.journal()).reset(kind));
  return book.session.keep();
}

Result<void> feelings(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto all, journal::Feelings(book.session.journal()).list());
  ask.out.array("words");
  for (const auto& feeling : all) ask.out.element(feeling);
  ask.out.end();
  return {};
}

Result<void> feelings_add(Ask& ask) {
  KITH_TRY(const auto word, ask.fields.text("word"));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(journal::Feelings(book.session.journal()).add(trimmed(word)));
  return book.session.keep();
}

Result<void> feelings_remove(Ask& ask) {
  KITH_TRY(const auto word, ask.fields.text("word"));
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_CHECK(journal::Feelings(book.session.journal()).remove(trimmed(word)));
  return book.session.keep();
}

// -- settings

std::string_view form_word(journal::Setting::Form form) {
  switch (form) {
    case journal::Setting::Form::number:
      return "number";
    case journal::Setting::Form::yes_no:
      return "yes_no";
    case journal::Setting::Form::text:
      return "text";
  }
  return "text";
}

Result<void> settings(Ask& ask) {
  KITH_TRY(const auto desk, desk_of(ask));
  ask.out.array("settings");
  for (const auto& setting : journal::all_settings()) {
    if (!is_listed(setting)) continue;
    KITH_TRY(const auto value, setting_value(*desk, setting.name));
    ask.out.object().text("name", setting.name).text("value", value).text("meaning", setting.meaning);
    ask.out.text("form", form_word(setting.form))
        .number("least", setting.least)
        .number("most", setting.most)
        .end();
  }
  ask.out.end();
  return {};
}

Result<void> settings_change(Ask& ask) {
  KITH_TRY(const auto name, ask.fields.text("name"));
  KITH_TRY(const auto value, ask.fields.text("value"));
  KITH_TRY(const auto desk, desk_of(ask));
  return change_setting(*desk, name, value);
}

Result<void> help_change(Ask& ask) {
  KITH_CHECK(Session::open(ask.context));  // whoever may change it has the passphrase
  Settings card = load_settings(ask.context.home);
  KITH_TRY(const auto number, ask.fields.text("help_number"));
  KITH_TRY(const auto contact, ask.fields.text_or("help_contact", ""));
  if (trimmed(number).empty())
    return ask.context.tell(
        Errc::usage, {"The card needs a number.", "The card is as it was.", "112 works in many countries."});
  card.help_number = clean_line(trimmed(number));
  card.help_contact = clean_line(trimmed(contact));
  return save_settings(ask.context.home, card);
}

Result<void> passphrase_change(Ask& ask) {
  KITH_CHECK(check_home(ask.context.home, ask.context.term));
  KITH_TRY(const auto before, secret(ask.fields, "old"));
  KITH_TRY(const auto typed, ask.fields.text("new"));
  const crypto::SecretBytes chosen(to_bytes(as_bytes(trimmed(typed))));
  if (is_short(chosen))
    return ask.context.tell(
        Errc::usage, {"That is short; somebody at home could guess it.", "The passphrase is as it was.",
                      "Eight characters or more; several words are best."});
  KITH_TRY(const auto keys, keys_for(ask.context, before));
  return change_passphrase(ask.context, keys, chosen);
}

// -- import and export

Result<journal::ImportFile> import_file(const Fields& fields, WallTime now) {
  KITH_CHECK(fields.only("name bytes modified"));
  journal::ImportFile file;
  KITH_TRY(file.name, copied(fields, "name"));
  file.name = file.name.substr(file.name.rfind('/') + 1);
  KITH_TRY(const auto bytes, base64(fields, "bytes"));
  file.bytes = as_text(bytes).substr(0, journal::kMaxImportFile);
  KITH_TRY(const auto seconds, fields.number_within("modified", 0, now.time_since_epoch().count(),
                                                    now.time_since_epoch().count()));
  file.modified = moment_of(WallTime(std::chrono::seconds(seconds)));
  return file;
}

Result<void> import_add(Ask& ask) {
  journal::ImportOptions options;
  KITH_TRY(options.kind, kind_of_field(ask.fields));
  KITH_TRY(const auto tag, ask.fields.text_or("tag", ""));
  if (!tag.empty()) {
    KITH_TRY(options.tag, journal::tag_of(tag));
  }
  KITH_TRY(const auto given, ask.fields.objects("files"));
  std::vector<journal::ImportFile> files;
  for (const auto* each : given) {
    KITH_TRY(auto file, import_file(*each, ask.context.clock.now()));
    files.push_back(std::move(file));
  }
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto report, journal::import_files(book.journal, files, options));
  KITH_CHECK(book.session.keep());
  ask.out.number("added", static_cast<std::int64_t>(report.added.size())).array("skipped");
  for (const auto& skipped : report.skipped)
    ask.out.object()
        .text("name", render_plain(PeerText(skipped.name)))
        .text("why", journal::why(skipped.why))
        .end();
  ask.out.end();
  return {};
}

Result<void> export_mine(Ask& ask) {
  KITH_TRY(auto book, Book::open(ask.context));
  KITH_TRY(const auto options, export_scope(book.session));
  std::string whole;
  KITH_TRY(const auto report,
           journal::export_mine(book.journal, options, [&](std::string_view piece) -> Result<void> {
             whole += piece;
             return {};
           }));
  ask.out.text("text", whole).number("entries", static_cast<std::int64_t>(report.entries));
  sodium_memzero(whole.data(), whole.size());
  return {};
}

// -- the courier

Result<void> addresses(Ask& ask) {
  ask.out.array("addresses");
  for (const auto& address : network_addresses()) ask.out.element(address);
  ask.out.end();
  return {};
}

Result<void> carry_state(Ask& ask) {
  KITH_CHECK(Session::open(ask.context));
  auto courier = CourierClient::connect(ask.context.home);
  if (!courier && courier.error().code != Errc::not_found) return tl::unexpected(courier.error());
  ask.out.flag("running", courier.has_value());
  if (!courier) return {};
  KITH_TRY(const auto state, courier->status());
  ask.out.number("connected", state.connected).array("at_rest");
  for (const auto& group : state.at_rest) ask.out.element(group.hex());
  ask.out.end();
  return {};
}

Result<void> carry_up(Ask& ask) {
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_TRY(const auto listen, ask.fields.text_or("listen", ""));
  std::optional<mail::Address> place;
  if (listen.empty()) {
    KITH_TRY(place, place_to_listen(*desk));
  } else {
    const std::string_view named[] = {listen};
    KITH_TRY(const auto parsed, own_addresses(named, 1));
    place = parsed.front();
    place->port = 0;  // each group has its own
  }
  KITH_CHECK(bring_up(*desk, place));
  return {};
}

Result<void> carry_down(Ask& ask) {
  KITH_CHECK(Session::open(ask.context));
  auto courier = CourierClient::connect(ask.context.home);
  if (!courier && courier.error().code == Errc::not_found) return {};
  if (!courier) return tl::unexpected(courier.error());
  return courier->stop();
}

Result<void> carry_meet(Ask& ask) {
  KITH_TRY(const auto desk, desk_of(ask));
  KITH_TRY(const auto place, place_to_listen(*desk));
  KITH_TRY(auto courier, bring_up(*desk, place));
  KITH_CHECK(sharing::tick(desk->node(), sharing::Occasion::sync));
  KITH_CHECK(desk->session().keep());
  KITH_CHECK(courier.wake());
  KITH_TRY(const auto outcome, courier.sync(kShortMeeting));
  KITH_CHECK(sharing::tick(desk->node(), sharing::Occasion::timer));
  KITH_CHECK(desk->done());
  ask.out.number("reached", outcome.reached).number("known", outcome.known).flag("quiet", outcome.quiet);
  return {};
}

constexpr std::string_view kTookIn = "What was taken in so far stays; the rest was left.";

constexpr Call kCalls[] = {
    {"kinds", "", "", kinds},
    {"kinds.change", "kind template", "The questions are as they were.", kinds_change},
    {"kinds.reset", "kind", "The questions are as they were.", kinds_reset},
    {"feelings", "", "", feelings},
    {"feelings.add", "word", "The list is as it was.", feelings_add},
    {"feelings.remove", "word", "The list is as it was.", feelings_remove},
    {"settings", "", "", settings},
    {"settings.change", "name value", "The setting is as it was.", settings_change},
    {"help.change", "help_number help_contact", "The card is as it was.", help_change},
    {"passphrase.change", "old new", "The passphrase is as it was.", passphrase_change},
    {"import.add", "files kind tag", kTookIn, import_add},
    {"export", "", "Nothing was written.", export_mine},
    {"addresses", "", "", addresses},
    {"carry.state", "", "", carry_state},
    {"carry.up", "listen", "Nothing was sent or fetched.", carry_up},
    {"carry.down", "", "The courier may still run.", carry_down},
    {"carry.meet", "", "What waits to be sent still waits.", carry_meet},
};

}  // namespace

std::span<const Call> keeping_calls() { return kCalls; }

}  // namespace kith::cli
