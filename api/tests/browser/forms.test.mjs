// @ts-check
/** A form that an administrator made is asked in the chat, and its answers are at the desk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, AT_DESK, ask, chatOf, say, work, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */

test("a visitor answers the form of the channel, and the agent reads it", async (t) => {
  const demo = await world(t);
  const console = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await makeForm(console);
  await choose(console);
  const desk = await demo.desk(AMELIE, { locale: "fr-FR" });
  await work(desk);
  const shop = await demo.shop({ locale: "fr-FR" });
  await shop.mouse.click(1390, 850);
  const chat = await chatOf(shop);
  await chat.getByText("Avant de commencer").waitFor();
  await chat.click("button[type=submit]");
  await chat.locator("#field-name-error").filter({ hasText: /.+/ }).waitFor();
  await chat.fill("#field-name", "Camille");
  await chat.selectOption("#field-about", "Une commande");
  await chat.fill("#field-order", "4711");
  await chat.fill("#field-more", "Deux lampes\nune cassée");
  await chat.click("button[type=submit]");
  await chat.waitForSelector("#composer");
  await say(chat, "Bonjour");
  await desk.waitForSelector(".offer");
  await desk.keyboard.press("a");
  await desk.locator(AT_DESK, { hasText: "Bonjour" }).waitFor();
  const collected = desk.locator("dl.collected");
  await collected.waitFor();
  const text = await collected.innerText();
  for (const part of ["Sujet", "Une commande", "Numéro de commande", "4711", "une cassée"]) assert.ok(text.includes(part), text);
  assert.deepEqual(demo.complaints, []);
});

/** @param {Page} page */
function makeForm(page) {
  return ask(page, "POST", "/api/v1/forms", {
    name: "Avant la discussion",
    purpose: "prechat",
    intro: { fr: "Avant de commencer", en: "Before we begin" },
    fields: [
      { name: "name", type: "text", label: { fr: "Votre nom", en: "Your name" }, required: true },
      { name: "about", type: "choice", label: { fr: "Sujet", en: "Subject" }, required: true, choices: [{ fr: "Une commande", en: "An order" }, { fr: "Autre", en: "Other" }] },
      { name: "order", type: "text", label: { fr: "Numéro de commande", en: "Order number" } },
      { name: "more", type: "multiline", label: { fr: "Précisions", en: "Details" } },
    ],
  });
}

/**
 * Chooses the form on the settings page of the shop's chat.
 * @param {Page} page
 */
async function choose(page) {
  await page.goto(new URL("/console/channels", page.url()).href);
  await page.locator("table.table tbody tr", { hasText: "localhost" }).locator("a").first().click();
  await page.selectOption("[name='live_chat.prechat_form']", { label: "Avant la discussion" });
  await page.locator(".save-bar button.primary[value=save]").click();
  await page.waitForURL(/done=saved/);
}
