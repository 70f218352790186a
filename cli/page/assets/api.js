// The one way to the server: same origin, one call at a time by name. The bearer lives in this module alone, never
// in storage, so it is gone with the window.

import { Said } from "./dom.js";
import { t } from "./words.js";

let bearer = "";
const listeners = { locked: () => {}, unset: () => {} };
export const on = (what, act) => { listeners[what] = act; };

const repeatable = /^(state|lock|unlock|help.card)$/;
const shortBody = 48 * 1024;  // bytes: longer ones go to the route for long bodies

export class Quiet extends Error {  // the page was covered or locked meanwhile: nobody to tell
  quiet = true;
}

// The server starts anew when the journal locks: what only asks or locks is asked once more.
const pause = 500;  // milliseconds
async function post(path, body, keepalive, tries = 1) {
  const headers = { "Content-Type": "application/json" };
  if (bearer) headers["X-Kith-Tab"] = bearer;
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST", headers, body, keepalive, cache: "no-store", credentials: "omit", redirect: "error",
      referrerPolicy: "no-referrer",
    });
    if (answer.ok) return await answer.json();
  } catch {
    if (tries > 1) {
      await new Promise((done) => setTimeout(done, pause));
      return post(path, body, keepalive, tries - 1);
    }
    answer = null;
  }
  if (answer && answer.status === 413) throw new Said(t("error.long.safe"), t("error.long.what"), t("error.long.next"));
  throw Object.assign(new Said(t("error.gone.safe"), t("error.gone.what"), t("error.gone.next")), { gone: true });
}

export async function begin(key) {
  const answer = await post("/session", JSON.stringify({ key }));
  bearer = answer.ok ? answer.bearer : "";
  return answer.ok;
}
export const hasKey = () => bearer !== "";
export function forget() { bearer = ""; }

// Errors come as words: what is safe, what happened, what one can do. `error.code` names the sort.
export async function call(name, fields = {}, keepalive = false) {
  const request = { call: name };
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined && value !== null && value !== "") request[key] = value;
  // Texts may be empty on purpose: a draft emptied, a section cleared.
  for (const key of ["text", "template", "value"]) if (fields[key] === "") request[key] = "";
  const body = JSON.stringify(request);
  const answer = await post(new Blob([body]).size > shortBody ? "/text" : "/api", body, keepalive, repeatable.test(name) ? 3 : 1);
  if (answer.ok) return answer;
  if (answer.error === "locked" && name !== "unlock") {
    listeners.locked();
    throw new Quiet();
  }
  if (answer.error === "not_set_up") {
    listeners.unset();
    throw new Quiet();
  }
  throw Object.assign(new Said(answer.means || t("error.page.safe"), answer.what, answer.next), { code: answer.error });
}
