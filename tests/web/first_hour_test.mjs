// The first hour of three people, from "somebody gave me a stick" to a first reflection read, answered and thanked for.
// Nobody opens a terminal.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before } from "node:test";
import { House, step, until } from "./support.mjs";

let house, ruth, mina, tomas;
before(async () => {
  house = await House.open("hour");
  [ruth, mina, tomas] = ["ruth", "mina", "tomas"].map((name) => house.person(name));
});
after(() => house.close());

const parts = {
  "The limits of confidentiality": "If a child is in danger I have to act, and a court can ask me for what I wrote down.",
  "A statement by the leader": "I am Ruth. I have led groups for eleven years, and I may miss what it is to be new here.",
  "What the leader reads, records and must report": "I read on Mondays and Wednesdays. I write down who was there.",
};

step("the first private words need no group", async () => {
  await mina.open();
  await mina.at("A journal of your own");
  await mina.shots("start");
  await mina.press("What it cannot protect");
  await mina.at("What it cannot protect");
  await mina.shots("cannot-protect");
  await mina.press("Back");
  await mina.choose("Others use it too");
  await mina.press("Start");
  await mina.at("Your six words");
  await mina.shots("six-words");
  mina.words = (await mina.page.locator(".words").innerText()).trim();
  assert.match(mina.words, /^[a-z]+( [a-z]+){5}$/);
  await mina.type(/Type them once/, mina.words + " and more");
  await mina.press("Make my journal");
  await mina.page.locator(".trouble").waitFor();
  assert.match(await mina.page.locator(".trouble").innerText(), /^Nothing was made yet, and nothing is lost\./);
  await mina.shots("six-words-differ");
  await mina.type(/Type them once/, "  " + mina.words.toUpperCase().replaceAll(" ", "  ") + " ");
  await mina.press("Make my journal");
  await mina.at("What is here right now?");
  await mina.shots("write");
  await mina.type("Your words", "On the bus home I noticed that I was still smiling.\nI am not sure why.");
  await mina.page.getByText("A kind, feelings, a prompt").click();
  await mina.type("Feelings, if you like", "anxious 6, not sure");
  await mina.type("Tags, if you like", "work");
  await mina.shots("write-more");
  await mina.press("Keep it");
  await mina.at("Kept, just for you");
  assert.match(await mina.text(), /Putting it into words was enough\./);
  await mina.shots("kept");
  await mina.press("Read it");
  await mina.page.locator(".written").waitFor();
  assert.match(await mina.text(), /anxious 6 · not sure · #work/);
  await mina.shots("entry");
  await mina.press("My group");
  await mina.at("Groups");
  await mina.shots("no-group");
});

step("a group begins with its agreement", async () => {
  await ruth.begin();
  await ruth.press("My group");
  await ruth.press("I lead a group");
  await ruth.at("Begin a group");
  await ruth.type("What is the group called?", "Thursday evenings");
  await ruth.type("Your name in this group", "Ruth");
  await ruth.shots("begin-group");
  await ruth.press("Begin it");
  await ruth.at("Your rescue sheet");
  assert.equal(await ruth.page.locator("ol.rescue li").count(), 24);
  await ruth.shots("rescue");
  await ruth.page.emulateMedia({ media: "print" });
  await ruth.shot("rescue-paper");
  await ruth.page.emulateMedia({ media: "screen" });
  const first = (await ruth.page.locator("ol.rescue").innerText()).trim();
  await ruth.press("I have them on paper");
  await ruth.at("Your group is there");
  await ruth.page.goBack();
  await until("Back to lead elsewhere", async () => !(await ruth.text()).includes("Your group is there"));
  assert.ok(!(await ruth.text()).includes(first));
  await ruth.press("My group");
  await ruth.at("Thursday evenings");
  await ruth.shots("group-new");
  await ruth.press("Change the draft");
  await ruth.at("The draft of the agreement");
  await ruth.press("Propose it to all");
  await ruth.page.locator(".trouble").waitFor();
  assert.match(await ruth.page.locator(".trouble").innerText(), /^Nothing was proposed, and the draft is saved\./);
  await ruth.shots("agreement-missing");
  for (const [label, text] of Object.entries(parts)) await ruth.type(label, text);
  await ruth.press("Propose it to all");
  await ruth.at("Propose this text?");
  await ruth.shots("agreement-propose");
  await ruth.press("Propose it and sign");
  await ruth.at("Signed");
});

async function invite(name) {
  await ruth.press("My group");
  await ruth.at("Thursday evenings");
  await ruth.press("For whoever leads");
  await ruth.press("Invite someone");
  await ruth.at("Invite one person");
  await ruth.type("Your welcome to them", `Dear ${name},\n\nthank you for reading this. Take your time.\n\nRuth`);
  await ruth.type("Who the group is for, in a line", "people who would like to be less alone with what they feel");
  if (name === "Mina") await ruth.shots("invite");
  await ruth.press("Make the invitation");
  await ruth.at("The invitation");
  if (name === "Mina") await ruth.shots("invitation-made");
  const [download] = await Promise.all([ruth.page.waitForEvent("download"), ruth.press("Save the file")]);
  const code = (await ruth.page.locator(".code").innerText()).trim();
  return { file: readFileSync(await download.path()), code };
}

async function read(person, { file }) {
  await person.at("Open an invitation");
  await person.page.locator("input[type=file]").setInputFiles({ name: "for-you.kith", mimeType: "application/octet-stream", buffer: file });
  await person.press("Read it");
  await person.at("Thursday evenings");
}

async function meet(person, code) {
  await person.at(/^Join/);
  await person.type("The invitation code you were given", code.toLowerCase());
  await person.type("Your name in this group", person.name === "mina" ? "Mina" : "Tomas");
  if (person === mina) await person.shots("join");
  await person.press("Go on");
  await person.at("Your rescue sheet");
  await ruth.press("They are with me now");
  await ruth.at("At the door");
  await person.press("I have them on paper");
  await Promise.all([ruth.at("Matching words"), person.at("Matching words")]);
  const [here, there] = await Promise.all([ruth, person].map((each) => each.page.locator(".words").innerText()));
  assert.equal(here, there);
  assert.equal(here.trim().split(" ").length, 4);
  if (person === mina) await person.shots("matching-words");
  await ruth.press("They are the same");
  await person.press("They are the same");
  await ruth.at("They are in");
  await person.at("You are in");
}

async function sign(person, name) {
  await person.press("Read and sign");
  await person.at("Sign the agreement");
  if (person === mina) await person.shots("sign");
  await person.type(/To sign, type your name/, "Somebody else");
  await person.press("Sign it");
  await person.page.locator(".trouble").waitFor();
  await person.type(/To sign, type your name/, name);
  await person.press("Sign it");
  await person.at("Signed");
  await person.press("Done");
  await person.at("Thursday evenings");
}

step("an invitation is read, and declined without a trace", async () => {
  const invitation = await invite("Mina");
  await mina.press("Someone gave me an invitation");
  await mina.shots("invited");
  await mina.press("Read it");
  await mina.page.locator(".trouble").waitFor();
  assert.match(await mina.page.locator(".trouble").innerText(), /Nothing was sent\./);
  await read(mina, invitation);
  const text = await mina.text();
  for (const words of ["Take your time", "Nobody knows that you are reading this", ...Object.values(parts)]) assert.ok(text.includes(words), words);
  await mina.shots("invitation");
  await mina.press("Not for me");
  await mina.at("That is fine");
  await mina.shots("declined");
  await mina.press("My group");
  await mina.at("Groups");
  await mina.press("Someone gave me an invitation");
  await read(mina, invitation);
  await mina.press("I'd like to join");
  await meet(mina, invitation.code);
  await mina.shots("joined");
  await sign(mina, "Mina");
});

step("somebody with no journal yet reads the invitation first", async () => {
  await tomas.open();
  await tomas.press("Someone gave me an invitation");
  const invitation = await invite("Tomas");
  await read(tomas, invitation);
  await tomas.press("I'd like to join");
  await tomas.at("A journal of your own");
  await tomas.choose("A passphrase of my own");
  await tomas.press("Start");
  await tomas.at("Your passphrase");
  await tomas.shots("own-passphrase");
  await tomas.type("Passphrase", "short");
  await tomas.press("Make my journal");
  await tomas.page.locator(".trouble").waitFor();
  tomas.words = "Bread on Tuesdays, always late";
  await tomas.type("Passphrase", tomas.words);
  await tomas.type("The same once more", tomas.words);
  await tomas.press("Make my journal");
  await meet(tomas, invitation.code);
  await sign(tomas, "Tomas");
});

// Post moves by itself when the computers can be reached; asking for it only makes it sooner.
async function post(...people) {
  for (const person of people) {
    await person.press("My group");
    await person.at("Thursday evenings");
    await person.press("Fetch and send post now");
    await person.page.getByText(/Post goes now/).waitFor();
  }
}

async function sees(person, what, ask) {
  await until(what, async () => {
    await person.press("My group");
    await person.at("Thursday evenings");
    return ask();
  }, 60_000);
}

step("all three have signed and read the same words aloud", async () => {
  await post(ruth, mina, tomas, ruth);
  const words = [];
  for (const person of [ruth, mina, tomas]) {
    await sees(person, "names and signatures", async () => {
      await person.press("Who is here");
      await person.at("Who is here");
      const text = await person.text();
      return ["Ruth", "Mina", "Tomas"].every((name) => text.includes(name)) && !text.includes("has not signed yet");
    });
    await person.press("Show the words");
    words.push(await person.page.locator(".words").innerText());
  }
  await mina.shots("people");
  assert.equal(new Set(words).size, 1);
  assert.equal(words[0].trim().split(" ").length, 6);
});

step("a first reflection is shared with one person, in three steps", async () => {
  await mina.press("My group");
  await mina.at("Thursday evenings");
  await mina.shots("group");
  await mina.press("Show something to someone");
  await mina.at("What would you like to show?");
  await mina.type("The words that would leave", "When nobody spoke on Thursday I felt five years old.");
  await mina.shots("share-words");
  await mina.press("Go on");
  await mina.at("To whom?");
  await mina.press("Go on");
  await mina.page.locator(".trouble").waitFor();
  assert.match(await mina.page.locator(".trouble").innerText(), /^Nothing was shared\./);
  await mina.choose(/Only those who lead/);
  await mina.choose("Write back to me");
  await mina.shots("share-readers");
  await mina.press("Go on");
  await mina.at("This is all that leaves");
  const text = await mina.text();
  for (const words of ["When nobody spoke on Thursday", "Only Ruth gets it", "You can stop it for ten minutes"])
    assert.ok(text.replace(/[\u2066-\u2069]/g, "").includes(words), words);
  await mina.shots("share-preview");
  await mina.press(/^Share with/);
  await mina.at("It is on its way");
  assert.match(await mina.text(), /You let someone in\. Thank you for trusting the group\./);
  await mina.shots("sent");
  await mina.press("Stop it");
  await mina.at("Stopped");
  await mina.press("Done");
});

step("feelings and tags beneath an entry stay at home", async () => {
  await mina.press("My journal");
  await mina.at("My journal");
  await mina.press(/^Read what you wrote/);
  await mina.press("Show someone a copy");
  await mina.at("What would you like to show?");
  assert.equal(await mina.page.getByLabel("The words that would leave").inputValue(), "On the bus home I noticed that I was still smiling.\nI am not sure why.");
  await mina.press("Go on");
  await mina.at("To whom?");
  await mina.choose(/The whole group/);
  await mina.press("Go on");
  await mina.at("This is all that leaves");
  const text = await mina.text();
  assert.ok(!/~anxious|#work/.test(text));
  assert.match(text.replace(/[\u2066-\u2069]/g, ""), /What stays with you: the feelings you marked beside it and its tags\./);
  await mina.shots("share-stays");
  await mina.press("Not now");
  await mina.at("Thursday evenings");
});

step("naming somebody who would not read it shares nothing", async () => {
  await mina.press("Show something to someone");
  await mina.type("The words that would leave", "I keep thinking about what @tomas said.");
  await mina.press("Go on");
  await mina.at("To whom?");
  await mina.choose("Some people");
  await mina.choose("Ruth");
  await mina.press("Go on");
  await mina.at("This is all that leaves");
  assert.match((await mina.text()).replace(/[\u2066-\u2069]/g, ""), /Is this about you, or about Tomas\?/);
  await mina.shots("share-pause");
  await mina.press("Not now");
});

// Lets what waits go at once, after asking.
async function letGo(person) {
  await person.press("My group");
  await person.at("Thursday evenings");
  await person.press("Everything I've shared");
  await person.at("Everything I've shared");
  await person.press("Let it go now");
  await person.at("Let it go now");
  await person.press("Let it go now");
  await person.at("Thursday evenings");
}

step("it arrives, touches, and is answered", async () => {
  await mina.press("My group");
  await mina.press("Show something to someone");
  await mina.type("The words that would leave", "When nobody spoke on Thursday I felt five years old.");
  await mina.press("Go on");
  await mina.at("To whom?");
  await mina.choose(/The whole group/);
  await mina.choose("Write back to me");
  await mina.press("Go on");
  await mina.press("Share with the group");
  await mina.at("It is on its way");
  await mina.press("Done");
  await mina.press("Everything I've shared");
  await mina.at("Everything I've shared");
  await mina.shots("waiting");
  await letGo(mina);
  await post(mina, tomas);
  await sees(tomas, "the reflection", async () => (await tomas.text()).includes("I felt five years old"));
  await tomas.shots("group-with-reflection");
  await tomas.press(/^Read, from.*Mina/);
  await tomas.at(/^From/);
  await tomas.shots("reflection");
  await tomas.press("This touched me");
  await tomas.at("This is all that leaves");
  await tomas.press(/this touched me$/);
  await tomas.at("It is on its way");
  await letGo(tomas);
  await post(tomas, mina);
  await sees(mina, "that it touched somebody", async () => {
    await mina.press(/^Read, from.*you/);
    await mina.at("You shared this");
    return (await mina.text()).replace(/[\u2066-\u2069]/g, "").includes("It touched Tomas");
  });
  await mina.shots("touched");
});

step("feedback is asked for, given, passed, received and thanked for", async () => {
  await tomas.press("My group");
  await tomas.press("Ask how I come across");
  await tomas.at("Ask for feedback");
  await tomas.type("What would you like to ask?", "How do I come across when I go quiet?");
  await tomas.choose(/The whole group/);
  await tomas.shots("ask");
  await tomas.press("Go on");
  await tomas.at("This is all that leaves");
  await tomas.shots("ask-preview");
  await tomas.press("Ask");
  await tomas.at("It is on its way");
  await letGo(tomas);
  await post(tomas, mina, ruth);
  await sees(mina, "the question", async () => (await mina.text()).includes("Asked of you"));
  await mina.shots("asked");
  await mina.press("Read it");
  await mina.at(/asks how they come across/);
  await mina.shots("request");
  await mina.press("Answer with what I saw and felt");
  await mina.at(/^Answer/);
  await mina.press(/^I noticed that you/);
  await mina.page.keyboard.type("looked at the door. I felt warm when you stayed.");
  await mina.shots("give");
  await mina.press("Go on");
  await mina.at("This is all that leaves");
  await mina.press(/^Give it to/);
  await mina.at("It is on its way");
  await letGo(mina);
  await sees(ruth, "the question", async () => (await ruth.text()).includes("Asked of you"));
  await ruth.press("Read it");
  await ruth.press(/^Pass;/);
  await ruth.at("Passed");
  await ruth.shots("passed");
  await ruth.press("Done");
  await ruth.at("Thursday evenings");
  assert.ok(!(await ruth.text()).includes("Asked of you"));
  await post(mina, tomas);
  await sees(tomas, "an answer", async () => (await tomas.text()).includes("answered your question"));
  assert.ok(!(await tomas.text()).includes("looked at the door"));
  await tomas.shots("answer-closed");
  await tomas.press("Open");
  await tomas.at(/^From/);
  assert.ok((await tomas.text()).includes("I noticed that you … looked at the door"));
  await tomas.shots("answer");
  await tomas.press(/^Thank/);
  await tomas.at(/^Thank/);
  await tomas.type("A line, if you like", "That helps me.");
  await tomas.press("Go on");
  await tomas.at("This is all that leaves");
  await tomas.press(/^Thank/);
  await tomas.at("It is on its way");
});

step("what was shared is taken back", async () => {
  await mina.press("My group");
  await mina.press("Everything I've shared");
  await mina.at("Everything I've shared");
  await mina.shots("everything-shared");
  await mina.press("Check what left this computer");
  await mina.at("Check what left this computer");
  assert.match(await mina.text(), /Each was checked\./);
  await mina.shots("audit");
  await mina.press("Back");
  await mina.at("Everything I've shared");
  await mina.page.locator(".card", { hasText: "five years old" }).getByRole("button", { name: "Take it back" }).click();
  await mina.at("Take it back?");
  await mina.shots("take-back");
  await mina.press("Take it back");
  await mina.at("Taken back");
  await post(mina, tomas);
  await sees(tomas, "that it was taken back", async () => !(await tomas.text()).includes("five years old"));
  assert.ok((await tomas.text()).includes("Taken back."));
});

step("leaving can be undone until it goes, and the journal stays", async () => {
  await tomas.press("Step out");
  await tomas.at("You can go");
  await tomas.shots("leave");
  await tomas.press("Leave now");
  await tomas.at("You are leaving");
  await tomas.shots("leaving");
  await tomas.press("Stay after all");
  await tomas.at("Thursday evenings");
});

step("what can be printed", async () => {
  for (const [name, heading] of [["What you need", /What you need/], ["Pocket card", "Pocket card"], ["The agreement with its signatures", "Our agreement"]]) {
    await mina.press("More");
    await mina.press("Things to print");
    await mina.press(name);
    await mina.at(heading);
    await mina.page.emulateMedia({ media: "print" });
    assert.equal(await mina.page.getByRole("button").count(), 0);
    await mina.shot("paper-" + name.toLowerCase().replaceAll(" ", "-"));
    await mina.page.emulateMedia({ media: "screen" });
  }
  // Three signatures under one text, the same on every computer and for every command.
  const signed = (text) => text.replace(/[\u2066-\u2069]/g, "").match(/[0-9a-f]{64}|(?:Ruth|Mina|Tomas)\W+[0-9a-f]{4}(?: [0-9a-f]{4}){3}/g)
    .map((each) => each.replace(/\W+/g, " ")).sort();
  const paper = signed(await mina.text());
  assert.equal(paper.length, 4);
  assert.equal(new Set(paper.map((each) => each.slice(-19))).size, 4);
  assert.deepEqual(signed((await ruth.kith(["agreement", "show"])).out), paper);
});

step("a leader changes the agreement, and the old one holds meanwhile", async () => {
  await ruth.press("My group");
  await ruth.press("Our agreement");
  await ruth.at("Our agreement");
  await ruth.shots("agreement");
  await ruth.press("Change the draft");
  await ruth.type("How one leaves", "Whenever you like. A word before is kind.");
  await ruth.press("Propose it to all");
  await ruth.at("Propose this text?");
  await ruth.press("Propose it and sign");
  await ruth.at("Signed");
  await post(ruth, mina);
  await sees(mina, "the new text", async () => (await mina.text()).includes("A new text of the agreement waits for you."));
  await mina.shots("new-agreement");
});
