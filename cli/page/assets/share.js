// Showing a copy to people, in three steps: the words, the readers, and then all that leaves, as they will see it.
// Every other thing that leaves (asking, answering, thanks) passes through the same last step.

import { call } from "./api.js";
import { h, p, quiet, button, choices, link, field, line, box, pick, tick, form, submit, more, written, announce,
  say, aside, part, act, title, card, meta, fail, plainList, val } from "./dom.js";
import { drafting } from "./draft.js";
import { called, groupOf, groups, leads, list, others } from "./people.js";
import { screen, go, back, again, settle, to, over, doneIn } from "./router.js";
import { t, day, span, has, names } from "./words.js";
import { bare } from "./write.js";

const step = (n) => quiet(t("share.step", { n }));

// -- 1: the words

screen("share", async ({ group, entry, text, draft: begun }, page) => {
  const all = (await groups()).filter((each) => each.may_share);
  const view = group ? all.find((each) => each.group === group) : all.length === 1 ? all[0] : null;
  if (!view && !group && all.length > 1)
    return [title("share.which"), plainList(all.map((each) => button(t("group.open", { name: each.name }), to("share", { group: each.group, entry, text }, over))))];
  if (!view)
    return [title("share.1.title"), say("share.notyet"), choices(act("bar.group", to("group")), act("back", back))];
  // Feelings and tags beneath an entry stay here, as the preview says.
  const whole = entry ? (await call("entry.read", { entry })).text : "";
  const area = box(text === undefined ? bare(whole) : text, { "aria-label": t("share.1.text") });
  const draft = entry ? null : drafting(page, area, { kind: "reflection", ...begun });
  const on = form(async () => {
    if (!val(area)) fail("share.nothing", "share.nothing.what");
    if (draft) await draft.now();
    Object.assign(page.params, { group: view.group, text: area.value, changed: area.value !== whole, draft: draft && draft.known });
    await go("share.who", { ...page.params });
  }, area, aside("write.plain"),
  choices(submit("share.next"), entry ? act("cancel", back) : act("share.sit", async () => {
    await draft.now();
    await go("write");
    announce("share.sit.done");
  })));
  page.shown = () => { if (!entry) area.focus(); };
  return [step(1), title("share.1.title"), entry ? say("share.1.copy") : null, on];
});

// -- 2: the readers

export function audience(members, first, question) {
  const people = others(members);
  const leaders = people.filter(leads);
  const options = [];
  if (leaders.length) options.push(["leaders", t("share.2.leaders", { names: list(leaders) })]);
  options.push(["some", t("share.2.some")], ["group", t("share.2.group"), list(people)]);
  const some = pick("share.2.people", people.map((each) => [each.handle, called(each)]), first.handles || [], { many: true });
  const changed = () => { some.node.hidden = who.value() !== "some"; if (first.changed) first.changed(who.value()); };
  const who = pick(question, options, first.to, { changed });
  changed();
  return {
    nodes: [who.node, some.node],
    kind: () => who.value(),
    handles: () => some.value(),
    value() {
      if (!who.value() || (who.value() === "some" && !some.value().length))
        fail("share.nothing", "share.2.nobody");
      return who.value() === "some" ? some.value() : [who.value()];
    },
  };
}

