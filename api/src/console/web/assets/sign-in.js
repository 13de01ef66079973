// @ts-check
/** The sign-in pages work without a script. This one lets a password be read while the button is pressed in. */
import { byId } from "./dom.js";

const button = document.getElementById("reveal");
if (button) {
  const input = byId("password", HTMLInputElement);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}
