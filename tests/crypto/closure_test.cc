// Who learns what when keys leak: the constructions of README.md as terms, everything derived that can be
// derived (the attacker of Dolev and Yao, "On the security of public key protocols", 1983: perfect
// primitives, all traffic read and written), over the leaked keys, compared with a table written by hand.
//
// The scene: Ana seals two texts to the group of Ana, Ben and Cleo, for Ben alone. The first to Ben's older
// prekey, which is gone from his computer by now, as is the text; the second to his newer one. A thief may
// have Ben's disk. A third text was sealed to his older prekey, and sealed again to the newer one. Ana let
// Dan in at a door (CURVE), and somebody kept what went over the wire.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/endian.h"
#include "crypto/agree.h"
#include "crypto/hash.h"
#include "crypto/item.h"
#include "crypto/slot.h"
#include "tests/support/bound.h"
#include "tests/support/seeded_random.h"

namespace kith::crypto {
namespace {

using Set = std::uint32_t;  // of leaked secrets, one bit each

enum Secret : unsigned {
  dh_ana,
  dh_ben,
  sign_ana,
  sign_ben,
  pre_ana,
  pre_ben_old,
  pre_ben_new,
  pre_cleo,
  eph_1,
  eph_2,
  key_1,
  key_2,
  eph_3,
  eph_4,
  key_3,
  key_4,
  door_ana,
  door_dan,
  link_ana,
  link_ben,
  invitation,
  paper_ben,
  passphrase_ben,
  disk_ben,
  journal_key_ben,
  mail_key_ben,
  kSecrets
};
constexpr std::string_view kNames[kSecrets] = {"Ana's dh",
                                               "Ben's dh",
                                               "Ana's sign",
                                               "Ben's sign",
                                               "Ana's prekey",
                                               "Ben's old prekey",
                                               "Ben's new prekey",
                                               "Cleo's prekey",
                                               "eph 1",
                                               "eph 2",
                                               "K 1",
                                               "K 2",
                                               "eph 3",
                                               "eph 4",
                                               "K 3",
                                               "K 4",
                                               "Ana's ephemeral key at the door",
                                               "Dan's ephemeral key at the door",
                                               "Ana's link",
                                               "Ben's link",
                                               "the invitation",
                                               "Ben's paper key",
                                               "Ben's passphrase",
                                               "Ben's disk",
                                               "Ben's journal key",
                                               "Ben's mail key"};

enum class Form { open, secret, shared, hash, sealed, signature };
struct Term {
  Form form;
  std::vector<int>
      parts;  // shared: two secrets, whose public halves everybody has; sealed: key, then contents
};

// Terms, and what is known of them. Only terms that somebody uses exist; nothing else could help to derive
// them.
class Terms {
 public:
  int open() { return add({Form::open, {}}); }
  int secret() { return add({Form::secret, {}}); }
  int shared(int a, int b) { return add({Form::shared, {std::min(a, b), std::max(a, b)}}); }
  int hash(std::vector<int> parts) { return add({Form::hash, std::move(parts)}); }
  int sealed(int key, std::vector<int> contents) {
    contents.insert(contents.begin(), key);
    return add({Form::sealed, std::move(contents)});
  }
  int signature(int key, std::vector<int> contents) {
    contents.insert(contents.begin(), key);
    return add({Form::signature, std::move(contents)});
  }

  std::vector<bool> closure(std::vector<bool> known) const {
    for (bool grew = true; grew;) {
      grew = false;
      for (std::size_t i = 0; i < terms_.size(); ++i) grew = learn(i, known) || grew;
    }
    return known;
  }
  std::size_t size() const { return terms_.size(); }

