// @ts-check
/** What the forms of the sign-in pages share. */

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
 * Lets a password be read while the button is pressed in.
 * @param {HTMLButtonElement} button
 * @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} input
 */
export function reveal(button, input) {
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

/**
 * @param {import("./api.js").ApiError} error
 * @returns {{field: string, code: string, message?: string}[]}
 */
export function asFormErrors(error) {
  return error.problem.errors ?? [];
}
