// The catalogue of words: whole, without leftovers, and in the words that members are spoken to in.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../cli/page/assets/", import.meta.url));
const sources = readdirSync(folder).map((name) => [name, readFileSync(folder + name, "utf8")]);
const scripts = sources.filter(([name]) => name.endsWith(".js"));
const code = scripts.filter(([name]) => name !== "english.js").map(([, text]) => text).join("\n");
const { english } = await import("data:text/javascript;base64," + Buffer.from(sources.find(([name]) => name === "english.js")[1]).toString("base64"));
const catalogue = new Map(Object.entries(english).flatMap(([part, words]) =>
  Object.entries(words).map(([key, text]) => [part === "page" ? key : part + "." + key, text])));

// Keys that are put together: "kind." + the name of a kind.
const families = [...code.matchAll(/"([a-z0-9.-]+\.)" \+/g)].map(([, start]) => start);

test("every sentence that is asked for is there", () => {
  const asked = [...code.matchAll(/\b(?:t|title|part|say|aside|act|link|submit|printButton)\("([^"]+)"[,)]/g)].map(([, key]) => key);
  assert.ok(asked.length > 200);
  assert.deepEqual(asked.filter((key) => !catalogue.has(key)), []);
});

test("every sentence is used", () => {
  const idle = [...catalogue.keys()].filter((key) =>
    !code.includes(`"${key}"`) && !families.some((start) => key.startsWith(start)));
  assert.deepEqual(idle, []);
});

test("no sentence is written outside the catalogue", () => {
  const loose = [];
  for (const [name, text] of scripts) {
    if (name === "english.js") continue;
    for (const line of text.split("\n")) {
      if (/^\s*(\/\/|import)|console\.warn|throw new Error\(/.test(line)) continue;
      for (const [, words] of line.matchAll(/"([^"]*)"/g))
        if (/[A-Z][a-z]+ [a-z]+|^[A-Z][a-z]{3,}$/.test(words) && !/^Content-Type$/.test(words)) loose.push(name + ": " + words);
    }
  }
  assert.deepEqual(loose.filter((each) => !/: (Shift|Content-Type|X-Kith-Tab)$/.test(each)), []);
});

test("members are spoken to plainly", () => {
  const never = /\b(refused|forged|hostile|revoke[ds]?|exit code|error code|node|nodes|courier|bundle|sealed mail|trustee|resonance|widen|audience|fingerprint|stdin|terminal)\b/i;
  assert.deepEqual([...catalogue].filter(([, text]) => never.test(text)), []);
  assert.deepEqual([...catalogue].filter(([, text]) => /!/.test(text)), []);
});

test("the first sentence of what went wrong says what is safe", () => {
  for (const [key, text] of catalogue)
    if (key.endsWith(".safe")) assert.match(text, /safe|nothing|kept|as (it|they) (was|were)|still/i, key);
});

test("nothing that runs text, nothing that remembers, no other place", () => {
  for (const [name, text] of sources) {
    const without = text.replace(/^\s*(\/\/|\/\*).*$/gm, "");
    assert.doesNotMatch(without,
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("on|DOMParser|srcdoc/, name);
    assert.doesNotMatch(without, /localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker|sendBeacon/, name);
    assert.doesNotMatch(without.replace("http://www.w3.org/2000/svg", ""), /https?:|\/\/[a-z0-9-]+\.[a-z]/i, name);
    assert.doesNotMatch(without, /style=|onclick=|javascript:/, name);
  }
});
