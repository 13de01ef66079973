// @ts-check
/**
 * The settings form. What depends on a choice is shown and hidden as it changes. Buttons that change the form are answered by
 * the server with the same page as without scripts; here only the form of that page is taken, so that nothing jumps.
 */
import { copying } from "./copying.js";
import { depend } from "./depending.js";
import { pickers } from "./picker.js";
import { preview } from "./preview-frame.js";
import { openWindow, watchSignOn } from "./sign-on.js";
import { tryOut } from "./try-out.js";

/** Whether something was typed that is not saved. */
let unsaved = false;

export function form() {
  if (!document.querySelector("[data-form]")) return;
  document.addEventListener("submit", submitted);
  document.addEventListener("input", () => (unsaved = true));
  addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
  enliven();
}

/** What a form needs each time it is new in the page. */
function enliven() {
  const found = document.querySelector("[data-form]");
  if (!(found instanceof HTMLFormElement)) return;
  depend(found);
  pickers(found);
  preview(found);
  tryOut(found);
  copying(found);
  watchSignOn(found);
}

/** @param {SubmitEvent} event */
function submitted(event) {
  const sent = event.target;
  const button = event.submitter;
  if (!(sent instanceof HTMLFormElement)) return;
  const command = button instanceof HTMLButtonElement ? button.value : "save";
  if (!sent.matches("[data-form]") || command === "save" || command === "invite" || command === "reactivate") {
    unsaved = false;
    return;
  }
  event.preventDefault();
  const opened = button?.hasAttribute("data-opens") ? openWindow() : null;
  change(sent, /** @type {HTMLButtonElement} */ (button), opened);
}

/**
 * @param {HTMLFormElement} sent
 * @param {HTMLButtonElement} button
 * @param {Window|null} opened
 */
async function change(sent, button, opened) {
  sent.dataset.busy = "";
  button.setAttribute("aria-busy", "true");
  say("");
  try {
    const answer = await fetch(sent.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (new FormData(sent, button))), credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-edit]");
    if (answer.redirected || !fresh) throw new Error("another page came");
    take(fresh, sent, button.value);
    direct(opened);
  } catch {
    opened?.close();
    unsaved = false;
    // The browser's own way shows whatever the server has to say.
    const carrier = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
    sent.append(carrier);
    sent.submit();
  }
}

/**
 * @param {Element} fresh
 * @param {HTMLFormElement} sent
 * @param {string} command
 */
function take(fresh, sent, command) {
  const secrets = [...sent.querySelectorAll('input[type="password"]')].map((one) => /** @type {HTMLInputElement} */ (one)).filter((one) => one.value);
  const at = scrollY;
  const held = document.activeElement;
  // What was done before is no answer to what was asked now.
  document.querySelector(".flash")?.remove();
  document.querySelector("[data-edit]")?.replaceWith(fresh);
  // The server never shows a secret again; here it is still known.
  for (const secret of secrets) {
    const next = fresh.querySelector(`input[type="password"][name="${CSS.escape(secret.name)}"]`);
    if (next instanceof HTMLInputElement) restore(next, secret.value);
  }
  enliven();
  scrollTo({ top: at, behavior: "instant" });
  const isTyping = held instanceof HTMLElement && sent.contains(held) && held.matches("input, select, textarea");
  if (!isTyping || !goOn(held, fresh)) focusAfter(fresh, command);
  say(outcome(fresh, command));
}

/**
 * What is there again need not be asked for again.
 * @param {HTMLInputElement} secret
 * @param {string} value
 */
function restore(secret, value) {
  const again = `${secret.id}-again`;
  secret.value = value;
  document.getElementById(again)?.remove();
  const described = (secret.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id !== "" && id !== again);
  if (described.length > 0) secret.setAttribute("aria-describedby", described.join(" "));
  else secret.removeAttribute("aria-describedby");
}

/**
 * A form that looked by itself what came of a sign-on takes nobody away from where they type.
 * @param {HTMLElement} held
 * @param {Element} fresh
 * @returns {boolean} whether that is still there
 */
function goOn(held, fresh) {
  const next = held.id ? fresh.querySelector(`#${CSS.escape(held.id)}`) : null;
  if (!(next instanceof HTMLElement) || next.closest("[hidden]")) return false;
  next.focus({ preventScroll: true });
  const isText = held instanceof HTMLInputElement && next instanceof HTMLInputElement && held.selectionStart !== null;
  if (isText) next.setSelectionRange(held.selectionStart, held.selectionEnd);
  return true;
}

/**
 * What stands beside the button that was pressed, or beside that which follows it.
 * @param {Element} fresh
 * @param {string} command
 */
function outcome(fresh, command) {
  const beside = following(command).map((one) => fresh.querySelector(`button[value="${CSS.escape(one)}"] + .outcome`)?.textContent?.trim() ?? "");
  return beside.find((text) => text !== "") ?? "";
}

/**
 * Reads a text to whoever does not see the page: what comes into the page with its text is read to nobody.
 * @param {string} text
 */
function say(text) {
  const place = document.querySelector("[data-said]");
  if (place) place.textContent = text;
}

/**
 * Where the reader goes on: the new row or what was refused, else a button.
 * @param {Element} fresh
 * @param {string} command
 */
function focusAfter(fresh, command) {
  const buttons = following(command).map((one) => fresh.querySelector(`button[value="${CSS.escape(one)}"]:not(:disabled)`));
  const wanted = fresh.querySelector("[autofocus]") ?? buttons.find((one) => one !== null);
  if (wanted instanceof HTMLElement) wanted.focus({ preventScroll: isSeen(wanted) });
}

/**
 * Which buttons follow one, by their commands: those of the row that was moved, where it is now; else the same one, and that of
 * the list from which a row was taken, or that which begins a sign-on that turned out to be over.
 * @param {string} command
 */
function following(command) {
  const [, verb, list, place] = /^(up|down) (.*)\[(\d+)\]$/.exec(command) ?? [];
  if (!verb) return [command, command.replace(/^check /, "sign-on "), `add ${command.replace(/^\w+ /, "").replace(/\[[^\]]*\]$/, "")}`];
  const row = `${list}[${Number(place) + (verb === "up" ? -1 : 1)}]`;
  return [`${verb} ${row}`, `${verb === "up" ? "down" : "up"} ${row}`];
}

/** @param {HTMLElement} node */
function isSeen(node) {
  const box = node.getBoundingClientRect();
  return box.top > 60 && box.bottom < innerHeight - 80;
}

/** @param {Window|null} opened */
function direct(opened) {
  const link = document.querySelector("a[data-window]");
  if (opened && link instanceof HTMLAnchorElement) opened.location.href = link.href;
  else opened?.close();
}
