// @ts-check
/** Shortcuts of the desk. Single keys work only outside fields, and can be switched off for those whom they disturb. */
import { h } from "../dom.js";
import { t } from "../strings.js";
import { recall, remember } from "../ui.js";

const SETTING = "ecluse.shortcuts";

/** @type {[string[], string][]} */
const KEYS = [
  [["j"], "desk-key-next"],
  [["k"], "desk-key-previous"],
  [["a"], "desk-key-accept"],
  [["r"], "desk-key-refuse"],
  [["t"], "desk-key-take"],
  [["/"], "desk-key-composer"],
  [["Enter"], "desk-key-send"],
  [["Shift", "Enter"], "desk-key-newline"],
  [["Esc"], "desk-key-escape"],
  [["?"], "desk-key-help"],
];

/**
 * @param {{step: (by: 1|-1) => void, accept: () => void, refuse: () => void, take: () => void, composer: () => void, escape: () => void}} handlers
 */
export function createKeyboard(handlers) {
  let enabled = recall(SETTING) !== "off";

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open")) return;
    if (event.key === "Escape") return handlers.escape();
    if (!enabled || isTyping(event.target)) return;
    const run = { j: () => handlers.step(1), k: () => handlers.step(-1), a: handlers.accept, r: handlers.refuse, t: handlers.take, "/": handlers.composer, "?": help }[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });

  function help() {
    const toggle = h("input", { type: "checkbox", checked: enabled });
    toggle.addEventListener("change", () => {
      enabled = toggle.checked;
      remember(SETTING, enabled ? null : "off");
    });
    const dialog = h("dialog", { class: "dialog keys", "aria-labelledby": "keys-title" },
      h("form", { method: "dialog" },
        h("h2", { id: "keys-title", text: t("desk-keys") }),
        h("dl", {}, KEYS.flatMap(([keys, label]) => [h("dt", {}, keys.map((key) => h("kbd", { text: key }))), h("dd", { text: t(label) })])),
        h("label", { class: "check" }, toggle, h("span", { class: "check-label", text: t("desk-keys-enabled") })),
        h("div", { class: "dialog-actions" }, h("button", { class: "button primary", value: "ok", autofocus: true, text: t("common-close") }))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  return { help };
}

/** @param {EventTarget|null} target */
function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName) || target.closest("[popover]") !== null;
}
