// @ts-check
/** An answer to what the agent had not seen yet is held back, and never lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_DESK, IN_CHAT, JAMES, enter, say, shows, texts, work, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

/** Of the answer that is held back: what came in before it, and what it says. */
const MISSED = ".conflict:not([hidden]) .missed li > span";
const YOURS = ".conflict:not([hidden]) .yours q";

test("an answer that crosses a message shows what came in, and is sent when it is confirmed or edited", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  const line = await lineOf(desk);
  await work(desk);
  const chat = await enter(await demo.shop(), "Ada Lune");
  const [greeting] = await texts(chat, IN_CHAT);
  await say(chat, "Is the Vesper in stock?");
  await desk.click(".offer .primary");
  await desk.waitForSelector("#composer:visible");
  await shows(desk, AT_DESK, ["Is the Vesper in stock?"]);

  line.hold();
  await say(chat, "I mean the Lucerne.");
  await line.brings("I mean the Lucerne.");
  assert.deepEqual(await texts(desk, AT_DESK), ["Is the Vesper in stock?"], "the page is behind");
  await say(desk, "Yes, twelve are left.");
  await shows(desk, MISSED, ["I mean the Lucerne."]);
  await shows(desk, YOURS, ["Yes, twelve are left."]);
  await shows(desk, AT_DESK, ["Is the Vesper in stock?", "I mean the Lucerne.", "Yes, twelve are left."]);
  await desk.locator(".timeline .pending", { hasText: "Held back: read what came in first" }).waitFor();
  assert.deepEqual(await texts(chat, IN_CHAT), [greeting, "Is the Vesper in stock?", "I mean the Lucerne."], "the customer has no answer yet");

  await desk.reload();
  await shows(desk, YOURS, ["Yes, twelve are left."]);
  await desk.click(".conflict .primary");
  await desk.waitForSelector(".conflict", { state: "hidden" });
  await chat.locator(".v-line.in", { hasText: "Yes, twelve are left." }).waitFor();
  await line.release();
  const said = ["Is the Vesper in stock?", "I mean the Lucerne.", "Yes, twelve are left."];
  await shows(desk, AT_DESK, said);
  await desk.waitForSelector(".timeline .pending", { state: "detached" });

  line.hold();
  await say(chat, "In blue, please.");
  await line.brings("In blue, please.");
  await say(desk, "It is 129 euros.");
  await shows(desk, MISSED, ["In blue, please."]);
  await desk.locator(".conflict button", { hasText: "Edit" }).click();
  await desk.waitForSelector(".conflict", { state: "hidden" });
  assert.equal(await desk.inputValue("#composer"), "It is 129 euros.", "the text is in the field again");
  await shows(desk, AT_DESK, [...said, "In blue, please."]);
  await say(desk, "In blue it is 139 euros.");
  said.push("In blue, please.", "In blue it is 139 euros.");
  await shows(chat, IN_CHAT, [greeting ?? "", ...said]);
  await line.release();
  await shows(desk, AT_DESK, said);
  await desk.waitForSelector(".timeline .pending", { state: "detached" });
  assert.equal(await desk.locator(".conflict").isVisible(), false, "nothing crossed it this time");
  const refused = demo.complaints.filter((one) => one.includes("409 (Conflict)"));
  assert.equal(refused.length, 2, "a browser says what was refused");
  assert.deepEqual(demo.complaints, refused);
});

/**
 * The line from the server to the page, which can be held: what comes on it is kept, and brought when it is released.
 * @param {Page} desk
 */
async function lineOf(desk) {
  let held = false;
  /** @type {{text: string, bring: () => void}[]} */
  const kept = [];
  let told = () => {};
  await desk.routeWebSocket(/\/desk\/socket/, (page) => {
    page.connectToServer().onMessage((message) => {
      if (!held) return page.send(message);
      kept.push({ text: String(message), bring: () => page.send(message) });
      told();
    });
  });
  await desk.reload();
  return {
    hold() {
      held = true;
    },
    release() {
      held = false;
      kept.splice(0).forEach((one) => one.bring());
    },
    /**
     * Resolves when the server has sent this to the page.
     * @param {string} text
     */
    async brings(text) {
      while (!kept.some((one) => one.text.includes(text))) await new Promise((resolve) => (told = () => resolve(undefined)));
    },
  };
}
