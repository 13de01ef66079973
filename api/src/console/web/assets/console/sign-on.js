// @ts-check
/** Signing on at a company: its window is opened by the click itself, and the form looks by itself when it is done. */

const PACE_MS = 2000;
/** A sign-on lives fifteen minutes. */
const TRIES_MAX = 450;

/** Opened at once, because a browser opens a window for a click only. */
export function openWindow() {
  return open("about:blank", "_blank", "popup,width=680,height=760");
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let waiting;

/** @param {HTMLFormElement} form */
export function watchSignOn(form) {
  clearTimeout(waiting);
  const number = form.querySelector('input[type="hidden"][name$=".sign_on"]');
  const check = shown(form, 'button[value^="check "]');
  const isOpen = shown(form, "a[data-window]");
  if (number instanceof HTMLInputElement && number.value && check instanceof HTMLButtonElement && isOpen) look(number.value, check, TRIES_MAX);
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
 * @param {number} left
 */
function look(number, check, left) {
  waiting = setTimeout(async () => {
    const state = await stateOf(number);
    if (!check.isConnected) return;
    if (state === "ready" || state === "failed") check.click();
    else if (left > 0) look(number, check, left - 1);
  }, PACE_MS);
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
