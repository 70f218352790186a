// Who learns what when keys leak: the constructions of README.md as terms, everything derived that can be
// derived (the attacker of Dolev and Yao, "On the security of public key protocols", 1983: perfect
// primitives, all traffic read and written), over the leaked keys, compared with a table written by hand.
//
// The scene: Ana seals two texts to the group of Ana, Ben and Cleo, for Ben alone. The first to Ben's older
// prekey, which is gone from his computer by now, as is the text; the second to his newer one. A thief may
// have Ben's disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

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

// What the constructions could be made of; the table must notice when one is not as it should be.
struct Design {
  bool author_in_slot = true;       // ss2 = X25519(Ana's dh, prekey) is a part of a slot's key
  bool fresh_in_slot = true;        // so is ss1 = X25519(eph, prekey)
  bool halves_apart = true;         // the courier's key of the key file gives nothing of the journal's
  bool prekeys_go = true;           // the older prekey and the erased text are gone from Ben's journal
  bool device_needs_leader = true;  // the paper key alone enrols no device
};

class Scene {
 public:
  explicit Scene(const Design& design) : design_(design) {
    for (unsigned i = 0; i < kSecrets; ++i) leaks_.push_back(terms_.secret());
    send(eph_1, key_1, pre_ben_old, "reads the first text");
    const auto second = send(eph_2, key_2, pre_ben_new, "reads the second text");
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
    std::vector<int> parts = {tied_to};
    if (design_.fresh_in_slot) parts.push_back(terms_.shared(eph, secret(reader)));
    if (design_.author_in_slot) parts.push_back(terms_.shared(secret(dh_ana), secret(reader)));
    return terms_.sealed(terms_.hash(parts), {content});
  }
  int item_signature(Secret key, int over) { return terms_.signature(terms_.hash({secret(key)}), {over}); }

  // An envelope for Ben and Ana's own devices, zeros for Cleo. The text in it.
  int send(Secret eph, Secret key, Secret ben, const std::string& read) {
    const int header = terms_.open();
    const int text = terms_.secret();
    public_.push_back(terms_.sealed(terms_.hash({header, secret(key)}), {text}));
    public_.push_back(slot(secret(eph), ben, secret(key), header));
    public_.push_back(slot(secret(eph), pre_ana, secret(key), header));
    public_.push_back(slot(secret(eph), pre_cleo, terms_.open(), header));
    public_.push_back(item_signature(key, header));
    public_.push_back(terms_.signature(secret(sign_ana), {header}));
    goal(read, {text});
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

// The first set of at most `most` leaks where the scene and the table differ, with the goal; empty: nowhere.
std::string difference(const Scene& scene, int most) {
  const auto goals = scene.goals();
  for (Set leaked = 0; leaked < 1U << kSecrets; ++leaked) {
    if (std::popcount(leaked) > most) continue;
    const auto reached = scene.reaches(leaked);
    for (std::size_t g = 0; g < goals.size(); ++g) {
      const auto& sets = who_learns_what().at(goals[g]);
      const bool said = std::ranges::any_of(sets, [&](Set set) { return (set & leaked) == set; });
      if (said != reached[g])
        return goals[g] + " with " + shown(leaked) + (said ? ": not derived" : ": derived");
    }
  }
  return "";
}

// KITH_BOUND: leaks at once, all twenty in a long run.
int bound(int normal) {
  const char* asked = std::getenv("KITH_BOUND");
  return asked == nullptr ? normal : std::atoi(asked);
}

TEST(Closure, TheTableOfWhoLearnsWhatIsExact) {
  const Scene scene{Design{}};
  ASSERT_EQ(scene.goals().size(), who_learns_what().size());
  EXPECT_EQ(difference(scene, bound(4)), "");
}

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
}

}  // namespace
}  // namespace kith::crypto
