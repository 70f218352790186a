// Before anything is open: the first minute, the passphrase, the help card.

import { call, hasKey } from "./api.js";
import { opened } from "./app.js";
import { h, p, quiet, choices, link, field, line, secret, pick, tick, form, submit, name, say, aside, act, title,
  big, fail, val } from "./dom.js";
import { screen, go, back, to, over, ways } from "./router.js";
import { t } from "./words.js";

const least = 8;           // characters of a passphrase
const sharedMinutes = "3";  // of quiet, where others use the computer too

export const cannot = () => h("ul", {}, [1, 2, 3, 4, 5, 6].map((n) => h("li", {}, t("cannot." + n))));

screen("start", () => {
  const shared = pick("start.shared",
    [["no", t("start.shared.no")], ["yes", t("start.shared.yes"), t("start.shared.yes.hint")]], "no");
  const how = pick("start.pass", [["words", t("start.pass.words"), t("start.pass.words.hint")],
    ["own", t("start.pass.own"), t("start.pass.own.hint")]], "words");
  return [
    title("start.title"),
    h("p", { class: "lead" }, t("start.yours")),
    say("start.what"),
    say("start.login"),
    form(() => go("start.pass", { shared: shared.value() === "yes", how: how.value() }),
      shared.node, how.node, aside("start.pass.nobody"),
      choices(submit("start.go"), act("start.cannot", to("start.cannot")))),
    quiet(link("group.none.invited", to("invited"))),
  ];
});

screen("start.cannot", () => [title("start.cannot"), cannot(), choices(act("back", back))]);

// A passphrase twice, or the six words once. Returns nodes, and a function that gives it or says what is not right.
export async function choosing(how) {
  const show = tick("start.show");
  if (how === "words") {
    const { words } = await call("words");
    const typed = secret();
    show.input.addEventListener("change", () => { typed.type = show.value() ? "text" : "password"; });
    return {
      nodes: [say("start.words.write"), big(words),
        field("start.words.type", typed), show.node],
      read() {
        const same = val(typed).replace(/\s+/g, " ").toLowerCase() === words;
        if (!same) fail("start.safe", "start.words.differ");
        return words;
      },
    };
  }
  const first = secret();
  const second = secret();
  show.input.addEventListener("change", () => {
    for (const each of [first, second]) each.type = show.value() ? "text" : "password";
  });
  return {
    nodes: [field("start.own.first", first, "start.own.first.hint"), field("start.own.second", second), show.node],
    read() {
      if ([...first.value.trim()].length < least) fail("start.safe", "start.short");
      if (first.value !== second.value) fail("start.safe", "start.differ");
      return first.value;
    },
  };
}

screen("start.pass", async ({ shared, how }) => {
  const passphrase = await choosing(how);
  const card = await call("help.card");
  const number = line({ value: card.help_number, inputmode: "tel" });
  const wait = h("p", { hidden: true, class: "waiting" }, t("start.making"));
  const make = form(async () => {
    const chosen = passphrase.read();
    wait.hidden = false;
    try {
      await call("init", { passphrase: chosen, help_number: val(number) });
    } finally {
      wait.hidden = true;
    }
    if (shared) await call("settings.change", { name: "idle-lock-minutes", value: sharedMinutes });
    await opened();
  }, passphrase.nodes, field("start.number", number, "start.number.hint"), wait,
  choices(submit("start.make"), act("back", back)));
  return [title(how === "words" ? "start.words.title" : "start.own.title"), make];
});

// Locked: no group, no name, nothing but the way in.
screen("open", () => {
  const pass = secret();
  const show = tick("start.show");
  show.input.addEventListener("change", () => { pass.type = show.value() ? "text" : "password"; });
  const open = form(async () => {
    await call("unlock", { passphrase: pass.value });
    pass.value = "";
    await opened();
  }, field("open.pass", pass), show.node, choices(submit("open.go")));
  return [title("open.title"), open, aside("open.kept")];
});

screen("closed", () => [title("open.again.title"), say("open.again")]);

screen("help", async () => {
  const card = hasKey() ? await call("help.card") : { help_number: "112" };
  let open = false;
  if (hasKey()) open = (await call("state")).unlocked;
  return [
    title("help.title"),
    say("help.nobody"),
    p(t("help.danger"), " ", h("strong", { class: "big" }, card.help_number)),
    card.help_contact ? p(t("help.contact"), " ", name(card.help_contact)) : null,
    say("help.pause"),
    choices(act("back", back), open ? act("help.edit", to("help.edit")) : null),
  ];
});

screen("help.edit", async () => {
  const card = await call("help.card");
  const number = line({ value: card.help_number, inputmode: "tel" });
  const contact = line({ value: card.help_contact || "" });
  const show = tick("help.edit.show", "help.edit.show.hint", Boolean(card.help_contact));
  return [
    title("help.edit.title"),
    form(async () => {
      await call("help.change", { help_number: val(number), help_contact: show.value() ? val(contact) : "" });
      await go("help", {}, over);
    }, field("start.number", number), field("help.edit.contact", contact, "help.edit.contact.hint"), show.node,
    ways("settings.save")),
  ];
});
