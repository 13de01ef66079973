// @ts-check
/** Every page of the console, found by its links: no violation that axe knows, in either theme, and whole at 390 pixels. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { ADMINISTRATOR, ask, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */

const NARROW = { width: 390, height: 844 };
const WIDE = { width: 1440, height: 900 };
const SCHEMES = /** @type {const} */ (["light", "dark"]);
/** What a crawl of a console with one of everything cannot come near to. */
const PAGES_MAX = 150;

const axe = await readFile(createRequire(join(String(process.env["NODE_PATH"]), "x.js")).resolve("axe-core/axe.min.js"), "utf8");

// French, whose words are the longer ones.
test("every page of the console is accessible and fits a narrow screen", async (t) => {
  const demo = await world(t);
  const page = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await fill(page);
  const waiting = ["/console/channels"];
  const seen = new Set(waiting);
  /** @type {string[]} */
  const wrong = [];
  for (let path = waiting.shift(); path; path = waiting.shift()) {
    const answer = await page.goto(`${demo.origin}${path}`);
    assert.equal(answer?.status(), 200, path);
    wrong.push(...(await look(page, path)));
    for (const link of await links(page)) {
      if (seen.has(link) || seen.size >= PAGES_MAX) continue;
      seen.add(link);
      waiting.push(link);
    }
  }
  t.diagnostic(`${seen.size} pages`);
  assert.ok(seen.size > 30 && seen.size < PAGES_MAX, `${seen.size} pages were found`);
  assert.deepEqual(wrong, []);
  assert.deepEqual(demo.complaints, []);
});

/**
 * One of each thing that the demonstration does not have.
 * @param {Page} page
 */
async function fill(page) {
  const queue = (await ask(page, "GET", "/api/v1/queues")).items[0].id;
  const label = { fr: "Parler", en: "Talk" };
  await ask(page, "POST", "/api/v1/sms-trunks", { name: "Twilio", provider: "twilio", twilio: { account_sid: "AC0123456789abcdef0123456789abcdef", auth_token: "0123456789abcdef0123456789abcdef" } });
  await ask(page, "POST", "/api/v1/chatbots", { name: "Menu", fallback_queue: queue, options: [{ label, queue }] });
  await ask(page, "POST", "/api/v1/forms", { name: "Avant", purpose: "prechat", fields: [{ name: "name", label: { fr: "Nom", en: "Name" }, type: "text", required: true }] });
  await ask(page, "POST", "/api/v1/bans", { kind: "live_chat", address: "q83vEjRWeJCrze8SNFZ4kA", reason: "rude" });
  await ask(page, "POST", "/api/v1/api-keys", { name: "program", role: "administrator" });
}

/**
 * Every page that this one leads to.
 * @param {Page} page
 */
async function links(page) {
  const found = await page.locator("a[href^='/console']:not([download])").evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
  return found.map((link) => link.replace(/#.*/, "")).filter((link) => !/[?&](cursor|q|added|saved)=|export|\.csv/.test(link));
}

/**
 * @param {Page} page
 * @param {string} path
 */
async function look(page, path) {
  /** @type {string[]} */
  const wrong = [];
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme });
    // A color is looked at when it has become what it will be.
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null))));
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { violations } = await /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"], iframes: false });
      return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.target.join(" ")).slice(0, 3).join(", ")}`);
    });
    wrong.push(...violations.map((/** @type {string} */ one) => `${path} (${colorScheme}) ${one}`));
  }
  await page.setViewportSize(NARROW);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) wrong.push(`${path} is ${overflow} pixels too wide`);
  await page.setViewportSize(WIDE);
  return wrong;
}
