// The words of english.js, filled in; and how days, spans and lists of names are said. A name that a person chose is
// isolated, so that its direction cannot reach the words around it.

import { cleanLine } from "./dom.js";
import { english } from "./english.js";

// A name or a line of somebody's: cleaned, and isolated by U+2068 and U+2069.
class Isolated {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
}
const isolate = (value) => (value instanceof Isolated || typeof value === "number" ? String(value) : "\u2068" + cleanLine(value) + "\u2069");
export const plain = (text) => isolate(text);

function find(key) {
  const dot = key.indexOf(".");
  const part = english[dot < 0 ? "page" : key.slice(0, dot)];
  return part && part[key.slice(dot + 1)];
}
export const has = (key) => find(key) !== undefined;

export function t(key, values = {}) {
  const text = find(key);
  if (text === undefined) throw new Error("no such words: " + key);
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in values)) throw new Error("no value for " + name + " in " + key);
    return isolate(values[name]);
  });
}
// "Ana, Jo and Sam"
const list = new Intl.ListFormat("en-GB", { style: "long", type: "conjunction" });
export const names = (all) => new Isolated(list.format(all.map(isolate)));

const dayForm = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const timeForm = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
// "2026-11-22" is a day of this place; "2026-11-22T07:53:00+01:00" a moment.
const date = (text) => new Date(text.length === 10 ? text + "T12:00:00" : text);
export const day = (text) => dayForm.format(date(text));
export const dayTime = (text) => day(text) + ", " + timeForm.format(date(text));

export function span(seconds) {
  if (seconds === 1) return "one second";
  if (seconds < 120) return Math.max(0, Math.round(seconds)) + " seconds";
  const minutes = Math.round(seconds / 60);
  if (minutes === 10) return "ten minutes";
  if (minutes < 120) return minutes + " minutes";
  return Math.round(minutes / 60) + " hours";
}
