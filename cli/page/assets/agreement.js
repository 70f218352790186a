// The agreement: reading it, signing it, drafting and proposing it, printing it.

import { call } from "./api.js";
import { h, p, quiet, h2, choices, field, line, box, form, submit, Said, announce, say, aside, part, act, title,
  cleanLine, fail, plainList, val } from "./dom.js";
import { section } from "./joining.js";
import { printButton } from "./more.js";
import { called, groupOf, groups, leads, list } from "./people.js";
import { screen, go, back, to, over, doneIn } from "./router.js";
import { plain, t, has } from "./words.js";

const savePause = 2000;  // milliseconds

const titled = (each) => (has("section." + each.key) ? t("section." + each.key) : each.title);
const text = (sections, level = "h2") => sections.map((each) => section(each, level));

function version(one, key) {
  return [
    p(t(key, { n: one.version })),
    one.sections ? text(one.sections) : aside("agreement.notext"),
    one.signed_by.length ? quiet(t("agreement.signed", { names: list(one.signed_by) })) : null,
  ];
}

screen("agreement", async ({ group }) => {
  const shown = await call("agreement.show", { group });
  const view = await groupOf(group);
  const nothing = !shown.in_force && !shown.proposed;
  return [
    title("agreement.title"),
    shown.in_force ? version(shown.in_force, "agreement.force") : null,
    shown.proposed ? version(shown.proposed, "agreement.proposed") : null,
    nothing ? [say("agreement.draft"), text(shown.draft)] : null,
    choices(shown.to_sign ? act("agreement.sign", to("agreement.sign", { group })) : null,
      leads(view.me) ? act("agreement.edit", to("agreement.edit", { group })) : null,
      act("agreement.print", to("print.agreement", { group }))),
  ];
});

screen("agreement.sign", async ({ group }) => {
  const { to_sign: waiting } = await call("agreement.show", { group });
  if (!waiting) return [title("agreement.sign.title"), say("agreement.nothing"), choices(act("back", back))];
  const { me } = await groupOf(group);
  const typed = line();
  const sign = form(async () => {
    const name = cleanLine(val(typed));
    if (name !== called(me)) fail("agreement.sign.no");
    await call("agreement.sign", { group, hash: waiting.hash, typed: name });
    await go("agreement.signed", { group }, over);
  }, field(t("agreement.sign.name", { name: called(me) }), typed),
  choices(submit("agreement.sign"), act("cancel", to("group", { group }))));
  return [title("agreement.sign.title"), text(waiting.sections), h("hr"), say("agreement.sign.what"), sign];
});

screen("agreement.signed", ({ group }) => [
  title("agreement.signed.title"), say("agreement.signed.what"),
  doneIn(group),
]);

screen("agreement.edit", async ({ group }, page) => {
  const { draft } = await call("agreement.show", { group });
  const boxes = draft.map((each) => ({ ...each, title: titled(each), saved: each.text, area: box(each.text, { rows: "4" }) }));
  let saving = Promise.resolve();
  const save = async () => {
    for (const each of boxes) {
      if (each.area.value === each.saved) continue;
      const words = each.area.value;
      await call("agreement.edit", { group, section: each.key, text: words });
      each.saved = words;
      announce("agreement.saved");
    }
  };
  const saveAll = () => (saving = saving.catch(() => {}).then(save));
  let timer = 0;
  for (const { area } of boxes)
    area.addEventListener("input", () => {
      timer = timer || setTimeout(() => {
        timer = 0;
        saveAll().catch((error) => error.quiet || announce("write.unsaved"));
      }, savePause);
    });
  page.onLeave(saveAll);
  const propose = form(async () => {
    await saveAll();
    const { missing } = await call("agreement.show", { group });
    if (missing.length) {
      boxes.find((each) => each.key === missing[0]).area.focus();
      throw new Said(t("agreement.missing", { names: missing.map((key) => t("section." + key)).join("; ") }));
    }
    await go("agreement.propose", { group });
  },
  boxes.map((each) => field(each.title, each.area, has("section.hint." + each.key) ? t("section.hint." + each.key) : undefined)),
  choices(submit("agreement.propose"), act("agreement.save", saveAll)));
  return [title("agreement.edit.title"), say("agreement.edit.what"), propose];
});

screen("agreement.propose", async ({ group }) => {
  const { draft } = await call("agreement.show", { group });
  return [
    title("agreement.propose.title"), say("agreement.propose.what"), text(draft),
    choices(act("cancel", back), act("agreement.propose.yes", async () => {
      await call("agreement.propose", { group });
      await go("agreement.proposed", { group }, over);
    })),
  ];
});
screen("agreement.proposed", ({ group }) => [
  title("agreement.signed.title"), say("agreement.propose.done"),
  choices(act("lead.invite", to("lead.invite", { group })), act("done", to("group", { group }))),
]);

screen("print.agreement", async ({ group }) => {
  const view = group ? await groupOf(group) : (await groups())[0];
  if (!view) return [title("agreement.title"), say("group.none"), choices(act("back", back))];
  const shown = await call("agreement.show", { group: view.group });
  const one = shown.in_force || shown.proposed;
  const people = one ? one.signed_by : [];
  return [
    title("agreement.title"),
    h("div", { class: "sheet" }, h2(plain(view.name)),
      one ? p(t(shown.in_force ? "agreement.force" : "agreement.proposed", { n: one.version })) : say("agreement.draft"),
      text((one && one.sections) || shown.draft, "h3"),
      one && one.hash ? p(t("agreement.digest"), h("br"), h("span", { class: "digest" }, one.hash)) : null,
      people.length ? [part("agreement.signatures"), plainList(people.map((each) => [plain(called(each)), each.digest ? [h("br"), h("span", { class: "digest" }, each.digest)] : null]))] : null),
    choices(printButton(), act("back", back)),
  ];
});
