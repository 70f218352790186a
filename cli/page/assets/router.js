// Which screen is shown. The address stays "/" for all of them and the history holds only numbers, so neither tells
// anything; what a number stands for is forgotten when the journal locks.

import { act, choices, h, link, makeStatus, showError, submit } from "./dom.js";
import { t } from "./words.js";

const screens = new Map();
export const screen = (name, build) => screens.set(name, build);

let pages = new Map();  // number -> {name, params}
let number = 0;
let current = null;     // the page object that its screen was given
let turn = 0;           // grows with each screen and each lock: what was asked for before is dropped
let frame = { bar: () => null };
export const setBar = (bar) => { frame.bar = bar; };
export const here = () => current;

function remember(name, params, replace) {
  number += 1;
  pages.set(number, { name, params });
  if (replace) {
    if (history.state) pages.delete(history.state.n);
    history.replaceState({ n: number }, "", "/");
  } else {
    history.pushState({ n: number }, "", "/");
  }
}

export async function go(name, params = {}, { replace = false } = {}) {
  if (!(await left(() => go(name, params, { replace })))) return;
  remember(name, params, replace);
  await show(name, params);
}
export const over = { replace: true };  // takes the place of this screen: Back does not come here again
export const to = (...where) => () => go(...where);
export const back = () => history.back();
export const ways = (key) => choices(submit(key), act("cancel", back));
export const doneIn = (group) => choices(act("done", to("group", { group }, over)));
// What led here is done: Back does not come to it again.
export const settle = () => { pages = new Map(); };

// Shows the same screen anew, for example after something changed. Keeps the place in the history.
export async function again() {
  const { name, params } = current;
  if (await left(again)) await show(name, params);
}

// Words that could not be saved keep their screen, until the person says otherwise.
async function left(retry) {
  const last = current;
  if (!last) return true;
  try {
    for (const act of last.leave) await act();
  } catch (error) {
    if (error.quiet) return false;
    const heading = document.querySelector("main h1");
    const way = link("leave.unsaved", () => {
      last.leave = [];
      return retry();
    });
    heading.after(way);
    showError(way, error);
    return false;
  }
  last.gone = true;
  return true;
}

async function show(name, params) {
  const mine = ++turn;
  const page = { name, params, leave: [], gone: false };
  page.onLeave = (act) => page.leave.push(act);
  page.alive = () => !page.gone && turn === mine;
  page.every = (ms, act) => {
    const timer = setInterval(() => (page.alive() ? act() : clearInterval(timer)), ms);
  };
  current = page;
  let content;
  let failed = null;
  try {
    content = await screens.get(name)(params, page);
  } catch (error) {
    if (mine !== turn || error.quiet) return;
    failed = error;
    if (!error.lines) console.error(error);
    content = [h("h1", {}, t("error.label"))];
  }
  if (mine !== turn) return;
  paint(name, content);
  if (failed) {
    const anchor = h("p", {}, link("back", back));
    document.querySelector("main h1").after(anchor);
    showError(anchor, failed);
  } else if (page.shown) {
    page.shown();
  }
}

function paint(name, content) {
  const main = h("main", { id: "main" }, h("section", {}, content));
  const parts = [h("button", { type: "button", class: "skip", onclick: () => focusHeading() }, t("skip")),
    frame.bar(name), main, makeStatus()];
  document.body.replaceChildren(...parts.filter(Boolean));
  scrollTo(0, 0);
  focusHeading();
}

export function focusHeading() {
  const heading = document.querySelector("main h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus();
}

// Everything that was on the screen or could come back to it is dropped, at once.
export function drop() {
  turn += 1;
  if (current) {
    current.gone = true;
    for (const act of current.leave) if (act.local) act();
  }
  current = null;
  pages = new Map();
  document.body.replaceChildren();
  const selection = getSelection();
  if (selection) selection.removeAllRanges();
}

export function listen(fallback) {
  addEventListener("popstate", (event) => {
    const page = event.state && pages.get(event.state.n);
    if (!page) return fallback();
    left(() => show(page.name, page.params)).then((gone) => gone && show(page.name, page.params));
  });
}
