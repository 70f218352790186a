// An invitation: read it, decline without a trace or join; and the door, from both sides.

import { call } from "./api.js";
import { enter } from "./app.js";
import { h, p, h2, choices, field, line, tick, form, more, written, Said, say, aside, part, act, title, big,
  fail, val } from "./dom.js";
import { base64 } from "./journal.js";
import { printButton } from "./more.js";
import { screen, go, to, over, ways, doneIn } from "./router.js";
import { cannot } from "./start.js";
import { plain, t, has } from "./words.js";

const largestFile = 500 * 1024;  // bytes
const doorPause = 1000;          // milliseconds

// Kept while somebody who has no journal yet makes one, because they read an invitation first.
let waiting = null;
export function takeWaiting() {
  const place = waiting;
  waiting = null;
  return place;
}

screen("invited", () => {
  const file = h("input", { type: "file" });
  const read = form(async () => {
    const chosen = file.files[0];
    if (!chosen) fail("invited.choose");
    if (chosen.size > largestFile) fail("invited.other.safe", "invited.other");
    const bytes = await base64(chosen);
    const invitation = await call("invitation.read", { file: bytes });
    await go("invitation", { file: bytes, invitation });
  }, field("invited.file", file), ways("invited.read"));
  return [title("invited.title"), say("invited.what"), read];
});

// Our titles for the parts that every agreement has; the group's own for others.
export const section = (each, level = "h3") => [h(level, {}, has("section." + each.key) ? t("section." + each.key) : plain(each.title || each.key)),
  each.text ? written(each.text, "small") : aside("agreement.empty")];

screen("invitation", ({ file, invitation }) => {
  const limits = invitation.sections.filter((each) => each.key === "limits");
  const rest = invitation.sections.filter((each) => each.key !== "limits");
  return [
    h("h1", {}, h("bdi", { translate: "no" }, plain(invitation.group_name))),
    aside("invited.nobody"),
    invitation.who_for ? p(t("invited.for", { who: invitation.who_for })) : null,
    invitation.welcome ? [part("invited.welcome"), written(invitation.welcome)] : null,
    part("invited.limits"), limits.map((each) => written(each.text, "small")),
    part("invited.agreement"), rest.map((each) => section(each)),
    part("invited.cannot"), cannot(),
    say("invited.choice"),
    choices(act("invited.no", to("declined", {}, over)),
      act("invited.yes", () => join(file, invitation))),
  ];
});

async function join(file, invitation) {
  const params = { file, name: invitation.group_name, code: !invitation.has_code };
  const state = await call("state");
  if (state.unlocked) return go("join", params);
  waiting = ["join", params];
  return go("start");
}

screen("declined", () => [title("invited.declined.title"), say("invited.declined"), choices(act("done", enter))]);

// Where this computer is reached: all of its addresses, unless somebody unticks one.
export async function addressField() {
  const { addresses } = await call("addresses");
  const ticks = addresses.map((each) => [each, tick(each, undefined, true)]);
  return {
    node: addresses.length ? more("join.at", aside("join.at.what"), ticks.map(([, each]) => each.node)) : null,
    value: () => ticks.filter(([, each]) => each.value()).map(([address]) => address),
  };
}

screen("join", async ({ file, name, code }) => {
  const typed = line({ autocapitalize: "off" });
  const me = line();
  const pronouns = line();
  const at = await addressField();
  const go_on = form(async () => {
    if (!val(me)) fail("join.safe", "join.name.missing");
    const { recovery_words } = await call("join.begin",
      { file, code: val(typed), name: val(me), pronouns: val(pronouns), addresses: at.value() });
    // An attempt that was interrupted goes on: its words were shown then.
    if (!recovery_words) return go("door", { dial: true }, over);
    return go("rescue", { words: recovery_words, name, next: ["door", { dial: true }] }, over);
  },
  say("join.time"),
  code ? field("join.code", typed, "join.code.hint") : null,
  field("join.name", me, "join.name.hint"), field("people.pronouns", pronouns), at.node,
  ways("join.go"));
  return [title("join.title", { name }), go_on];
});

// Shown once and kept nowhere: leaving this screen forgets the words, Back does not bring them again.
screen("rescue", ({ words, name, next }) => [
  title("rescue.title"),
  h("p", { class: "screen-only" }, t("rescue.what")),
  h("div", { class: "sheet" }, h2(t("rescue.for", { name })),
    h("ol", { class: "rescue", translate: "no" }, words.split(" ").map((word) => h("li", {}, word))), say("rescue.sheet")),
  choices(printButton("rescue.print"), act("rescue.have", to(...next, over))),
]);

// -- the door

screen("door", async ({ dial, welcome }, page) => {
  if (dial) await call("join.dial");
  if (welcome) await call("door.welcome", { group: welcome });
  const side = dial ? "joining" : "welcoming";
  follow(page, side);
  return [
    title("door.title"),
    h("p", { class: "waiting" }, t(side === "joining" ? "door.waiting" : "door.waiting.lead")),
    dial ? aside("door.waiting.long") : null,
    choices(act("door.stop", () => stop(side))),
  ];
});

// Looks at the door every second, and goes on when there is something to show or to say.
function follow(page, side, answered = false) {
  let asked = false;
  page.every(doorPause, async () => {
    if (asked) return;
    asked = true;
    try {
      const door = await call("door.state");
      if (page.alive() && !(answered && door.phase === "words")) await step(door, side);
    } catch (error) {
      if (page.alive() && !error.quiet) await go("door.over", { error, side }, over);
    } finally {
      asked = false;
    }
  });
}

async function stop(side) {
  await call("door.close");
  await go("door.stopped", { side }, over);
}
screen("door.stopped", ({ side }) => [title("door.title"), p(t(side === "joining" ? "door.stopped" : "door.stopped.lead")),
  choices(act("done", to("group", {}, over)))]);

async function step(door, side) {
  if (door.phase === "words") return go("door.words", { words: door.words, side }, over);
  if (door.phase === "done") return go("joined", { group: door.group, side }, over);
  if (door.phase === "failed" || door.phase === "closed")
    return go("door.over", { error: new Said(door.means || t("door.over.safe"), door.what || "", door.next || ""), side }, over);
  return undefined;
}

screen("door.words", ({ words, side }) => [
  title("door.words"),
  say("door.words.what"),
  big(words),
  choices(
    act("door.differ", async () => {
      await call("door.answer", { same: false });
      await go("door.differ", { side }, over);
    }),
    act("door.same", async () => {
      await call("door.answer", { same: true });
      await go("door.passing", { side }, over);
    })),
]);

screen("door.differ", ({ side }) => [title("door.differ"), p(t(side === "joining" ? "door.differ.said" : "lead.welcome.differ")),
  choices(act("done", to("group", {}, over)))]);

screen("door.passing", ({ side }, page) => {
  follow(page, side, true);
  return [title("door.title"), h("p", { class: "waiting" }, t("door.more"))];
});

screen("door.over", ({ error, side }) => [
  title("door.over"),
  error.lines.map((each) => p(each)),
  choices(side === "joining" ? act("group.none.invited", to("invited")) : act("lead.invite", to("lead.invite"))),
]);

screen("joined", ({ group, side }) => (side === "joining"
  ? [title("joined.title"), say("joined.what"),
    choices(act("joined.sign", to("agreement.sign", { group }, over)),
      act("cancel", to("group", { group }, over)))]
  : [title("joined.them"), say("lead.welcome.in"), doneIn(group)]));
