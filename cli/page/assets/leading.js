// For whoever leads: begin a group, invite, open the door.

import { call } from "./api.js";
import { h, p, choices, link, field, line, box, tick, form, say, part, act, title, fail, val } from "./dom.js";
import { addressField } from "./joining.js";
import { save } from "./journal.js";
import { groupOf, groups } from "./people.js";
import { screen, go, back, to, over, ways } from "./router.js";
import { t, day } from "./words.js";

const usualDays = 14;

screen("lead", async ({ group }) => {
  const view = await groupOf(group);
  return [
    title("lead.title"),
    view.agreement_in_force ? null : say("lead.notready"),
    h("ul", { class: "plain" },
      h("li", {}, link("agreement.edit", to("agreement.edit", { group }))),
      h("li", {}, link("lead.invite", to("lead.invite", { group }))),
      h("li", {}, link("lead.welcome", to("lead.welcome", { group })))),
  ];
});

screen("lead.create", async () => {
  const called = line();
  const me = line();
  const pronouns = line();
  const at = await addressField();
  const create = form(async () => {
    if (!val(called) || !val(me)) fail("start.safe", "lead.create.missing");
    const made = await call("group.create",
      { name: val(called), my_name: val(me), pronouns: val(pronouns), addresses: at.value() });
    await go("rescue", { words: made.recovery_words, name: val(called), next: ["lead.created", { group: made.group }] },
      over);
  }, field("lead.create.name", called), field("join.name", me, "join.name.hint"),
  field("people.pronouns", pronouns), at.node, ways("lead.create.go"));
  return [title("lead.create.title"), create];
});

screen("lead.created", ({ group }) => [
  title("lead.created.title"), say("lead.created.next"),
  choices(act("agreement.edit", to("agreement.edit", { group })), act("lead.invited.later", to("group", { group }))),
]);

screen("lead.invite", async ({ group }) => {
  const view = group ? await groupOf(group) : (await groups())[0];
  if (!view.agreement_in_force)
    return [title("lead.invite.title"), say("lead.notready"),
      choices(act("agreement.edit", to("agreement.edit", { group: view.group })), act("back", back))];
  const welcome = box("", { rows: "5" });
  const who = line();
  const days = line({ type: "number", min: 1, max: 90, value: String(usualDays) });
  const code = tick("lead.invite.code", "lead.invite.code.hint");
  const at = await addressField();
  const invite = form(async () => {
    const made = await call("invite", { group: view.group, welcome: welcome.value, who_for: val(who),
      days: Number(days.value) || usualDays, with_code: code.value(), addresses: at.value() });
    await go("lead.invited", { group: view.group, made }, over);
  }, field("lead.invite.welcome", welcome, "lead.invite.welcome.hint"), field("lead.invite.for", who),
  field("lead.invite.days", days), code.node, at.node, ways("lead.invite.go"));
  return [title("lead.invite.title"), invite];
});

screen("lead.invited", ({ group, made }) => [
  title("lead.invited.title"),
  say("lead.invited.file"),
  choices(act("lead.invited.save", () =>
    save(Uint8Array.from(atob(made.file), (c) => c.charCodeAt(0)), made.file_name, "application/octet-stream"))),
  part("lead.invited.code"),
  h("p", { class: "words code", translate: "no" }, made.code),
  p(t("lead.invited.apart", { day: day(made.expires) })),
  choices(act("lead.invited.welcome", to("door", { welcome: group })), act("lead.invited.later", to("group", { group }))),
]);

screen("lead.welcome", ({ group }) => [
  title("lead.welcome"), say("lead.welcome.what"),
  choices(act("lead.welcome.go", to("door", { welcome: group }, over)), act("cancel", back)),
]);
