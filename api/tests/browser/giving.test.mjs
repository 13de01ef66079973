// @ts-check
/** Who gives a chat away sees it go; who is given it has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AMELIE, AT_DESK, JAMES, busy, enter, say, shows, take, texts, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

const EVENTS = ".timeline .event span > span";
const WAITING = "#unassigned .row-name";
const MINE = "#mine .row-name";

test("what waits is given to a colleague by the menu, and the timeline says by whom", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const [james, amelie] = await Promise.all([demo.desk(JAMES), demo.desk(AMELIE, { locale: "fr-FR" })]);
  await busy(james);
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Hello!");
  await james.locator("#unassigned .row", { hasText: "Ada Lune" }).click();
  await james.waitForSelector('[data-action="assign"]');

  await james.click('[data-action="assign"]');
  assert.equal(await james.locator('[role="menuitem"]', { hasText: AMELIE.name }).isDisabled(), true, "who is not there gets nothing");
  await james.keyboard.press("Escape");
  await busy(amelie);
  await shows(amelie, WAITING, ["Ada Lune"]);
  await shows(amelie, MINE, []);
  await james.click('[data-action="assign"]');
  await james.locator('[role="menuitem"]:enabled', { hasText: AMELIE.name }).click();

  await james.locator(".toast", { hasText: "Assigned to Amélie" }).waitFor();
  await james.locator(".notice", { hasText: "Amélie holds this conversation." }).waitFor();
  await shows(james, WAITING, []);
  await shows(james, MINE, []);
  await shows(james, EVENTS, ["Conversation opened", "Assigned to Amélie by James"]);
  await shows(amelie, MINE, ["Ada Lune"]);
  await shows(amelie, WAITING, []);
  await amelie.click("#mine .row");
  await shows(amelie, EVENTS, ["Conversation ouverte", "Attribuée à Amélie par James"]);
  await say(amelie, "Me voici, Ada.");
  await chat.locator(".v-line.in", { hasText: "Me voici, Ada." }).waitFor();
  assert.deepEqual(demo.complaints, []);
});

test("what goes back to a queue waits there again, before whoever came later", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const [james, amelie] = await Promise.all([demo.desk(JAMES), demo.desk(AMELIE, { locale: "fr-FR" })]);
  await Promise.all([james, amelie].map(busy));
  const ada = await enter(await demo.shop(), "Ada Lune");
  await say(ada, "Hello!");
  await take(james, "Ada Lune");
  await say(await enter(await demo.shop(), "Zoé Nuit"), "Good evening!");
  await shows(james, WAITING, ["Zoé Nuit"]);
  await shows(james, MINE, ["Ada Lune"]);
  await james.waitForSelector(".capacity:not(.unknown)");

  await james.click('[data-action="transfer"]');
  await james.locator('[role="menuitem"]', { hasText: "Boutique" }).click();
  await james.locator(".toast", { hasText: "Conversation transferred" }).waitFor();
  await shows(james, MINE, []);
  await shows(james, WAITING, ["Ada Lune", "Zoé Nuit"]);
  await shows(amelie, WAITING, ["Ada Lune", "Zoé Nuit"]);
  await shows(james, EVENTS, ["Conversation opened", "Assigned to James", "Moved to Boutique by James"]);
  await james.locator(".notice", { hasText: "Nobody has taken this chat yet." }).waitFor();
  assert.equal(await james.locator("#composer").isVisible(), false, "who has given it away cannot answer");

  const row = amelie.locator("#unassigned .row", { hasText: "Ada Lune" });
  await row.locator(".row-note", { hasText: "attend depuis un instant" }).waitFor();
  await amelie.clock.setFixedTime(Date.now() + 7 * 60_000);
  await say(ada, "Is anybody there?");
  await row.locator(".row-note.urgent", { hasText: "attend depuis 7 min" }).waitFor();
  await take(amelie, "Ada Lune");
  await shows(amelie, AT_DESK, ["Hello!", "Is anybody there?"]);
  await say(amelie, "Me voici, Ada.");
  await ada.locator(".v-line.in", { hasText: "Me voici, Ada." }).waitFor();
  await shows(james, WAITING, ["Zoé Nuit"]);
  assert.deepEqual(demo.complaints, []);
});