 private:
  int add(Term term) {
    terms_.push_back(std::move(term));
    return static_cast<int>(terms_.size()) - 1;
  }
  static bool has(const std::vector<bool>& known, int term) { return known[static_cast<std::size_t>(term)]; }
  bool makes(const Term& term, const std::vector<bool>& known) const {
    const auto it = [&](int part) { return has(known, part); };
    switch (term.form) {
      case Form::open:
        return true;
      case Form::secret:
        return false;
      case Form::shared:
        return std::ranges::any_of(term.parts, it);
      case Form::hash:
      case Form::sealed:
      case Form::signature:
        return std::ranges::all_of(term.parts, it);
    }
    return false;
  }
  bool learn(std::size_t i, std::vector<bool>& known) const {
    const Term& term = terms_[i];
    bool grew = false;
    if (!known[i] && makes(term, known)) known[i] = grew = true;
    const bool opens = known[i] && (term.form == Form::signature ||
                                    (term.form == Form::sealed && has(known, term.parts[0])));
    if (!opens) return grew;
    for (std::size_t p = 1; p < term.parts.size(); ++p) {
      const auto part = static_cast<std::size_t>(term.parts[p]);
      if (!known[part]) known[part] = grew = true;
    }
    return grew;
  }
  std::vector<Term> terms_;
};

// What goes into a key beside public bytes. The model is made of these lists, and the last test makes the
// keys of the code by them.
enum class In {
  fresh,
  author,
  event,
  content_key
};  // fresh: X25519(eph, prekey); author: X25519(dh, prekey)
constexpr In kSlotKey[] = {In::fresh, In::author, In::event};
constexpr In kBodyKey[] = {In::event, In::content_key};
constexpr In kItemSeed[] = {In::content_key};

// What the constructions could be made of; the table must notice when one is not as it should be.
struct Design {
  bool author_in_slot = true;       // ss2 = X25519(Ana's dh, prekey) is a part of a slot's key
  bool fresh_in_slot = true;        // so is ss1 = X25519(eph, prekey)
  bool halves_apart = true;         // the courier's key of the key file gives nothing of the journal's
  bool prekeys_go = true;           // the older prekey and the erased text are gone from Ben's journal
  bool device_needs_leader = true;  // the paper key alone enrols no device
  bool door_forgets = true;         // the key of a door's session is of two ephemeral keys
  bool new_key_again = true;        // sealing again draws a new K
};

class Scene {
 public:
  explicit Scene(const Design& design) : design_(design) {
    for (unsigned i = 0; i < kSecrets; ++i) leaks_.push_back(terms_.secret());
    goal("reads the first text", {send(eph_1, key_1, pre_ben_old, terms_.secret())});
    const int second = send(eph_2, key_2, pre_ben_new, terms_.secret());
    goal("reads the second text", {second});
    const int third = send(eph_3, key_3, pre_ben_old, terms_.secret());
    goal("reads the third text", {send(eph_4, design_.new_key_again ? key_4 : key_3, pre_ben_new, third)});
    door();
    const int evil = terms_.open();
    store(second);
    const int own_eph = terms_.secret();
    public_.push_back(own_eph);  // the attacker's
    const int forged = slot(own_eph, pre_ben_new, secret(key_2), evil);
    goal("shows Ben other words under Ana's second header", {item_signature(key_2, evil), forged});
    const int fresh_key = terms_.secret();
    public_.push_back(fresh_key);
    goal("writes to Ben as Ana",
         {terms_.signature(secret(sign_ana), {evil}), slot(own_eph, pre_ben_new, fresh_key, evil)});
    goal("writes to the log as Ben", {terms_.signature(secret(sign_ben), {evil})});
    goal("answers on the network as Ben", {secret(link_ben)});
    goal("uses the invitation", {terms_.hash({secret(invitation)})});
    goal("admits a member", {terms_.signature(secret(sign_ana), {terms_.open()})});
    goal("revokes Ben's computer", {terms_.signature(secret(paper_ben), {evil})});
    std::vector<int> enrol = {terms_.signature(secret(paper_ben), {terms_.open()})};
    if (design_.device_needs_leader) enrol.push_back(terms_.signature(secret(sign_ana), {terms_.open()}));
    goal("enrols a computer as Ben's", enrol);
    goal("knows Ana's and Ben's beacons apart",
         {terms_.hash({terms_.shared(secret(link_ana), secret(link_ben))})});
  }

  // The goals that these leaks reach.
  std::vector<bool> reaches(Set leaked) const {
    std::vector<bool> known(terms_.size());
    for (const int term : public_) known[static_cast<std::size_t>(term)] = true;
    for (unsigned i = 0; i < kSecrets; ++i)
      if (leaked >> i & 1U) known[static_cast<std::size_t>(leaks_[i])] = true;
    known = terms_.closure(std::move(known));
    std::vector<bool> reached;
    for (const auto& [name, needed] : goals_)
      reached.push_back(
          std::ranges::all_of(needed, [&](int term) { return known[static_cast<std::size_t>(term)]; }));
    return reached;
  }
  std::vector<std::string> goals() const {
    std::vector<std::string> names;
    for (const auto& [name, needed] : goals_) names.push_back(name);
    return names;
  }

