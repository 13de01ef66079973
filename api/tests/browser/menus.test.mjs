// @ts-check
/** A chatbot's menu has buttons in the chat. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, AT_DESK, IN_CHAT, ask, enter, say, shows, work, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Frame} Frame */

const NARROW = { viewport: { width: 390, height: 844 }, locale: "fr-FR" };

const axe = await readFile(createRequire(join(String(process.env["NODE_PATH"]), "x.js")).resolve("axe-core/axe.min.js"), "utf8");

test("a menu is answered by its buttons, by mouse and by keyboard, and what was answered is so no more", { timeout: 90_000 }, async (t) => {
  const demo = await world(t);
  const console = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await lead(console);
  const desk = await demo.desk(AMELIE, { locale: "fr-FR" });
  await work(desk);
  const shop = await demo.shop(NARROW);
  const chat = await enter(shop, "Camille");
  await say(chat, "Bonjour");

  const order = chat.getByRole("button", { name: "Ma commande" });
  await order.waitFor();
  const group = chat.getByRole("group", { name: "Que puis-je faire ?" });
  assert.deepEqual(await group.getByRole("button").allTextContents(), ["Ma commande", "Un choix trop long pour tenir sur une seule ligne"]);
  await looks(shop, chat);
  await order.click();
  await chat.locator(".v-line.out .body", { hasText: "Ma commande" }).waitFor();
  assert.equal(await order.isDisabled(), true);

  const delivery = chat.getByRole("button", { name: "Livraison" });
  await delivery.waitFor();
  // From where the answer left the keyboard, the next stop is what came.
  await shop.keyboard.press("Tab");
  await chat.waitForFunction(() => document.activeElement?.textContent === "Livraison");
  await shop.keyboard.press("Enter");
  await chat.locator(".v-line.out .body", { hasText: "Livraison" }).waitFor();
  assert.equal(await chat.locator(".v-choice:enabled").count(), 0);
  await looks(shop, chat);

  await desk.waitForSelector(".offer");
  await desk.keyboard.press("a");
  await shows(desk, "ol.collected.path li", ["Ma commande", "Livraison"]);
  await desk.locator(AT_DESK, { hasText: "Bonjour" }).waitFor();
  await say(desk, "Me voici.");
  await chat.locator(IN_CHAT, { hasText: "Me voici." }).waitFor();
  assert.deepEqual(demo.complaints, []);
});

/**
 * Leads the shop's chat to a chatbot, by its settings page.
 * @param {Page} page
 */
async function lead(page) {
  const queue = (await ask(page, "GET", "/api/v1/queues")).items[0].id;
  const label = (/** @type {string} */ text) => ({ fr: text, en: `${text} (en)` });
  await ask(page, "POST", "/api/v1/chatbots", {
    name: "Accueil",
    greeting: label("Que puis-je faire ?"),
    options: [
      { label: label("Ma commande"), menu: { text: label("Laquelle ?"), options: [{ label: label("Livraison"), queue }] } },
      { label: label("Un choix trop long pour tenir sur une seule ligne"), queue },
    ],
  });
  await page.goto(new URL("/console/channels", page.url()).href);
  await page.locator("table.table tbody tr", { hasText: "localhost" }).locator("a").first().click();
  await page.selectOption("[name='destination']", { label: "Accueil" });
  await page.locator(".save-bar button.primary[value=save]").click();
  await page.waitForURL(/done=saved/);
}

/**
 * Nothing that axe knows is wrong in either theme, and nothing stands beside the page.
 * @param {Page} shop
 * @param {Frame} chat
 */
async function looks(shop, chat) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    await shop.emulateMedia({ colorScheme });
    await chat.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null))));
    await chat.evaluate(axe);
    const wrong = await chat.evaluate(async () => (await /** @type {any} */ (window).axe.run(document)).violations.map((/** @type {any} */ one) => [one.id, one.nodes.map((/** @type {any} */ node) => node.html)]));
    assert.deepEqual(wrong, [], colorScheme);
  }
  assert.ok(await chat.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the chat is wider than the screen");
}
