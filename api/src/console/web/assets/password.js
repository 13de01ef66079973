// @ts-check
/** Lets a signed-in person change their password. */
import { ApiError, explain, explainCode, request } from "./api.js";
import { h } from "./dom.js";
import { asFormErrors, fieldError } from "./form.js";
import { t } from "./strings.js";
import { toast } from "./ui.js";

export function passwordDialog() {
  const current = h("input", { id: "current", type: "password", autocomplete: "current-password" });
  const next = h("input", { id: "next", type: "password", autocomplete: "new-password" });
  const save = h("button", { type: "submit", class: "button primary", text: t("common-save") });
  const form = h("form", { novalidate: true },
    h("h2", { id: "password-title", text: t("common-password-change") }),
    field(current, t("common-password-current")),
    field(next, t("common-password-new")),
    h("div", { class: "dialog-actions" }, h("button", { type: "button", class: "button", text: t("common-cancel"), onclick: () => dialog.close() }), save));
  const dialog = h("dialog", { class: "dialog fields", "aria-labelledby": "password-title" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const empty = [current, next].filter((input) => fieldError(input, input.value ? "" : t("common-field-empty")));
    if (empty[0]) return empty[0].focus();
    save.disabled = true;
    try {
      await request("POST", "/api/v1/password", { current: current.value, new: next.value });
      dialog.close();
      toast(t("common-password-changed"));
    } catch (error) {
      save.disabled = false;
      refused(error);
    }
  });

  /** @param {unknown} error */
  function refused(error) {
    const [first] = error instanceof ApiError ? asFormErrors(error) : [];
    fieldError(first?.field === "new" ? next : current, first ? explainCode(first) : explain(error));
  }

  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {HTMLInputElement} input
 * @param {string} label
 */
function field(input, label) {
  return h("div", { class: "input" }, h("label", { for: input.id, text: label }), input, h("p", { class: "error", id: `${input.id}-error`, hidden: true }));
}
