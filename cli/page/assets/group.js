// My group: what is asked of me, what is for me, what we shared, who is here, and the way out.

import { call } from "./api.js";
import { h, p, quiet, button, choices, link, field, line, pick, form, submit, more, Said, announce, say, aside, cleanLine,
  part, act, title, card, big, fail, plainList, val } from "./dom.js";
import { called, groupOf, groups, leads } from "./people.js";
import { screen, go, back, again, focusHeading, to, over } from "./router.js";
import { plain, t, day, dayTime, span } from "./words.js";
import { itemCard } from "./share.js";

const named = (view) => h("bdi", { translate: "no" }, plain(view.name));
const meetings = 5;  // tries of fetching post in one go, each of at most two seconds

screen("group", async ({ group }, page) => {
  const all = await groups();
  const view = group ? all.find((each) => each.group === group) : all.length === 1 ? all[0] : null;
  if (!view) return choose(all);
  const draw = () => load(view.group);
  const content = h("div", {});
  const loaded = await draw();
  let shown = loaded.digest;
  content.append(...parts(view, loaded));
  page.changed = async () => {
    const fresh = await draw();
    if (!page.alive() || fresh.digest === shown) return;
    const viewNow = await groupOf(view.group);
    if (!page.alive() || !viewNow || content.contains(document.activeElement)) return;
    shown = fresh.digest;
    content.replaceChildren(...parts(viewNow, fresh));
  };
  return [h("h1", {}, named(view)), content,
    all.length > 1 ? quiet(link("group.other", to("group.which"))) : null];
});

screen("group.which", async () => choose(await groups()));

function choose(all) {
  return [
    h("h1", {}, t(all.length ? "group.which" : "group.none.title")),
    all.length ? plainList(all.map((each) => button(t("group.open", { name: each.name }), to("group", { group: each.group })))) : say("group.none"),
    choices(act("group.none.invited", to("invited")), act("group.none.create", to("lead.create"))),
  ];
}

async function load(group) {
  const [asked, answered, listed, carry] = [await call("requests", { group }), await call("answers", { group }),
    await call("shared", { group }), await call("carry.state")];
  const loaded = { asked, answered, listed, carry };
  return { ...loaded, digest: JSON.stringify(loaded) };
}

function parts(view, { asked, answered, listed, carry }) {
  const group = view.group;
  const open = asked.to_me.filter((each) => each.state === "open");
  const closed = answered.answers.filter((each) => !each.opened);
  const read = answered.answers.filter((each) => each.opened);
  const shared = [...listed.received, ...listed.mine.filter((each) => each.what === "reflection")]
    .filter((each) => each.what !== "request")
    .sort((a, b) => (a.shared < b.shared ? 1 : a.shared > b.shared ? -1 : 0));
  return [
    ...notices(view),
    ...(open.length ? [part("group.asks"), ...open.map((each) => requestCard(group, each))] : []),
    ...(closed.length ? [part("group.answers"), ...closed.map((each) => answerCard(group, each))] : []),
    part("group.do"), doing(view),
    part("group.reflections"),
    ...(shared.length ? shared.map((each) => itemCard(group, each)) : [say("group.reflections.none")]),
    ...(read.length ? [more("group.answers.read", plainList(read.map((each) => button(t("receive.opened", { name: called(each.giver) }), to("answer", { group, number: each.number }), { class: "link" }))))] : []),
    part("group.post.title"), ...post(carry, group),
  ];
}

function notices(view) {
  const group = view.group;
  return [
    view.alarm ? card(say("group.alarm")) : null,
    view.device_retired ? card(say("group.copy")) : null,
    view.me.status === "on-hold" ? card(say("group.held")) : null,
    view.leaving_at ? card(p(t("group.leaving", { when: dayTime(view.leaving_at) })), choices(act("group.leaving.undo", async () => {
      await call("leave.undo", { group });
      await again();
      announce("group.stayed");
    }))) : null,
    view.waiting_for_my_signature
      ? card(p(t(view.agreement_in_force ? "group.new.text" : "group.agree")),
        choices(act("group.agree.sign", to("agreement.sign", { group }))))
      : !view.agreement_in_force ? card(p(t(leads(view.me) ? "lead.created.next" : "group.agree.wait")),
        leads(view.me) ? choices(act("agreement.edit", to("agreement.edit", { group }))) : null) : null,
  ].filter(Boolean);
}

function doing(view) {
  const group = view.group;
  const ways = [
    view.may_share ? ["group.do.share", "share"] : null, view.may_share ? ["group.do.ask", "ask"] : null,
    ["group.do.mine", "mine"], ["group.do.people", "people"], ["group.do.agreement", "agreement"],
    leads(view.me) ? ["group.do.lead", "lead"] : null, ["group.do.leave", "leave"],
  ].filter(Boolean);
  return h("ul", { class: "ways" }, ways.map(([key, place]) => h("li", {}, button(t(key), to(place, { group })))));
}

