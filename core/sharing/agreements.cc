#include "core/sharing/agreements.h"

#include <algorithm>

#include "core/sharing/directory.h"
#include "core/sharing/gate.h"
#include "core/sharing/publish.h"
#include "core/sharing/received.h"

namespace kith::sharing {
namespace {

constexpr std::string_view kSome = "some";  // not required: allows an audience of some

Result<void> put_draft(Node& node, const GroupId& group, const group::Agreement& draft) {
  KITH_TRY(auto put, node.journal().prepare("INSERT OR REPLACE INTO share_draft VALUES (?1, ?2)"));
  const Bytes text = group::encode(draft);
  put.bind(1, group.view()).bind(2, ByteView(text));
  return put.run();
}

bool same_sections(const group::Agreement& a, const group::Agreement& b) {
  return std::ranges::equal(a.sections, b.sections,
                            [](const auto& x, const auto& y) { return x.key == y.key && x.text == y.text; });
}

// Until it is in force only signatures under this event bring it there; then one under the same words is
// enough.
bool agreed_to(const group::State& state, const group::MemberState& member,
               const group::AgreementVersion& version) {
  const auto& proposal = state.agreements.at(version.event);
  if (!proposal.in_force) return proposal.agreed.contains(member.id);
  const auto signature = member.agreed.find(version.version);
  return signature != member.agreed.end() && signature->second == version.text;
}

Result<std::map<MemberId, Link>> signatures_of(Node& node, const Book& book,
                                               const group::AgreementVersion& version) {
  KITH_TRY(auto select, node.journal().prepare("SELECT wire FROM share_control WHERE grp = ?1 ORDER BY row"));
  select.bind(1, book.group.view());
  const auto state = book.state();
  std::map<MemberId, Link> signatures;
  for (;;) {
    KITH_TRY(const bool more, select.step());
    if (!more) return signatures;
    KITH_TRY(const auto event, mail::Event::parse(select.blob_view(0)));
    if (event.header().kind != mail::Kind::ctl) continue;
    const auto body = group::parse_control(event.body());
    const auto* agree = body ? std::get_if<group::Agree>(&body->act) : nullptr;
    if (agree == nullptr || agree->agreement != version.event || agree->text != version.text) continue;
    if (const auto* member = state->member_of(event.header().device))
      signatures.emplace(member->id, event.link());
  }
}

Result<AgreementView::Version> view_of(Node& node, const Book& book, const group::AgreementVersion& version) {
  KITH_TRY(const auto people, people_of(node, book));
  KITH_TRY(auto text, agreement_text(node, book.group, version.text));
  KITH_TRY(auto signatures, signatures_of(node, book, version));
  AgreementView::Version view{version.version, std::move(text),      {}, 0, false,
                              version.text,    std::move(signatures)};
  const auto state = book.state();
  for (const auto& [id, member] : state->members) {
    if (!state->active(id)) continue;
    ++view.of;
    if (!agreed_to(*state, member, version)) continue;
    view.signed_by.push_back(*find(people, id));
    view.by_me = view.by_me || id == book.me;
  }
  return view;
}

}  // namespace

Result<group::Agreement> Agreements::draft(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(auto select, node_.journal().prepare("SELECT text FROM share_draft WHERE grp = ?1"));
  select.bind(1, group.view());
  KITH_TRY(const bool edited, select.step());
  if (edited) return group::parse_agreement(select.blob_view(0));
  const auto state = book->state();
  if (state->agreement) {
    KITH_TRY(auto text, agreement_text(node_, group, state->agreement->text));
    if (text) return std::move(*text);
  }
  return group::starting_agreement(state->mode);
}

Result<void> Agreements::edit(const GroupId& group, std::string_view section, std::string_view text) {
  const auto known = std::ranges::find(group::section_rules(), section, &group::SectionRule::key);
  if (known == group::section_rules().end() && section != kSome)
    return fail(Errc::usage, "an agreement has no such section");
  KITH_TRY(auto current, draft(group));
  const auto place = std::ranges::find(current.sections, section, &group::Section::key);
  if (place != current.sections.end())
    place->text = text;
  else
    current.sections.push_back({std::string(section), std::string(text)});
  // Too long for the signed form: said now, not when everybody should sign.
  KITH_TRY([[maybe_unused]] const auto fits, group::parse_agreement(group::encode(current)));
  return put_draft(node_, group, current);
}

Result<std::vector<std::string>> Agreements::missing(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  KITH_TRY(const auto current, draft(group));
  const auto state = book->state();
  std::vector<std::string> keys;
  for (const auto key : group::missing_sections(current, state->mode)) keys.emplace_back(key);
  return keys;
}

Result<std::uint32_t> Agreements::propose(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  if (!state->leads(book->me))
    return fail(Errc::refused, "leader-only: who leads the group proposes; all sign");
  KITH_TRY(auto text, draft(group));
  if (!group::missing_sections(text, state->mode).empty())
    return fail(Errc::refused, "agreement-incomplete: a required section is still empty");
  for (const auto& version : {state->agreement, state->proposed}) {
    if (!version) continue;
    KITH_TRY(const auto before, agreement_text(node_, group, version->text));
    if (before && same_sections(*before, text))
      return fail(Errc::refused, "agreement-unchanged: these are the words that were proposed already");
  }
  text.version = 1;
  for (const auto& [id, other] : state->agreements)  // those that have lapsed, too
    text.version = std::max(text.version, other.version.version + 1);
  const bool alone =
      std::ranges::count_if(state->members, [&](const auto& m) { return state->active(m.first); }) < 2;
  const Bytes encoded = group::encode(text);
  const Digest hash = group::text_hash(encoded);
  KITH_CHECK(put_agreement_text(node_, group, encoded));
  KITH_TRY([[maybe_unused]] const auto event,
           Publisher(node_).act(group, group::AgreementAct{text.version, hash}, "agreement propose"));
  if (!alone) KITH_CHECK(ConsentGate(node_).send_agreement(group, text.version, encoded));
  KITH_CHECK(sign(group, hash));
  return text.version;
}

Result<Agreements::ToSign> Agreements::to_sign(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  const auto me = state->members.find(book->me);
  if (me == state->members.end()) return fail(Errc::not_found, "there is nothing to sign");
  const bool newest = state->proposed && !agreed_to(*state, me->second, *state->proposed);
  const bool in_force = state->agreement && !agreed_to(*state, me->second, *state->agreement);
  if (!newest && !in_force) return fail(Errc::not_found, "there is nothing to sign");
  // Who is new signs what holds before what is proposed.
  const auto& version = in_force ? *state->agreement : *state->proposed;
  KITH_TRY(auto text, agreement_text(node_, group, version.text));
  if (!text) return fail(Errc::waiting, "its text has not arrived yet");
  return ToSign{std::move(*text), version.text};
}

Result<void> Agreements::sign(const GroupId& group, const Digest& read) {
  KITH_TRY(const auto next, to_sign(group));
  if (next.hash != read) return fail(Errc::refused, "agreement-other: this is not the text that was shown");
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  const bool in_force = state->agreement && state->agreement->text == read;
  const auto& version = in_force ? *state->agreement : *state->proposed;
  const group::Agree agree{version.event, version.text, group::state_digest(*state)};
  KITH_TRY([[maybe_unused]] const auto event, Publisher(node_).act(group, agree, "agreement sign"));
  KITH_CHECK(node_.book(group));
  return {};
}

Result<AgreementView> Agreements::show(const GroupId& group) {
  KITH_TRY(auto* book, node_.book(group));
  const auto state = book->state();
  AgreementView view;
  if (state->agreement) {
    KITH_TRY(view.in_force, view_of(node_, *book, *state->agreement));
  }
  if (state->proposed) {
    KITH_TRY(view.proposed, view_of(node_, *book, *state->proposed));
  }
  return view;
}

}  // namespace kith::sharing
