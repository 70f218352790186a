// Settings, how things are, and things to print.

import { call } from "./api.js";
import { h, button, choices, line, field, secret, tick, form, submit, announce, say, aside, part, act,
  title, val } from "./dom.js";
import { screen, back, to, over, ways } from "./router.js";
import { cannot, choosing } from "./start.js";
import { has, t } from "./words.js";

const listOf = (items) => h("ul", { class: "ways" }, items.map(([key, does]) => h("li", {}, act(key, does))));

screen("more", () => [
  title("more.title"),
  listOf([["more.settings", to("settings")], ["settings.pass", to("settings.pass")],
    ["more.moving", to("moving")], ["more.print", to("prints")],
    ["more.health", to("health")], ["more.card", to("help.edit")], ["lost.title", to("lost")]]),
]);

screen("settings", async () => {
  const { settings } = await call("settings");
  const value = (key) => settings.find((each) => each.name === key).value;
  const idle = line({ type: "number", min: 1, max: 120, value: value("idle-lock-minutes") });
  const minutes = Number(value("outbox-seconds")) / 60;
  const outbox = line({ type: "number", min: 0, max: 60, step: "any", value: String(minutes) });
  const praise = tick("settings.praise", undefined, value("praise") === "yes");
  const change = form(async () => {
    await call("settings.change", { name: "idle-lock-minutes", value: val(idle) });
    if (Number(outbox.value) !== minutes)
      await call("settings.change", { name: "outbox-seconds", value: String(Math.round(Number(outbox.value) * 60)) });
    await call("settings.change", { name: "praise", value: praise.value() ? "yes" : "no" });
    announce("settings.saved");
  }, field("settings.idle", idle, "settings.idle.hint"), field("settings.outbox", outbox, "settings.outbox.hint"),
  praise.node, choices(submit("settings.save")));
  return [title("settings.title"), change];
});

screen("settings.pass", async () => {
  const old = secret();
  const fresh = await choosing("own");
  const said = h("div", {});
  const change = form(async () => {
    await call("passphrase.change", { old: old.value, new: fresh.read() });
    change.replaceWith(said);
    said.replaceChildren(say("settings.pass.done"), choices(act("done", to("more", {}, over))));
    announce("settings.saved");
  }, field("settings.pass.old", old), part("settings.pass.new"), fresh.nodes,
  ways("settings.save"));
  return [title("settings.pass"), change];
});

// In our own words where there are any; what is only for whoever knows the system's names stays as it came.
const spoken = ({ name, verdict, text }) => {
  const key = "health." + name + "." + verdict;
  return h("li", {}, has(key) ? t(key) : text);
};

screen("health", async () => {
  const { findings } = await call("health");
  const of = (verdict) => findings.filter((each) => each.verdict === verdict);
  const all = (key, verdict) => (of(verdict).length ? [part(key), h("ul", {}, of(verdict).map(spoken))] : []);
  return [
    title("health.title"),
    all("health.missing", "missing"), all("health.note", "note"), all("health.good", "good"),
    part("health.cannot"), cannot(),
  ];
});

screen("lost", () => [title("lost.title"), say("lost.what")]);

screen("prints", () => [
  title("prints.title"),
  listOf([["prints.need", to("print.need")], ["prints.pocket", to("print.pocket")],
    ["prints.agreement", to("print.agreement")]]),
  aside("prints.rescue"),
]);

export const printButton = (key = "print") => button(t(key), () => print());

screen("print.need", () => [
  title("need.title"),
  h("div", { class: "sheet" }, h("ol", {}, [1, 2, 3, 4, 5].map((n) => h("li", {}, t("need." + n)))),
    part("need.order"), h("ol", {}, ["a", "b", "c", "d"].map((n) => h("li", {}, t("need." + n))))),
  choices(printButton(), act("back", back)),
]);

screen("print.pocket", () => [
  title("prints.pocket"),
  h("div", { class: "sheet pocket" }, part("pocket.title"),
    h("ul", {}, [1, 2, 3, 4, 5, 6].map((n) => h("li", {}, t("pocket." + n))))),
  choices(printButton(), act("back", back)),
]);
