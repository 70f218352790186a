// Everybody can use it: by keyboard alone, in a narrow window, at four times the size, in the dark, with the system's own
// colours, without motion, and with a screen reader's view of it.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { House, step } from "./support.mjs";

let house, mina;
before(async () => {
  house = await House.open("reach");
  mina = house.person("mina");
});
after(() => house.close());

const focused = () => mina.page.evaluate(() => {
  const one = document.activeElement;
  return { tag: one.tagName, text: (one.innerText || one.labels?.[0]?.innerText || one.getAttribute("aria-label") || "").trim() };
});

// Tab until the thing with these words has the focus; the focus must be visible all the way.
async function tabTo(words) {
  for (let i = 0; i < 60; ++i) {
    const now = await focused();
    if (now.text.startsWith(words)) return;
    await mina.page.keyboard.press("Tab");
    const unseen = await mina.page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return one === document.body || (parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none") ? ""
        : one.outerHTML.slice(0, 200) + style.outline;
    });
    assert.equal(unseen, "", "the focus cannot be seen");
  }
  assert.fail("not reached by Tab: " + words);
}
const key = (name) => mina.page.keyboard.press(name);

step("the first words are written and kept without a mouse", async () => {
  await mina.open();
  await mina.at("A journal of your own");
  assert.equal((await focused()).tag, "H1");
  await key("Tab");
  await tabTo("Only me");
  await key("ArrowDown");
  await tabTo("Six words");
  await key("ArrowDown");
  await tabTo("Start");
  await key("Enter");
  await mina.at("Your passphrase");
  assert.equal((await focused()).tag, "H1");
  mina.words = "Kettle and three spoons";
  await tabTo("Passphrase");
  await mina.page.keyboard.type(mina.words);
  await tabTo("The same once more");
  await mina.page.keyboard.type(mina.words);
  await tabTo("Make my journal");
  await key("Space");
  await mina.at("What is here right now?");
  assert.equal((await focused()).tag, "TEXTAREA");
  await mina.page.keyboard.type("No mouse was needed.");
  await tabTo("Keep it");
  await key("Enter");
  await mina.at("Kept, just for you");
  assert.equal((await focused()).tag, "H1");
  await tabTo("My journal");
  await key("Enter");
  await mina.at("My journal");
  await tabTo("Find");
  await mina.page.keyboard.type("mouse");
  await key("Enter");
  await mina.page.locator("main h1:focus").waitFor({ state: "attached" });  // what was found, on a screen of its own
  await mina.page.getByText("No mouse was needed.").waitFor();
  await tabTo("Lock");
  await key("Enter");
  await mina.at("Locked");
  await tabTo("Passphrase");
  await mina.page.keyboard.type(mina.words);
  await key("Enter");
  await mina.at("What is here right now?");
});

// Every screen that needs no group, by the words of its buttons.
const walk = [
  ["Write"], ["My journal"], ["My group"], ["More"], ["More", "Settings"], ["More", "Change my passphrase"], ["More", "Bring in or take out"],
  ["More", "Things to print"], ["More", "Things to print", "What you need"], ["More", "Things to print", "Pocket card"],
  ["More", "How things are here"], ["More", "Help card"], ["More", "If this computer is lost"], ["Help"],
  ["My group", "Someone gave me an invitation"], ["My group", "I lead a group"],
];

async function everyScreen(suffix) {
  for (const way of walk) {
    for (const name of way) {
      await mina.press(name);
      await mina.page.waitForLoadState();
      await mina.page.locator("main h1:focus, main textarea:focus").waitFor({ state: "attached" });
    }
    await mina.shot(way.join("-").toLowerCase().replaceAll(" ", "-") + suffix);
  }
}

step("every screen as it is", () => everyScreen(""));

step("every screen in a window of 320 points", async () => {
  await mina.page.setViewportSize({ width: 320, height: 568 });
  await everyScreen("-320");
});

step("every screen at four times the size", async () => {
  // 1280 points wide at 400 % is what a window of 320 by 256 shows.
  await mina.page.setViewportSize({ width: 320, height: 256 });
  await everyScreen("-400-percent");
  await mina.page.setViewportSize({ width: 900, height: 760 });
});

step("every screen in the dark", async () => {
  await mina.page.emulateMedia({ colorScheme: "dark" });
  await everyScreen("-dark");
  await mina.page.emulateMedia({ colorScheme: "light" });
});

step("with the system's own colours every button keeps an edge", async () => {
  await mina.page.emulateMedia({ forcedColors: "active", contrast: "more" });
  await mina.press("Write");
  await mina.at("What is here right now?");
  const edges = await mina.page.evaluate(() => [...document.querySelectorAll("main button:not(.link), main textarea")]
    .map((each) => getComputedStyle(each)).filter((style) => parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle === "none").length);
  assert.equal(edges, 0);
  await mina.shot("system-colours");
  await mina.page.emulateMedia({ forcedColors: "none", contrast: "no-preference" });
});

step("nothing moves for those who asked for that", async () => {
  await mina.page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await mina.page.evaluate(() => document.getAnimations().length);
  assert.equal(moving, 0);
  await mina.page.emulateMedia({ reducedMotion: null });
});

step("the only live region says saved and sent, and private fields are left alone", async () => {
  await mina.press("Write");
  await mina.at("What is here right now?");
  assert.equal(await mina.page.locator("[aria-live], [role=status], [role=alert], [role=log]").count(), 1);
  await mina.type("Your words", "A line for the draft");
  await mina.page.locator("[role=status]", { hasText: "Draft saved" }).waitFor();
  for (const way of walk) {
    for (const name of way) await mina.press(name);
    await mina.page.locator("main h1:focus, main textarea:focus").waitFor({ state: "attached" });
    const loose = await mina.page.evaluate(() => [...document.querySelectorAll("textarea, input[type=text], input[type=password], input[type=search]")]
      .filter((each) => each.spellcheck || each.translate || each.autocomplete !== "off").length);
    assert.equal(loose, 0, way.join(" "));
  }
});

step("targets are large enough to hit", async () => {
  await mina.press("More");
  await mina.at("More");
  const small = await mina.page.evaluate(() => [...document.querySelectorAll("button, input, summary, select")]
    .filter((each) => each.offsetParent && !each.classList.contains("skip"))
    .map((each) => each.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length);
  assert.equal(small, 0);
});
