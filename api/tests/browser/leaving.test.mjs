// @ts-check
/** Where nobody can answer, a message is left in place of the chat, and waits at the desk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, AMELIE, AT_DESK, ask, busy, chatOf, enter, say, take, work, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */

test("a message is left with the form of the channel, and the agent who comes later answers it", { timeout: 90_000 }, async (t) => {
  const demo = await world(t);
  const console = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await makeForm(console);
  await choose(console);
  const shop = await demo.shop({ locale: "fr-FR" });
  await shop.mouse.click(1390, 850);
  const chat = await chatOf(shop);
  await chat.getByRole("heading", { name: "Écrivez-nous" }).waitFor();
  await chat.locator("#state", { hasText: "Personne n’est là pour le moment" }).waitFor();
  assert.equal(await chat.locator("#composer").count(), 0, "there is no chat");
  await chat.click("button[type=submit]");
  await chat.locator("#field-message-error").filter({ hasText: /.+/ }).waitFor();
  await chat.fill("#field-name", "Camille");
  await chat.fill("#field-order", "4711");
  await chat.fill("#field-message", "Ma lampe est cassée.\nRappelez-moi.");
  await chat.click("button[type=submit]");
  await chat.locator(".v-line.out .body", { hasText: "Rappelez-moi." }).waitFor();
  await chat.locator(".v-system", { hasText: "Nous avons bien reçu votre message" }).waitFor();

  const desk = await demo.desk(AMELIE, { locale: "fr-FR" });
  await work(desk);
  await desk.waitForSelector(".offer");
  await desk.keyboard.press("a");
  await desk.locator(AT_DESK, { hasText: "Rappelez-moi." }).waitFor();
  await desk.locator(".timeline .event", { hasText: "Un message a été laissé" }).waitFor();
  const collected = desk.locator("dl.collected");
  await collected.waitFor();
  const text = await collected.innerText();
  for (const part of ["Numéro de commande", "4711"]) assert.ok(text.includes(part), text);
  assert.ok(!text.includes("cassée"), "the message is none of the answers");
  await say(desk, "Bonjour Camille.");
  await chat.locator(".v-line.in .body", { hasText: "Bonjour Camille." }).waitFor();
  await chat.locator("#state", { hasText: "Nous sommes là" }).waitFor();
  assert.equal(await chat.locator(".v-system", { hasText: "Nous avons bien reçu" }).count(), 0);
  assert.deepEqual(demo.complaints, []);
});

test("whoever waits too long leaves a message by the keyboard, and is told that they need not wait", { timeout: 90_000 }, async (t) => {
  const demo = await world(t);
  const console = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await makeForm(console);
  await choose(console);
  // She is there, and takes nothing yet.
  const desk = await demo.desk(AMELIE, { locale: "fr-FR" });
  await busy(desk);
  const shop = await demo.shop({ locale: "fr-FR" });
  const chat = await enter(shop, "Camille");
  await say(chat, "Bonjour");
  const giveUp = chat.getByRole("button", { name: "Laisser plutôt un message" });
  await giveUp.waitFor();
  await giveUp.press("Enter");
  await chat.getByRole("heading", { name: "Écrivez-nous" }).waitFor();
  assert.equal(await chat.inputValue("#field-name"), "Camille", "it was said before");
  await chat.fill("#field-message", "Ma lampe est");
  await chat.getByRole("button", { name: "Continuer d’attendre" }).press("Enter");
  await chat.waitForSelector("#composer");
  assert.equal(await chat.inputValue("#composer"), "Ma lampe est", "what was typed is not lost");
  await chat.fill("#composer", "");

  await giveUp.press("Enter");
  await chat.fill("#field-order", "4711");
  await chat.fill("#field-message", "Ma lampe est cassée. Rappelez-moi.");
  await chat.locator("button[type=submit]").press("Enter");
  await chat.locator(".v-line.out .body", { hasText: "Rappelez-moi." }).waitFor();
  await chat.locator(".v-system", { hasText: "Inutile d’attendre" }).waitFor();
  await giveUp.waitFor({ state: "hidden" });

  await take(desk, "Camille");
  await desk.locator(AT_DESK, { hasText: "Rappelez-moi." }).waitFor();
  await desk.locator(".timeline .line", { hasText: "personne n’attend la réponse" }).waitFor();
  const text = await desk.locator("dl.collected").innerText();
  assert.ok(text.includes("4711"), text);
  await say(desk, "Bonjour Camille.");
  await chat.locator(".v-line.in .body", { hasText: "Bonjour Camille." }).waitFor();
  assert.equal(await giveUp.isVisible(), false);
  assert.deepEqual(demo.complaints, []);
});

/** @param {Page} page */
function makeForm(page) {
  return ask(page, "POST", "/api/v1/forms", {
    name: "Hors présence",
    purpose: "leave_message",
    title: { fr: "Écrivez-nous", en: "Write to us" },
    fields: [
      { name: "name", type: "text", label: { fr: "Votre nom", en: "Your name" }, required: true },
      { name: "order", type: "text", label: { fr: "Numéro de commande", en: "Order number" } },
      { name: "message", type: "multiline", label: { fr: "Votre message", en: "Your message" } },
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
  await page.selectOption("[name='live_chat.leave_message_form']", { label: "Hors présence" });
  await page.locator(".save-bar button.primary[value=save]").click();
  await page.waitForURL(/done=saved/);
}
