// Names and texts made to break out of the page: shown as text, wherever they appear.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { House, step, until } from "./support.mjs";

const evilName = "<img src=x onerror=alert(1)>";
const evilGroup = "</h1><script>window.broken=1</script>";
const evilText = [
  "<script>window.broken=1</script><img src=x onerror=window.broken=1><svg onload=window.broken=1>",
  "[a link](javascript:window.broken=1) ![picture](http://attacker.example/x.png) <http://attacker.example>",
  "data:text/html,<b>bold</b> **stars** `code` &#27;[31m &lt;b&gt;",
  ">".repeat(2000),
  "\u202Eesrever\u202C \u2066isolated\u2069 \u{E0041}\u200Bhidden \u001b[31mred\u0007",
  "\u05E9\u05DC\u05D5\u05DD right to left, and back",
].join("\n");

let house, ruth, eve;
before(async () => {
  house = await House.open("hostile");
  [ruth, eve] = ["ruth", "eve"].map((name) => house.person(name));
});
after(() => house.close());

async function unbroken(person) {
  assert.equal(await person.page.evaluate(() => window.broken), undefined);
}

step("a group, a welcome and an agreement full of markup are read as text", async () => {
  await ruth.begin();
  await ruth.press("My group");
  await ruth.press("I lead a group");
  await ruth.type("What is the group called?", evilGroup.slice(0, 60));
  await ruth.type("Your name in this group", evilName);
  await ruth.press("Begin it");
  await ruth.at("Your rescue sheet");
  await ruth.shot("rescue");
  await ruth.press("I have them on paper");
  await ruth.press("Change the draft");
  await ruth.at("The draft of the agreement");
  for (const label of ["The limits of confidentiality", "A statement by the leader", "What the leader reads, records and must report"])
    await ruth.type(label, evilText);
  await ruth.press("Propose it to all");
  await ruth.at("Propose this text?");
  await ruth.shot("agreement");
  await ruth.press("Propose it and sign");
  await ruth.at("Signed");
  await ruth.press("Invite someone");
  await ruth.at("Invite one person");
  await ruth.type("Your welcome to them", evilText);
  await ruth.type("Who the group is for, in a line", evilName);
  await ruth.choose(/Put the code into the file too/);
  await ruth.press("Make the invitation");
  await ruth.at("The invitation");
  const [download] = await Promise.all([ruth.page.waitForEvent("download"), ruth.press("Save the file")]);
  eve.invitation = readFileSync(await download.path());
  await unbroken(ruth);
});

step("an invitation full of markup is only words, also before there is a journal", async () => {
  await eve.open();
  await eve.press("Someone gave me an invitation");
  await eve.page.locator("input[type=file]").setInputFiles({ name: evilName, mimeType: "text/html", buffer: eve.invitation });
  await eve.press("Read it");
  await eve.page.getByText("Nobody knows that you are reading this.").waitFor();
  assert.ok((await eve.text()).includes("<script>window.broken=1</script><img"));
  await eve.shot("invitation");
  await unbroken(eve);
});

step("a file that is no invitation says first that nothing was sent", async () => {
  for (const [name, bytes] of [["empty", Buffer.alloc(0)], ["cut", eve.invitation.subarray(0, eve.invitation.length - 20)],
    ["other", Buffer.from("<html><script>window.broken=1</script>")], ["noise", Buffer.alloc(40_000, 7)]]) {
    await eve.visit();
    await eve.press("Someone gave me an invitation");
    await eve.page.locator("input[type=file]").setInputFiles({ name, mimeType: "text/html", buffer: bytes });
    await eve.press("Read it");
    await eve.page.locator(".trouble").waitFor();
    assert.match(await eve.page.locator(".trouble").innerText(), /^(Nothing was|Your words are safe|Nothing of yours)/, name);
  }
  await eve.shot("no-invitation");
});

step("names, texts and notes of another member are only words, on every screen", async () => {
  await eve.visit();
  await eve.press("Start");
  await eve.at("Your six words");
  eve.words = (await eve.page.locator(".words").innerText()).trim();
  await eve.type(/Type them once/, eve.words);
  await eve.press("Make my journal");
  await eve.at("What is here right now?");
  await eve.press("My group");
  await eve.press("Someone gave me an invitation");
  await eve.page.locator("input[type=file]").setInputFiles({ name: "for-you.kith", mimeType: "text/plain", buffer: eve.invitation });
  await eve.press("Read it");
  await eve.press("I'd like to join");
  await eve.at(/^Join/);
  await eve.shot("join");
  await eve.type("Your name in this group", "</bdi><b>Eve</b> \u05D0\u05D1");
  await eve.press("Go on");
  await ruth.press("They are with me now");
  await eve.press("I have them on paper");
  await Promise.all([ruth.at("Matching words"), eve.at("Matching words")]);
  await ruth.press("They are the same");
  await eve.press("They are the same");
  await eve.at("You are in");
  await eve.press("Read and sign");
  await eve.at("Sign the agreement");
  await eve.shot("sign");
  const shown = (await eve.page.getByText(/To sign, type your name/).innerText()).replace(/^[^:]*: /, "").replace(/[\u2066-\u2069]/g, "");
  await eve.type(/To sign, type your name/, shown);
  await eve.press("Sign it");
  await eve.at("Signed");
  await ruth.at("They are in");
  await eve.press("Done");
  const post = async (...people) => {
    for (const person of people) {
      await person.press("My group");
      await person.press("Fetch and send post now");
      await person.page.getByText(/Post goes now/).waitFor();
    }
  };
  await post(eve, ruth, eve);
  await eve.press("Show something to someone");
  await eve.type("The words that would leave", evilText);
  await eve.press("Go on");
  await eve.at("To whom?");
  await eve.choose(/The whole group/);
  await eve.page.getByText("Folded, unfinished, how long").click();
  await eve.type(/It touches on/, evilName);
  await eve.press("Go on");
  await eve.at("This is all that leaves");
  await eve.shot("preview");
  await eve.press("Share with the group");
  await eve.at("It is on its way");
  await eve.press("Done");
  await eve.press("Everything I've shared");
  await eve.press("Let it go now");
  await eve.at("Let it go now");
  await eve.press("Let it go now");
  await post(eve, ruth);
  await until("the text", async () => {
    await ruth.press("My group");
    return (await ruth.text()).includes("It touches on");
  }, 60_000);
  await ruth.shot("group");
  await ruth.press(/^Open it, from/);
  await ruth.at(/^From/);
  const text = await ruth.text();
  for (const words of ["<script>window.broken=1</script>", "[a link](javascript:", "**stars**", "&#27;", "esrever", "<b>Eve</b>"])
    assert.ok(text.includes(words), words);
  await ruth.shot("item");
  await ruth.press("My group");
  await ruth.press("Who is here");
  await ruth.at("Who is here");
  await ruth.shot("people");
  await ruth.press("My group");
  await ruth.press("Ask how I come across");
  await ruth.at("Ask for feedback");
  await ruth.shot("ask");
  for (const person of [ruth, eve]) await unbroken(person);
});
