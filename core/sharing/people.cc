#include "core/sharing/people.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/look.h"
#include "core/base/text.h"
#include "core/journal/entry.h"
#include "core/sharing/directory.h"
#include "core/sharing/tables.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kMaxHandle = 32;
constexpr std::size_t kMaxHandles = 32;  // of one member, ever: nobody else may have one of them again

bool handle_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '-';
}

// As the journal reads a mark: lower case, composed. Empty for what is none.
std::string lower(std::string_view text) { return journal::handle_of(text).value_or(std::string()); }

// The first word of a name, as it can be typed behind an @. What stands around it gives way: quotes, and the
// marks that keep a name written from right to left apart from the words beside it.
std::string wish(std::string_view name) {
  for (; !name.empty(); name.remove_prefix(1)) {
    const auto end = std::ranges::find_if_not(name, handle_byte);
    std::string word(
        name.substr(0, std::min<std::size_t>(kMaxHandle, static_cast<std::size_t>(end - name.begin()))));
    for (; !word.empty(); word.pop_back()) {
      if (!is_utf8(word)) continue;  // never half a letter
      if (std::string handle = lower(word); !handle.empty()) return handle;
    }
  }
  return {};
}

// Somebody else's handle looks like this one: two that a hasty eye confuses are never given.
Result<bool> is_taken(Node& node, const GroupId& group, const MemberId& member, const std::string& handle) {
  KITH_TRY(auto others,
           node.journal().prepare("SELECT handle FROM share_handle WHERE grp = ?1 AND member <> ?2"));
  others.bind(1, group.view()).bind(2, member.view());
  const std::string look = look_of(handle);
  while (true) {
    KITH_TRY(const bool more, others.step());
    if (!more) return false;
    if (others.text_view(0) == handle || look_of(others.text_view(0)) == look) return true;
  }
}

Result<std::set<std::string>> handles_of(Node& node, const GroupId& group, const MemberId& member) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT handle FROM share_handle WHERE grp = ?1 AND member = ?2"));
  select.bind(1, group.view()).bind(2, member.view());
  std::set<std::string> handles;
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return handles;
    handles.insert(select.text(0));
  }
}

// The first that nobody else ever had. Each had a few at most, so the search ends soon.
Result<std::string> free_handle(Node& node, const GroupId& group, const MemberId& member,
                                const std::string& base) {
  for (int suffix = 1;; ++suffix) {
    std::string handle = suffix == 1 ? base : base + std::to_string(suffix);
    KITH_TRY(const bool taken, is_taken(node, group, member, handle));
    if (!taken) return handle;
  }
}

bool is_here(const Person& person) {
  return !person.name.empty() && person.status != group::Status::left &&
         person.status != group::Status::removed;
}

void mark_alike(People& people) {
  std::map<std::string, int> looks;
  for (const auto& person : people)
    if (is_here(person)) ++looks[look_of(person.name)];
  for (auto& person : people)
    person.alike = is_here(person) && (looks[look_of(person.name)] > 1 || mixes_scripts(person.name));
}

std::string nameless(const MemberId& member) { return "member-" + member.hex().substr(0, 6); }

}  // namespace

const Person* find(const People& people, const MemberId& id) {
  const auto found = std::ranges::find(people, id, &Person::id);
  return found == people.end() ? nullptr : &*found;
}

const Person* find_handle(const People& people, std::string_view handle) {
  if (handle.starts_with('@')) handle.remove_prefix(1);
  const auto found = std::ranges::find(people, lower(handle), &Person::handle);
  return found == people.end() ? nullptr : &*found;
}

Person me_of(const Book& book, const People& people) {
  if (const Person* me = find(people, book.me)) return *me;
  return {book.me, "", "", nameless(book.me), group::Role::member, group::Status::on_hold, true, false};
}

std::string name_of(const Person& person) { return person.name.empty() ? "@" + person.handle : person.name; }

std::vector<std::string> handles_in(std::string_view text) {
  std::vector<std::string> handles;
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    if (at > 0 && handle_byte(text[at - 1])) continue;
    std::size_t end = at + 1;
    while (end < text.size() && handle_byte(text[end])) ++end;
    std::string_view typed = text.substr(at + 1, end - at - 1);
    while (typed.ends_with('-') || typed.ends_with('_')) typed.remove_suffix(1);
    std::string handle = lower(typed);
    if (!handle.empty() && std::ranges::find(handles, handle) == handles.end())
      handles.push_back(std::move(handle));
  }
  return handles;
}

