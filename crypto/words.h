// Words for people: 2048 screened words of our own, any two at least two edits apart, unique by four letters.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace kith::crypto {

std::span<const std::string_view, 2048> word_list();  // sorted; the index is the value of 11 bits

// The first 11*count bits of `bits`, most significant first.
std::vector<std::string_view> words_of(ByteView bits, std::size_t count);

// 32 bytes <-> 24 words: 256 bits and 8 bits of BLAKE2b checksum.
std::vector<std::string_view> words_of_seed(ByteView seed32);
Result<SecretBytes> seed_of_words(
    std::string_view text);  // any case, spaces, four letters suffice; malformed

// Six random words (66 bits) for a passphrase.
std::string generated_passphrase(Random& random);

// Four words that both sides of a door read to each other: 44 bits of `sas`.
std::string sas_words(const Digest& sas);

// The circle phrase: 66 bits of Argon2id MODERATE over the state digest, salt from the group id; six words.
// About half a second and 256 MiB: computed when shown, once for each state. io: not enough memory.
Result<std::string> circle_phrase(const Digest& state, const GroupId& group);

// What the person typed, corrected: the one word of the list within one edit or with the same first four
// letters.
std::string_view nearest_word(std::string_view typed);  // empty if none

}  // namespace kith::crypto
