// The agreement: sections of text that all sign. Aims of the group are not here; what is promised is.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/group/acts.h"

namespace kith::group {

struct SectionRule {
  std::string_view key;  // "confidentiality", "own-words", "limits", "statement", "leader-clause", "leaving",
                         // "feedback", "retention", "not-emergency"
  std::string_view title;  // for people
  bool required;
  bool led_only;  // required only where somebody leads
};
std::span<const SectionRule> section_rules();

struct Section {
  std::string key;
  std::string text;
};
struct Agreement {
  std::uint32_t version = 1;
  std::vector<Section> sections;
};
Bytes encode(const Agreement& agreement);  // at most 64 KiB
Result<Agreement> parse_agreement(ByteView bytes);
Digest text_hash(ByteView encoded);  // H("kith1.agreement", bytes)

// Keys of required sections that are empty, in order; empty: may be proposed.
std::vector<std::string_view> missing_sections(const Agreement& agreement, Mode mode);
// A starting text for a new group, required sections that only people can write left empty.
Agreement starting_agreement(Mode mode);

}  // namespace kith::group
