// @ts-check
/** A demonstration of a test's own, with the pages that people would open; everything that it started is stopped. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * @typedef {import("playwright-core").Browser} Browser
 * @typedef {import("playwright-core").Frame} Frame
 * @typedef {import("playwright-core").Page} Page
 * @typedef {import("playwright-core").BrowserContextOptions} Options
 * @typedef {{name: string, email: string}} Agent
 */

/** @type {{chromium: import("playwright-core").BrowserType}} */
const { chromium } = createRequire(import.meta.url)(needed("ECLUSE_PLAYWRIGHT"));

/** @type {Agent} */
export const AMELIE = { name: "Amélie", email: "amelie@lampyre.example" };
/** @type {Agent} */
export const JAMES = { name: "James", email: "james@lampyre.example" };
/** @type {Agent} */
export const ADMINISTRATOR = { name: "Administrator", email: "admin" };
export const PASSWORD = "lampyre-demo";

/** What is said at the desk, and in the chat, in the order of the page. */
export const AT_DESK = ".timeline .line .body";
export const IN_CHAT = ".v-lines .v-line .body";

/** How long any state may take to come about, on a machine that does much else. */
const PATIENCE_MS = 20_000;

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** What a browser says of a server that has been killed. */
const GONE = /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|^WebSocket connection to /;

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** @param {string} name */
function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; .ci/test sets it`);
  return value;
}

/** A port that is free together with the next one, where the shop's site listens. */
async function freePort() {
  for (;;) {
    const first = await listening(0);
    const { port } = /** @type {import("node:net").AddressInfo} */ (first.address());
    const second = await listening(port + 1).catch(() => null);
    for (const server of [first, second]) server?.close();
    if (second) return port;
  }
}

/** @param {number} port */
async function listening(port) {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/**
 * @param {import("node:test").TestContext} test
 * @param {{pace?: number}} [how] `pace` is how many messages a second the invented customers write
 */
export async function world(test, { pace = 0 } = {}) {
  const room = await mkdtemp(join(tmpdir(), "ecluse-browser-"));
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  /** @type {import("node:child_process").ChildProcess|null} */
  let running = null;
  let killed = false;
  /** @type {Promise<Browser>|null} */
  let browser = null;
  /** @type {string[]} */
  const complaints = [];

  test.after(async () => {
    await (await browser)?.close();
    await kill();
    await rm(room, { recursive: true, force: true });
  });

  async function start() {
    const child = spawn(needed("ECLUSE_BIN"), ["demo", "--listen", `127.0.0.1:${port}`, "--data-dir", join(room, "data"), "--pace", String(pace)], { stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    running = child;
    /** @type {string[]} */
    const said = [];
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          said.push(line);
          if (line.includes("--fresh begins anew")) resolve(undefined);
        });
      }
      child.once("exit", (code) => reject(new Error(`the demonstration ended with ${code}:\n${said.join("\n")}`)));
      child.once("error", reject);
    });
  }

  /** As `kill -9`; the process is gone when this returns. */
  async function kill() {
    const child = running;
    running = null;
    killed = true;
    if (!child) return;
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  /** @param {Options} options */
  async function person(options) {
    browser ??= chromium.launch({ executablePath: needed("ECLUSE_CHROMIUM"), args: FLAGS });
    const context = await (await browser).newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`forbidden by ${event.violatedDirective}: ${event.blockedURI}`)));
    context.on("console", (message) => {
      const text = message.text();
      if (!["error", "warning"].includes(message.type()) || (killed && GONE.test(text.replace(/^Failed to load resource: /, "")))) return;
      complaints.push(`${message.type()}: ${text} (${message.location().url})`);
    });
    context.on("weberror", (error) => complaints.push(`thrown: ${error.error().stack}`));
    return context.newPage();
  }

  /**
   * @param {Page} page
   * @param {Agent} who
   */
  async function signIn(page, who) {
    await page.fill("#email", who.email);
    await page.fill("#password", PASSWORD);
    await page.click("#submit");
  }

  await start();
  return {
    origin,
    start,
    kill,
    /** A page of a browser of one's own. */
    person,
    /** What the pages complained about: thrown errors, errors and warnings on the console, broken policies. */
    complaints,
    /**
     * Signs in through the page.
     * @param {Agent} who
     * @param {Options} [options]
     */
    async desk(who, options = {}) {
      const page = await person(options);
      await page.goto(`${origin}/desk`);
      await signIn(page, who);
      await page.waitForSelector(".presence-button", { state: "attached" });
      return page;
    },
    /**
     * Signs in through the page, and opens the list of channels.
     * @param {Agent} who
     * @param {Options} [options]
     */
    async console(who, options = {}) {
      const page = await person(options);
      await page.goto(`${origin}/console/channels`);
      await signIn(page, who);
      await page.waitForURL(/\/console\/channels/);
      return page;
    },
    /** @param {Options} [options] */
    async shop(options = {}) {
      const page = await person(options);
      await page.goto(`http://localhost:${port + 1}/`);
      await page.waitForSelector("[data-ecluse-chat]", { state: "attached" });
      return page;
    },
  };
}

