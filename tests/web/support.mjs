// What the browser tests share: people with a journal of their own and a window on it, and what holds on every screen.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const installed = createRequire(process.env.KITH_WEB + "/package.json");
const { chromium } = installed("playwright-core");
const axe = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");
const screens = process.env.KITH_WEB_SCREENS;

export const title = "Notebook";
export const patience = 30_000;  // milliseconds

const browserArguments = [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];

export async function until(what, ask, limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, "waited in vain for: " + what);
    await new Promise((done) => setTimeout(done, 30));
  }
}

// The programs, driven as a person would: text goes in by standard input, never as an argument.
// `most`: bytes that no file of its may outgrow, as on a disk that is full.
export function run(home, args, { input = "", ok = true, most } = {}) {
  return new Promise((done, failed) => {
    const line = [process.env.KITH_PROGRAM, ...args];
    if (most) line.unshift("/bin/sh", "-c", `trap "" XFSZ; exec prlimit --fsize=${most} "$@"`, "sh");
    const child = spawn(line[0], line.slice(1), { env: { PATH: process.env.PATH, LANG: "C.UTF-8", KITH_HOME: home } });
    let out = "";
    let talk = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (talk += text));
    child.on("error", failed);
    child.on("close", (code) => {
      if (ok && code !== 0) failed(new Error(`kith ${args.join(" ")}: ${code}\n${out}${talk}`));
      else done({ code, out, talk });
    });
    child.stdin.on("error", () => {});  // it may end without reading
    child.stdin.end(input);
  });
}

// The page's process starts anew whenever the journal locks: a look at the state that meets that moment is cut, and
// the page asks once more.
const anew = /ERR_(EMPTY_RESPONSE|CONNECTION_(RESET|CLOSED))/;

// The steps of a story: once one fails, those after it fail at once, and the windows are kept as pictures. After each
// the console of every window is empty, but for what the step says that it brings about.
const houses = [];
let broken = "";
export function step(name, act, { expected = /^$/ } = {}) {
  test(name, async () => {
    assert.equal(broken, "", "an earlier step failed");
    try {
      await act();
      for (const house of houses) assert.deepEqual(house.said.splice(0).filter((each) => !anew.test(each) && !expected.test(each)), []);
    } catch (error) {
      broken = name;
      for (const { people } of houses)
        for (const { page, name: who } of people)
          if (page && !page.isClosed()) await page.screenshot({ path: join(screens, `failed-${who}.png`), fullPage: true }).catch(() => {});
      throw error;
    }
  });
}

function opened(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((each) => readlinkSync(`/proc/${pid}/fd/${each}`));
  } catch {
    return [];  // it ended meanwhile, or is somebody else's
  }
}

// A house: the people of one test and their browser.
export class House {
  people = [];
  asked = [];     // every address that a window asked for
  own = new Set();  // where the pages of its people are served
  said = [];      // in the console of a window: complaints of the page and of the browser alike

  static async open(name, options = {}) {
    const house = new House();
    house.name = name;
    house.folder = mkdtempSync(join(tmpdir(), "kith-web-"));
    house.browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [...browserArguments, ...(options.arguments || [])],
    });
    mkdirSync(screens, { recursive: true });
    houses.push(house);
    return house;
  }

  person(name) {
    const person = new Person(this, name);
    this.people.push(person);
    return person;
  }

  // Nothing was asked of anybody but the own page.
  async close() {
    await Promise.all([this.browser.close(), ...this.people.map((person) => person.end())]);
    rmSync(this.folder, { recursive: true, force: true });
    assert.deepEqual(this.asked.filter((each) => !/^(blob|data|file|about):/.test(each) && !this.own.has(new URL(each).origin)), []);
    assert.deepEqual(this.said.filter((each) => !anew.test(each)), []);
  }
}

export class Person {
  constructor(house, name) {
    this.house = house;
    this.name = name;
    this.home = join(house.folder, name);
  }

  kith(args, options) {
    return run(this.home, args, options);
  }

  // What the icon does, but for the browser: the file with the link, and the link in it.
  async link(options) {
    const { out, talk } = await this.kith(["page", "--no-browser"], options);
    this.file = (out + talk).match(/\/\S+\.html/)[0];
    const link = readFileSync(this.file, "utf8").match(/http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{64}/)[0];
    this.origin = new URL(link).origin;
    this.house.own.add(this.origin);
    return link;
  }

  async window(options = {}) {
    this.context = await this.house.browser.newContext({ viewport: { width: 900, height: 760 }, acceptDownloads: true, ...options });
    this.context.setDefaultTimeout(patience);
    this.context.on("request", (request) => this.house.asked.push(request.url()));
    return this.tab();
  }

