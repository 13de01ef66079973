// @ts-check
/** A visitor of the shop and an agent at the desk speak with each other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AMELIE, AT_DESK, IN_CHAT, JAMES, enter, say, shows, texts, work, world } from "./support/world.mjs";

test("a visitor and an agent see each other's messages once and in order", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  await work(desk);
  const chat = await enter(await demo.shop(), "Ada Lune");
  const [greeting] = await texts(chat, IN_CHAT);
  assert.ok(greeting, "the visitor is greeted");

  await say(chat, "Is the Vesper in stock?");
  await desk.click(".offer .primary");
  await desk.waitForSelector("#composer:visible");
  await shows(desk, AT_DESK, ["Is the Vesper in stock?"]);
  await chat.locator(".mark.read").first().waitFor();

  await desk.locator("#composer").pressSequentially("Yes,");
  await chat.locator(".v-typing span").first().waitFor();
  await say(desk, "Yes, twelve are left.");
  await chat.locator(".v-line.in", { hasText: "Yes, twelve are left." }).waitFor();
  await chat.locator("#composer").pressSequentially("And");
  await desk.locator(".typing", { hasText: "Ada Lune" }).waitFor();
  await say(chat, "And how much is it?\nWith the bulb.");
  await say(chat, "<b>Thank you</b> 🪔");
  await desk.locator(AT_DESK).nth(3).waitFor();
  await say(desk, "129 euros, with the bulb.");

  const said = ["Is the Vesper in stock?", "Yes, twelve are left.", "And how much is it?\nWith the bulb.", "<b>Thank you</b> 🪔", "129 euros, with the bulb."];
  await shows(desk, AT_DESK, said);
  await shows(chat, IN_CHAT, [greeting, ...said]);
  await desk.locator(".line.out .mark.read").nth(1).waitFor();
  await desk.reload();
  await shows(desk, AT_DESK, said);
  assert.deepEqual(demo.complaints, []);
});

test("the line above what is new goes when it is answered, and when one comes back", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  await work(desk);
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "one");
  await desk.click(".offer .primary");
  await shows(desk, AT_DESK, ["one"]);
  await say(desk, "first answer");
  await desk.waitForSelector(".newline", { state: "detached" });
  await say(chat, "two");
  await shows(desk, AT_DESK, ["one", "first answer", "two"]);
  assert.equal(await desk.locator(".newline").count(), 0, "what arrives before one's eyes is not new");

  for (const leave of [false, true]) {
    await desk.keyboard.press("Escape");
    await desk.keyboard.press("Escape");
    await desk.waitForSelector(".centre-empty:visible");
    await say(chat, "three");
    await desk.locator("#mine .unread").waitFor();
    await desk.click("#mine .row");
    await desk.waitForSelector(".newline + .line");
    if (leave) {
      await desk.keyboard.press("Escape");
      await desk.waitForSelector(".centre-empty:visible");
      await desk.click("#mine .row");
      await desk.locator(AT_DESK, { hasText: "three" }).nth(1).waitFor();
      assert.equal(await desk.locator(".newline").count(), 0, "it was read before");
    } else {
      await say(desk, "second answer");
      await desk.waitForSelector(".newline", { state: "detached" });
    }
  }
  assert.deepEqual(demo.complaints, []);
});

test("a conversation is handed to a colleague, who closes it", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const [james, amelie] = await Promise.all([demo.desk(JAMES), demo.desk(AMELIE, { locale: "fr-FR" })]);
  await work(james);
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Hello!");
  await james.click(".offer .primary");
  await james.waitForSelector('[data-action="transfer"]');

  await james.click('[data-action="transfer"]');
  assert.equal(await james.locator('[role="menuitem"]', { hasText: AMELIE.name }).isDisabled(), true, "who is not there gets nothing");
  await james.keyboard.press("Escape");
  await work(amelie);
  await james.click('[data-action="transfer"]');
  await james.locator('[role="menuitem"]:enabled', { hasText: AMELIE.name }).click();

  await amelie.locator("#mine .row", { hasText: "Ada Lune" }).click();
  await james.locator(".notice", { hasText: AMELIE.name }).waitFor();
  assert.equal(await james.locator("#composer").isVisible(), false, "who has given it away cannot answer");
  await say(amelie, "Me voici, Ada.");
  await chat.locator(".v-line.in", { hasText: "Me voici, Ada." }).waitFor();
  await amelie.click('[data-action="close"]');
  await amelie.click("dialog .primary");
  await chat.waitForSelector(".v-ended:not([hidden])");
  await shows(amelie, "#mine .row-name", []);

  await chat.click(".v-ended button");
  await say(chat, "One more thing");
  await Promise.any([james, amelie].map((desk) => desk.waitForSelector(".offer")));
  assert.deepEqual(demo.complaints, []);
});
