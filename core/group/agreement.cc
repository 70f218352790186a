#include "core/group/agreement.h"

#include <set>

#include "core/group/wire.h"
#include "crypto/hash.h"
#include "proto/control.pb.h"

namespace kith::group {
namespace {

constexpr std::size_t kMaxAgreement = 64 * 1024;
constexpr std::size_t kMaxSections = 64;
constexpr std::size_t kMaxKey = 64;

constexpr std::array<SectionRule, 9> kRules = {{
    {"confidentiality", "What is said here stays here", true, false},
    {"own-words", "Outside the group I speak of myself, not of others", true, false},
    {"limits", "The limits of confidentiality", true, false},
    {"statement", "A statement by the leader", true, true},
    {"leader-clause", "What the leader reads, records and must report", true, true},
    {"leaving", "How one leaves", true, false},
    {"feedback", "Feedback only when asked", true, false},
    {"retention", "How long things are kept", true, false},
    {"not-emergency", "Nobody is watching this between sessions", true, false},
}};

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string_view starting_text(std::string_view key) {
  if (key == "confidentiality")
    return "What others say or write in this group stays with us. We do not repeat it, copy it or show it to "
           "anybody outside.";
  if (key == "own-words")
    return "Each of us may speak with anybody about our own experience in the group, in our own words, and "
           "says nothing by which another member could be known.";
  if (key == "leaving")
    return "Anyone may leave at any time. If we can, we say so two sessions before, so that there is time "
           "for a "
           "farewell. After that, what the one who left had shared is asked to be erased unless they wish "
           "otherwise.";
  if (key == "feedback")
    return "We tell each other how we see each other only when asked. Whoever is asked may pass, and silence "
           "may mean anything.";
  if (key == "retention")
    return "What others share is kept for 90 days at the longest, or until it is withdrawn. Withdrawn words "
           "are "
           "asked to be erased; nobody can promise that a copy was not made.";
  if (key == "not-emergency")
    return "Nobody is watching this between sessions. It is not for emergencies: in danger I call the local "
           "emergency number or the people I trust.";
  return {};
}

}  // namespace

std::span<const SectionRule> section_rules() { return kRules; }

Bytes encode(const Agreement& agreement) {
  proto::AgreementText wire;
  wire.set_version(agreement.version);
  for (const auto& section : agreement.sections) {
    auto& to = *wire.add_sections();
    to.set_key(section.key);
    to.set_text(section.text);
  }
  return bytes_of(wire);
}

Result<Agreement> parse_agreement(ByteView bytes) {
  if (bytes.size() > kMaxAgreement) return fail(Errc::too_large, "an agreement is longer than 64 KiB");
  KITH_CHECK(fields_of(bytes, kMaxSections + 1));
  proto::AgreementText wire;
  KITH_CHECK(parse_into(wire, bytes));
  if (wire.version() == 0) return fail(Errc::malformed, "an agreement has no version");
  Agreement agreement{wire.version(), {}};
  std::set<std::string> seen;
  for (const auto& section : wire.sections()) {
    if (section.key().empty() || section.key().size() > kMaxKey || !seen.insert(section.key()).second)
      return fail(Errc::malformed, "a section of an agreement has no key of its own");
    agreement.sections.push_back({section.key(), section.text()});
  }
  return agreement;
}

Digest text_hash(ByteView encoded) { return crypto::H("kith1.agreement", {encoded}); }

std::vector<std::string_view> missing_sections(const Agreement& agreement, Mode mode) {
  std::vector<std::string_view> missing;
  for (const auto& rule : kRules) {
    if (!rule.required || (rule.led_only && mode == Mode::peer)) continue;
    const auto has = [&](const Section& section) { return section.key == rule.key && !blank(section.text); };
    if (std::ranges::none_of(agreement.sections, has)) missing.push_back(rule.key);
  }
  return missing;
}

Agreement starting_agreement(Mode mode) {
  Agreement agreement;
  for (const auto& rule : kRules)
    if (!rule.led_only || mode != Mode::peer)
      agreement.sections.push_back({std::string(rule.key), std::string(starting_text(rule.key))});
  return agreement;
}

}  // namespace kith::group
