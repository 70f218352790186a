// (g) The page in a real browser over the journal of a hundred thousand entries, beside the same work on the command
// line. `tests/bench/run` calls it: node page.mjs JOURNAL-HOME REPEATS, environment as in tests/web.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { House } from "../web/support.mjs";

const [home, repeats] = [process.argv[2], Number(process.argv[3])];
const runs = 9;  // of one thing in one sample, of which the median counts
const passphrase = "a long walk to the green lake";

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = new Map();

async function row(name, act, prepare = async () => {}) {
  const times = [];
  for (let i = 0; i < runs; ++i) {
    await prepare();
    const began = performance.now();
    await act();
    times.push(performance.now() - began);
  }
  rows.set(name, [...(rows.get(name) ?? []), median(times)]);
}

function kith(...words) {
  return new Promise((done, failed) => {
    const child = spawn(process.env.KITH_PROGRAM, words.slice(0, 1), {
      env: { PATH: process.env.PATH, LANG: "C.UTF-8", KITH_HOME: home }, stdio: ["pipe", "ignore", "ignore"] });
    child.on("error", failed);
    child.on("close", (code) => (code ? failed(new Error(`kith ${words[0]}: ${code}`)) : done()));
    child.stdin.end(words[1] ?? "");
  });
}

// The page's process: the one that listens where the window looks.
function memoryOfPage(origin) {
  const port = Number(new URL(origin).port).toString(16).toUpperCase().padStart(4, "0");
  const inode = readFileSync("/proc/net/tcp", "utf8").split("\n").map((line) => line.trim().split(/\s+/))
    .find((parts) => parts[1] === `0100007F:${port}` && parts[3] === "0A")[9];
  for (const process of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const open = readdirSync(`/proc/${process}/fd`).map((each) => readlinkSync(`/proc/${process}/fd/${each}`));
      if (open.includes(`socket:[${inode}]`))
        return /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, "utf8"))[1] / 1024;
    } catch { /* it ended while we looked */ }
  }
  return NaN;
}

const house = await House.open("bench");
const person = house.person("mina");
person.home = home;
await kith("unlock", passphrase + "\n");
await person.open();
await person.at("What is here right now?");
let weight = 0;
person.page.on("response", async (answer) => (weight += Number(answer.headers()["content-length"] ?? 0)));

const write = () => person.page.getByRole("button", { name: "Write", exact: true }).click();
const results = person.page.locator("main li.card");
for (let i = 0; i < repeats; ++i) {
  await row("g  kith status", () => kith("status"));
  await row("g  kith list", () => kith("list"));
  await row("g  kith find, a word in one of 100,000 entries", () => kith("find", "kingfisher\n"));
  await row("g  icon to a box that takes words", async () => {
    await person.page.goto(await person.link());
    await person.at("What is here right now?");
    assert.equal(await person.page.evaluate(() => document.activeElement.tagName), "TEXTAREA");
  }, () => person.page.goto("about:blank"));
  await row("g  first list on the page", async () => {
    await person.page.getByRole("button", { name: "My journal", exact: true }).click();
    await results.nth(19).waitFor();
  }, async () => { await write(); await person.at("What is here right now?"); });
  await row("g  find a word on the page", async () => {
    await person.page.keyboard.press("Enter");
    await person.page.waitForFunction(() => document.querySelectorAll("main li.card").length === 1);
  }, async () => {
    await write();
    await person.page.getByRole("button", { name: "My journal", exact: true }).click();
    await results.nth(19).waitFor();
    await person.page.getByRole("searchbox").fill("kingfisher");
  });
}
weight = 0;
await person.page.goto("about:blank");
await person.page.goto(await person.link());
await person.at("What is here right now?");
const memory = memoryOfPage(person.origin);

const beside = { "g  icon to a box that takes words": "g  kith status", "g  first list on the page": "g  kith list",
  "g  find a word on the page": "g  kith find, a word in one of 100,000 entries" };
const width = Math.max(...[...rows.keys()].map((name) => name.length));
console.log(`${"".padEnd(width)}    n         ms   least ms    most ms  x time`);
for (const [name, times] of rows) {
  const ratio = beside[name] ? (median(times) / median(rows.get(beside[name]))).toFixed(2) : "";
  const shown = [median(times), Math.min(...times), Math.max(...times)].map((ms) => ms.toFixed(2).padStart(9));
  console.log(`${name.padEnd(width)}  ${String(times.length).padStart(3)}  ${shown.join("  ")}  ${ratio.padStart(6)}`);
}
console.log(`g  the page: ${(weight / 1024).toFixed(1)} KiB until ready, its process ${memory.toFixed(1)} MiB resident`);
await house.close();
