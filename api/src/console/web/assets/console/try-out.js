// @ts-check
/** A conversation with the chatbot as it is typed, in the language of the page. */
import { h } from "../dom.js";
import { valueOf } from "./depending.js";
import { answer, begin } from "./menu-rules.js";

/** @param {HTMLFormElement} form */
export function tryOut(form) {
  const box = form.querySelector("[data-try-out]");
  if (!(box instanceof HTMLElement)) return;
  const lines = /** @type {HTMLElement} */ (box.querySelector(".try-lines"));
  const input = /** @type {HTMLInputElement} */ (box.querySelector("#try-input"));
  const restart = /** @type {HTMLButtonElement} */ (box.querySelector("[data-restart]"));
  for (const part of [lines, restart, box.querySelector(".try-answer")]) if (part instanceof HTMLElement) part.hidden = false;

  /** @type {import("./menu-rules.js").State|null} */
  let state = null;

  /** @param {string} text @param {string} kind @param {string} [who] */
  const say = (text, kind, who) => {
    lines.append(h("p", { class: `try-line ${kind}` }, who ? h("span", { class: "visually-hidden", text: `${who} : ` }) : null, text));
    lines.scrollTop = lines.scrollHeight;
  };
  /** @param {import("./menu-rules.js").Answer} said */
  const tell = (said) => {
    for (const text of said.says) say(text, "bot", box.dataset.bot);
    if (said.queue !== undefined) say(`${box.dataset.queue} ${said.queue}`, "event");
  };
  const start = () => {
    const script = read(form);
    lines.replaceChildren();
    state = null;
    if (!script.options.length) return say(box.dataset.empty ?? "", "event");
    const first = begin(script);
    state = first.state;
    tell(first.answer);
  };
  const send = () => {
    const said = input.value.trim();
    if (!said || !state || state.over) return;
    input.value = "";
    say(said, "you", box.dataset.you);
    const next = answer(read(form), state, said);
    state = next.state;
    tell(next.answer);
  };

  restart.addEventListener("click", start);
  box.querySelector("[data-answer]")?.addEventListener("click", send);
  // What is typed here is no part of the form.
  for (const kind of ["input", "change"]) input.addEventListener(kind, (event) => event.stopPropagation());
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    send();
  });
  form.addEventListener("change", start);
  start();
}

/**
 * @param {HTMLFormElement} form
 * @returns {import("./menu-rules.js").Script}
 */
function read(form) {
  return {
    greeting: text(form, "greeting"),
    invalid: text(form, "invalid_reply"),
    handover: text(form, "handover"),
    invalidMax: Number(valueOf(form, "invalid_max")) || 3,
    fallback: chosenName(form, "fallback_queue"),
    options: options(form, "options"),
  };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} list
 * @returns {import("./menu-rules.js").Option[]}
 */
function options(form, list) {
  const keys = [...form.querySelectorAll(`input[type="hidden"][name="${CSS.escape(`${list}[]`)}"]`)].map((one) => /** @type {HTMLInputElement} */ (one).value);
  return keys.map((key) => option(form, `${list}[${key}]`)).filter((one) => one.label);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {import("./menu-rules.js").Option}
 */
function option(form, name) {
  const label = text(form, `${name}.label`);
  const labels = ["fr", "en"].map((lang) => valueOf(form, `${name}.label.${lang}`).trim()).filter(Boolean);
  const kind = valueOf(form, `${name}.~leads_to`);
  if (kind === "menu") return { label, labels, menu: { text: text(form, `${name}.menu.text`), options: options(form, `${name}.menu.options`) } };
  if (kind === "text") return { label, labels, text: text(form, `${name}.text`) };
  return { label, labels, queue: chosenName(form, `${name}.queue`) };
}

/**
 * @param {HTMLFormElement} form
 * @param {string} path
 */
function text(form, path) {
  const lang = document.documentElement.lang;
  return valueOf(form, `${path}.${lang}`).trim() || valueOf(form, `${path}.${lang === "fr" ? "en" : "fr"}`).trim();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function chosenName(form, name) {
  const select = form.elements.namedItem(name);
  return select instanceof HTMLSelectElement && select.value ? (select.selectedOptions[0]?.textContent ?? "") : "";
}
