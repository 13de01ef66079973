// @ts-check
/** The choice of light, dark, or whatever the system has. `theme.js` applies it before the first paint. */

const KEY = "ecluse.theme";

export function themes() {
  for (const box of document.querySelectorAll("[data-theme-choice]")) {
    if (box instanceof HTMLElement) box.hidden = false;
  }
  for (const button of buttons()) button.addEventListener("click", () => choose(button.dataset.themeSet ?? "auto"));
  mark();
}

/** @returns {HTMLElement[]} */
function buttons() {
  return [...document.querySelectorAll("[data-theme-set]")].flatMap((one) => (one instanceof HTMLElement ? [one] : []));
}

/** @param {string} choice */
function choose(choice) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  try {
    if (choice === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  mark();
}

function mark() {
  const now = document.documentElement.dataset.theme ?? "auto";
  for (const button of buttons()) button.setAttribute("aria-pressed", String(button.dataset.themeSet === now));
}