screen("share.who", async (params, page) => {
  const { group, entry, text, changed, draft, terms = {} } = params;
  const { members } = await call("members", { group });
  const may = pick("share.2.may", ["keep", "ask-first", "bring"].map((each) => [each, t("share.may." + each)]), terms.leader_may || "ask-first");
  const who = audience(members, { ...(params.to || {}), changed: (kind) => { may.node.hidden = kind !== "leaders"; } }, "share.2.who");
  const responses = pick("share.2.responses", ["none", "resonance", "open"].map((each) => [each, t("share.responses." + each)]), terms.responses || "resonance");
  const tender = tick("share.2.tender", undefined, terms.tender);
  const unfinished = tick("share.2.unfinished", undefined, terms.unfinished);
  const note = line({ value: terms.note || "" });
  const until = line({ type: "date", value: terms.until || "" });
  const on = form(async () => {
    const fields = {
      what: "share", entry, text: changed || !entry ? text : undefined, to: who.value(), until: until.value,
      responses: responses.value(), tender: tender.value(), unfinished: unfinished.value(), note: val(note),
      leader_may: who.kind() === "leaders" ? may.value() : undefined,
    };
    Object.assign(page.params, { to: { to: who.kind(), handles: who.handles() }, terms: fields });
    await go("send", { group, fields, draft, share: { ...page.params } });
  }, who.nodes, responses.node, may.node,
  more("share.2.more", tender.node, unfinished.node, field("share.2.note", note), field("share.2.until", until)),
  choices(submit("share.next"), act("back", back)));
  return [step(2), title("share.2.title"), on];
});

// -- 3: all that leaves. `fields`: of send.preview; `yes`: what the button says; `draft`: dropped once it is confirmed.

screen("send", async (params) => {
  const { group, fields, yes } = params;
  const view = await groupOf(group);
  const seen = await call("send.preview", { group, ...fields });
  if (seen.refusal) return no(params, seen);
  const readers = list(seen.readers);
  const whole = fields.to && fields.to[0] === "group";
  const confirm = async () => {
    const sent = await call("send.confirm", { group, ...fields, digest: seen.digest });
    if (params.draft && params.draft.draft) await call("draft.drop", { draft: params.draft.draft });
    settle();
    await go("sent", { group, sent, wait: seen.can_be_stopped_for_seconds, what: fields.what }, over);
  };
  return [
    params.share ? step(3) : null,
    title("share.3.title"),
    card(meta(t("share.3.as", { names: readers })), asRead(seen, view.me, fields)),
    p(t(seen.readers.length === 1 ? "share.3.only" : "share.3.get", { names: readers })),
    seen.readers.filter((each) => each.alike).map((each) => p(t("people.alike", { name: called(each) }))),
    seen.cannot_read_yet.length ? p(t("share.3.notyet", { names: list(seen.cannot_read_yet) })) : null,
    seen.stays && seen.stays.length ? p(t("share.1.stays", { what: names(seen.stays) })) : null,
    seen.leaders_only && seen.leader_may ? p(t("share.may.said." + seen.leader_may)) : null,
    seen.leaders_only ? say("share.3.leader") : null,
    p(t("share.3.until", { day: day(seen.until) })),
    p(seen.can_be_stopped_for_seconds > 0 ? t("share.3.stop", { span: span(seen.can_be_stopped_for_seconds) }) : t("share.3.atonce")),
    seen.pauses.map((pause) => card(p(t("share.pause." + pause.kind, { names: list(pause.about) })),
      params.share ? choices(act("share.no.words", to("share", params.share))) : null)),
    quiet(t("share.3.sooner"), " ", link("bar.help", to("help"))),
    choices(act("cancel", to("group", { group })),
      button(yes || (whole ? t("share.3.yes.group") : t("share.3.yes", { names: readers })), confirm)),
  ];
});

// What a reader gets to see, made of the same parts as a received item.
function asRead(seen, me, fields) {
  const what = { share: "reflection", widen: "reflection", ask: "request", give: "answer", thank: "thanks", touched: "this touched me" };
  const item = { author: me, what: what[fields.what] || fields.what, tender: seen.tender, unfinished: seen.unfinished, note: seen.note, text: seen.text,
    responses: seen.responses, state: "shown" };
  return itemParts(item, { asReader: true });
}

function no(params, seen) {
  const { group, share } = params;
  const about = list(seen.refusal.about || []);
  const rule = "rule." + seen.refusal.rule;
  const words = has(rule) ? t(rule, { names: about }) : seen.refusal.sentence;
  const again_with = (to) => go("share.who", { ...share, to }, over);
  const keep = act("share.no.keep", to("group", { group }));
  if (!share || seen.refusal.rule !== "absent-member")
    return [title("share.no.absent.title"), p(words), choices(act("back", back), keep)];
  return [
    title("share.no.absent.title"), p(words),
    choices(act("share.no.leaders", () => again_with({ to: "leaders" })), keep,
      act("share.no.words", to("share", share, over)),
      act("share.no.other", () => again_with(share.to))),
  ];
}