 private:
  int secret(Secret which) const { return leaks_[which]; }
  void goal(const std::string& name, std::vector<int> needed) { goals_[name] = std::move(needed); }

  int slot(int eph, Secret reader, int content, int tied_to) {
    std::vector<int> parts;
    for (const In in : kSlotKey) {
      if (in == In::fresh && design_.fresh_in_slot) parts.push_back(terms_.shared(eph, secret(reader)));
      if (in == In::author && design_.author_in_slot)
        parts.push_back(terms_.shared(secret(dh_ana), secret(reader)));
      if (in == In::event) parts.push_back(tied_to);
    }
    return terms_.sealed(terms_.hash(parts), {content});
  }
  template <class List>
  int of_content_key(const List& list, Secret key, int event) {
    std::vector<int> parts;
    for (const In in : list) parts.push_back(in == In::content_key ? secret(key) : event);
    return terms_.hash(parts);
  }
  int item_signature(Secret key, int over) {
    return terms_.signature(of_content_key(kItemSeed, key, over), {over});
  }

  // CURVE: whoever knows the invitation can come to the door, but each session has a key of its own.
  void door() {
    const int said = terms_.secret();
    const int both = terms_.shared(secret(door_ana), secret(door_dan));
    const int key = design_.door_forgets ? both : secret(invitation);
    public_.push_back(terms_.sealed(terms_.hash({key}), {said}));
    goal("reads what was said at the door", {said});
  }

  // An envelope for Ben and Ana's own devices, zeros for Cleo. The text in it.
  int send(Secret eph, Secret key, Secret ben, int text) {
    const int header = terms_.open();
    public_.push_back(terms_.sealed(of_content_key(kBodyKey, key, header), {text}));
    public_.push_back(slot(secret(eph), ben, secret(key), header));
    public_.push_back(slot(secret(eph), pre_ana, secret(key), header));
    public_.push_back(slot(secret(eph), pre_cleo, terms_.open(), header));
    public_.push_back(item_signature(key, header));
    public_.push_back(terms_.signature(secret(sign_ana), {header}));
    return text;
  }

  // Ben's files. Who has his disk has them; what is in them needs the keys that the passphrase wraps.
  void store(int second_text) {
    const int own = terms_.secret();
    goal("reads what Ben keeps to himself", {own});
    std::vector<int> journal = {secret(dh_ben), secret(sign_ben), secret(pre_ben_new), second_text, own};
    if (!design_.prekeys_go) journal.push_back(secret(pre_ben_old));
    const int wrap_journal = terms_.hash({terms_.open(), secret(passphrase_ben)});
    const int wrap_mail = terms_.hash({terms_.open(), secret(passphrase_ben)});
    std::vector<int> mail = {secret(link_ben)};
    if (!design_.halves_apart) mail.push_back(secret(journal_key_ben));
    public_.push_back(terms_.sealed(secret(disk_ben), {terms_.sealed(secret(journal_key_ben), journal),
                                                       terms_.sealed(secret(mail_key_ben), mail),
                                                       terms_.sealed(wrap_journal, {secret(journal_key_ben)}),
                                                       terms_.sealed(wrap_mail, {secret(mail_key_ben)})}));
  }