/**
 * The chat in the shop's page. It stands behind a closed shadow root, as it does on any site.
 * @param {Page} shop
 * @returns {Promise<Frame>}
 */
export async function chatOf(shop) {
  for (;;) {
    const frame = shop.frames().find((one) => one.url().includes("/chat/"));
    if (frame) return frame;
    await shop.waitForEvent("framenavigated");
  }
}

/**
 * Opens the chat by the bubble in the corner and answers its form.
 * @param {Page} shop
 * @param {string} name
 */
export async function enter(shop, name) {
  const { width, height } = /** @type {{width: number, height: number}} */ (shop.viewportSize());
  await shop.mouse.click(width - 50, height - 50);
  const chat = await chatOf(shop);
  await chat.fill("#field-name", name);
  await chat.fill("#field-email", "visitor@example.org");
  await chat.click("button[type=submit]");
  await chat.waitForSelector("#composer");
  return chat;
}

/**
 * Writes in the field of the desk or of the chat.
 * @param {Page|Frame} page
 * @param {string} text
 */
export async function say(page, text) {
  await page.fill("#composer", text);
  await page.press("#composer", "Enter");
}

/** @param {Page} desk */
export async function work(desk) {
  await desk.click(".go-online");
  await desk.waitForSelector(".presence-now .dot.available");
}

/**
 * Is there, and is offered nothing.
 * @param {Page} desk
 */
export async function busy(desk) {
  await work(desk);
  await desk.click(".presence-button");
  await desk.locator('[role="menuitemradio"]:has(.dot.busy)').click();
  await desk.waitForSelector(".presence-now .dot.busy");
}

/**
 * Asks the server as whoever signed in on the page may.
 * @param {Page} desk
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export function ask(desk, method, path, body) {
  return desk.evaluate(
    async ([verb, where, what]) => {
      const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
      const answer = await fetch(/** @type {string} */ (where), { method: verb, headers: { "Content-Type": "application/json", "X-CSRF-Token": token }, body: what });
      if (!answer.ok) throw new Error(`${verb} ${where}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body && JSON.stringify(body)],
  );
}

/**
 * Takes what waits in the list of those whom nobody has.
 * @param {Page} desk
 * @param {string} name
 */
export async function take(desk, name) {
  await desk.locator("#unassigned .row", { hasText: name }).click();
  await desk.click('[data-action="take"]');
  await desk.waitForSelector("#composer:visible");
}

/**
 * Waits until the page shows exactly these texts, in this order.
 * @param {Page|Frame} page
 * @param {string} selector
 * @param {string[]} expected
 */
export async function shows(page, selector, expected) {
  try {
    await page.waitForFunction(([where, wanted]) => JSON.stringify([...document.querySelectorAll(where ?? "")].map((one) => one.textContent)) === wanted, [selector, JSON.stringify(expected)]);
  } catch {
    assert.deepEqual(await texts(page, selector), expected);
  }
}

/**
 * @param {Page|Frame} page
 * @param {string} selector
 * @returns {Promise<string[]>}
 */
export function texts(page, selector) {
  return page.locator(selector).evaluateAll((all) => all.map((one) => one.textContent ?? ""));
}
