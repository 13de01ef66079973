// @ts-check
/** Every corner of the desk in both languages, without a word of complaint from the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AMELIE, JAMES, enter, say, work, world } from "./support/world.mjs";

/** @typedef {import("./support/world.mjs").Page} Page */

/** A text that is missing shows its key. */
const KEY = /\b(common|error|desk|login|chat|demo)(-[a-z0-9]+)+\b/;

/** @type {[string, import("./support/world.mjs").Agent, string, {accept: string, transfer: string, close: string, presence: string}][]} */
const LANGUAGES = [
  ["fr", AMELIE, "fr-FR", { accept: "Accepter", transfer: "Transférer", close: "Clore", presence: "Disponible" }],
  ["en", JAMES, "en-GB", { accept: "Accept", transfer: "Transfer", close: "Close", presence: "Available" }],
];

for (const [lang, agent, locale, words] of LANGUAGES) {
  test(`the desk speaks ${lang}`, { timeout: 60_000 }, async (t) => {
    const demo = await world(t);
    const signIn = await demo.person({ locale });
    await signIn.goto(`${demo.origin}/login`);
    await inLanguage(signIn, lang);

    const desk = await demo.desk(agent, { locale });
    await work(desk);
    await inLanguage(desk, lang);
    assert.match((await desk.locator(".presence-now").textContent()) ?? "", new RegExp(words.presence));
    const chat = await enter(await demo.shop({ locale }), "Ada Lune");
    assert.equal(await chat.evaluate(() => document.documentElement.lang), lang);
    await say(chat, "…");
    await desk.locator(".offer .primary", { hasText: words.accept }).click();
    await desk.locator('[data-action="transfer"]', { hasText: words.transfer }).click();
    await desk.waitForSelector('[role="menu"]');
    await inLanguage(desk, lang);
    await desk.keyboard.press("Escape");
    for (const button of [".presence-button", "#account"]) {
      await desk.click(button);
      await desk.waitForSelector('[role="menu"]');
      await inLanguage(desk, lang);
      await desk.keyboard.press("Escape");
    }
    await desk.click(".work summary");
    await desk.click("#history-tab");
    await desk.waitForSelector("#history-panel .empty");
    await inLanguage(desk, lang);
    await desk.click("#help");
    await desk.waitForSelector("dialog[open]");
    await inLanguage(desk, lang);
    await desk.keyboard.press("Escape");
    await desk.locator('[data-action="close"]', { hasText: words.close }).click();
    await inLanguage(desk, lang);
    await desk.click("dialog .primary");
    await desk.waitForSelector(".notice");
    await inLanguage(desk, lang);

    const ledger = await demo.person({ locale });
    await ledger.goto(`${demo.origin}/demo/ledger`);
    await ledger.waitForSelector('#pulse[data-state="running"]');
    await inLanguage(ledger, lang);
    assert.deepEqual(demo.complaints, []);
  });
}

/**
 * @param {Page} page
 * @param {string} lang
 */
async function inLanguage(page, lang) {
  const seen = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    texts: [document.title, document.body.innerText, ...[...document.querySelectorAll("[aria-label], [title], [placeholder]")].flatMap((one) => ["aria-label", "title", "placeholder"].map((name) => one.getAttribute(name) ?? ""))].join("\n"),
  }));
  assert.equal(seen.lang, lang);
  assert.doesNotMatch(seen.texts, KEY);
}
