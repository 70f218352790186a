// Asking, answering, passing, receiving one at a time, thanks. Nothing here happens unasked.

import { call } from "./api.js";
import { h, p, quiet, button, choices, field, line, box, pick, tick, form, written, say, aside, part, act, title,
  card, meta, fail, val } from "./dom.js";
import { drafting } from "./draft.js";
import { called } from "./people.js";
import { screen, go, back, to, over, ways, doneIn } from "./router.js";
import { audience } from "./share.js";
import { t, day } from "./words.js";


// A form whose words leave through the preview. `fields(text)` gives the call; kept as a draft meanwhile.
function toSend(page, { label, starters, group, fields, yes, after = [] }) {
  const area = box(page.params.text || "");
  const draft = drafting(page, area, { kind: "process", ...page.params.draft });
  const begin = (start) => {
    area.value = val(area) ? area.value.trimEnd() + "\n" + start : start;
    area.dispatchEvent(new Event("input"));
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  };
  const on = form(async () => {
    if (!val(area)) fail("share.nothing", "give.nothing");
    const chosen = fields(area.value);
    await draft.now();
    Object.assign(page.params, { text: area.value, draft: draft.known });
    await go("send", { group, fields: chosen, yes, draft: draft.known });
  },
  starters ? h("div", { role: "group", "aria-label": t("give.starters") }, aside("give.starters"),
    choices(starters.map((each) => button(each.trim(), () => begin(each))))) : null,
  field(label, area), aside("write.plain"), after, ways("share.next"));
  return on;
}

screen("ask", async ({ group }, page) => {
  const { members } = await call("members", { group });
  const { mine } = await call("requests", { group });
  const from = audience(members, {}, "ask.from");
  const kind = pick("ask.kind", ["come-across", "support", "think-with-me", "challenge", "reinforcement"].map((each) => [each, t("ask." + each)]), "come-across");
  const all = tick("ask.all");
  const until = line({ type: "date" });
  return [
    title("ask.title"), say("ask.silence"),
    toSend(page, {
      label: t("ask.text"), group, yes: t("ask.yes"),
      after: [kind.node, from.nodes, all.node, field("ask.until", until)],
      fields: (text) => ({ what: "ask", to: from.value(), text, kind: kind.value(), until: until.value, answers_to_all: all.value() }),
    }),
    mine.length ? [part("ask.mine"), mine.map((each) => card(written(each.text, "small"),
      each.resting ? aside("ask.resting") : quiet(t("ask.open", { day: day(each.until) }))))] : null,
  ];
});

async function requestOf(group, item) {
  const { to_me: asked } = await call("requests", { group });
  const request = asked.find((each) => each.item === item);
  if (!request) fail("request.gone.safe", "request.gone");
  return request;
}

screen("request", async ({ group, item }) => {
  const request = await requestOf(group, item);
  const name = called(request.asker);
  const head = [h("h1", {}, t("request.title", { name }), " ", t("request.kind." + request.kind)), written(request.text)];
  if (request.state !== "open") return [...head, p(t("request.state." + request.state)), choices(act("back", back))];
  return [
    ...head, say("request.owe"), quiet(t(request.answers_to_all ? "request.all" : "request.only", { name })),
    choices(
      act("request.give", to("give", { group, item, name, asked: request.text })),
      act("request.room", to("send", { group, fields: { what: "in-the-room", item }, yes: t("room.yes", { name }) })),
      button(t("request.pass", { name }), async () => {
        await call("request.pass", { group, item });
        await go("passed", { group }, over);
      })),
  ];
});
screen("passed", ({ group }) => [title("request.passed.title"), say("request.passed"), doneIn(group)]);

screen("give", async ({ group, item, name, asked }, page) => {
  await call("give.allowed", { group, item });
  return [
    title(asked ? "give.title" : "write.back.title", { name }), asked ? written(asked, "small") : null, say("give.own"),
    toSend(page, {
      label: t("give.text"), group, yes: t("give.yes", { name }), starters: [1, 2, 3].map((n) => t("give.starter." + n)),
      fields: (text) => ({ what: "give", item, text }),
    }),
  ];
});

screen("answer", async ({ group, number }) => {
  const answer = await call("answer.open", { group, number });
  const { mine } = await call("requests", { group });
  const asked = mine.find((each) => each.item === answer.request);
  const name = called(answer.giver);
  return [
    title("receive.opened", { name }),
    asked ? [meta(t("receive.asked")), written(asked.text, "small")] : null,
    answer.in_the_room ? p(t("receive.room", { name })) : written(answer.text),
    quiet(t("receive.theirs", { name })),
    choices(button(t("item.thank", { name }), to("thank", { group, handle: answer.giver.handle, name })),
      act("close", to("group", { group }))),
  ];
});

screen("thank", ({ group, item, handle, name }, page) => [
  title("item.thank", { name }),
  toSend(page, { label: t("thank.text"), group, yes: t("item.thank", { name }), fields: (text) => ({ what: "thank", handle, item, text }) }),
]);
