// @ts-check
/** Each kind of channel from "Add channel" to its row, in both languages, as an administrator sets it up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, PASSWORD, world } from "./support/world.mjs";

/**
 * @typedef {import("playwright-core").Page} Page
 * @typedef {{locale: string, add: string, columns: string[]}} Words
 */

/** Who has pages at Facebook and numbers at 360dialog in the demonstration. */
const OWNER = "camille@lampyre.example";

/** @type {Words[]} */
const LANGUAGES = [
  { locale: "fr-FR", add: "Ajouter un canal", columns: ["Canal", "E-mail/Numéro/Domaine", "Destination", "Routage", "Modifier", "Supprimer"] },
  { locale: "en-GB", add: "Add channel", columns: ["Channel", "E-mail/Number/Domain", "Destination", "Routing", "Edit", "Delete"] },
];

for (const words of LANGUAGES) {
  test(`a chat, a number, a mailbox, a page and a WhatsApp number are added in ${words.locale}`, async (t) => {
    const demo = await world(t);
    const page = await demo.console(ADMINISTRATOR, { locale: words.locale });
    assert.deepEqual(await columns(page), words.columns);
    await addChat(page, words);
    await addSms(page, words);
    await addMailbox(page, words);
    await addPage(page, words);
    await addWhatsapp(page, words);
    assert.deepEqual(demo.complaints, []);
  });
}

test("a person signs in, adds a channel and signs out without scripts", async (t) => {
  const demo = await world(t);
  const page = await demo.person({ locale: "en-GB", javaScriptEnabled: false });
  await page.goto(`${demo.origin}/console/channels`);
  await page.fill("#email", ADMINISTRATOR.email);
  await page.fill("#password", "not the password");
  await page.click("#submit");
  await page.getByText("This does not match.").waitFor();
  assert.equal(await page.inputValue("#email"), ADMINISTRATOR.email);
  assert.equal(await page.inputValue("#password"), "");
  await page.getByRole("link", { name: "Français" }).click();
  await page.getByRole("button", { name: "Se connecter" }).waitFor();
  await page.getByRole("link", { name: "English" }).click();
  await page.fill("#email", ADMINISTRATOR.email);
  await page.fill("#password", PASSWORD);
  await page.click("#submit");
  await page.waitForURL(/\/console\/channels$/);
  await page.click("a[href='/console/channels/new']");
  await page.locator("label.card:has(input[value=live_chat])").click();
  await page.getByRole("button", { name: "OK", exact: true }).click();
  await page.fill("[name=name]", "Plain");
  await page.locator("[name^='live_chat.domains'][type=text]").fill("plain.example");
  await toBoutique(page);
  await save(page, "plain.example");
  await page.locator("summary.avatar-button").click();
  await page.locator("form[action='/console/sign-out'] button").click();
  await page.waitForURL(/\/login/);
  // A refused sign-in is answered with 401, which a browser notes.
  assert.deepEqual(demo.complaints.filter((text) => !text.includes("401")), []);
});

/** @param {Page} page */
async function columns(page) {
  return page.locator("table.table thead th").allInnerTexts();
}

/**
 * Opens the settings of a new channel by the list's own dialog.
 * @param {Page} page
 * @param {Words} words
 * @param {string} kind
 */
async function add(page, words, kind) {
  await page.getByRole("link", { name: words.add }).click();
  const dialog = page.locator("dialog#add-channel");
  await dialog.locator(`label.card:has(input[value=${kind}])`).click();
  await dialog.getByRole("button", { name: "OK", exact: true }).click();
  await page.waitForURL(/\/console\/channels\/new/);
}

/**
 * Saves, and looks for the row; its text.
 * @param {Page} page
 * @param {string} address
 */
async function save(page, address) {
  await page.locator(".save-bar button.primary[value=save]").click();
  await page.waitForURL(/done=created/);
  await page.goto(new URL("/console/channels", page.url()).href);
  const row = page.locator("table.table tbody tr", { hasText: address });
  await row.waitFor();
  const text = await row.innerText();
  assert.ok(text.includes("Boutique"), text);
  return text;
}

/** @param {Page} page */
async function toBoutique(page) {
  await page.selectOption("[name=destination]", { label: "Boutique" });
}

/**
 * @param {Page} page
 * @param {Words} words
 */
async function addChat(page, words) {
  await add(page, words, "live_chat");
  await page.fill("[name=name]", "Chat");
  await page.locator("[name^='live_chat.domains'][type=text]").fill("exemple.fr");
  await toBoutique(page);
  await save(page, "exemple.fr");
}

/**
 * @param {Page} page
 * @param {Words} words
 */
