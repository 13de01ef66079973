// @ts-check
/** The first password of an invited person, or the new one after a reset. */
import { ApiError, explain, explainCode, request } from "./api.js";
import { byId } from "./dom.js";
import { asFormErrors, fieldError, reveal } from "./form.js";
import { load, t } from "./strings.js";

load();
const form = byId("invitation", HTMLFormElement);
const alertBox = byId("alert", HTMLElement);
const submit = byId("submit", HTMLButtonElement);
const password = byId("password", HTMLInputElement);
const again = byId("again", HTMLInputElement);
const minimum = Number(form.dataset.minimum) || 12;
byId("password-help", HTMLElement).textContent = t("invitation-password-help", { count: minimum });
reveal(byId("reveal", HTMLButtonElement), password);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  alertBox.hidden = true;
  const short = fieldError(password, [...password.value].length < minimum ? t("invitation-too-short", { count: minimum }) : "");
  const different = fieldError(again, password.value === again.value ? "" : t("invitation-different"));
  if (short || different) return (short ? password : again).focus();
  submit.disabled = true;
  try {
    await request("POST", `/api/v1/invitations/${encodeURIComponent(form.dataset.token ?? "")}`, { password: password.value });
    form.hidden = true;
    byId("done", HTMLElement).hidden = false;
    byId("done", HTMLElement).querySelector("a")?.focus();
  } catch (error) {
    submit.disabled = false;
    const [first] = error instanceof ApiError ? asFormErrors(error).filter((one) => one.field === "password") : [];
    if (first) fieldError(password, explainCode(first));
    else alertBox.textContent = explain(error);
    alertBox.hidden = first !== undefined;
  }
});
