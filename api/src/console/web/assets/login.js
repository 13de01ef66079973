// @ts-check
/** Sign-in: e-mail and password, then the agent's number and PIN when they are asked for. */
import { ApiError, explain, request } from "./api.js";
import { byId } from "./dom.js";
import { fieldError, reveal } from "./form.js";
import { load, t } from "./strings.js";

load();
const form = byId("login", HTMLFormElement);
const alertBox = byId("alert", HTMLElement);
const agent = byId("agent", HTMLDetailsElement);
const submit = byId("submit", HTMLButtonElement);
const email = byId("email", HTMLInputElement);
const password = byId("password", HTMLInputElement);
const number = byId("number", HTMLInputElement);
const pin = byId("pin", HTMLInputElement);
reveal(byId("reveal", HTMLButtonElement), password);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  alertBox.hidden = true;
  const missing = [fieldError(email, email.value.trim() ? "" : t("login-email-missing")), fieldError(password, password.value ? "" : t("login-password-missing"))];
  if (missing.some(Boolean)) return (email.value.trim() ? password : email).focus();
  submit.disabled = true;
  submit.setAttribute("aria-busy", "true");
  try {
    await request("POST", "/api/v1/session", credentials());
    location.assign(destination());
  } catch (error) {
    submit.disabled = false;
    refused(error);
  } finally {
    submit.removeAttribute("aria-busy");
  }
});

function credentials() {
  const known = { email: email.value.trim(), password: password.value };
  if (!agent.open || (!number.value.trim() && !pin.value)) return known;
  return { ...known, number: number.value.trim(), pin: pin.value };
}

/** @param {unknown} error */
function refused(error) {
  alertBox.textContent = explain(error);
  alertBox.hidden = false;
  // Whether a PIN is missing is not told to strangers, so its fields are shown to everybody who was refused.
  if (error instanceof ApiError && error.problem.code === "sign_in_refused") agent.open = true;
  password.select();
}

/**
 * Where to go: the page that asked for the sign-in when it is ours, else the desk.
 */
function destination() {
  const next = new URLSearchParams(location.search).get("next");
  const wanted = next ? new URL(next, location.origin) : null;
  if (wanted && wanted.origin === location.origin && next?.startsWith("/") && wanted.pathname !== "/login") return wanted.href;
  return "/desk";
}
