// What a person sees when the icon is pressed and nothing can open: words, never nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { after, before } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { House, step } from "./support.mjs";

const script = fileURLToPath(new URL("../../cli/package/open-notebook", import.meta.url));
let house, mina, tree;

before(async () => {
  house = await House.open("icon");
  mina = house.person("mina");
  tree = join(house.folder, "usr");
  for (const folder of ["bin", "lib/kith", "tools", "desktop"]) mkdirSync(join(tree, folder), { recursive: true });
  cpSync(script, join(tree, "lib/kith/open-notebook"));
  for (const tool of ["sh", "dirname", "readlink", "mktemp", "cat", "sed", "grep", "tail"])
    symlinkSync(["/usr/bin/", "/bin/"].map((folder) => folder + tool).find((path) => existsSync(path)), join(tree, "tools", tool));
  program("kith", `exec ${process.env.KITH_PROGRAM} "$@"`, "bin");
});
after(() => house.close());

function program(name, text, folder = "tools") {
  const path = join(tree, folder, name);
  writeFileSync(path, "#!/bin/sh\n" + text + "\n");
  chmodSync(path, 0o755);
}

// Presses the icon, on a desktop with these programs only. What was opened, if anything.
function press(home = mina.home) {
  const opened = join(tree, "opened");
  writeFileSync(opened, "");
  const { status } = spawnSync(join(tree, "lib/kith/open-notebook"), { encoding: "utf8", env: {
    PATH: join(tree, "tools"), HOME: join(tree, "desktop"), TMPDIR: house.folder, LANG: "C.UTF-8", KITH_HOME: home, OPENED: opened } });
  return { status, opened: readFileSync(opened, "utf8").trim() };
}
const browser = () => program("xdg-open", 'echo "$1" >>"$OPENED"');

async function read(opened, name) {
  assert.match(opened, /^file:.*notebook\.html$/);
  await mina.window();
  await mina.page.goto(pathToFileURL(opened.slice("file://".length)).href);
  await mina.at("The notebook did not open");
  assert.match(await mina.text(), /^The notebook did not open\s+Your words are safe: nothing was changed\./);
  assert.deepEqual(await mina.barriers(), []);
  await mina.picture(name);
  const text = await mina.text();
  await mina.context.close();
  return text;
}

step("when all is well, the page opens", async () => {
  browser();
  const { status, opened } = press();
  assert.equal(status, 0);
  assert.match(opened, /^file:\/\/\/.*\/open-[0-9a-f]{16}\.html$/);
  assert.ok(!/[0-9a-f]{64}/.test(opened), "no key in an argument");
});

step("no folder can be made for the journal: a page says so", async () => {
  const { status, opened } = press("/dev/null/here");
  assert.equal(status, 1);
  const text = await read(opened, "no-folder");
  assert.match(text, /folder|directory/i);
  assert.doesNotMatch(text, /^kith /m, "no command for a terminal");
});

step("something else is where the page's process should answer: a page says so", async () => {
  const home = join(house.folder, "other");
  mkdirSync(join(home, "run/page.sock"), { recursive: true, mode: 0o700 });
  const { status, opened } = press(home);
  assert.equal(status, 1);
  await read(opened, "no-process");
});

step("the program itself cannot start: its reason is text on the page", async () => {
  program("kith", 'echo "kith: error while loading shared libraries: <libsodium.so>&: cannot open" >&2; exit 127', "bin");
  const { opened } = press();
  assert.match(await read(opened, "no-library"), /error while loading shared libraries: <libsodium\.so>&: cannot open/);
});

step("no browser: a window, else a notification, else a file on the desktop", async () => {
  program("xdg-open", "exit 3");
  for (const [tool, wanted] of [["notify-send", 2], ["zenity", 2]]) {
    program(tool, 'for word; do echo "$word" >>"$OPENED"; done');
    const { opened } = press();
    assert.match(opened, /Your words are safe: nothing was changed\./, tool);
    assert.ok(opened.split("\n").length > wanted, tool);
  }
  for (const tool of ["notify-send", "zenity"]) program(tool, "exit 1");
  const { status } = press();
  assert.equal(status, 1);
  const note = readdirSync(join(tree, "desktop")).find((name) => name.endsWith(".txt"));
  assert.match(readFileSync(join(tree, "desktop", note), "utf8"), /^The notebook did not open\.\n\nYour words are safe: nothing was changed\./);
});