screen("sent", ({ group, sent, wait, what }) => [
  title("sent.title"),
  sent.first ? h("p", { class: "lead" }, t("sent.first")) : null,
  p(t(wait > 0 ? "sent.waits" : "sent.now", { span: span(wait) })),
  say("sent.goes"),
  choices(wait > 0 ? act("sent.stop", async () => {
    await call("outbox.back", { number: sent.number });
    await go("stopped", { group }, over);
  }) : null, act("done", to("group", { group }, over))),
]);
screen("stopped", ({ group }) => [title("mine.stopped.title"), say("mine.stopped"), doneIn(group)]);

// -- one thing somebody shared

export function itemParts(item, { asReader = false, open = false } = {}) {
  if (item.state === "withdrawn") return [aside("item.back")];
  if (item.state === "expired") return [aside("item.over")];
  const folded = (item.tender || item.note || item.folded) && !open;
  const who = asReader || !item.author.me ? t("item.by." + (has("item.by." + item.what) ? item.what : "reflection"), { name: called(item.author) }) : t("item.mine");
  const words = item.text ? written(item.text) : null;
  return [
    meta(who, item.shared ? " · " + day(item.shared) : ""),
    item.unfinished ? aside("item.unfinished") : null,
    item.note ? quiet(t("item.touches", { note: item.note })) : null,
    item.two_versions ? aside("item.two") : null,
    folded ? (asReader ? more("item.tender", words) : aside("item.tender")) : words,
    asReader && item.what === "reflection" ? quiet(t("item.may." + item.responses)) : null,
  ];
}

export function itemCard(group, item) {
  const gone = item.state !== "shown";
  return card(itemParts(item),
    gone ? null : choices(button(t(item.tender || item.note || item.folded ? "item.open" : "item.read"), to("item", { group, item: item.item }),
      { "aria-label": t(item.tender || item.note ? "item.open.by" : "item.read.by", { name: item.author.me ? t("people.you") : called(item.author) }) })));
}

screen("item", async ({ group, item }) => {
  const one = await call("shared.read", { group, item });
  const name = called(one.author);
  const touched = one.author.me && one.state === "shown" ? (await call("touched.by", { group, item })).people : [];
  const ways = one.author.me
    ? [act("mine.widen", to("widen", { group, item })), act("mine.back", to("withdraw", { group, item }))]
    : [one.responses !== "none" ? act("item.touched", to("send", { group, fields: { what: "touched", item }, yes: t("touched.yes", { name }) })) : null,
      one.responses === "open" ? act("item.answer", to("give", { group, item, name })) : null,
      button(t("item.thank", { name }), to("thank", { group, item, handle: one.author.handle, name }))];
  return [
    h("h1", {}, one.author.me ? t("item.mine") : t("item.from", { name })),
    itemParts(one, { open: true }),
    one.state === "shown" && one.readers ? quiet(t("item.only", { names: names([...one.readers.map(called), ...(one.author.me ? [] : [t("people.you")])]) })) : null,
    touched.length ? p(t("mine.touched", { names: list(touched) })) : null,
    one.state === "shown" && !one.author.me ? aside("item.keep") : null,
    one.state === "shown" && one.what === "reflection" ? choices(ways) : null,
  ];
});

screen("widen", async ({ group, item }) => {
  const { members } = await call("members", { group });
  const one = await call("shared.read", { group, item });
  const who = audience(members, { to: "group", handles: (one.readers || []).map((each) => each.handle) }, "share.2.who");
  const on = form(async () => {
    await go("send", { group, fields: { what: "widen", item, to: who.value() } });
  }, who.nodes, aside("rule.narrower"), choices(submit("share.next"), act("back", back)));
  return [title("mine.widen"), on];
});

