// Names that a reader could take for one another.
#pragma once

#include <string>
#include <string_view>

namespace kith {

// What remains of a name for a hasty eye: folded by NFKC and without case (Unicode 3.13, UAX #31), without
// blanks, accents and signs, and with the letters of Greek and Cyrillic, the digits and the pairs that look
// like Latin letters written as those (the part of UTS #39 that a name of up to 64 bytes needs). Two names
// with one look are easily confused; it is for comparing, never for showing. Empty if nothing remains.
std::string look_of(std::string_view name);

// Letters of more than one of Latin, Greek and Cyrillic in one word: nobody writes their name so.
bool mixes_scripts(std::string_view name);

}  // namespace kith
