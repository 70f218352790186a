#include "cli/page/door_room.h"

#include "cli/net_address.h"
#include "cli/page/words.h"
#include "cli/use/carrying.h"

namespace kith::cli {
namespace {

constexpr int kFramesAtOnce = 16;

GlobalFlags silent() {
  GlobalFlags flags;
  flags.quiet = flags.no_input = true;
  return flags;
}

std::string_view word_of(DoorPhase phase) {
  switch (phase) {
    case DoorPhase::waiting:
      return "waiting";
    case DoorPhase::words:
      return "words";
    case DoorPhase::passing:
      return "passing";
    case DoorPhase::done:
      return "done";
  }
  return "waiting";
}

}  // namespace

// Its own terminal and context: it outlives the call that opened it.
struct DoorRoom::Visit {
  Visit(const Home& home, const Clock& clock, Random& random)
      : context{term, home, clock, random, flags}, asked(clock.steady()) {}
  Result<void> open(std::string_view which) {
    KITH_TRY(desk, Desk::open(context, which));
    KITH_TRY(group, desk->group());
    KITH_TRY(const auto place, place_to_listen(*desk));
    KITH_CHECK(bring_up(*desk, place));
    KITH_TRY(welcome, Welcome::open(*desk, *group));
    return {};
  }

  GlobalFlags flags = silent();
  Terminal term{Streams{}, flags};
  Context context;
  std::unique_ptr<Desk> desk;
  std::unique_ptr<Welcome> welcome;
  std::unique_ptr<Knock> knock;
  bool dialled = false;
  DoorPhase phase = DoorPhase::waiting;
  std::optional<GroupId> group;
  struct Failure {
    Errc code;
    ErrorWords words;
  };
  std::optional<Failure> failure;
  Instant asked;
};

DoorRoom::DoorRoom(const Home& home, const Clock& clock, Random& random)
    : home_(home), clock_(clock), random_(random) {}
DoorRoom::~DoorRoom() = default;

void DoorRoom::shut() {
  if (!visit_) return;
  // The courier may be gone already; then its door is closed, too.
  if (visit_->welcome) [[maybe_unused]]
    const auto closed = visit_->welcome->close();
  if (visit_->knock) [[maybe_unused]]
    const auto closed = visit_->knock->close();
  visit_.reset();
}

Result<void> DoorRoom::welcome(Context& context, std::string_view group) {
  shut();
  auto visit = std::make_unique<Visit>(home_, clock_, random_);
  if (auto opened = visit->open(group); !opened)
    return context.tell(opened.error().code, visit->term.explain(opened.error(), "Nobody was let in."));
  visit_ = std::move(visit);
  return {};
}

Result<void> DoorRoom::prepare(Context& context, Joiner joiner, Json& out) {
  shut();
  auto visit = std::make_unique<Visit>(home_, clock_, random_);
  KITH_TRY(visit->desk, Desk::open(visit->context, ""));
  KITH_TRY(auto token, token_of(context, joiner.opened, joiner.code));
  KITH_TRY(const auto port, free_port(random_));
  KITH_TRY(const auto addresses, own_addresses(joiner.addresses, port));
  KITH_TRY(visit->knock,
           Knock::prepare(*visit->desk, joiner.opened, std::move(token), joiner.me, addresses, port));
  out.text("recovery_words", as_text(visit->knock->recovery_words().reveal()));
  visit_ = std::move(visit);
  return {};
}

Result<void> DoorRoom::dial() {
  if (!visit_ || !visit_->knock) return fail(Errc::not_found, "no invitation is open");
  KITH_CHECK(bring_up(*visit_->desk, std::nullopt));
  KITH_CHECK(visit_->knock->dial());
  visit_->dialled = true;
  return {};
}

Result<void> DoorRoom::answer(bool same) {
  if (!visit_) return fail(Errc::not_found, "the door is closed");
  const auto answered = visit_->welcome ? visit_->welcome->answer(same)
                        : visit_->knock ? visit_->knock->answer(same)
                                        : Result<DoorPhase>(fail(Errc::not_found, "the door is closed"));
  if (answered) visit_->phase = *answered;
  note(answered ? Result<void>() : Result<void>(tl::unexpected(answered.error())));
  return {};
}

// An error ends the visit, and its words wait for whoever asks.
void DoorRoom::note(const Result<void>& done) {
  if (done) return;
  const auto words = words_for_page(visit_->term.explain(done.error(), ""), done.error().code);
  visit_->failure = Visit::Failure{done.error().code, words};
}

Result<void> DoorRoom::arrived() {
  KITH_TRY(visit_->group, visit_->knock->finish());
  KITH_TRY(const auto place, place_to_listen(*visit_->desk));
  KITH_CHECK(bring_up(*visit_->desk, place));
  return {};
}

Result<void> DoorRoom::step() {
  if (visit_->knock && !visit_->dialled) return {};
  visit_->desk->session().touch();
  for (int i = 0; i < kFramesAtOnce && visit_->phase != DoorPhase::done; ++i) {
    const DoorPhase before = visit_->phase;
    KITH_TRY(visit_->phase, visit_->welcome ? visit_->welcome->step(std::chrono::milliseconds(0))
                                            : visit_->knock->step(std::chrono::milliseconds(0)));
    if (visit_->phase == before || visit_->phase == DoorPhase::words) break;
  }
  if (visit_->phase == DoorPhase::done && visit_->knock && !visit_->group) return arrived();
  return {};
}

void DoorRoom::go_on(Instant now) {
  if (!visit_ || visit_->failure) return;
  if (now - visit_->asked > kDoorForgotten) return shut();
  if (visit_->phase == DoorPhase::done && visit_->group) return;
  note(step());
}

Result<void> DoorRoom::put_state(Json& out) {
  if (!visit_) {
    out.text("side", "none").text("phase", "closed");
    return {};
  }
  visit_->asked = clock_.steady();
  go_on(visit_->asked);
  const bool prepared = visit_->knock && !visit_->dialled;
  out.text("side", visit_->welcome ? "welcoming" : "joining");
  out.text("phase", visit_->failure ? "failed" : prepared ? "prepared" : word_of(visit_->phase));
  if (visit_->failure) {
    out.text("error", name_of(visit_->failure->code)).text("what", visit_->failure->words.what);
    out.text("means", visit_->failure->words.means).text("next", visit_->failure->words.next);
    return {};
  }
  if (visit_->welcome) out.text("address", mail::text_of(visit_->welcome->address()));
  if (visit_->phase == DoorPhase::words)
    out.text("words", visit_->welcome ? visit_->welcome->words() : visit_->knock->words());
  if (visit_->phase == DoorPhase::done && visit_->group) out.text("group", visit_->group->hex());
  return {};
}

}  // namespace kith::cli
