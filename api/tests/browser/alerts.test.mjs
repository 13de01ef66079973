// @ts-check
/** The desk calls whoever looks elsewhere, by a sound, a note of the system, its title and its icon. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_DESK, JAMES, enter, say, shows, work, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

/** In hertz, as they come one after the other. */
const FOR_A_MESSAGE = [587.33, 783.99];
const FOR_AN_OFFER = [523.25, 659.25, 783.99];

const TITLE = "Desk · Écluse";

test("who looks elsewhere is called, and who looks is not", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  await desk.addInitScript(record);
  await desk.reload();
  const icon = await iconOf(desk);
  await desk.click("#notify");
  await desk.waitForSelector("#notify", { state: "hidden" });
  await work(desk);
  const chat = await enter(await demo.shop(), "Ada Lune");

  await look(desk, false);
  await say(chat, "Hello!");
  const offer = await called(desk, 1);
  assert.equal(offer.title, "A chat for you");
  assert.match(offer.body, /^A chat with Ada Lune is offered to you; \d+ seconds to answer\.$/);
  assert.deepEqual(await heard(desk), FOR_AN_OFFER);
  await titled(desk, `(1) ${TITLE}`);
  await look(desk, true);
  await desk.click(".offer .primary");
  await shows(desk, AT_DESK, ["Hello!"]);
  await titled(desk, TITLE);
  assert.equal(await iconOf(desk), icon);

  await say(chat, "Is anybody there?");
  await shows(desk, AT_DESK, ["Hello!", "Is anybody there?"]);
  assert.deepEqual(await heard(desk), [], "what comes before one's eyes makes no sound");
  assert.equal(await notes(desk), 1, "nor a note");
  assert.equal(await desk.title(), TITLE);

  await look(desk, false);
  await say(chat, "Hello?");
  const message = await called(desk, 2);
  assert.deepEqual([message.title, message.body], ["Ada Lune", "Hello?"]);
  assert.deepEqual(await heard(desk), FOR_A_MESSAGE);
  await titled(desk, `(1) ${TITLE}`);
  const drawn = await iconOf(desk);
  assert.match(drawn, /^data:image\/png/);
  await say(chat, "I am leaving.");
  await titled(desk, `(2) ${TITLE}`);
  assert.notEqual(await iconOf(desk), drawn, "the number is drawn");
  await look(desk, true);
  await titled(desk, TITLE);
  assert.equal(await iconOf(desk), icon);
  assert.deepEqual(demo.complaints, []);
});

test("a note opens its chat, and a desk that is muted makes no sound", { timeout: 60_000 }, async (t) => {
  const demo = await world(t);
  const desk = await demo.desk(JAMES);
  await desk.addInitScript(record);
  await desk.reload();
  await desk.click("#notify");
  await work(desk);
  await desk.click("#sound");
  await desk.waitForSelector('#sound[aria-pressed="false"]');
  const chat = await enter(await demo.shop(), "Ada Lune");
  await say(chat, "Hello!");
  await desk.click(".offer .primary");
  await shows(desk, AT_DESK, ["Hello!"]);
  await desk.keyboard.press("Escape");
  await desk.keyboard.press("Escape");
  await desk.waitForSelector(".centre-empty:visible");

  await look(desk, false);
  await say(chat, "Is anybody there?");
  await called(desk, 1);
  assert.deepEqual(await heard(desk), []);
  await look(desk, true);
  await titled(desk, `(1) ${TITLE}`);
  await desk.evaluate(() => /** @type {any} */ (window).recorded.notes[0].onclick());
  await shows(desk, AT_DESK, ["Hello!", "Is anybody there?"]);
  await titled(desk, TITLE);
  assert.equal(await desk.evaluate(() => /** @type {any} */ (window).recorded.notes[0].closed), true);

  await desk.click("#sound");
  assert.deepEqual(await heard(desk), FOR_A_MESSAGE, "it is tried out when it is turned on");
  await desk.reload();
  await desk.waitForSelector('#sound[aria-pressed="true"]');
  assert.deepEqual(demo.complaints, []);
});

/** In the page: keeps what it sounds and notes, and lets the test say whether it is looked at. */
function record() {
  /** @type {{tones: number[], last: number, notes: object[]}} */
  const recorded = { tones: [], last: 0, notes: [] };
  let looking = true;
  Object.defineProperty(document, "hidden", { get: () => !looking });
  Object.defineProperty(document, "visibilityState", { get: () => (looking ? "visible" : "hidden") });
  document.hasFocus = () => looking;

  class Note {
    static permission = "default";
    static async requestPermission() {
      return (Note.permission = "granted");
    }
    closed = false;
    /**
     * @param {string} title
     * @param {{body: string}} options
     */
    constructor(title, options) {
      Object.assign(this, { title, body: options.body });
      recorded.notes.push(this);
    }
    close() {
      this.closed = true;
    }
  }

  const parameter = { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} };
  class Sounds {
    currentTime = 0;
    destination = {};
    async resume() {}
    createGain() {
      return { gain: parameter, connect: (/** @type {object} */ next) => next };
    }
    createOscillator() {
      return {
        type: "",
        frequency: { value: 0 },
        connect: (/** @type {object} */ next) => next,
        start() {
          recorded.tones.push(this.frequency.value);
          recorded.last = Date.now();
        },
        stop() {},
      };
    }
  }

  Object.assign(window, {
    recorded,
    Notification: Note,
    AudioContext: Sounds,
    look(/** @type {boolean} */ is) {
      looking = is;
      document.dispatchEvent(new Event("visibilitychange"));
    },
  });
}

/**
 * Looks at the page or away from it, once it may sound again.
 * @param {Page} desk
 * @param {boolean} is
 */
async function look(desk, is) {
  await desk.waitForFunction(() => Date.now() - /** @type {any} */ (window).recorded.last > 1000);
  await desk.evaluate((looking) => /** @type {any} */ (window).look(looking), is);
}

/**
 * The newest note, once there are so many.
 * @param {Page} desk
 * @param {number} count
 * @returns {Promise<{title: string, body: string}>}
 */
async function called(desk, count) {
  await desk.waitForFunction((wanted) => /** @type {any} */ (window).recorded.notes.length >= wanted, count);
  assert.equal(await notes(desk), count);
  return desk.evaluate(() => {
    const { title, body } = /** @type {any} */ (window).recorded.notes.at(-1);
    return { title, body };
  });
}

/** @param {Page} desk */
function notes(desk) {
  return desk.evaluate(() => /** @type {any} */ (window).recorded.notes.length);
}

/**
 * What has sounded since this was last asked.
 * @param {Page} desk
 */
function heard(desk) {
  return desk.evaluate(() => /** @type {any} */ (window).recorded.tones.splice(0));
}

/**
 * @param {Page} desk
 * @param {string} title
 */
async function titled(desk, title) {
  await desk.waitForFunction((wanted) => document.title === wanted, title).catch(async () => assert.equal(await desk.title(), title));
}

/** @param {Page} desk */
function iconOf(desk) {
  return desk.locator('link[rel="icon"]').evaluate((link) => /** @type {HTMLLinkElement} */ (link).href);
}
