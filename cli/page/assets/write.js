// The empty box, and what follows it.

import { call } from "./api.js";
import { h, quiet, choices, link, field, line, box, select, tick, form, submit, more, written, announce, say,
  part, act, title, aside, card, fail, val } from "./dom.js";
import { drafting } from "./draft.js";
import { screen, go, back, again, to, over } from "./router.js";
import { t, has } from "./words.js";

export const kindWord = (kind) => (has("kind." + kind) ? t("kind." + kind) : kind);

// "anxious 6, not sure" -> "~anxious:6 ~not-sure"; "work, my sister" -> "#work #my-sister". Marks live in the text.
const dashed = (text) => text.trim().replace(/^[#~]/, "").replace(/\s+/g, "-");
function marksOf(feelings, tags) {
  const parts = feelings.split(",").map((each) => each.trim()).filter(Boolean).map((each) => {
    const [, word, strength] = each.match(/^(.*?)[\s:]*(\d{1,2})?$/);
    return "~" + dashed(word) + (strength === undefined ? "" : ":" + strength);
  });
  return parts.concat(tags.split(",").map(dashed).filter(Boolean).map((each) => "#" + each)).join(" ");
}

// The words without the line of marks beneath them.
export const bare = (text) => text.replace(/\n\n(?:[~#]\S+\s?)+$/, "");

async function composer(page, known, { heading, kept }) {
  const area = box(known.text || "", { class: "page", "aria-label": t("write.label") });
  const draft = drafting(page, area, known);
  const { kinds } = await call("kinds");
  const kind = select(kinds.map((each) => [each.kind, kindWord(each.kind)]), draft.known.kind);
  const feelings = line();
  const tags = line();
  const tender = tick("write.tender", undefined, Boolean(known.tender));
  kind.addEventListener("change", () => draft.setKind(kind.value));
  const prompts = () => {
    const { template } = kinds.find((each) => each.kind === kind.value);
    if (!template) fail("write.prompt.none");
    area.value = val(area) ? area.value + "\n\n" + template : template;
    area.dispatchEvent(new Event("input"));
    area.focus();
  };
  const keep = form(async () => {
    const marks = marksOf(feelings.value, tags.value);
    const text = marks ? area.value.trimEnd() + "\n\n" + marks : area.value;
    if (!val(area)) fail("write.empty");
    const number = await draft.end();
    let entry;
    try {
      entry = await call("entry.keep",
        { text, kind: kind.value, tender: tender.value(), draft: number, entry: number ? undefined : known.entry });
    } catch (error) {
      draft.resume();
      throw error;
    }
    await kept(entry);
  },
  area, aside("write.plain"),
  more("write.more", field("write.kind", kind), quiet(link("write.prompt", prompts)),
    field("write.feelings", feelings, "write.feelings.hint"), field("write.tags", tags, "write.tags.hint"),
    tender.node),
  choices(submit("write.keep"), known.entry ? act("cancel", back) : null));
  page.shown = () => area.focus();
  return [title(heading), keep];
}

screen("write", async (params, page) => {
  if (params.draft) {
    const known = await call("draft.read", { draft: params.draft });
    return composer(page, { ...known, draft: params.draft }, { heading: "write.title", kept });
  }
  const { drafts } = await call("draft.list");
  const parts = await composer(page, { kind: params.kind }, { heading: "write.title", kept });
  return drafts.length ? [...parts, part("write.drafts"), drafts.map(draftCard)] : parts;
});

const kept = (entry) => go("kept", { entry: entry.entry, first: entry.first }, over);

function draftCard(draft) {
  return card(written(draft.text.length > 200 ? draft.text.slice(0, 200) + " …" : draft.text, "small"),
    choices(act("write.draft.go", to("write", { draft: draft.draft })),
      act("write.draft.drop", async () => {
        await call("draft.drop", { draft: draft.draft });
        await again();
        announce("write.draft.dropped");
      })));
}

screen("kept", ({ entry, first }) => [
  title("kept.title"),
  first ? h("p", { class: "lead" }, t("kept.first")) : null,
  say("kept.nobody"),
  choices(act("kept.more", to("write")), act("kept.read", to("entry", { entry }))),
  quiet(link("kept.share", to("share", { entry }))),
]);

screen("change", async ({ entry }, page) => {
  const known = await call("entry.read", { entry });
  return composer(page, { text: known.text, kind: known.kind, tender: known.tender, entry },
    { heading: "write.change.title", kept: () => go("entry", { entry }, over) });
});
