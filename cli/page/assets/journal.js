// My journal: what is there, finding it again, reading, changing, removing, bringing in and taking out.

import { call } from "./api.js";
import { h, p, quiet, choices, link, field, line, form, submit, written, name, announce, say, part, act, title,
  meta, fail, val } from "./dom.js";
import { screen, go, back, to, over } from "./router.js";
import { t, dayTime } from "./words.js";
import { bare, kindWord } from "./write.js";

const page = 20;                   // entries shown at a time
const importPiece = 400 * 1024;    // bytes sent at once
const importLargest = 256 * 1024;  // bytes of one file

function entryLine(entry) {
  const words = entry.tender ? t("journal.folded") : entry.excerpt;
  return h("li", { class: "card" },
    meta(dayTime(entry.written), entry.kind === "free" ? "" : " · " + kindWord(entry.kind)),
    entry.tender ? quiet(words) : h("p", { dir: "auto", translate: "no" }, words),
    link("journal.read", to("entry", { entry: entry.entry }), { "aria-label": t("journal.read.what", { when: dayTime(entry.written) }) }));
}

screen("journal", async ({ words = "", older }) => {
  const wanted = line({ value: words, type: "search" });
  const listed = await call(words ? "entry.find" : "entry.list", { words, older, limit: page });
  const last = listed.entries.at(-1);
  return [
    title("journal.title"),
    form(() => go("journal", { words: val(wanted) }), field("journal.find", wanted, "journal.find.hint"),
      choices(submit("journal.find"))),
    listed.entries.length ? h("ul", { class: "plain" }, listed.entries.map(entryLine))
      : p(t(words ? "journal.none" : "journal.empty")),
    choices(listed.more ? act("journal.older", to("journal", { words, older: last.entry })) : null,
      words || older ? act("journal.all", to("journal")) : null),
    quiet(link("journal.move", to("moving"))),
  ];
});

screen("entry", async ({ entry }) => {
  const read = await call("entry.read", { entry });
  const marks = [...read.feelings.map((each) => each.name + (each.strength === undefined ? "" : " " + each.strength)),
    ...read.tags.map((tag) => "#" + tag)];
  return [
    h("h1", {}, dayTime(read.written)),
    read.kind === "free" ? null : meta(kindWord(read.kind)),
    written(bare(read.text)),
    marks.length ? h("p", { class: "meta", translate: "no" }, marks.join(" · ")) : null,
    choices(act("write.change", to("change", { entry })), act("kept.share", to("share", { entry })),
      act("journal.remove", to("remove", { entry }))),
  ];
});

screen("remove", ({ entry }) => [
  title("journal.remove.title"),
  say("journal.remove.what"),
  choices(act("journal.remove.no", back), act("journal.remove.yes", async () => {
    await call("entry.delete", { entry });
    await go("removed", { entry }, over);
  })),
]);

screen("removed", ({ entry }) => [
  title("journal.removed"),
  choices(act("journal.undo", async () => {
    await call("entry.restore", { entry });
    await go("entry", { entry }, over);
    announce("journal.undone");
  }), act("bar.journal", to("journal", {}, over))),
]);

// -- in and out

async function base64(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}
export { base64 };

// Bytes made here, saved by the browser. Nothing is fetched.
export function save(bytes, fileName, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const anchor = h("a", { href: address, download: fileName });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

async function bringIn(files) {
  const skipped = [];
  let piece = [];
  let size = 0;
  const send = async () => {
    if (piece.length) skipped.push(...(await call("import.add", { files: piece })).skipped);
    piece = [];
    size = 0;
  };
  for (const file of files) {
    if (file.size > importLargest) {
      skipped.push({ name: file.name, why: t("journal.import.large") });
      continue;
    }
    if (size + file.size > importPiece || piece.length === 100) await send();
    piece.push({ name: file.name, bytes: await base64(file), modified: Math.floor(file.lastModified / 1000) });
    size += file.size;
  }
  await send();
  return skipped;
}

screen("moving", () => {
  const files = h("input", { type: "file", multiple: true, accept: ".txt,.md" });
  const left = h("div", {});
  const bring = form(async () => {
    if (!files.files.length) fail("journal.import.choose");
    const skipped = await bringIn(files.files);
    files.value = "";
    left.replaceChildren(say("journal.import.done"), ...(skipped.length ? [say("journal.import.left"),
      h("ul", {}, skipped.map((each) => h("li", {}, name(each.name), ": ", each.why)))] : []));
    announce("settings.saved");
  }, field("journal.import.files", files), choices(submit("journal.import.go")));
  return [
    title("journal.move"),
    part("journal.import"), say("journal.import.what"), bring, left,
    part("journal.export"), say("journal.export.what"),
    choices(act("journal.export.go", async () => {
      const { text } = await call("export");
      save(text, "my-words.txt", "text/plain;charset=utf-8");
      announce("journal.export.done");
    })),
  ];
});
