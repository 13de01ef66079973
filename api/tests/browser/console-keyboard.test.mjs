// @ts-check
/** An administrator who uses no mouse. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMINISTRATOR, ask, world } from "./support/world.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** More stops than any of the pages has. */
const STOPS_MAX = 120;
const NUMBER = "+33 6 39 98 00 01";

test("a number is added and deleted by the keyboard alone", { timeout: 120_000 }, async (t) => {
  const demo = await world(t);
  const page = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  await ask(page, "POST", "/api/v1/sms-trunks", { name: "Twilio", provider: "twilio", numbers: [NUMBER], twilio: { account_sid: "AC0123456789abcdef0123456789abcdef", auth_token: "0123456789abcdef0123456789abcdef" } });
  const keys = page.keyboard;

  await chooseSms(page);
  await to(page, "[name=name]");
  await keys.type("Rappels");
  await to(page, "[name='sms.number']");
  await keys.type(NUMBER);
  await to(page, "[name='sms.trunk']");
  await keys.type("Twilio");
  await to(page, "[name=destination]");
  await keys.type("Boutique");
  await to(page, ".save-bar button[value=save]");
  await keys.press("Enter");
  await page.waitForURL(/done=created/);

  await to(page, ".crumb a");
  await keys.press("Enter");
  await page.waitForURL(/\/console\/channels$/);
  const row = page.locator("table.table tbody tr", { hasText: NUMBER });
  await row.waitFor();
  const deletion = (await row.locator("a.danger").getAttribute("href")) ?? "";
  await to(page, `a[href="${deletion}"]`);
  await keys.press("Enter");
  await page.waitForURL(/\/delete$/);
  await to(page, ".confirm a");
  await to(page, ".confirm button[value=delete]");
  await keys.press("Enter");
  await page.waitForURL(/done=deleted/);
  assert.equal(await row.count(), 0);
  assert.deepEqual(demo.complaints, []);
});

test("menus, filters and the rows of a tree are worked by the keyboard alone", { timeout: 120_000 }, async (t) => {
  const demo = await world(t);
  const page = await demo.console(ADMINISTRATOR, { locale: "fr-FR" });
  const keys = page.keyboard;

  await to(page, "details.account > summary");
  await keys.press("Enter");
  await page.locator("details.account[open]").waitFor();
  await to(page, ".account-sheet button[name=language]");
  await keys.press("Escape");
  await page.locator("details.account:not([open])").waitFor();
  assert.ok(await at(page, "details.account > summary"), "the focus is back at the menu");
  await keys.press("Enter");
  await to(page, ".page-actions a");
  assert.equal(await page.locator("details.account[open]").count(), 0, "a menu that was left is closed");

  await to(page, "select[name=kind]");
  await keys.press("ArrowDown");
  await keys.press("ArrowDown");
  await to(page, "form.filters button[type=submit]");
  await keys.press("Enter");
  await page.waitForURL(/kind=sms/);

  await page.goto(new URL("/console/chatbots/new", page.url()).href);
  await to(page, "button[value='down options[0]']");
  await keys.press("Enter");
  await reaches(page, "button[value='up options[1]']");
  await keys.press("Enter");
  await reaches(page, "button[value='down options[0]']");
  await to(page, "button[value='remove options[0]']");
  await keys.press("Enter");
  await page.locator("button[value='remove options[1]']").waitFor({ state: "detached" });
  await to(page, "button[value='add options']");
  await keys.press("Enter");
  await reaches(page, "[name='options[1].label.fr']");
  await to(page, ".save-bar button[value=save]");
  await keys.press("Enter");
  await reaches(page, "[name=name]");
  // The browser tells of the form that was refused.
  assert.deepEqual(demo.complaints.filter((one) => !one.includes("422 (Unprocessable")), []);
});

/**
 * Opens the dialog, leaves it, goes around in it, and chooses in it.
 * @param {Page} page
 */
async function chooseSms(page) {
  const keys = page.keyboard;
  const dialog = page.locator("dialog#add-channel[open]");
  const link = "a[data-dialog='add-channel']";
  await page.goto(new URL("/console/channels", page.url()).href);
  await to(page, link);
  await keys.press("Enter");
  await dialog.waitFor();
  await reaches(page, "dialog input[name=kind]");
  await keys.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await reaches(page, link);
  await keys.press("Enter");
  await dialog.waitFor();
  for (let stops = 0; stops < 8; stops += 1) {
    await keys.press("Tab");
    assert.ok(await at(page, "body, dialog *"), "the focus stays in the dialog");
  }
  await to(page, "dialog [data-close]");
  await keys.press("Space");
  await dialog.waitFor({ state: "detached" });
  await reaches(page, link);
  await keys.press("Enter");
  await reaches(page, "dialog input[name=kind]");
  await keys.press("ArrowDown");
  await reaches(page, "dialog input[value=sms]:checked");
  await keys.press("Enter");
  await page.waitForURL(/\/console\/channels\/new\/sms$/);
}

/**
 * @param {Page} page
 * @param {string} selector
 */
function at(page, selector) {
  return page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector);
}

/**
 * Waits until the focus is there.
 * @param {Page} page
 * @param {string} selector
 */
async function reaches(page, selector) {
  await page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);
}

/**
 * Goes there, stop by stop.
 * @param {Page} page
 * @param {string} selector
 */
async function to(page, selector) {
  for (let stops = 0; !(await at(page, selector)); stops += 1) {
    assert.ok(stops < STOPS_MAX, `the keyboard does not get to ${selector}`);
    await page.keyboard.press("Tab");
    assert.deepEqual(await covered(page), [], "what has the focus is in sight");
  }
}

/**
 * The bars that lie over what has the focus.
 * @param {Page} page
 */
function covered(page) {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body || focused.closest(".save-bar, .topbar, .skip, dialog")) return [];
    const { top, bottom } = focused.getBoundingClientRect();
    const bars = [...document.querySelectorAll(".save-bar, .topbar")].filter((bar) => {
      const over = bar.getBoundingClientRect();
      return top < over.bottom - 1 && bottom > over.top + 1;
    });
    return bars.map((bar) => bar.className);
  });
}
