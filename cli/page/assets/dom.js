// Elements, built one by one. There is no innerHTML here and no way to make markup out of text: what others
// wrote reaches the screen through textContent, cleaned.

import { has, t } from "./words.js";

const allowed = new Set([
  "id", "class", "type", "name", "value", "for", "href", "dir", "role", "rows", "min", "max", "step", "accept",
  "tabindex", "autocomplete", "autocapitalize", "autocorrect", "spellcheck", "translate", "inputmode", "multiple",
  "hidden", "download", "aria-label", "aria-describedby", "aria-current", "aria-live",
]);

// h("p", {class: "quiet"}, "text", node, ...). `on*` properties are functions, never attributes.
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (allowed.has(name)) {
      element.setAttribute(name, value === true ? "" : String(value));
    } else {
      throw new Error("no such property: " + name);
    }
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let lastId = 0;
export const newId = () => "n" + ++lastId;

export const p = (...children) => h("p", {}, ...children);
export const quiet = (...children) => h("p", { class: "quiet" }, ...children);
export const h2 = (...children) => h("h2", {}, ...children);
// The same, of a sentence of the catalogue.
export const title = (key, values) => h("h1", {}, t(key, values));
export const part = (key) => h2(t(key));
export const say = (key) => p(t(key));
export const aside = (key) => quiet(t(key));

export const card = (...children) => h("div", { class: "card" }, ...children);
export const meta = (...children) => h("p", { class: "meta" }, ...children);
export const big = (text) => h("p", { class: "words", translate: "no" }, text);
export const plainList = (items) => h("ul", { class: "plain" }, items.map((each) => h("li", {}, each)));

// Words of a person, several lines: isolated, in its own direction, never translated, never markup.
export const written = (text, extra = "") =>
  h("div", { class: ("written " + extra).trim(), dir: "auto", translate: "no" }, clean(text));
export const name = (text) => h("bdi", { translate: "no" }, cleanLine(text));

// Controls as pictures, and nothing that turns the direction of what follows or that cannot be seen. The server
// cleans too: this is the second door. A joiner stays after a visible character, as names and emoji need it.
const invisible = /(?![\u200C\u200D\uFE0E\uFE0F])[\p{DI}\p{Zl}\p{Zp}\uFFF9-\uFFFB]/gu;
const joiners = /(^|[\s\u200C\u200D])[\u200C\u200D]+/gu;
const marks = /(\p{M}{8})\p{M}+/gu;

export function clean(text) {
  return String(text)
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000B-\u001F]/g, (c) => String.fromCharCode(0x2400 + c.charCodeAt(0)))
    .replace(/\u007F/g, "\u2421")
    .replace(/[\u0080-\u009F]/g, "\uFFFD")
    .replace(invisible, "")
    .replace(joiners, "$1")
    .replace(marks, "$1");
}
export const cleanLine = (text) => clean(text).replace(/[\n\t]+/g, " ");

// -- controls

// `does` may be a promise: the button rests until it is done, so that nothing is done twice.
export function button(label, does, props = {}) {
  const element = h("button", { type: "button", ...props }, label);
  element.addEventListener("click", () => run(element, does));
  return element;
}

async function run(element, does) {
  const place = element.closest("form") || element.closest("main");
  if (element.getAttribute("aria-disabled") === "true") return;
  for (const each of place ? place.querySelectorAll(".trouble") : []) each.remove();
  element.setAttribute("aria-disabled", "true");
  try {
    await does();
  } catch (error) {
    showError(element, error);
  } finally {
    element.removeAttribute("aria-disabled");
  }
}

export const choices = (...buttons) => h("div", { class: "choices" }, ...buttons);
export const act = (key, does, props) => button(t(key), does, props);
export const link = (key, does, props) => act(key, does, { class: "link", ...props });

// A field with its label, and a line of help below the label.
export function field(key, control, hint) {
  if (!control.id) control.id = newId();
  const parts = [h("label", { for: control.id }, has(key) ? t(key) : key)];
  if (hint) {
    const id = newId();
    control.setAttribute("aria-describedby", id);
    parts.push(h("p", { class: "hint", id }, has(hint) ? t(hint) : hint));
  }
  return h("div", { class: "field" }, ...parts, control);
}

