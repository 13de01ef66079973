// @ts-check
/** What the forms of the desk and the chat share. */

/**
 * Shows or clears the error below a field.
 * @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} input
 * @param {string} text empty when there is none
 * @returns {string} the text
 */
export function fieldError(input, text) {
  const place = document.getElementById(`${input.id}-error`);
  if (place) {
    place.textContent = text;
    place.hidden = text === "";
  }
  if (text) {
    input.setAttribute("aria-invalid", "true");
    describe(input, true);
    input.addEventListener("input", () => fieldError(input, ""), { once: true });
  } else {
    input.removeAttribute("aria-invalid");
    describe(input, false);
  }
  return text;
}

/**
 * Joins the error to the field, beside the help that it may have.
 * @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} input
 * @param {boolean} wrong
 */
function describe(input, wrong) {
  const others = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== `${input.id}-error`);
  const all = wrong ? [...others, `${input.id}-error`] : others;
  if (all.length) input.setAttribute("aria-describedby", all.join(" "));
  else input.removeAttribute("aria-describedby");
}

/**
 * @param {import("./api.js").ApiError} error
 * @returns {{field: string, code: string, message?: string}[]}
 */
export function asFormErrors(error) {
  return error.problem.errors ?? [];
}
