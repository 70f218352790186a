// For whoever leads: begin a group, invite, open the door.

import { call } from "./api.js";
import { h, p, choices, link, field, line, box, tick, form, submit, Said, clearError, say, part, act, title } from "./dom.js";
import { addressField } from "./joining.js";
import { save } from "./journal.js";
import { groupOf, groups } from "./people.js";
import { screen, go, back, to, over } from "./router.js";
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
    clearError(create);
    if (!called.value.trim() || !me.value.trim()) throw new Said(t("start.safe"), t("lead.create.missing"));
    const made = await call("group.create",
      { name: called.value.trim(), my_name: me.value.trim(), pronouns: pronouns.value.trim(), addresses: at.value() });
    await go("rescue", { words: made.recovery_words, name: called.value.trim(), next: ["lead.created", { group: made.group }] },
      over);
  }, field(t("lead.create.name"), called), field(t("join.name"), me, t("join.name.hint")),
  field(t("people.pronouns"), pronouns), at.node, choices(submit("lead.create.go"), act("cancel", back)));
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
  const code = tick(t("lead.invite.code"), t("lead.invite.code.hint"));
  const at = await addressField();
  const invite = form(async () => {
    clearError(invite);
    const made = await call("invite", { group: view.group, welcome: welcome.value, who_for: who.value.trim(),
      days: Number(days.value) || usualDays, with_code: code.value(), addresses: at.value() });
    await go("lead.invited", { group: view.group, made }, over);
  }, field(t("lead.invite.welcome"), welcome, t("lead.invite.welcome.hint")), field(t("lead.invite.for"), who),
  field(t("lead.invite.days"), days), code.node, at.node, choices(submit("lead.invite.go"), act("cancel", back)));
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
