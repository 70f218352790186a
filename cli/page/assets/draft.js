// What is being written is saved every few seconds, so that a lock, a crash or a closed lid costs a sentence at most.

import { call } from "./api.js";
import { announce, Said, showError } from "./dom.js";

const pause = 2000;  // milliseconds from a key to the next save

export function drafting(page, area, known = {}) {
  const draft = { ...known, saved: area.value, kind: known.kind || "free" };
  let timer = 0;
  let saving = Promise.resolve();
  let over = false;

  async function save() {
    const text = area.value;
    if (over || text === draft.saved || (!draft.draft && !text.trim())) return;
    const got = await call("draft.save",
      { draft: draft.draft, kind: draft.kind, text, entry: draft.entry, base: draft.base });
    Object.assign(draft, { draft: got.draft, base: got.base, saved: text });
    announce(got.forked ? "write.forked" : "write.saved");
  }
  function now() {
    clearTimeout(timer);
    timer = 0;
    saving = saving.catch(() => {}).then(save);
    return saving;
  }
  async function quietly() {
    try {
      await now();
    } catch (error) {
      if (error.quiet || page.gone) return;
      announce("write.unsaved");
      if (error instanceof Said && !area.closest("section").querySelector(".trouble")) {
        const focused = document.activeElement;
        showError(area, error);
        if (focused) focused.focus();
      }
      timer = timer || setTimeout(quietly, 3 * pause);
    }
  }
  area.addEventListener("input", () => {
    timer = timer || setTimeout(quietly, pause);
  });
  const hidden = () => {
    if (document.visibilityState === "hidden") quietly();
  };
  document.addEventListener("visibilitychange", hidden);

  page.onLeave(now);
  const stop = () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", hidden);
  };
  stop.local = true;  // also when the page is covered
  page.onLeave(stop);

  // For Hide and Lock: what the server has to save before it locks.
  page.draft = () => (over || area.value === draft.saved || (!draft.draft && !area.value.trim()) ? {}
    : { draft: draft.draft, kind: draft.kind, text: area.value, entry: draft.entry, base: draft.base });

  return {
    known: draft,
    now,
    setKind(kind) {
      draft.kind = kind;
    },
    // The draft has become something, or was dropped: never saved again.
    async end() {
      clearTimeout(timer);
      await saving.catch(() => {});
      over = true;
      return draft.draft;
    },
    resume() {
      over = false;
    },
  };
}
