// What I shared and what others shared with me.
#pragma once

#include "core/sharing/gate.h"

namespace kith::sharing {

enum class ItemState : std::uint8_t { shown = 1, withdrawn = 2, expired = 3 };  // the last two: a stub

struct SharedItem {
  GroupId group;
  ItemRef ref;
  Person author;
  BodyType what;
  ItemState state;
  std::uint32_t version = 1;
  std::string text{};  // empty in a stub
  std::string kind{}, content_note{}, purpose{};
  bool tender = false, unfinished = false;
  bool folded = false;        // its author is suspended
  bool two_versions = false;  // two bodies under one event; blames nobody
  People audience{};          // as its author stated it
  Responses responses = Responses::none;
  std::optional<LeaderMay> leader_may{};
  std::vector<ItemRef> refs{};
  std::optional<Ask> ask{};
  Day shared{0};   // author's claim
  Day expires{0};  // here
  // Mine only, numbers never names: nodes of readers that have it, and that have erased it.
  std::size_t readers = 0, reached = 0, erased = 0;
};

struct Withdrawal {
  std::size_t envelopes;  // asked to be erased
  std::size_t readers;    // receipts() counts up to it
  bool never_left;        // it was still in the outbox
};

class Items {
 public:
  explicit Items(Node& node) : node_(node) {}

  Result<std::vector<SharedItem>> mine(const GroupId& group);  // newest first; items, requests, answers...
  Result<std::vector<SharedItem>> received(const GroupId& group);     // items and thanks; never answers
  Result<SharedItem> get(const GroupId& group, const ItemRef& item);  // not_found
  // Words in received items (FTS5 syntax is not understood: all words must occur, the last may be a prefix).
  Result<std::vector<SharedItem>> find(const GroupId& group, std::string_view words);

  // A draft of the same words for more people: preview and confirm it like any other. refused:
  // Rule::not_mine, Rule::narrower (as an Error, code refused).
  Result<Draft> widen(const GroupId& group, const ItemId& item, const Audience& audience);
  // At once, no reason needed. Cancels what still waits; asks every holder to erase what left. not_found.
  Result<Withdrawal> withdraw(const GroupId& group, const ItemId& item);

 private:
  Node& node_;
};

}  // namespace kith::sharing
