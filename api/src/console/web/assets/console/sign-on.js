// @ts-check
/** Signing on at a company: its window is opened by the click itself, and the form looks by itself when it is done. */

const PACE_MS = 2000;
/** A sign-on lives fifteen minutes. */
const TRIES_MAX = 450;

/** Whether somebody came back to this page since the window was opened. */
let isBack = false;

function cameBack() {
  isBack = true;
}

/** Opened at once, because a browser opens a window for a click only. */
export function openWindow() {
  isBack = false;
  return open("about:blank", "_blank", "popup,width=680,height=760");
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let waiting;

/** @param {HTMLFormElement} form */
export function watchSignOn(form) {
  clearTimeout(waiting);
  const number = form.querySelector('input[type="hidden"][name$=".sign_on"]');
  const check = shown(form, 'button[value^="check "]');
  const link = shown(form, "a[data-window]");
  if (!(number instanceof HTMLInputElement && number.value && check instanceof HTMLButtonElement && link instanceof HTMLElement)) return;
  addEventListener("focus", cameBack);
  look(number.value, check, link.dataset.unfinished ?? "", TRIES_MAX);
}

/**
 * The first that is not of a section for another choice.
 * @param {HTMLFormElement} form
 * @param {string} selector
 */
function shown(form, selector) {
  return [...form.querySelectorAll(selector)].find((one) => !one.closest("[hidden]"));
}

/**
 * @param {string} number
 * @param {HTMLButtonElement} check
 * @param {string} unfinished
 * @param {number} left
 */
function look(number, check, unfinished, left) {
  waiting = setTimeout(async () => {
    const wasBack = isBack;
    const state = await stateOf(number);
    if (!check.isConnected) return;
    if (state === "ready" || state === "failed") {
      check.click();
      return;
    }
    if (wasBack) tellUnfinished(check.parentElement?.querySelector(".outcome") ?? null, unfinished);
    if (left > 0) look(number, check, unfinished, left - 1);
  }, PACE_MS);
}

/**
 * Says, once, that the sign-on is not finished, to whoever came back before it was. Whether its window was closed cannot be seen:
 * by our `Cross-Origin-Opener-Policy` a window at a company counts as closed from its first page on.
 * @param {{ textContent: string|null }|null} outcome
 * @param {string} text
 */
export function tellUnfinished(outcome, text) {
  if (outcome && outcome.textContent?.trim() === "") outcome.textContent = text;
}

/**
 * How a sign-on stands. One that the server does not know any more has failed; of any other trouble the next look may tell more.
 * @param {string} number
 * @returns {Promise<string>}
 */
export async function stateOf(number) {
  try {
    const answer = await fetch(`/console/sign-ons/${encodeURIComponent(number)}`, { credentials: "same-origin" });
    if (answer.status === 404) return "failed";
    return answer.ok ? (await answer.json()).state : "started";
  } catch {
    return "started";
  }
}
