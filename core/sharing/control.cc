#include "core/sharing/control.h"

#include <algorithm>

#include "core/keyring/head_record.h"
#include "crypto/hash.h"

namespace kith::sharing {
namespace {

constexpr std::size_t kNoteLine = GroupId::size + Digest::size;  // group | chain

Digest next_link(const Digest& chain, const EventId& event) {
  return crypto::H("kith1.ctl-chain", {chain.view(), event.view()});
}

// Where the line of a group begins in the note; its end if there is none.
std::size_t line_of(ByteView note, const GroupId& group) {
  std::size_t at = 0;
  while (at < note.size() && !std::ranges::equal(note.subspan(at, GroupId::size), group.view()))
    at += kNoteLine;
  return at;
}

Result<std::optional<Digest>> noted(ByteView note, const GroupId& group) {
  if (note.size() % kNoteLine != 0) return fail(Errc::damaged, "the note of the groups' acts is cut short");
  const std::size_t at = line_of(note, group);
  if (at == note.size()) return std::optional<Digest>();
  KITH_TRY(const auto chain, Digest::parse(note.subspan(at + GroupId::size, Digest::size)));
  return std::optional<Digest>(chain);
}

Result<mail::Event> parse_stored(ByteView wire) {
  auto event = mail::Event::parse(wire);
  if (!event) return fail(Errc::damaged, "a stored control event does not parse");
  return std::move(*event);
}

Result<void> note_control(db::Database& journal, const GroupId& group, const EventId& event) {
  Bytes note;
  {
    KITH_TRY(auto select, journal.prepare("SELECT contents FROM head_note WHERE name = 'control'"));
    KITH_TRY(const bool found, select.step());
    if (found) note = select.blob(0);
  }
  KITH_TRY(const auto before, noted(note, group));
  Digest chain = Digest::zero();
  if (before) {
    chain = next_link(*before, event);
  } else {  // the first one, or a journal from before there were notes
    KITH_TRY(auto select, journal.prepare("SELECT wire FROM share_control WHERE grp = ?1 ORDER BY row"));
    select.bind(1, group.view());
    while (true) {
      KITH_TRY(const bool more, select.step());
      if (!more) break;
      KITH_TRY(const auto stored, parse_stored(select.blob_view(0)));
      chain = next_link(chain, stored.id());
    }
  }
  const std::size_t at = line_of(note, group);
  if (at == note.size()) {
    append(note, group.view());
    append(note, chain.view());
  } else {
    std::ranges::copy(chain.view(), note.begin() + static_cast<std::ptrdiff_t>(at + GroupId::size));
  }
  return keyring::note_head(journal, "control", note);
}

}  // namespace

Result<bool> has_control(Node& node, const mail::Event& event) {
  KITH_TRY(auto select,
           node.journal().prepare("SELECT 1 FROM share_control WHERE event IN (?1, ?2) AND wire = ?3"));
  select.bind(1, event.id().view()).bind(2, event.link().view()).bind(3, event.wire());
  return select.step();
}

Result<void> put_control(Node& node, const mail::Event& event) {
  KITH_TRY(const bool known, has_control(node, event));
  if (known) return {};
  {
    KITH_TRY(auto insert,
             node.journal().prepare(
                 "INSERT INTO share_control(grp, event, wire) SELECT ?1, iif(EXISTS(SELECT 1 FROM "
                 "share_control WHERE event = ?2), ?3, ?2), ?4"));
    insert.bind(1, event.header().group.view()).bind(2, event.id().view());
    KITH_CHECK(insert.bind(3, event.link().view()).bind(4, event.wire()).run());
  }
  return note_control(node.journal(), event.header().group, event.id());
}

Result<ControlEvents> control_after(db::Database& journal, const GroupId& group, std::int64_t row,
                                    const Digest& chain) {
  // One statement, so that events and note are of one moment.
  KITH_TRY(
      auto select,
      journal.prepare("SELECT row, wire FROM share_control WHERE grp = ?1 AND row > ?2 UNION ALL "
                      "SELECT NULL, contents FROM head_note WHERE name = 'control' ORDER BY 1 NULLS LAST"));
  select.bind(1, group.view()).bind(2, row);
  ControlEvents read{{}, row, chain};
  while (true) {
    KITH_TRY(const bool more, select.step());
    if (!more) return read;
    if (select.is_null(0)) {
      KITH_TRY(const auto wanted, noted(select.blob_view(1), group));
      if (wanted && *wanted != read.chain)
        return fail(Errc::damaged,
                    "the group's acts in the journal are not those that its head record notes");
      continue;
    }
    KITH_TRY(auto event, parse_stored(select.blob_view(1)));
    read.chain = next_link(read.chain, event.id());
    read.events.push_back(std::move(event));
    read.newest_row = select.integer(0);
  }
}

}  // namespace kith::sharing
