// @ts-check
/** A visitor who uses no mouse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { IN_CHAT, JAMES, chatOf, shows, texts, work, world } from "./support/world.mjs";

/** More stops than any of the pages has. */
const STOPS_MAX = 60;

test("the chat is opened, used, hidden and ended by the keyboard alone", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  await work(await demo.desk(JAMES));
  const shop = await demo.shop();
  const keys = shop.keyboard;
  const onBubble = () => shop.evaluate(() => document.activeElement?.hasAttribute("data-ecluse-chat") ?? false);
  await until(onBubble, () => keys.press("Tab"));
  await keys.press("Enter");
  const chat = await chatOf(shop);
  const at = (/** @type {string} */ selector) => chat.evaluate((wanted) => document.hasFocus() && (document.activeElement?.matches(wanted) ?? false), selector);
  const reaches = (/** @type {string} */ selector) => chat.waitForFunction((wanted) => document.hasFocus() && document.activeElement?.matches(wanted), selector);

  await reaches("#field-name");
  await keys.press("Enter");
  await chat.waitForSelector("#field-name-error:not([hidden])");
  await reaches("#field-name");
  await keys.type("Ada Lune");
  await keys.press("Tab");
  await keys.type("ada@example.org");
  await keys.press("Enter");
  await reaches("#composer");
  const [greeting] = await texts(chat, IN_CHAT);
  await keys.type("First line");
  await keys.press("Shift+Enter");
  await keys.type("second line");
  await keys.press("Enter");
  await shows(chat, IN_CHAT, [greeting ?? "", "First line\nsecond line"]);
  await chat.waitForSelector(".mark.sent");
  await reaches("#composer");

  await keys.press("Escape");
  // A frame that is not shown draws nothing, so it is asked by the clock.
  await chat.waitForFunction(() => !document.hasFocus(), null, { polling: 50 });
  assert.equal(await onBubble(), true);
  await keys.press("Enter");
  await reaches("#composer");

  await until(() => at("#end"), () => keys.press("Shift+Tab"));
  await keys.press("Enter");
  await chat.waitForSelector("dialog[open]");
  await until(() => at("dialog .primary"), () => keys.press("Tab"));
  await keys.press("Enter");
  await chat.waitForSelector(".v-ended:not([hidden])");
  await reaches(".v-ended button");
  await keys.press("Enter");
  await reaches("#composer");
  assert.deepEqual(demo.complaints, []);
});

/**
 * @param {() => Promise<boolean>} reached
 * @param {() => Promise<void>} press
 */
async function until(reached, press) {
  for (let stops = 0; !(await reached()); stops += 1) {
    assert.ok(stops < STOPS_MAX, "the keyboard does not get there");
    await press();
  }
}