  async tab() {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.house.said.push(error.message));
    page.on("console", (line) => this.house.said.push(line.text()));
    this.page = page;
    return page;
  }

  async open(options) {
    const link = await this.link();
    await this.window(options);
    await this.page.goto(link);
    return this.page;
  }

  // -- what a person does

  async at(heading) {
    await this.page.getByRole("heading", { level: 1, name: heading }).waitFor();
  }
  async press(name) {
    await this.page.getByRole("button", { name, exact: typeof name === "string" }).first().click();
  }
  async type(label, text) {
    await this.page.getByLabel(label).first().fill(text);
  }
  async choose(label) {
    await this.page.getByLabel(label).first().check();
  }
  text() {
    return this.page.locator("body").innerText();
  }
  // What `ask` finds in the document once the window stands still: Back may be on its way still to another one.
  async look(ask) {
    return until("a window that stands still", () => this.page.evaluate(ask).catch((error) => {
      if (!/context was destroyed/.test(error.message)) throw error;
    }));
  }

  // A journal from the first screen, by six words.
  async begin() {
    await this.open();
    await this.at("A journal of your own");
    await this.press("Start");
    await this.at("Your six words");
    this.words = (await this.page.locator(".words").innerText()).trim();
    await this.type(/Type them once/, this.words);
    await this.press("Make my journal");
    await this.at("What is here right now?");
  }
  // The first sentence of what went wrong.
  async trouble() {
    await this.page.locator(".trouble").waitFor();
    return this.page.locator(".trouble").innerText();
  }

  // A window that knows its link already would only jump within the page.
  async visit(options) {
    await this.page.goto("about:blank");
    await this.page.goto(await this.link(options));
  }
  async unlock() {
    await this.at("Locked");
    await this.type("Passphrase", this.words);
    await this.press("Open");
    await this.at("What is here right now?");
  }

  picture(name) {
    return this.page.screenshot({ path: join(screens, `${this.house.name}-${name}.png`), fullPage: true });
  }

  // -- what holds on every screen

  async shot(name) {
    const { page } = this;
    await this.picture(name);
    const seen = await page.evaluate(() => ({
      title: document.title, address: location.href, state: JSON.stringify(history.state),
      controls: /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u{E0000}-\u{E007F}]/u.test(document.body.textContent),
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      markup: document.querySelectorAll("main script, main img, main iframe, main svg, main a, main b, main style").length,
    }));
    assert.equal(seen.title, title, name);
    assert.equal(seen.address, this.origin + "/", name);
    assert.match(seen.state, /^(null|\{"n":\d+\})$/, name);
    assert.equal(seen.controls, false, name);
    assert.equal(seen.markup, 0, name);
    assert.ok(seen.wide <= 0, name + ": wider than the window by " + seen.wide);
    assert.deepEqual(await this.barriers(), [], name);
  }

  // The same screen as it is, in a window of 320 points, and in the dark.
  async shots(name) {
    await this.shot(name);
    const size = this.page.viewportSize();
    await this.page.setViewportSize({ width: 320, height: 568 });
    await this.picture(name + "-320");
    assert.ok(await this.page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), name + ": wider than 320");
    await this.page.setViewportSize(size);
    await this.page.emulateMedia({ colorScheme: "dark" });
    await this.picture(name + "-dark");
    assert.deepEqual(await this.barriers(), [], name + " in the dark");
    await this.page.emulateMedia({ colorScheme: "light" });
  }

  // axe-core, in a world of its own: the page lets no foreign script in.
  async barriers() {
    const session = await this.context.newCDPSession(this.page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld",
      { frameId: frameTree.frame.id, worldName: "axe" });
    await session.send("Runtime.evaluate", { expression: axe, contextId });
    const { result } = await session.send("Runtime.evaluate", {
      expression: `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
        .then((found) => JSON.stringify(found.violations.map((each) => each.id + ": " + each.nodes.map((node) => node.target + " " + node.failureSummary).join("; "))))`,
      contextId, awaitPromise: true, returnByValue: true,
    });
    await session.detach();
    return JSON.parse(result.value);
  }

  // Ends, without a word, the processes that hold this file of the home's run folder open. How many there were.
  kill(file) {
    const held = join(this.home, "run", file);
    const holders = readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && opened(pid).includes(held));
    for (const pid of holders) process.kill(Number(pid), "SIGKILL");
    return holders.length;
  }

  async end() {
    // One after the other: a page that starts anew because of the lock would not hear that it is to end.
    for (const args of [["page", "--close"], ["lock"], ["down"]]) await this.kith(args, { ok: false });
  }
}