Result<Profile> sound_profile(const Profile& profile) {
  Profile clean{clean_line(profile.name), clean_line(profile.pronouns)};
  if (!is_utf8(profile.name) || !is_utf8(profile.pronouns) || wish(clean.name).empty())
    return fail(Errc::usage, "a name needs a letter or a digit");
  if (clean.name.size() > kMaxName || clean.pronouns.size() > kMaxName)
    return fail(Errc::usage, "a name and pronouns have at most 64 bytes each");
  return clean;
}

// Called inside a transaction. The same member may get back a handle it had.
Result<void> store_profile(Node& node, const GroupId& group, const MemberId& member,
                           const StoredProfile& profile) {
  auto& journal = node.journal();
  KITH_TRY(auto old, journal.prepare("SELECT version FROM share_profile WHERE grp = ?1 AND member = ?2"));
  old.bind(1, group.view()).bind(2, member.view());
  KITH_TRY(const bool known, old.step());
  if (known && old.integer(0) > static_cast<std::int64_t>(profile.version)) return {};
  KITH_TRY(auto put,
           journal.prepare("INSERT OR REPLACE INTO share_profile VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  put.bind(1, group.view()).bind(2, member.view()).bind(3, static_cast<std::int64_t>(profile.version));
  put.bind(4, profile.profile.name).bind(5, profile.profile.pronouns);
  put.bind(6, profile.agreement.view()).bind(7, profile.event.view());
  KITH_CHECK(put.run());
  const std::string base = wish(profile.profile.name);
  if (base.empty()) return {};
  KITH_TRY(const auto had, handles_of(node, group, member));
  KITH_TRY(const std::string handle, free_handle(node, group, member, base));
  if (had.size() >= kMaxHandles && !had.contains(handle)) return {};  // it keeps the one it has
  KITH_TRY(auto clear, journal.prepare("UPDATE share_handle SET given = 0 WHERE grp = ?1 AND member = ?2"));
  clear.bind(1, group.view()).bind(2, member.view());
  KITH_CHECK(clear.run());
  KITH_TRY(auto give, journal.prepare("INSERT OR REPLACE INTO share_handle VALUES (?1, ?2, ?3, 1)"));
  give.bind(1, group.view()).bind(2, handle).bind(3, member.view());
  return give.run();
}

Result<People> people_of(Node& node, const Book& book) {
  auto& journal = node.journal();
  const auto state = book.state();
  People people;
  for (const auto& [id, member] : state->members) {
    Person person{id, "", "", nameless(id), member.role, member.status, id == book.me, state->has_agreed(id)};
    person.copied = std::ranges::any_of(
        member.devices, [&](const DeviceId& device) { return state->device(device)->forked; });
    KITH_TRY(auto profile,
             journal.prepare("SELECT name, pronouns, agreement FROM share_profile WHERE grp = ?1 "
                             "AND member = ?2"));
    profile.bind(1, book.group.view()).bind(2, id.view());
    KITH_TRY(const bool named, profile.step());
    if (named && (person.me || may_be_shown(*state, id, book.me, profile.blob_view(2)))) {
      person.name = profile.text(0);
      person.pronouns = profile.text(1);
      KITH_TRY(auto handle,
               journal.prepare("SELECT handle FROM share_handle WHERE grp = ?1 AND member = ?2 AND "
                               "given = 1"));
      handle.bind(1, book.group.view()).bind(2, id.view());
      KITH_TRY(const bool given, handle.step());
      if (given) person.handle = handle.text(0);
    }
    people.push_back(std::move(person));
  }
  mark_alike(people);
  std::ranges::sort(people, {}, &Person::handle);
  return people;
}

bool may_be_shown(const group::State& state, const MemberId& author, const MemberId& me, ByteView agreement) {
  const auto signed_by = [&](const MemberId& id) {
    const auto member = state.members.find(id);
    return member != state.members.end() &&
           std::ranges::any_of(member->second.agreed,
                               [&](const auto& entry) { return equal(entry.second.view(), agreement); });
  };
  return signed_by(author) && signed_by(me);
}

}  // namespace kith::sharing
