// @ts-check
/** The server is killed while people write. The pages find it again by themselves. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_DESK, IN_CHAT, JAMES, enter, say, shows, take, texts, work, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

test("killed and started again, nothing is lost or doubled, and both pages come back by themselves", { timeout: 90_000 }, async (t) => {
  const demo = await world(t, { pace: 5 });
  const desk = await demo.desk(JAMES);
  // Who is busy is offered nothing, so there is room for the visitor.
  await desk.click(".presence-button");
  await desk.locator('[role="menuitemradio"]', { hasText: "Busy" }).click();
  const ledger = await demo.person({});
  await ledger.goto(`${demo.origin}/demo/ledger`);
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "one");
  await take(desk, "Ada Lune");
  await chat.locator(".mark.read").first().waitFor();
  await say(desk, "first answer");
  await chat.locator(".v-line.in", { hasText: "first answer" }).waitFor();
  await atLeast(ledger, 1);

  await say(chat, "two");
  await demo.kill();
  await say(chat, "three");
  await say(desk, "second answer");
  await say(chat, "four");
  await desk.waitForSelector("#banner.lost:not([hidden])");
  await chat.locator("#state.away").waitFor();
  await ledger.waitForSelector('#pulse[data-state="down"]');
  const before = await figures(ledger);

  await demo.start();
  await desk.waitForSelector("#banner", { state: "hidden" });
  await chat.locator("#state:not(.away)").waitFor();
  await ledger.waitForSelector('#pulse:not([data-state="down"])');
  await chat.locator(".pending").first().waitFor({ state: "detached" });
  await allSent(desk);
  await desk.locator(AT_DESK).nth(5).waitFor();

  const said = await texts(desk, AT_DESK);
  assert.deepEqual(said.filter((one) => one.endsWith("answer")), ["first answer", "second answer"]);
  assert.deepEqual(said.filter((one) => !one.endsWith("answer")), ["one", "two", "three", "four"]);
  const [greeting] = await texts(chat, IN_CHAT);
  await shows(chat, IN_CHAT, [greeting ?? "", ...said]);
  await say(desk, "third answer");
  await allSent(desk);
  await shows(chat, IN_CHAT, [greeting ?? "", ...said, "third answer"]);
  await desk.reload();
  await shows(desk, AT_DESK, [...said, "third answer"]);

  await ledger.waitForSelector("#restarts .right");
  const after = await figures(ledger);
  assert.ok(after.stored >= before.acknowledged && before.acknowledged > 0, JSON.stringify({ before, after }));
  assert.deepEqual([after.lost, after.doubled, after.disordered], [0, 0, 0]);
  // An answer that was written on top of what had not been seen yet is refused once, and a browser says so.
  assert.deepEqual(demo.complaints.filter((one) => !one.includes("409 (Conflict)")), []);
});

test("what is offered stands still while the server is away, and can be accepted once it is back", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  await work(desk);
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Is anybody there?");
  await desk.waitForSelector('.offer [role="timer"] span:text-matches("[0-9]")');

  await demo.kill();
  await desk.waitForSelector(".offers.paused .offers-paused:not([hidden])");
  assert.equal(await desk.locator('.offer [role="timer"] span').textContent(), "", "no seconds are counted");
  assert.deepEqual(await desk.locator(".offer button").evaluateAll((all) => all.map((one) => /** @type {HTMLButtonElement} */ (one).disabled)), [true, true]);
  await desk.keyboard.press("a");
  assert.equal(await desk.locator(".offer").count(), 1, "the key accepts nothing");

  await demo.start();
  await desk.waitForSelector("#banner", { state: "hidden" });
  await desk.click(".offer .primary:enabled");
  await desk.waitForSelector("#composer:visible");
  await shows(desk, AT_DESK, ["Is anybody there?"]);
  assert.deepEqual(demo.complaints, []);
});

/**
 * Waits until nothing of the agent is under way; what was held back because something came in first is sent all the same.
 * @param {Page} desk
 */
async function allSent(desk) {
  for (;;) {
    await desk.waitForFunction(() => !document.querySelector(".timeline .pending") || document.querySelector(".conflict:not([hidden]) .primary"));
    if (!(await desk.locator(".conflict:not([hidden]) .primary").isVisible())) return;
    await desk.click(".conflict .primary");
    await desk.locator(".conflict .primary").waitFor({ state: "hidden" });
  }
}

/**
 * @param {Page} ledger
 * @param {number} count
 */
async function atLeast(ledger, count) {
  await ledger.waitForFunction((wanted) => Number(document.querySelector('[data-figure="acknowledged"]')?.textContent) >= wanted, count);
}

/** @param {Page} ledger */
async function figures(ledger) {
  const read = async (/** @type {string} */ name) => Number(((await ledger.locator(`[data-figure="${name}"]`).textContent()) ?? "").replace(/\D/g, "") || NaN);
  return { acknowledged: await read("acknowledged"), stored: await read("stored"), lost: await read("lost"), doubled: await read("doubled"), disordered: await read("out_of_order") };
}
