// What another site, another page on this computer and a name that points here get from the page: nothing.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, before } from "node:test";
import { House, step } from "./support.mjs";

let house, mina, site, sitePort, link;
const heard = [];

before(async () => {
  // The attacker's name points at this computer, as a rebinding name server would have it.
  house = await House.open("doors", { arguments: ["--host-resolver-rules=MAP *.example 127.0.0.1"] });
  mina = house.person("mina");
  await mina.begin();
  link = await mina.link();
  site = createServer((request, answer) => {
    heard.push(request.url);
    answer.writeHead(200, { "Content-Type": "text/html" });
    answer.end("<!doctype html><title>Elsewhere</title><body></body>");
  });
  await new Promise((done) => site.listen(0, "127.0.0.1", done));
  sitePort = site.address().port;
});
after(async () => {
  site.close();
  // These windows ask elsewhere on purpose: only the page's own context is held to asking nobody.
  await house.close();
});

async function elsewhere(address) {
  const context = await house.browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

const port = () => new URL(mina.origin).port;

step("a name that points here is turned away before anything is routed", async () => {
  const context = await house.browser.newContext();
  const statusOf = async (address) => {
    const page = await context.newPage();
    const answer = await page.goto(address, { timeout: 10_000 }).catch(() => null);
    const status = answer && answer.status();
    await page.close();
    return status;
  };
  for (const name of ["attacker.example", "kith.attacker.example"])
    assert.equal(await statusOf(`http://${name}:${port()}/`), 403, name);
  for (const name of ["localhost", "127.0.0.2", "[::1]"])
    assert.ok([403, null].includes(await statusOf(`http://${name}:${port()}/`)), name);
  assert.equal(await statusOf(mina.origin + "/"), 200);
  await context.close();
});

step("from the rebound name no call comes through", async () => {
  const page = await elsewhere(`http://attacker.example:${sitePort}/`);
  const got = await page.evaluate(async ({ port, key }) => {
    const tries = [];
    const ask = async (what, address, options) => {
      try {
        const answer = await fetch(address, options);
        tries.push([what, answer.type === "opaque" ? "opaque" : answer.status, answer.type === "opaque" ? "" : await answer.text()]);
      } catch {
        tries.push([what, "nothing", ""]);
      }
    };
    const body = JSON.stringify({ key });
    for (const host of [`http://attacker.example:${port}`, `http://127.0.0.1:${port}`]) {
      await ask("read", host + "/", {});
      await ask("script", host + "/app.js", {});
      await ask("session", host + "/session", { method: "POST", body, headers: { "Content-Type": "application/json" } });
      await ask("plain", host + "/session", { method: "POST", body, headers: { "Content-Type": "text/plain" }, mode: "no-cors" });
      await ask("call", host + "/api", { method: "POST", body: '{"call":"state"}', headers: { "Content-Type": "text/plain" }, mode: "no-cors" });
    }
    return tries;
  }, { port: port(), key: new URL(link).hash.slice(1) });
  for (const [what, status, text] of got) {
    assert.ok(["nothing", "opaque", 403].includes(status), what + " " + status);
    assert.ok(!/bearer|unlocked|schema":1,"ok":true/.test(text), what);
  }
  await page.context().close();
});

step("another page on this computer cannot frame, script or open its way in", async () => {
  const page = await elsewhere(`http://127.0.0.1:${sitePort}/`);
  const got = await page.evaluate(async (origin) => {
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const loaded = [];
    const add = (tag, set) => {
      const element = document.createElement(tag);
      for (const [key, value] of Object.entries(set)) element[key] = value;
      element.addEventListener("load", () => loaded.push(tag));
      document.body.append(element);
      return element;
    };
    add("img", { src: origin + "/icon.svg" });
    add("script", { src: origin + "/words.js" });
    add("link", { rel: "stylesheet", href: origin + "/style.css" });
    const frame = add("iframe", { src: origin + "/" });
    const form = add("form", { action: origin + "/api", method: "post", enctype: "text/plain", target: "elsewhere" });
    form.append(Object.assign(document.createElement("input"), { name: '{"call":"lock", "x":"', value: '"}' }));
    add("iframe", { name: "elsewhere" });
    form.submit();
    const opened = window.open(origin + "/");
    await wait(1500);
    // A window that has not gone anywhere yet is still ours, and empty.
    const seen = (look) => {
      try {
        const there = look();
        return there && there.URL !== "about:blank" ? there.URL : "nothing";
      } catch {
        return "nothing";
      }
    };
    return {
      loaded: loaded.filter((each) => each !== "iframe"), frame: seen(() => frame.contentDocument), opened: seen(() => opened.document),
    };
  }, mina.origin);
  assert.deepEqual(got, { loaded: [], frame: "nothing", opened: "nothing" });
  await page.context().close();
  assert.match((await mina.kith(["status"])).out, /^Unlocked/);
});

step("a form, a foreign Origin and a method that is not of the route change nothing", async () => {
  const plain = (headers, options = {}) => fetch(mina.origin + (options.path || "/api"), {
    method: options.method || "POST", headers, body: options.method === "GET" ? undefined : '{"call":"lock"}' });
  const good = { "Content-Type": "application/json", Origin: mina.origin, "Sec-Fetch-Site": "same-origin" };
  for (const [name, value] of [["Origin", "null"], ["Origin", "http://attacker.example"], ["Sec-Fetch-Site", "cross-site"],
    ["Sec-Fetch-Site", "same-site"], ["Sec-Fetch-Site", "none"], ["X-Kith-Tab", "0".repeat(64)]])
    assert.equal((await plain({ ...good, [name]: value })).status, 403, name + " " + value);
  assert.ok([403, 415].includes((await plain({ ...good, "Content-Type": "text/plain" })).status));
  assert.ok([403, 404, 405].includes((await plain(good, { method: "GET" })).status));
  for (const path of ["/api/../api", "/%2e%2e/keyfile", "/..%2fkeyfile", "/assets/", "/index.html?x=1"])
    assert.ok([400, 403, 404, 405].includes((await plain(good, { method: "GET", path })).status), path);
  assert.match((await mina.kith(["status"])).out, /^Unlocked/);
});

// One request as bytes; the head that came back, or "" if there was none.
const heardBack = (bytes) => new Promise((done, failed) => {
  let text = "";
  const socket = connect(Number(port()), "127.0.0.1", () => socket.write(bytes));
  socket.setTimeout(15_000, () => failed(new Error("no end: " + bytes)));
  socket.on("data", (more) => (text += more));
  socket.on("error", () => {});  // cut
  socket.on("close", () => done(text.split("\r\n\r\n")[0]));
});

step("every answer that there can be has the same headers, and what is no request has none", async () => {
  const whole = { Host: `127.0.0.1:${port()}`, Origin: mina.origin, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" };
  const request = (method, path, headers, body = "") => `${method} ${path} HTTP/1.1\r\n`
    + Object.entries({ ...whole, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`).join("")
    + (method === "POST" ? `Content-Length: ${body.length}\r\n` : "") + "\r\n" + body;
  const session = JSON.stringify({ key: "0".repeat(64) });
  const answers = {
    "200 the page": request("GET", "/", { "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" }),
    "200 a part of it": request("GET", "/app.js"), "200 a call": request("POST", "/session", {}, session), "200 an error": request("POST", "/session", {}, "{"),
    "403 another host": request("GET", "/", { Host: "attacker.example" }), "403 no bearer": request("POST", "/api", {}, "{}"),
    "404 no such place": request("GET", "/nothing"), "405 another method": request("DELETE", "/api"), "411 in pieces": request("GET", "/app.js").replace("GET /app.js", "POST /api"),
    "413 too long": request("POST", "/session", {}, " ".repeat(5000)), "415 no JSON": request("POST", "/session", { "Content-Type": "text/plain" }, session),
    "431 a long head": request("GET", "/", { "X-Long": "x".repeat(9000) }),
  };
  const sets = new Map();
  for (const [name, bytes] of Object.entries(answers)) {
    const [first, ...lines] = (await heardBack(bytes)).split("\r\n");
    assert.ok(first.startsWith("HTTP/1.1 " + name.slice(0, 3)), name + ": " + first);
    sets.set(name, lines.filter((line) => !/^(Date|Content-Length|Content-Type):/.test(line)).sort().join("\n"));
  }
  const [headers, ...others] = new Set(sets.values());
  assert.deepEqual(others, [], "another set");
  console.log(`# the headers of every answer (${[...sets.keys()].join(", ")}), beside Date, Content-Length and Content-Type:\n# ${headers.replaceAll("\n", "\n# ")}`);
  for (const bytes of ["hello\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\n folded: x\r\n\r\n", request("GET", "/").replace("Host: ", "Host "),
    request("POST", "/api").replace(": 0", ": -1"), "\u0016\u0003\u0001\r\n\r\n"])
    assert.equal(await heardBack(bytes), "", bytes);
});

step("every answer of a visit has the same guard", async () => {
  const page = await mina.tab();
  const answers = [];
  page.on("response", (response) => answers.push(response));
  await page.goto(await mina.link());
  await mina.at("What is here right now?");
  assert.ok(answers.length > 15);
  for (const answer of answers) {
    const headers = await answer.allHeaders();
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
      "trusted-types 'none'", "form-action 'none'", "base-uri 'none'"])
      assert.ok(headers["content-security-policy"].includes(part), answer.url() + " " + part);
    assert.ok(!/unsafe|http:|\*/.test(headers["content-security-policy"]));
    for (const [name, value] of Object.entries({ "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
      "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin" }))
      assert.equal(headers[name], value, answer.url());
    assert.equal(headers["set-cookie"], undefined);
    assert.equal(headers["access-control-allow-origin"], undefined);
  }
  await page.close();
});

step("the page weighs less than 120,000 bytes, all of it", async () => {
  const page = await mina.tab();
  const parts = new Map([["icon", fetch(mina.origin + "/icon.svg", { headers: { "Sec-Fetch-Site": "same-origin" } })
    .then((answer) => answer.arrayBuffer()).then((body) => body.byteLength)]]);
  page.on("response", (response) => {
    if (response.request().method() === "GET" && !response.url().endsWith("/icon.svg"))
      parts.set(response.url(), response.body().then((body) => body.length));
  });
  await page.goto(await mina.link());
  await mina.at("What is here right now?");
  const bytes = (await Promise.all(parts.values())).reduce((sum, size) => sum + size, 0);
  console.log(`# the page: ${bytes} bytes`);
  assert.ok(bytes > 60_000 && bytes < 120_000, String(bytes));
  await page.close();
});

step("the browser holds markup made of text and foreign script to nothing", async () => {
  const page = await mina.tab();
  await page.goto(await mina.link());
  await mina.at("What is here right now?");
  const got = await page.evaluate(async () => {
    const tried = {};
    for (const [name, act] of Object.entries({
      inner: () => { document.querySelector("main").innerHTML = "<img src=x onerror=\"window.broken=1\">"; },
      later: () => setTimeout("window.broken = 2"),
      script: () => { document.body.append(Object.assign(document.createElement("script"), { textContent: "window.broken = 3" })); },
      attribute: () => document.body.setAttribute("onclick", "window.broken = 4"),
    })) {
      try {
        act();
        tried[name] = "done";
      } catch (error) {
        tried[name] = error.name;
      }
    }
    document.body.click();
    await new Promise((done) => setTimeout(done, 50));
    return { tried, broken: window.broken };
  });
  assert.equal(got.broken, undefined);
  assert.equal(got.tried.inner, "TypeError");
  assert.equal(got.tried.later, "TypeError");
  await page.close();
}, { expected: /Trusted|Content Security Policy/ });
