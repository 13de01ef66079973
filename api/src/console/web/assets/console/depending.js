// @ts-check
/** Fields and sections that are of use for some choices only: `data-when` names the input, `data-is` its values. */

/** @param {HTMLFormElement} form */
export function depend(form) {
  form.addEventListener("change", () => settle(form));
  settle(form);
}

/** @param {HTMLFormElement} form */
function settle(form) {
  for (const part of form.querySelectorAll("[data-when]")) {
    if (part instanceof HTMLElement) part.hidden = !(part.dataset.is ?? "").split(" ").includes(valueOf(form, part.dataset.when ?? ""));
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {string} the value of an input, of the chosen one of several, or whether a box is ticked
 */
export function valueOf(form, name) {
  const found = form.elements.namedItem(name);
  if (found instanceof HTMLInputElement && found.type === "checkbox") return String(found.checked);
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement || found instanceof HTMLTextAreaElement) return found.value;
  return found instanceof RadioNodeList ? found.value : "";
}
