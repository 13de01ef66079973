// @ts-check
/** A form that an administrator made is asked in the chat, and its answers are at the desk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, AT_DESK, chatOf, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */

test("a visitor answers the form of the channel, and the agent reads it", async (t) => {
  const demo = await world(t);
  const console = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await makeForm(console);
  await choose(console);
  const desk = await demo.desk(AMELIE, { locale: "fr-FR" });
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
  await chat.fill("#composer", "Bonjour");
  await chat.press("#composer", "Enter");
  await desk.locator(".offer .accept, .offer button.primary").first().click();
  await desk.locator(AT_DESK, { hasText: "Bonjour" }).waitFor();
  const collected = desk.locator("dl.collected");
  await collected.waitFor();
  const text = await collected.innerText();
  for (const part of ["Sujet", "Une commande", "Numéro de commande", "4711", "une cassée"]) assert.ok(text.includes(part), text);
  assert.deepEqual(demo.complaints, []);
});

/** @param {Page} page */
async function makeForm(page) {
  const made = await page.evaluate(async () => {
    const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
    const body = {
      name: "Avant la discussion",
      purpose: "prechat",
      intro: { fr: "Avant de commencer", en: "Before we begin" },
      fields: [
        { name: "name", type: "text", label: { fr: "Votre nom", en: "Your name" }, required: true },
        { name: "about", type: "choice", label: { fr: "Sujet", en: "Subject" }, required: true, choices: [{ fr: "Une commande", en: "An order" }, { fr: "Autre", en: "Other" }] },
        { name: "order", type: "text", label: { fr: "Numéro de commande", en: "Order number" } },
        { name: "more", type: "multiline", label: { fr: "Précisions", en: "Details" } },
      ],
    };
    const answer = await fetch("/api/v1/forms", { method: "POST", headers: { "content-type": "application/json", "x-csrf-token": csrf }, body: JSON.stringify(body) });
    return `${answer.status} ${await answer.text()}`;
  });
  assert.match(made, /^201 /);
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
