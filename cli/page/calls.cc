#include "cli/page/calls.h"

#include "cli/page/words.h"

namespace kith::cli {
namespace {

const Call* call_named(std::string_view name) {
  for (const auto group : {state_calls(), journal_calls(), keeping_calls(), group_calls(), joining_calls(),
                           sending_calls(), feedback_calls()})
    for (const Call& call : group)
      if (call.name == name) return &call;
  return nullptr;
}

Result<void> run(const Call& call, Ask& ask) {
  KITH_CHECK(ask.fields.only(std::string("call ") + std::string(call.fields)));
  return call.run(ask);
}

std::string answer_failure(Terminal& term, const Error& error, std::string_view means) {
  const ErrorWords words = words_for_page(term.explain(error, means), error.code);
  Json json;
  json.flag("ok", false).text("error", name_of(error.code));
  return json.text("what", words.what).text("means", words.means).text("next", words.next).finish();
}

}  // namespace

std::string answer_call(const Home& home, const Clock& clock, Random& random, DoorRoom& door, ByteView body) {
  // Nobody is asked and nothing is printed: a question is an error, and every word goes into the answer.
  GlobalFlags flags;
  flags.quiet = flags.no_input = true;
  Terminal term(Streams{}, flags);
  Context context{term, home, clock, random, flags};
  auto fields = Fields::parse(body);
  if (!fields) return answer_failure(term, fields.error(), "");
  const auto name = fields->text("call");
  const Call* call = name ? call_named(*name) : nullptr;
  if (call == nullptr)
    return answer_failure(term, {Errc::usage, "the page asked for something unknown"},
                          "Nothing was changed.");
  Json out;
  out.flag("ok", true);
  Ask ask{context, *fields, out, door};
  const auto done = run(*call, ask);
  return done ? out.finish() : answer_failure(term, done.error(), call->means);
}

}  // namespace kith::cli