  Design design_;
  Terms terms_;
  std::vector<int> leaks_, public_;
  std::map<std::string, std::vector<int>> goals_;
};

Set of(std::initializer_list<Secret> secrets) {
  Set set = 0;
  for (const Secret one : secrets) set |= 1U << one;
  return set;
}

// Written by hand: each goal with the smallest sets of leaks that reach it. Whatever holds none of them does
// not.
using Table = std::map<std::string, std::vector<Set>>;
const Table& who_learns_what() {
  static const std::vector<Set> journal = {of({disk_ben, passphrase_ben}), of({disk_ben, journal_key_ben})};
  static const auto with_journal = [](std::vector<Set> sets, std::initializer_list<Secret> beside = {}) {
    for (const Set open : journal) sets.push_back(open | of(beside));
    return sets;
  };
  static const std::vector<Set> mail = {of({link_ben}), of({disk_ben, passphrase_ben}),
                                        of({disk_ben, mail_key_ben})};
  static const auto knows_beacons = [] {
    std::vector<Set> sets = mail;
    sets.push_back(of({link_ana}));
    return sets;
  };
  static const Table table = {
      {"reads the first text", {of({key_1}), of({pre_ana}), of({pre_ben_old}), of({eph_1, dh_ana})}},
      {"reads the second text",
       with_journal({of({key_2}), of({pre_ana}), of({pre_ben_new}), of({eph_2, dh_ana})})},
      {"reads the third text",  // as long as the later of its two sealings
       with_journal({of({key_3}), of({key_4}), of({pre_ana}), of({pre_ben_old}), of({pre_ben_new}),
                     of({eph_3, dh_ana}), of({eph_4, dh_ana})})},
      {"reads what was said at the door", {of({door_ana}), of({door_dan})}},  // not with the invitation
      {"reads what Ben keeps to himself", journal},
      {"shows Ben other words under Ana's second header",
       with_journal({of({pre_ben_new}), of({key_2, dh_ana}), of({pre_ana, dh_ana}), of({eph_2, dh_ana})})},
      {"writes to Ben as Ana",
       with_journal({of({sign_ana, dh_ana}), of({sign_ana, pre_ben_new})}, {sign_ana})},
      {"writes to the log as Ben", with_journal({of({sign_ben})})},
      {"answers on the network as Ben", mail},
      {"uses the invitation", {of({invitation})}},
      {"admits a member", {of({sign_ana})}},  // so a stolen invitation admits nobody by itself
      {"revokes Ben's computer", {of({paper_ben})}},
      {"enrols a computer as Ben's", {of({paper_ben, sign_ana})}},
      {"knows Ana's and Ben's beacons apart", knows_beacons()},
  };
  return table;
}

std::string shown(Set set) {
  std::string names;
  for (unsigned i = 0; i < kSecrets; ++i)
    if (set >> i & 1U) names += (names.empty() ? "" : ", ") + std::string(kNames[i]);
  return "{" + names + "}";
}

constexpr Set kEverything = (Set{1} << kSecrets) - 1;

bool said(const std::string& goal, Set leaked) {
  return std::ranges::any_of(who_learns_what().at(goal), [&](Set set) { return (set & leaked) == set; });
}

// Where scene and table differ with these leaks; empty: nowhere.
std::string difference_at(const Scene& scene, Set leaked) {
  const auto goals = scene.goals();
  const auto reached = scene.reaches(leaked);
  for (std::size_t g = 0; g < goals.size(); ++g)
    if (said(goals[g], leaked) != reached[g])
      return goals[g] + " with " + shown(leaked) + (reached[g] ? ": derived" : ": not derived");
  return "";
}

// The same for every set of at most `most` leaks.
std::string difference(const Scene& scene, std::size_t most) {
  std::string found = difference_at(scene, 0);
  for (std::size_t size = 1; size <= most && found.empty(); ++size)
    for (Set leaked = (Set{1} << size) - 1; leaked <= kEverything && found.empty();) {
      found = difference_at(scene, leaked);
      const Set lowest = leaked & (~leaked + 1), ripple = leaked + lowest;  // the next one of this size
      leaked = (((ripple ^ leaked) >> 2) / lowest) | ripple;
    }
  return found;
}

// Sets that share a secret with each of `sets`; every smallest one is among them.
void hitting(const std::vector<Set>& sets, Set chosen, std::set<Set>& found) {
  const auto missed = std::ranges::find_if(sets, [&](Set set) { return (set & chosen) == 0; });
  if (missed == sets.end()) {
    found.insert(chosen);
    return;
  }
  for (unsigned i = 0; i < kSecrets; ++i)
    if (*missed >> i & 1U) hitting(sets, chosen | Set{1} << i, found);
}

// Every set of leaks: more leaks never derive less, so that it is enough to ask each smallest set that the
// table names, and each largest one that holds none of them.
std::string difference_anywhere(const Scene& scene, std::size_t& asked) {
  for (const auto& [goal, sets] : who_learns_what()) {
    std::set<Set> ask(sets.begin(), sets.end()), hit;
    hitting(sets, 0, hit);
    for (const Set set : hit) ask.insert(kEverything & ~set);
    asked += ask.size();
    for (const Set leaked : ask)
      if (auto found = difference_at(scene, leaked); !found.empty()) return found;
  }
  return "";
}

TEST(Closure, TheTableOfWhoLearnsWhatIsExact) {
  const Scene scene{Design{}};
  ASSERT_EQ(scene.goals().size(), who_learns_what().size());
  std::size_t asked = 0;
  EXPECT_EQ(difference_anywhere(scene, asked), "");
  std::printf("all sets of %u secrets, by %zu of them\n", unsigned{kSecrets}, asked);
}

// KITH_BOUND: leaks at once, in a long run. One by one, in case something did derive less from more.
TEST(Closure, TheTableIsExactForEverySmallSet) { EXPECT_EQ(difference(Scene{Design{}}, test::bound(3)), ""); }

TEST(Closure, NoGoalIsReachedWithoutALeak) {
  const Scene scene{Design{}};
  for (const bool reached : scene.reaches(0)) EXPECT_FALSE(reached);
}

// The table notices each construction that is not as it should be.
TEST(Closure, AWeakerDesignIsNoticed) {
  EXPECT_NE(difference(Scene({.author_in_slot = false}), 2), "");
  EXPECT_NE(difference(Scene({.fresh_in_slot = false}), 2), "");
  EXPECT_NE(difference(Scene({.halves_apart = false}), 2), "");
  EXPECT_NE(difference(Scene({.prekeys_go = false}), 2), "");
  EXPECT_NE(difference(Scene({.device_needs_leader = false}), 2), "");
  EXPECT_NE(difference(Scene({.door_forgets = false}), 2), "");
  EXPECT_NE(difference(Scene({.new_key_again = false}), 2), "");
  std::size_t asked = 0;
  EXPECT_NE(difference_anywhere(Scene({.author_in_slot = false}), asked), "");
  EXPECT_NE(difference_anywhere(Scene({.prekeys_go = false}), asked), "");
}

// The keys of the code are made of the model's lists, in their order, and of public bytes.
TEST(Closure, TheRealKeysAreMadeOfWhatTheModelSays) {
  test::SeededRandom random(1);
  const auto dh = dh_keypair(random);
  const auto pre = pre_keypair(random);
  const auto eph = eph_keypair(random);
  const auto author = random.draw<DeviceId>(), reader = random.draw<DeviceId>();
  const auto event = random.draw<EventId>();
  const auto group = random.draw<GroupId>();
  const ContentKey content(random);
  const auto real = [&](In in) {
    switch (in) {
      case In::fresh:
        return to_bytes(agree(eph.secret.reveal(), pre.pk.view())->reveal());
      case In::author:
        return to_bytes(agree(dh.secret.reveal(), pre.pk.view())->reveal());
      case In::event:
        return to_bytes(event.view());
      case In::content_key:
        return to_bytes(content.reveal());
    }
    return Bytes();
  };
  const SlotPlace place{eph.pk, dh.pk, author, event};
  ASSERT_EQ(std::size(kSlotKey), 3U);
  const Digest slot = H("kith1.slot-key", {real(kSlotKey[0]),
                                           real(kSlotKey[1]),
                                           eph.pk.view(),
                                           dh.pk.view(),
                                           pre.pk.view(),
                                           author.view(),
                                           reader.view(),
                                           real(kSlotKey[2]),
                                           {}});
  EXPECT_TRUE(equal(slot.view(), slot_key(place, eph.secret, dh.secret, pre.pk, reader)->reveal()));
  EXPECT_TRUE(equal(slot.view(), slot_key(place, HeldPrekey{pre.pk, pre.secret}, reader)->reveal()));
  ASSERT_EQ(std::size(kBodyKey), 2U);
  const Digest body = H("kith1.body-key", {real(kBodyKey[0])}, real(kBodyKey[1]));
  EXPECT_TRUE(equal(body.view(), body_key(content, event).reveal()));
  ASSERT_EQ(std::size(kItemSeed), 1U);
  const Digest item = H("kith1.item-sign", {group.view(), author.view(), little_endian(std::uint64_t{7})},
                        real(kItemSeed[0]));
  EXPECT_TRUE(equal(item.view(), item_seed(content, group, author, 7).reveal()));
}

}  // namespace
}  // namespace kith::crypto
