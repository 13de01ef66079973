// @ts-check
/** The chat's preview follows what is typed. Its page is ours, so it is told by a message. */
import { valueOf } from "./depending.js";

/** @param {HTMLFormElement} form */
export function preview(form) {
  const frame = form.querySelector("iframe[data-preview]");
  if (!(frame instanceof HTMLIFrameElement)) return;
  const tell = () => frame.contentWindow?.postMessage(look(form), location.origin);
  form.addEventListener("input", tell);
  form.addEventListener("change", tell);
  frame.addEventListener("load", tell);
}

/** @param {HTMLFormElement} form */
function look(form) {
  const lang = document.documentElement.lang;
  const other = lang === "fr" ? "en" : "fr";
  /** @param {string} path */
  const text = (path) => valueOf(form, `${path}.${lang}`).trim() || valueOf(form, `${path}.${other}`).trim();
  const own = valueOf(form, "live_chat.theme_color~own") === "true";
  return {
    color: own ? valueOf(form, "live_chat.theme_color") : "",
    title: text("live_chat.title") || valueOf(form, "name").trim(),
    greeting: text("live_chat.greeting"),
  };
}
