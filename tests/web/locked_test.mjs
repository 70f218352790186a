// What stays on the screen, in the history, in the browser's stores and on the disk once the journal is locked: nothing.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before } from "node:test";
import { House, step, until } from "./support.mjs";

const secret = "porcupine in the attic";
let house, mina;
before(async () => {
  house = await House.open("locked");
  mina = house.person("mina");
  await mina.begin();
});
after(() => house.close());

// Everything a later person at this browser could look into. Nothing when the window shows no page of kith any more.
async function traces() {
  return mina.look(async () => location.protocol === "about:" ? { elsewhere: true } : ({
    body: document.documentElement.outerHTML,
    fields: [...document.querySelectorAll("input, textarea")].map((each) => each.value).join(""),
    stores: JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    bases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    state: JSON.stringify(history.state),
    address: location.href,
    name: window.name,
    picked: String(getSelection()),
  }));
}

async function nothingLeft() {
  const left = await traces();
  assert.ok(!left.elsewhere);
  nothingIn(left);
}

function nothingIn(left) {
  for (const part of ["body", "fields", "stores", "state", "address", "name", "picked"])
    assert.ok(!left[part].includes("porcupine"), part + ": " + left[part]);
  assert.equal(left.stores, '[{},{},""]');
  assert.deepEqual([left.bases, left.caches, left.workers], [0, 0, 0]);
  assert.equal(left.address, mina.origin + "/");
}

async function keepSecret() {
  await mina.type("Your words", secret);
  await mina.press("Keep it");
  await mina.at("Kept, just for you");
  await mina.press("Read it");
  await mina.page.locator(".written").waitFor();
}

step("the key is out of the address at once, and works once", async () => {
  const link = await mina.link();
  const other = await mina.tab();
  await other.goto(link);
  await mina.at("What is here right now?");
  assert.equal(other.url(), mina.origin + "/");
  assert.ok(!existsSync(mina.file));
  await other.close();
  const late = await mina.tab();
  await late.goto(link);
  await mina.at("Closed");
  await mina.shot("closed");
  await late.close();
  mina.page = mina.context.pages()[0];
});

step("Lock leaves nothing on the page, and Back brings nothing", async () => {
  await mina.page.bringToFront();
  await keepSecret();
  await mina.press("My journal");
  await mina.at("My journal");
  assert.ok((await mina.text()).includes(secret));
  await mina.press("Lock");
  await mina.at("Locked");
  await mina.shot("locked");
  await nothingLeft();
  for (let i = 0; i < 6; ++i) {
    await mina.page.goBack({ timeout: 2000 }).catch(() => {});
    const left = await traces();
    if (left.elsewhere) break;
    nothingIn(left);
  }
});

step("a window that was left and comes back has no key and no words", async () => {
  await until("the page again", async () => {
    await mina.page.goForward({ timeout: 2000 }).catch(() => {});
    return !(await traces()).elsewhere;
  });
  await mina.page.reload();
  await mina.at("Closed");
  await nothingLeft();
  await mina.visit();
  await mina.unlock();
  await keepSecret();
  await mina.page.goto("about:blank");
  await mina.page.goBack();
  await mina.at("Closed");
  await nothingLeft();
});

step("Shift three times covers at once, locks, and keeps what was being written", async () => {
  await mina.visit();
  await mina.at("What is here right now?");
  await mina.type("Your words", secret + ", a draft");
  const covered = mina.page.locator("main.cover");
  for (let i = 0; i < 3; ++i) await mina.page.keyboard.press("Shift");
  assert.equal(await covered.count(), 1);  // at once, before anything was saved or locked
  await nothingLeft();
  await mina.shot("hidden");
  await until("the lock", async () => /^Locked/.test((await mina.kith(["status"], { ok: false })).out));
  await mina.press("Open");
  await mina.unlock();
  assert.ok((await mina.text()).includes(secret + ", a draft"));
  await mina.shot("draft-there");
  await mina.press("Go on with it");
  await until("the draft in the box", async () => (await mina.page.getByLabel("Your words").inputValue()) === secret + ", a draft");
  assert.equal((await mina.kith(["drafts", "--json"])).out.match(/a draft/g).length, 1);
});

