// @ts-check
/** A chat is offered for a number of seconds, and accepted or refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AMELIE, JAMES, enter, say, shows, work, world } from "./support/world.mjs";

test("an offer counts down; refused it goes to the colleague, who accepts it", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desks = await Promise.all([demo.desk(JAMES), demo.desk(AMELIE, { locale: "fr-FR" })]);
  await Promise.all(desks.map(work));
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Is anybody there?");

  const asked = await Promise.any(desks.map((desk) => desk.waitForSelector(".offer").then(() => desk)));
  const other = asked === desks[0] ? desks[1] : desks[0];
  assert.equal(await other.locator(".offer").count(), 0, "one person is asked at a time");
  const offer = asked.locator(".offer");
  await offer.locator("strong", { hasText: "Ada Lune" }).waitFor();
  await offer.locator(".offer-preview", { hasText: "Is anybody there?" }).waitFor();
  await say(chat, "Hello?");
  await offer.locator(".offer-preview", { hasText: "Hello?" }).waitFor();
  const seconds = async () => Number(await offer.locator('[role="timer"] span').textContent());
  const first = await seconds();
  assert.ok(first > 20 && first <= 30, `${first} s are left at first`);
  await asked.waitForFunction((then) => Number(document.querySelector('.offer [role="timer"] span')?.textContent) <= then - 2, first);
  assert.match((await offer.locator('[role="timer"] span').getAttribute("aria-label")) ?? "", new RegExp(`^${await seconds()} |^${(await seconds()) + 1} `));

  await asked.keyboard.press("r");
  await asked.waitForSelector(".offer", { state: "detached" });
  await other.waitForSelector(".offer");
  assert.equal(await asked.locator(".offer").count(), 0, "who has refused is not asked again at once");
  await other.keyboard.press("a");
  await other.waitForSelector("#composer:visible");
  await shows(other, "#mine .row-name", ["Ada Lune"]);
  await shows(other, ".offer", []);
  await shows(asked, "#unassigned .row-name", []);
  await say(other, "Yes, here I am.");
  await chat.locator(".v-line.in", { hasText: "Yes, here I am." }).waitFor();
  await other.waitForSelector(".capacity:not(.unknown)");
  assert.deepEqual(demo.complaints, []);
});