async function addSms(page, words) {
  await page.goto(new URL("/console/sms-trunks/new", page.url()).href);
  await page.fill("[name=name]", "Twilio");
  await page.selectOption("[name=provider]", "twilio");
  await page.fill("[name='twilio.account_sid']", "AC0123456789abcdef0123456789abcdef");
  await page.fill("[name='twilio.auth_token']", "0123456789abcdef0123456789abcdef");
  await page.fill("[name='numbers[0]']", "+33 6 39 98 00 01");
  await page.locator(".save-bar button.primary[value=save]").click();
  await page.waitForURL(/done=created/);
  await page.goto(new URL("/console/channels", page.url()).href);
  await add(page, words, "sms");
  await page.fill("[name=name]", "SMS");
  await page.fill("[name='sms.number']", "+33 6 39 98 00 01");
  await page.selectOption("[name='sms.trunk']", { label: "Twilio" });
  await toBoutique(page);
  await save(page, "+33 6 39 98 00 01");
}

/**
 * A mailbox at a server of one's own that is not there, which its button says, and then one at Google.
 * @param {Page} page
 * @param {Words} words
 */
async function addMailbox(page, words) {
  await add(page, words, "email");
  await page.fill("[name=name]", "Contact");
  await page.fill("[name='email.address']", "contact+shop@lampyre.example");
  await page.fill("[name='email.imap.host']", "127.0.0.1");
  await page.fill("[name='email.imap.port']", "9");
  await page.fill("[name='email.imap.username']", "contact");
  await page.fill("[name='email.imap.password']", "secret");
  const imap = page.locator("#imap");
  await imap.locator("button[value='verify imap']").click();
  await imap.locator(".outcome .bad").waitFor();
  assert.equal(await page.inputValue("[name='email.imap.password']"), "secret", "what was typed stays");
  await page.selectOption("[name='email.provider']", "gmail");
  const popup = page.waitForEvent("popup");
  await page.locator("#gmail button[value='sign-on gmail']").click();
  const google = await popup;
  await google.fill("[name=email]", "contact@lampyre.example");
  await google.locator("button[type=submit]").click();
  await google.locator("button[name=decision][value=accept]").click();
  await page.locator("#gmail .outcome .good").waitFor();
  await toBoutique(page);
  await save(page, "contact@lampyre.example");
}

/**
 * Signs in at Meta's or 360dialog's stand-in.
 * @param {Page} company
 */
async function signIn(company) {
  await company.fill("[name=email]", OWNER);
  await company.fill("[name=password]", PASSWORD);
  await company.locator("button[name=do][value=continue]").click();
}

/**
 * @param {Page} page
 * @param {Words} words
 */
async function addPage(page, words) {
  await add(page, words, "facebook");
  const popup = page.waitForEvent("popup");
  await page.locator("button[value='sign-on facebook']").click();
  const cmp = await popup;
  await cmp.locator("#go").click();
  await signIn(cmp);
  for (const step of ["continue", "continue", "save"]) await cmp.locator(`button[name=do][value=${step}]`).click();
  await cmp.locator("label.connect-choice", { hasText: "Lampyre Atelier" }).click();
  await cmp.locator("form[action$=choice] button").click();
  await cmp.locator("#page_name").waitFor();
  assert.equal(await cmp.inputValue("#page_name"), "Lampyre Atelier");
  await cmp.locator("form[action$=submit] button").click();
  const outcome = page.locator("#page .outcome .good");
  await outcome.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("value")), "check facebook", "the focus is at what is told");
  assert.equal(await page.locator("[data-said]").textContent(), (await outcome.innerText()).trim(), "it is read aloud");
  await toBoutique(page);
  await save(page, "Lampyre Atelier");
}

/**
 * @param {Page} page
 * @param {Words} words
 */
async function addWhatsapp(page, words) {
  await add(page, words, "whatsapp");
  const popup = page.waitForEvent("popup");
  await page.locator("button[value='sign-on whatsapp']").click();
  const cmp = await popup;
  await cmp.locator("#go").click();
  await signIn(cmp);
  for (const one of await cmp.locator("[name=channel]").all()) await one.check();
  await cmp.locator("button[name=do][value=authorise]").click();
  await cmp.locator("label.connect-choice", { hasText: "33639980002" }).click();
  await cmp.locator("form[action$=choice] button").click();
  await cmp.locator("#number").waitFor();
  await page.focus("[name=name]");
  await cmp.locator("form[action$=submit] button").click();
  await page.locator("#dialog360 .outcome .good").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("name")), "name", "whoever types goes on there");
  await toBoutique(page);
  await save(page, "+33 6 39 98 00 02");
}