step("two presses of Shift, or capitals, hide nothing", async () => {
  await mina.page.getByLabel("Your words").pressSequentially("ABCD");
  await mina.page.keyboard.press("Shift");
  await mina.page.keyboard.press("Shift");
  await mina.page.keyboard.press("a");
  await mina.page.keyboard.press("Shift");
  assert.equal(await mina.page.locator("main.cover").count(), 0);
});

step("a wrong passphrase says first that the words are safe; blanks around it do no harm", async () => {
  await mina.press("Hide");
  await mina.press("Open");
  await mina.at("Locked");
  await mina.type("Passphrase", "something else");
  await mina.press("Open");
  await mina.page.locator(".trouble").waitFor();
  assert.match(await mina.page.locator(".trouble").innerText(), /^Your words are safe and still locked\./);
  await mina.shot("wrong-passphrase");
  await mina.type("Passphrase", "  " + mina.words + "\n ".trimEnd() + " ");
  await mina.press("Open");
  await mina.at("What is here right now?");
});

step("the help card opens while locked, and shows no more than it should", async () => {
  await mina.press("Lock");
  await mina.at("Locked");
  await mina.press("Help");
  await mina.at("Help");
  assert.match(await mina.text(), /Nobody is watching this journal\.[^]*112/);
  await nothingLeft();
  await mina.shot("help-locked");
  await mina.press("Back");
  await mina.unlock();
});

step("locked from a terminal: every tab covers itself", async () => {
  const first = mina.page;
  const second = await mina.tab();
  await second.goto(await mina.link());
  await mina.at("What is here right now?");
  await mina.press("My journal");
  await mina.at("My journal");
  await mina.kith(["lock"]);
  for (const page of [first, second]) {
    mina.page = page;
    await mina.at("Locked");
    await nothingLeft();
  }
  await second.close();
  mina.page = first;
  await mina.unlock();
});

step("the agent is killed under the page: locked, and nothing is lost", async () => {
  await mina.type("Your words", "Half a thought");
  await mina.page.getByText("Draft saved").waitFor();
  assert.equal(mina.kill("agent.lock"), 1);
  await mina.at("Locked");
  await mina.unlock();
  assert.ok((await mina.text()).includes("Half a thought"));
});

step("the page's process ends under the page: the words stay in their box", async () => {
  await mina.type("Your words", "Another thought");
  await mina.kith(["page", "--close"]);
  await mina.press("Keep it");
  await mina.page.locator(".trouble").waitFor();
  assert.match(await mina.page.locator(".trouble").innerText(), /^What you kept is safe on this computer\./);
  assert.equal(await mina.page.getByLabel("Your words").inputValue(), "Another thought");
  await mina.shot("server-gone");
  await mina.press("Hide");
  await mina.page.locator("main.cover").waitFor();
  await nothingLeft();
}, { expected: /ERR_CONNECTION_REFUSED/ });

step("two tabs write in one draft: neither loses a word", async () => {
  await mina.visit();
  await mina.at(/^(Locked|What is here right now\?)$/);
  if ((await mina.text()).includes("Locked")) await mina.unlock();
  await mina.type("Your words", "From the first tab");
  await mina.page.getByText("Draft saved").waitFor();
  const first = mina.page;
  const second = await mina.tab();
  await second.goto(await mina.link());
  await mina.at("What is here right now?");
  await second.locator(".card", { hasText: "From the first tab" }).getByRole("button", { name: "Go on with it" }).click();
  await until("the same draft", async () => (await second.getByLabel("Your words").inputValue()) === "From the first tab");
  await second.getByLabel("Your words").fill("From the second tab");
  await second.getByText("Draft saved").waitFor();
  await first.getByLabel("Your words").fill("From the first tab, and on");
  await first.getByText("Another window wrote in this draft too.").waitFor();
  const { out } = await mina.kith(["drafts", "--json"]);
  assert.ok(out.includes("From the second tab") && out.includes("From the first tab, and on"));
  await second.close();
});
