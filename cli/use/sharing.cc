#include "cli/use/sharing.h"

#include "cli/shared_ids.h"
#include "core/journal/journal.h"
#include "core/journal/settings.h"

namespace kith::cli {
namespace {

tl::unexpected<Error> unasked(Context& context) {
  return context.tell(Errc::refused,
                      {"Nobody asked for this. In every group here, feedback is given when asked.",
                       "Nothing was shared. Your words are not lost on you.",
                       "You can keep it as an entry (kith write), or say it in the room."});
}

}  // namespace

Result<std::vector<std::string>> copy_entry(Desk& desk, std::string_view entry, sharing::Draft& draft) {
  KITH_TRY(const auto number, journal::entry_of(entry));
  KITH_TRY(auto journal, journal::Journal::open(desk.session().journal()));
  KITH_TRY(const auto copied, journal.read(number));
  draft.text = copied.text;
  draft.entry = journal::name(copied.number);
  draft.kind = journal::word(copied.kind);
  draft.tender = copied.tender;
  std::vector<std::string> stays;
  if (!copied.marks.feelings.empty()) stays.emplace_back("the feelings you marked beside it");
  if (!copied.source.empty()) stays.emplace_back("where it came from");
  if (!copied.marks.tags.empty()) stays.emplace_back("its tags");
  return stays;
}

Result<sharing::Draft> widened(Desk& desk, const GroupId& group, const ItemId& item,
                               const sharing::Audience& audience) {
  auto draft = sharing::Items(desk.node()).widen(group, item, audience);
  if (!draft && draft.error().code == Errc::refused)
    return desk.context().tell(
        Errc::refused, {"Letting more people in keeps everyone who has it already.", "Nothing was shared.",
                        "To share with fewer: kith withdraw it, then share it again."});
  return draft;
}

Result<sharing::ItemRef> target_of(Desk& desk, const GroupId& group, std::string_view typed) {
  if (typed.starts_with("@")) {
    KITH_TRY(const auto person, desk.person(group, typed));
    return sharing::ItemRef{person.id, ItemId::zero()};
  }
  if (auto request = request_to_me(desk, group, typed)) return request->ref;
  KITH_TRY(const auto item, any_item(desk, group, typed));
  return item.ref;
}

Result<sharing::Draft> answer_to(Desk& desk, const GroupId& group, const sharing::ItemRef& target,
                                 std::string text) {
  auto draft = sharing::Feedback(desk.node()).give(group, target, std::move(text));
  if (!draft && draft.error().code == Errc::refused) return unasked(desk.context());
  return draft;
}

Result<sharing::Draft> in_the_room(Desk& desk, const GroupId& group, const sharing::ItemRef& request) {
  auto draft = sharing::Feedback(desk.node()).say_in_the_room(group, request);
  if (!draft && draft.error().code == Errc::refused) return unasked(desk.context());
  return draft;
}

Result<sharing::Draft> touched_by_it(Desk& desk, const GroupId& group, const sharing::ItemRef& item) {
  auto draft = sharing::Feedback(desk.node()).resonate(group, item);
  if (!draft && draft.error().code == Errc::refused)
    return desk.context().tell(Errc::refused, {"Its author asked for no responses.", "Nothing was shared.",
                                               "You can tell them in the room."});
  return draft;
}

Result<bool> first_share(Desk& desk, const sharing::Draft& draft) {
  if (draft.what != sharing::BodyType::item) return false;
  KITH_CHECK(journal::Journal::open(desk.session().journal()));
  journal::Settings settings(desk.session().journal());
  KITH_TRY(const bool praise, settings.yes(journal::kPraise));
  KITH_TRY(const bool first, settings.once("first-share"));
  return first && praise;
}

Result<void> take_back(Desk& desk, std::int64_t number) {
  auto back = sharing::ConsentGate(desk.node()).take_back(number);
  if (!back && back.error().code == Errc::refused)
    return desk.context().tell(Errc::refused, {"It has left already.", "Nothing was changed.",
                                               "You can still ask for it back: kith withdraw"});
  KITH_CHECK(back);
  return desk.done();
}

}  // namespace kith::cli
