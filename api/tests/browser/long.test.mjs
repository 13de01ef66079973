// @ts-check
/** More people wait than a desk loads at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, JAMES, ask, busy, shows, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

/** A snapshot holds so many of those who wait. */
const UNASSIGNED_MAX = 200;

test("who waits behind the first two hundred is counted, shown and comes up by himself", { timeout: 120_000 }, async (t) => {
  const demo = await world(t);
  await crowd(await demo.shop(), UNASSIGNED_MAX + 30);
  const james = await demo.desk(JAMES);
  await busy(james);
  const badge = james.locator("#unassigned .count-badge");
  const more = james.locator("#unassigned .show-more");
  await badge.filter({ hasText: /^200\+$/ }).waitFor();

  const rows = james.locator("#unassigned .row");
  // The button may be gone between two clicks, when the last page has come.
  while ((await rows.count()) < 230) await more.click({ timeout: 1000 }).catch(() => undefined);
  await badge.filter({ hasText: /^230$/ }).waitFor();
  await shows(james, "#unassigned .row-name", Array.from({ length: 230 }, (_, before) => `Visitor ${before + 1}`));

  const boss = await demo.desk(ADMINISTRATOR);
  await boss.goto(`${demo.origin}/desk#/all`);
  await boss.locator("#all .count-badge", { hasText: /^230$/ }).waitFor();

  const amelie = await demo.desk(AMELIE);
  await busy(amelie);
  await amelie.locator("#unassigned .count-badge", { hasText: /^200\+$/ }).waitFor();
  const { items } = await ask(boss, "GET", "/api/v1/conversations?state=waiting&limit=170");
  for (const { id } of items) await ask(boss, "POST", `/api/v1/conversations/${id}/close`);
  for (const desk of [james, amelie]) await desk.locator("#unassigned .count-badge", { hasText: /^60$/ }).waitFor();
  assert.deepEqual(demo.complaints, []);
});

/**
 * Visitors of the shop who leave a message one after the other, by the documented protocol.
 * @param {Page} shop
 * @param {number} count
 */
async function crowd(shop, count) {
  await shop.evaluate(async (people) => {
    const script = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-channel]"));
    const chat = new URL(`/chat/${script.dataset.channel}/`, script.src);
    const { token } = await (await fetch(new URL("token", chat), { method: "POST" })).json();
    for (let person = 1; person <= people; person += 1) {
      const socket = new WebSocket(new URL("socket", chat).href.replace("http", "ws"));
      /** @param {object} frame */
      const say = (frame) => socket.send(JSON.stringify(frame));
      socket.onopen = () => say({ type: "hello", token, visitor: null, epoch: null, offset: null });
      await new Promise((resolve, reject) => {
        socket.onclose = reject;
        socket.onmessage = ({ data }) => {
          const { type } = JSON.parse(data);
          if (type === "welcome") say({ type: "start", client_id: "1", name: `Visitor ${person}`, email: "visitor@example.org", fields: { message: "Hello!" } });
          if (type === "ack") resolve(undefined);
        };
      });
      socket.onclose = null;
      socket.close();
    }
  }, count);
}