// Nothing typed here goes to a spell-checker, a translator or the browser's memory.
const own = { autocomplete: "off", spellcheck: "false", translate: "no", autocorrect: "off" };
export const line = (props = {}) => h("input", { type: "text", dir: "auto", ...own, ...props });
export const secret = (props = {}) => h("input", { type: "password", autocapitalize: "off", ...own, ...props });
export function box(text = "", props = {}) {
  const area = h("textarea", { rows: "6", dir: "auto", ...own, ...props });
  area.value = text;
  return area;
}

export function select(options, chosen) {
  const element = h("select", { autocomplete: "off" });
  for (const [value, label] of options) element.append(h("option", { value }, label));
  if (chosen !== undefined) element.value = chosen;
  return element;
}

export const val = (control) => control.value.trim();

// Radio buttons or boxes to tick, in a fieldset with its question. Returns {node, value()} .
export function pick(key, options, chosen, props = {}) {
  const name = newId();
  const many = Boolean(props.many);
  const inputs = options.map(([value]) =>
    h("input", { type: many ? "checkbox" : "radio", name, value, id: newId(), autocomplete: "off" }));
  inputs.forEach((input) => {
    input.checked = many ? (chosen || []).includes(input.value) : input.value === chosen;
    if (props.changed) input.addEventListener("change", () => props.changed());
  });
  const rows = options.map(([, label, hint], i) =>
    h("div", { class: "option" }, inputs[i],
      h("label", { for: inputs[i].id }, label, hint ? h("span", { class: "hint" }, hint) : null)));
  const node = h("fieldset", {}, h("legend", {}, t(key)), ...rows);
  const values = () => inputs.filter((input) => input.checked).map((input) => input.value);
  return { node, value: many ? values : () => values()[0] };
}

export function tick(key, hint, checked = false) {
  const input = h("input", { type: "checkbox", id: newId(), autocomplete: "off" });
  input.checked = checked;
  const node = h("div", { class: "option" }, input,
    h("label", { for: input.id }, has(key) ? t(key) : key, hint ? h("span", { class: "hint" }, t(hint)) : null));
  return { node, value: () => input.checked, input };
}

export function form(does, ...children) {
  const element = h("form", { autocomplete: "off" }, ...children);
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = element.querySelector("button[type=submit]");
    run(first, does);
  });
  return element;
}
export const submit = (key) => h("button", { type: "submit" }, t(key));

export function more(key, ...children) {
  return h("details", {}, h("summary", {}, t(key)), h("div", { class: "inside" }, ...children));
}

// -- errors: what is safe comes first; the focus goes there, so nobody has to look for it.

export class Said extends Error {
  constructor(safe, what = "", next = "") {
    super("said");
    this.lines = [safe, what, next].filter(Boolean);
  }
}

export const fail = (...keys) => {
  throw new Said(...keys.map((each) => t(each)));
};

export function showError(near, error) {
  if (error && error.quiet) return;  // the page was covered or locked: there is nothing to say here
  if (!(error instanceof Said)) console.error(error);
  const lines = error instanceof Said ? error.lines : [t("error.page.safe"), t("error.page.what")];
  const place = near.closest("form, section, main") || document.body;
  const old = place.querySelector(".trouble");
  if (old) old.remove();
  const note = h("div", { class: "trouble", tabindex: "-1", role: "group", "aria-label": t("error.label") },
    ...lines.map((each) => h("p", {}, clean(each))));
  const before = near.closest(".choices") || near;
  before.before(note);
  note.focus();
}

// The only live region: "saved" and "sent".
let status = null;
export function makeStatus() {
  status = h("p", { class: "status", role: "status", "aria-live": "polite" });
  return status;
}
const said = 8000;  // milliseconds that it stands there
let fading = 0;
export function announce(key) {
  if (status && status.textContent !== t(key)) status.textContent = t(key);
  clearTimeout(fading);
  fading = setTimeout(() => { if (status) status.textContent = ""; }, said);
}
