#include "core/journal/templates.h"

#include <algorithm>
#include <vector>

#include "core/base/text.h"
#include "core/journal/unicode.h"
#include "core/keyring/head_record.h"

namespace kith::journal {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string_view standard_template(Kind kind) {
  switch (kind) {
    case Kind::free:
      return "";
    case Kind::reflection:
      return "What happened:\n\nWhat it did in me:\n\nWhat I see now:\n";
    case Kind::notice:
      return "Thought:\nBody:\nPull:\n";
    case Kind::process:
      return "What I notice between us:\n\nMy part in it:\n\nWhat I would like:\n";
    case Kind::repair:
      return "What went wrong between us:\n\nMy part:\n\nWhat I would say now:\n";
    case Kind::avoided:
      return "What I kept away from:\n\nWhat I feared would happen:\n\nWhat it cost me:\n";
    case Kind::unsaid:
      return "What I held back:\n\nFrom whom:\n\nWhat made it hard to say:\n";
    case Kind::practice_try:
      return "What I tried:\n\nWhere:\n\nWhat happened:\n\nWhat I take from it:\n";
    case Kind::counter_experience:
      return "What I expected:\n\nWhat happened instead:\n\nWhat that says about the old rule:\n";
    case Kind::check_in:
      return "How I arrive:\n\nWhat I bring:\n";
  }
  return "";
}

Result<Template> Templates::read(Kind kind) {
  KITH_TRY(auto query, journal_->prepare("SELECT text FROM template WHERE kind=?1"));
  query.bind(1, static_cast<std::int64_t>(kind));
  KITH_TRY(const bool row, query.step());
  if (!row) return Template{.text = std::string(standard_template(kind)), .own = false};
  if (query.is_null(0)) return fail(Errc::not_found, "you have put the template for this kind away");
  return Template{.text = query.text(0), .own = true};
}

Result<void> Templates::change(Kind kind, std::string_view text) {
  if (text.size() > kMaxTemplate) return fail(Errc::too_large, "a template holds at most 8 KiB");
  KITH_TRY(const std::string clean, nfc(text));
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO template(kind,text) VALUES(?1,?2)"
                                           " ON CONFLICT(kind) DO UPDATE SET text=excluded.text"));
    KITH_CHECK(write.bind(1, static_cast<std::int64_t>(kind)).bind(2, clean).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<void> Templates::drop(Kind kind) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto write, journal_->prepare("INSERT INTO template(kind,text) VALUES(?1,NULL)"
                                           " ON CONFLICT(kind) DO UPDATE SET text=NULL"));
    KITH_CHECK(write.bind(1, static_cast<std::int64_t>(kind)).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

Result<void> Templates::reset(Kind kind) {
  KITH_TRY(auto transaction, db::Transaction::join(*journal_));
  {
    KITH_TRY(auto erase, journal_->prepare("DELETE FROM template WHERE kind=?1"));
    KITH_CHECK(erase.bind(1, static_cast<std::int64_t>(kind)).run());
  }
  KITH_CHECK(keyring::raise_head(*journal_));
  return transaction.commit();
}

std::string drop_empty_prompts(std::string_view text, std::string_view template_text) {
  std::vector<std::string_view> prompts;
  for (const auto line : lines_of(template_text))
    if (!trimmed(line).empty()) prompts.push_back(trimmed(line));
  const auto is_prompt = [&](std::string_view line) {
    return std::find(prompts.begin(), prompts.end(), trimmed(line)) != prompts.end();
  };
  const auto lines = lines_of(text);
  std::string kept;
  for (std::size_t i = 0; i < lines.size();) {
    std::size_t next = i + 1;  // the next line that is not blank
    while (next < lines.size() && trimmed(lines[next]).empty()) ++next;
    if (is_prompt(lines[i]) && (next == lines.size() || is_prompt(lines[next]))) {
      i = next;  // with the blank lines under it
      continue;
    }
    kept += lines[i];
    kept += '\n';
    ++i;
  }
  if (!text.ends_with('\n') && kept.ends_with('\n')) kept.pop_back();
  return kept;
}

}  // namespace kith::journal
