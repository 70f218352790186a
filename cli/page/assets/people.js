// How people and groups are named on the screens.

import { call } from "./api.js";
import { cleanLine } from "./dom.js";
import { names } from "./words.js";

const at = (person) => "@" + person.handle;
export const called = (person) => cleanLine(person.name) ? cleanLine(person.name) + (person.alike ? " (" + cleanLine(at(person)) + ")" : "") : at(person);
export const list = (people) => names(people.map(called));
export const leads = (person) => person.role === "leader" || person.role === "co-leader";
export const others = (people) => people.filter((each) => !each.me && each.status === "here");

export async function groups() {
  return (await call("home")).groups;
}
export async function groupOf(id) {
  return (await groups()).find((each) => each.group === id);
}
