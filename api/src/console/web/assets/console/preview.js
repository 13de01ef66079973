// @ts-check
/** The page in the preview's frame: it shows the colour and the texts that the settings page tells it. */
import { applyTheme } from "../chat/theme-color.js";

const title = document.getElementById("title");
const greeting = document.getElementById("greeting");
const usual = { title: title?.textContent ?? "", greeting: greeting?.textContent ?? "" };

applyTheme(document.body.dataset.color ?? "");
addEventListener("message", (event) => {
  if (event.origin !== location.origin || typeof event.data !== "object" || event.data === null) return;
  applyTheme(String(event.data.color ?? ""));
  if (title) title.textContent = String(event.data.title || usual.title);
  if (greeting) greeting.textContent = String(event.data.greeting || usual.greeting);
});
