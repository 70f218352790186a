// The page begins here: it trades the key in the address for a bearer, takes it out of the address, and from then
// on watches over one thing, that nothing stays visible once the journal is locked.

import * as api from "./api.js";
import { h, button, makeStatus, act } from "./dom.js";
import * as router from "./router.js";
import { t } from "./words.js";
import "./start.js";
import "./write.js";
import "./journal.js";
import "./more.js";
import { takeWaiting } from "./joining.js";
import "./agreement.js";
import "./leading.js";
import "./group.js";
import "./share.js";
import "./feedback.js";

const look = 3000;        // milliseconds between two looks at the state
const touchPause = 30000;
const shiftTime = 1200;   // milliseconds for pressing Shift three times

let unlocked = false;
let looking = 0;

const places = [["write", "bar.write"], ["journal", "bar.journal"], ["group", "bar.group"], ["more", "bar.more"]];

router.setBar((name) => {
  const to = (place, key) => h("li", {},
    button(t(key), () => router.go(place), name === place ? { "aria-current": "page" } : {}));
  const ways = [h("li", {}, act("bar.help", () => router.go("help"), name === "help" ? { "aria-current": "page" } : {})),
    h("li", {}, act("bar.hide", hide))];
  if (unlocked) ways.push(h("li", {}, act("bar.lock", lock)));
  return h("header", { class: "bar" }, h("div", {},
    unlocked ? h("nav", { "aria-label": t("bar.label") }, h("ul", {}, places.map((each) => to(...each)))) : null,
    h("nav", { class: "away", "aria-label": t("bar.away") }, h("ul", {}, ways))));
});

// -- covering

// Covers first: the screen waits for nothing. Then what was being written is saved, and the journal locks.
export async function hide() {
  const draft = takeDraft();
  cover();
  await lockThere(draft);
}

async function lock() {
  const draft = takeDraft();
  showLocked();
  await lockThere(draft);
}

function takeDraft() {
  const page = router.here();
  return page && page.draft ? page.draft() : {};
}

// Nobody gets in again before the lock is certain: what could not be done now is asked for once more on the way in.
let mustLock = false;
async function lockThere(draft) {
  if (!api.hasKey()) return;
  mustLock = true;
  try {
    await api.call("hide", draft, true);
    mustLock = false;
  } catch (error) {
    if (!error.gone && !error.quiet && !error.code) throw error;
  }
}

function cover() {
  forgetAll();
  document.body.replaceChildren(h("main", { class: "cover" },
    h("h1", { class: "away-from-sight" }, t("cover.title")), act("cover.open", enter), makeStatus()));
}

function showLocked() {
  forgetAll();
  router.go("open", {}, router.over);
}

function forgetAll() {
  unlocked = false;
  router.drop();
  history.replaceState({ n: 0 }, "", "/");
}

let shifts = [];
addEventListener("keydown", (event) => {
  if (event.key !== "Shift" || event.repeat) {
    if (event.key !== "Shift") shifts = [];
    return;
  }
  const now = performance.now();
  shifts = [...shifts.filter((each) => now - each < shiftTime), now];
  if (shifts.length < 3) return;
  shifts = [];
  hide();
}, true);

// -- the state of the journal

// Where to go when nothing else says so: what the journal's state asks for.
export async function enter() {
  if (!api.hasKey()) return router.go("closed", {}, router.over);
  if (mustLock) await api.call("lock");
  mustLock = false;
  const state = await api.call("state");
  unlocked = state.unlocked;
  const place = !state.set_up ? "start" : state.unlocked ? "write" : "open";
  await router.go(place, {}, router.over);
}

export async function opened() {
  unlocked = true;
  mustLock = false;
  await router.go(...(takeWaiting() || ["write", {}]), router.over);
}

async function watch() {
  if (!api.hasKey() || looking) return;
  looking = 1;
  try {
    const state = await api.call("state");
    if (unlocked && !state.unlocked) showLocked();
    const page = router.here();
    if (state.unlocked && page && page.stamp !== undefined && page.stamp !== state.stamp && page.changed) page.changed();
    if (page) page.stamp = state.stamp;
  } catch (error) {
    if (!error.gone && !error.quiet && !error.code) throw error;
    // The server has ended: each act says so where it was tried. What is written stays in its box.
  } finally {
    looking = 0;
  }
}

let touched = 0;
function touch() {
  const now = performance.now();
  if (!unlocked || now - touched < touchPause) return;
  touched = now;
  api.call("touch").catch(() => {});
}
for (const what of ["keydown", "pointerdown", "wheel"]) addEventListener(what, touch, { passive: true });

api.on("locked", () => {
  if (unlocked) showLocked();
});
api.on("unset", () => {
  forgetAll();
  router.go("start", {}, router.over);
});

// Leaving the window takes everything off it, so that a copy the browser keeps shows nothing.
addEventListener("pagehide", () => {
  const draft = takeDraft();
  if (Object.keys(draft).length > 0) api.call("draft.save", draft, true).catch(() => {});
  api.forget();
  forgetAll();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) enter();
});
router.listen(enter);

// -- begin

async function begin() {
  const key = location.hash.slice(1);
  history.replaceState({ n: 0 }, "", "/");
  if (/^[0-9a-f]{64}$/.test(key)) await api.begin(key);
  await enter();
  setInterval(watch, look);
}
begin().catch(() => router.go("closed", {}, router.over));
