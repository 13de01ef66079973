// @ts-check
/** Two people do not answer at once without knowing it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, AT_DESK, JAMES, ask, enter, say, shows, work, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

test("whoever looks at a chat sees that a colleague writes there, until they send, erase or fall silent", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const administrator = await demo.desk(ADMINISTRATOR);
  const people = (await ask(administrator, "GET", "/api/v1/agents")).items;
  const members = people.filter((/** @type {{name: string}} */ one) => one.name === AMELIE.name).map((/** @type {{id: string}} */ one) => one.id);
  await ask(administrator, "POST", "/api/v1/queues", { name: "Atelier", strategy: "manual", members });
  const [james, amelie] = await Promise.all([demo.desk(JAMES), demo.desk(AMELIE)]);
  await Promise.all([james, amelie].map(work));
  // She hears nothing of a queue that she does not work in now, but of what she looks at.
  await amelie.click(".work summary");
  const chosen = amelie.waitForResponse((answer) => answer.url().endsWith("/desk/presence") && answer.ok());
  await amelie.uncheck('.queues label:has-text("Boutique") input');
  await chosen;
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Hello!");
  await james.click(".offer .primary");
  await shows(james, AT_DESK, ["Hello!"]);
  await administrator.locator("#all .row", { hasText: "Ada Lune" }).click();
  await amelie.goto(james.url());
  const others = [amelie, administrator];
  for (const other of others) await shows(other, AT_DESK, ["Hello!"]);
  // Without time passing, only what James does takes the sign away.
  const now = Date.now();
  for (const other of others) await other.clock.setFixedTime(now);

  await james.locator("#composer").pressSequentially("Good");
  await Promise.all(others.map((other) => writes(other, true)));
  assert.equal(await james.locator(".typing span").count(), 0, "nobody is told of themselves");
  await james.fill("#composer", "");
  await Promise.all(others.map((other) => writes(other, false)));

  await james.locator("#composer").pressSequentially("Good evening");
  await Promise.all(others.map((other) => writes(other, true)));
  await james.press("#composer", "Enter");
  await Promise.all(others.map((other) => shows(other, AT_DESK, ["Hello!", "Good evening"])));
  await Promise.all(others.map((other) => writes(other, false)));

  await james.locator("#composer").pressSequentially("One");
  await Promise.all(others.map((other) => writes(other, true)));
  await james.context().close();
  for (const other of others) await other.clock.setFixedTime(now + 7_000);
  await Promise.all(others.map((other) => writes(other, false)));
  assert.deepEqual(demo.complaints, []);
});

/**
 * Waits until the page says that James writes, or says nothing of anybody.
 * @param {Page} desk
 * @param {boolean} does
 */
async function writes(desk, does) {
  const sign = desk.locator(".typing.warning", { hasText: /James (is also writing an answer|rédige aussi une réponse)/ });
  await (does ? sign.waitFor() : desk.locator(".typing span").first().waitFor({ state: "detached" }));
}