screen("withdraw", ({ group, item }) => [
  title("mine.back.title"), say("mine.back.what"),
  choices(act("mine.back.no", back), act("mine.back", async () => {
    const { never_left: never } = await call("withdraw", { group, item });
    await go("withdrawn", { group, never }, over);
  })),
]);
screen("withdrawn", ({ group, never }) => [title("mine.back.title.done"), p(t(never ? "mine.back.never" : "mine.back.done")),
  choices(act("done", to("mine", { group }, over)))]);

// -- everything I've shared

screen("mine", async ({ group }, page) => {
  const { outbox } = await call("outbox");
  const waiting = outbox.filter((each) => each.group === group);
  const { mine } = await call("shared", { group });
  const left = mine.filter((each) => !waiting.some((one) => one.item === each.item));
  return [
    title("mine.title"),
    waiting.length ? [part("mine.waiting"), waiting.map((each) => waitingCard(each))] : null,
    left.length ? left.map((each) => mineCard(group, each)) : waiting.length ? null : say("mine.none"),
    h("hr"), say("mine.audit.what"), choices(act("mine.audit", to("audit", { group }))),
  ];
});

const wordOf = (what) => (has("what." + what) ? t("what." + what) : what);

function waitingCard(each) {
  return card(meta(t("mine.to", { what: wordOf(each.what), names: list(each.readers) })),
    each.text ? written(each.text, "small") : null,
    p(each.ask_again ? t("mine.why", { why: each.why || "" }) : each.leaves_in_seconds > 0 ? t("mine.waits", { span: span(each.leaves_in_seconds) }) : t("mine.waits.open")),
    choices(act("mine.stop", async () => {
      await call("outbox.back", { number: each.number });
      await again();
      announce("mine.stopped");
    }), each.ask_again ? null : act("mine.now", to("now", { number: each.number }))));
}

screen("now", ({ number }) => [
  title("mine.now"), say("mine.now.ask"),
  choices(act("cancel", back), act("mine.now", async () => {
    await call("outbox.now", { number });
    await go("group", {}, over);
    announce("sent.status");
  })),
]);

function reached(item) {
  if (item.state === "expired") return t("mine.state.over");
  if (item.state === "withdrawn") return t(item.erased >= item.to ? "mine.state.erased.all" : item.erased ? "mine.state.erased.some" : "mine.state.erased");
  return t(item.reached >= item.to ? "mine.state.all" : item.reached ? "mine.state.some" : "mine.state.none");
}

function mineCard(group, item) {
  const people = (item.readers || []).filter((each) => !each.me);
  return h("div", { class: "card" },
    meta(people.length ? t("mine.to", { what: wordOf(item.what), names: list(people) }) : wordOf(item.what), " · ", day(item.shared)),
    item.state === "shown" ? (item.text ? written(item.text, "small") : aside("item.tender")) : null,
    p(reached(item)),
    item.state === "shown" ? choices(
      item.what === "reflection" ? act("mine.widen", to("widen", { group, item: item.item })) : null,
      act("mine.back", to("withdraw", { group, item: item.item }))) : null);
}

screen("audit", async ({ group }) => {
  const { left, alarms } = await call("audit", { group });
  const shares = left.filter((each) => each.kind === "share");
  return [
    title("mine.audit"),
    alarms.length ? [h("div", { class: "trouble" }, say("mine.audit.bad"), alarms.map((each) => p(each)))] : say("mine.audit.good"),
    h("ul", {}, shares.map((each) => h("li", {},
      t("mine.audit.line", { what: wordOf(each.what), names: list((each.audience || []).filter((one) => !one.me)), day: day(each.until), state: each.state })))),
    more("mine.audit.digests", h("ol", {}, shares.map((each) => h("li", { class: "digest" }, each.text_digest || "")))),
    choices(act("back", back)),
  ];
});
