// @ts-check
/** On a telephone's screen nothing stands beside the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { JAMES, chatOf, enter, say, work, world } from "./support/world.mjs";

const TELEPHONE = { viewport: { width: 390, height: 844 } };

test("no page is wider than a telephone", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const page = await demo.person(TELEPHONE);
  for (const path of ["/login", "/demo/ledger"]) {
    await page.goto(demo.origin + path);
    await fits(page, path);
  }
  const shop = await demo.shop(TELEPHONE);
  await fits(shop, "the shop");
  await shop.mouse.click(340, 794);
  await (await chatOf(shop)).waitForSelector("#field-message");
  await fits(await chatOf(shop), "the form that leaves a message");

  const desk = await demo.desk(JAMES, TELEPHONE);
  await desk.click('.tabs [data-tab="me"]');
  await work(desk);
  await fits(desk, "presence");
  const chat = await enter(await demo.shop(TELEPHONE), "Ada Lune");
  await say(chat, "A-word-that-does-not-end-".repeat(12));
  await chat.waitForSelector(".mark.sent");
  await fits(chat, "the chat");

  await desk.click('.tabs [data-tab="unassigned"]');
  await desk.waitForSelector(".offer");
  await fits(desk, "who waits");
  await desk.locator(".offer a", { hasText: "Ada Lune" }).click();
  await desk.click(".notice .primary");
  await desk.waitForSelector("#composer:visible");
  await fits(desk, "the conversation");
  await desk.click(".profile-link");
  await desk.waitForSelector("#profile-panel .identities");
  await fits(desk, "the profile");
  assert.deepEqual(demo.complaints, []);
});

/**
 * @param {import("./support/world.mjs").Page|import("./support/world.mjs").Frame} page
 * @param {string} name
 */
async function fits(page, name) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than the screen`);
}
