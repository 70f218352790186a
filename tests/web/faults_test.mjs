// What goes wrong around a person: the first sentence says what is safe, and it is true.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join as path } from "node:path";
import { after, before } from "node:test";
import { House, step, until } from "./support.mjs";

let house, ruth, mina, olga;
before(async () => {
  house = await House.open("faults");
  [ruth, mina, olga] = ["ruth", "mina", "olga"].map((name) => house.person(name));
  await Promise.all([ruth.begin(), mina.begin()]);
});
after(() => house.close());

step("the disk is full while writing: what was kept is there, and the words stay in their box", async () => {
  await mina.type("Your words", "Before the disk was full");
  await mina.press("Keep it");
  await mina.at("Kept, just for you");
  await mina.kith(["page", "--close"]);
  await mina.visit({ most: statSync(path(mina.home, "journal", "journal.db")).size + 8192 });
  await mina.at("What is here right now?");
  const long = "A long evening. ".repeat(3000);
  await mina.type("Your words", long);
  assert.match(await mina.trouble(), /^What was saved before is safe\.[^\n]*\n+The disk is full\.\n+Free some space/, "the draft");
  await mina.press("Keep it");
  await until("the words about it", async () => /^What was saved|^Your words/.test(await mina.trouble()));
  assert.match(await mina.trouble(), /The disk is full\.\n+Free some space, then try again\./);
  assert.equal(await mina.page.getByLabel("Your words").inputValue(), long);
  await mina.shot("disk-full");
  await mina.page.getByLabel("Your words").fill("");
  await mina.press("My journal");
  await mina.page.getByText("Before the disk was full").waitFor();
  await mina.kith(["page", "--close"]);
  await mina.visit();
  await mina.at("What is here right now?");
  await mina.type("Your words", "After it");
  await mina.press("Keep it");
  await mina.at("Kept, just for you");
}, { expected: /ERR_CONNECTION_REFUSED/ });

async function invitation() {
  await ruth.press("My group");
  await ruth.press("I lead a group");
  await ruth.type("What is the group called?", "Thursday evenings");
  await ruth.type("Your name in this group", "Ruth");
  await ruth.press("Begin it");
  await ruth.press("I have them on paper");
  await ruth.press("Change the draft");
  await ruth.at("The draft of the agreement");
  for (const label of ["The limits of confidentiality", "A statement by the leader", "What the leader reads, records and must report"])
    await ruth.type(label, "As we spoke about it.");
  await ruth.press("Propose it to all");
  await ruth.press("Propose it and sign");
  await ruth.at("Signed");
  await ruth.press("Invite someone");
  await ruth.type("Your welcome to them", "Welcome.");
  await ruth.choose(/Put the code into the file too/);
  await ruth.press("Make the invitation");
  await ruth.at("The invitation");
  const [download] = await Promise.all([ruth.page.waitForEvent("download"), ruth.press("Save the file")]);
  return readFileSync(await download.path());
}

async function read(person, buffer) {
  await person.press("My group");
  await person.press("Someone gave me an invitation");
  await person.page.locator("input[type=file]").setInputFiles({ name: "for-you.kith", mimeType: "application/octet-stream", buffer });
  await person.press("Read it");
}

step("an invitation of another version, or a damaged one, leaves no trace", async () => {
  ruth.invitation = await invitation();
  const newer = Buffer.from(ruth.invitation);
  assert.deepEqual([...newer.subarray(0, 2)], [8, 1]);  // the version comes first
  newer[1] = 2;
  await read(mina, newer);
  assert.match(await mina.trouble(), /^Nothing was sent\.\n+[^]*newer/);
  await mina.shot("newer-invitation");
  for (let at = 2; at < ruth.invitation.length; at += Math.ceil(ruth.invitation.length / 6)) {
    await read(mina, ruth.invitation.subarray(0, at));
    assert.match(await mina.trouble(), /^Nothing was sent\./, String(at));
  }
  await mina.shot("damaged-invitation");
});

async function join(person, name) {
  await read(person, ruth.invitation);
  await person.press("I'd like to join");
  await person.at(/^Join/);
  await person.type("Your name in this group", name);
  await person.press("Go on");
  await person.press("I have them on paper");
}

step("an invitation that was used already: nothing was sent, and a way on", async () => {
  await join(mina, "Mina");
  await ruth.press("They are with me now");
  await Promise.all([ruth.at("Matching words"), mina.at("Matching words")]);
  await ruth.press("They are the same");
  await mina.press("They are the same");
  await Promise.all([ruth.at("They are in"), mina.at("You are in")]);
  await olga.begin();
  await join(olga, "Olga");
  await olga.at("At the door");
  assert.match(await olga.text(), /Nothing of yours was sent yet\.[^]*an invitation works once/);
  await olga.shot("used-invitation");
  await olga.press("Stop waiting");
  await olga.page.getByText("Stopped. Nothing of yours was sent.").waitFor();
  await olga.press("Done");
  await olga.at("Groups");
});

step("the passphrase pasted with blanks and lines opens", async () => {
  await mina.press("Lock");
  await mina.at("Locked");
  await mina.page.getByLabel("Passphrase").focus();
  await mina.page.keyboard.insertText("\t " + mina.words.replaceAll(" ", "  ") + " \n");
  await mina.press("Open");
  await mina.at("What is here right now?");
});

step("the agent is killed while somebody writes: locked, and the words are a draft", async () => {
  await mina.type("Your words", "A sentence that was under way");
  await mina.page.getByText("Draft saved").waitFor();
  const keep = await mina.page.getByRole("button", { name: "Keep it", exact: true }).elementHandle();
  assert.equal(mina.kill("agent.lock"), 1);
  await keep.click({ timeout: 1000 }).catch(() => {});  // unless the page has seen it before the finger came down
  await mina.at("Locked");
  assert.match(await mina.text(), /What you were writing is kept as a draft\./);
  await mina.unlock();
  assert.ok((await mina.text()).includes("A sentence that was under way"));
});
