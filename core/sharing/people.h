// The people of one group as its screens name them. Names come from profiles that their owners shared.
#pragma once

#include <string>
#include <vector>

#include "core/group/state.h"

namespace kith::sharing {

struct Book;

inline constexpr std::size_t kMaxName = 64;  // bytes of UTF-8 after NFC, for names and pronouns

struct Profile {
  std::string name;
  std::string pronouns;
};

struct Person {
  MemberId id;
  std::string name;  // empty: no profile arrived (yet)
  std::string pronouns;
  std::string
      handle;  // what @handle in a text means here; unique in the group, never given to a second person
  group::Role role;
  group::Status status;
  bool me;
  bool agreed;  // signed the version in force; nothing is sealed to anybody who has not
  // Somebody else here has a name that looks like this one, or it mixes alphabets: no screen names them by it
  // alone.
  bool alike = false;
  bool copied = false;  // a device of theirs was in use twice: what it did from there on is held
};

// Former members included, in order of handle.
using People = std::vector<Person>;
const Person* find(const People& people, const MemberId& id);              // nullptr: nobody
const Person* find_handle(const People& people, std::string_view handle);  // with or without the @
// Mine. On hold if no act that counts let me in: the device that did so forked, and what it signed waits for
// the group to say which of its stories holds.
Person me_of(const Book& book, const People& people);
std::string name_of(const Person& person);  // the name, else "@handle"

// Handles that `text` names (`@ana`), lower case, without the @, each once. An address (a@b) is not a name.
std::vector<std::string> handles_in(std::string_view text);

}  // namespace kith::sharing