function post(carry, group) {
  if (!carry.running)
    return [say("group.post.down"), choices(act("group.post.up", async () => {
      await call("carry.up");
      await again();
    }))];
  return [say(carry.at_rest.includes(group) ? "group.post.full" : "group.post.how"), choices(
    act("group.post", async () => {
      for (let i = 0; i < meetings && !(await call("carry.meet")).quiet; ++i);
      await again();
      announce("group.post.done");
    }),
    act("group.post.stop", async () => {
      await call("carry.down");
      await again();
    }))];
}

function requestCard(group, request) {
  return card(p(t("request.title", { name: called(request.asker) }), " ", t("request.kind." + request.kind), "."),
    aside("request.owe"), choices(act("request.read", to("request", { group, item: request.item }))));
}

function answerCard(group, answer) {
  const name = called(answer.giver);
  const closed = card(p(t("receive.title", { name })), quiet(t("receive.quiet", { name })),
    choices(act("receive.leave", () => {
      closed.remove();
      focusHeading();
    }), act("receive.open", to("answer", { group, number: answer.number }))));
  return closed;
}

// -- who is here

screen("people", async ({ group }) => {
  const { members } = await call("members", { group });
  const view = await groupOf(group);
  const words = h("div", {});
  const word = (each) => t("role." + each.role);
  const details = (each) => [each.pronouns && plain(each.pronouns), each.role !== "member" && word(each), each.me && t("people.you"),
    each.status !== "here" && t("status." + each.status), each.status === "here" && !each.agreed && view.agreement_in_force && t("people.nosign")].filter(Boolean);
  return [
    title("people.title"),
    plainList(members.map((each) => [h("strong", { translate: "no" }, plain(called(each))),
      details(each).map((one) => [" · ", one]), each.alike ? quiet(t("people.alike", { name: called(each) })) : null,
      each.copied ? quiet(t("people.copied", { name: called(each) })) : null])),
    quiet(t("people.at", { example: "@" + members.find((each) => each.me).handle })),
    part("people.words"), say("people.words.what"), words,
    choices(act("people.words.show", async () => {
      words.replaceChildren(big((await call("phrase", { group })).words));
    })),
    rename(group, view.me),
    leads(view.me) ? removing(group, members) : null,
  ];
});

function rename(group, me) {
  const name = line({ value: called({ ...me, alike: false }) });
  const pronouns = line({ value: cleanLine(me.pronouns) });
  const change = form(async () => {
    if (!val(name)) fail("join.safe", "join.name.missing");
    await call("profile.change", { group, name: val(name), pronouns: val(pronouns) });
    await again();
    announce("settings.saved");
  }, field("people.name", name), field("people.pronouns", pronouns), choices(submit("settings.save")));
  return more("people.rename", change);
}

function removing(group, members) {
  const people = members.filter((each) => !each.me && each.status !== "removed");
  if (!people.length) return null;
  const name = (each) => each.status === "left" ? t("people.remove.left", { name: called(each) }) : called(each);
  const who = pick("people.remove.who", people.map((each) => [each.handle, name(each)]));
  const typed = line({ autocapitalize: "off" });
  const remove = form(async () => {
    if (!who.value()) fail("people.remove.safe", "people.remove.choose");
    if (val(typed) !== "@" + who.value()) throw new Said(t("people.remove.safe"), t("people.remove.type", { handle: "@" + who.value() }));
    await call("member.remove", { group, handle: who.value(), typed: val(typed) });
    await again();
  }, say("people.remove.what"), who.node, field("people.remove.typed", typed, "people.remove.hint"),
  choices(submit("people.remove")));
  return more("people.remove", remove);
}

// -- going

screen("leave", async ({ group }) => {
  const { mine } = await call("shared", { group });
  const kept = mine.filter((each) => each.state === "shown" && each.what === "reflection");
  const keep = pick("leave.keep", kept.map((each) => [each.item, each.text ? short(each.text) : t("item.folded.short", { day: day(each.shared) })]), [], { many: true });
  return [
    title("leave.title"),
    h("p", { class: "lead" }, t("leave.yours")), say("leave.what"), say("leave.court"),
    kept.length ? keep.node : null,
    choices(act("leave.no", back), act("leave.now", async () => {
      const { leaves_in_seconds: wait } = await call("leave.now", { group, keep: keep.value() });
      await go("leaving", { group, wait }, over);
    })),
  ];
});
const short = (text) => plain(text.length > 80 ? text.slice(0, 80) + " …" : text);

screen("leaving", ({ group, wait }) => (wait > 0
  ? [title("leave.done.title"), p(t("leave.done", { span: span(wait) })),
    choices(act("group.leaving.undo", async () => {
      await call("leave.undo", { group });
      await go("group", { group }, over);
      announce("group.stayed");
    }), act("done", to("write")))]
  : [title("leave.done.now"), say("leave.yours"), choices(act("done", to("write", {}, over)))]));
