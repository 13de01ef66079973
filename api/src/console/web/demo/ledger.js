// @ts-check
/**
 * The demonstration's ledger: asks for the figures every second, and says in plain words whether the server is there. While it
 * is killed the last figures stay, so that they can be compared with those that it comes back with.
 */
import { byId, fill, h } from "../dom.js";
import { number, moment } from "../format.js";
import { load, t } from "../strings.js";

/** What a restart is told by. @type {["sent"|"acknowledged"|"stored"|"lost"|"doubled", string][]} */
const FIGURES = [["sent", "demo-sent"], ["acknowledged", "demo-acknowledged"], ["stored", "demo-stored"], ["lost", "demo-lost"], ["doubled", "demo-doubled"]];
/** Those that must be zero. */
const ZERO = ["lost", "doubled"];

/**
 * @typedef {object} Restart
 * @property {string} at
 * @property {number} sent
 * @property {number} acknowledged
 * @property {number} stored
 * @property {number} lost
 * @property {number} doubled
 */

const EVERY_MS = 1000;
/** A server that is gone may leave a request without any end. */
const PATIENCE_MS = 3000;
const BACK_MS = 8000;

load();
const pulse = byId("pulse", HTMLElement);
const pulseText = byId("pulse-text", HTMLElement);
const restarts = byId("restarts", HTMLElement);
let downSince = 0;
let backAt = 0;
let restartsShown = "";

async function poll() {
  try {
    const answer = await fetch("/demo/ledger.json", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    // A server that is busy is there; its next answer has the figures.
    if (answer.ok) show(await answer.json());
  } catch {
    downSince ||= Date.now();
    say("down", t("demo-down"));
  }
  setTimeout(poll, EVERY_MS);
}

/** @param {Record<string, any>} ledger */
function show(ledger) {
  if (downSince) backAt = Date.now();
  downSince = 0;
  const back = Date.now() - backAt < BACK_MS;
  say(back ? "back" : "running", t(back ? "demo-back" : "demo-running"));
  for (const node of document.querySelectorAll("[data-figure]")) {
    const value = Number(ledger[node.getAttribute("data-figure") ?? ""]);
    node.textContent = Number.isFinite(value) ? number(value) : "–";
    node.closest(".must-be-zero")?.classList.toggle("wrong", value > 0);
  }
  const pid = document.getElementById("pid");
  if (pid && ledger.pid) pid.textContent = String(ledger.pid);
  showRestarts(ledger.restarts ?? []);
}

/**
 * @param {string} state
 * @param {string} text
 */
function say(state, text) {
  pulse.dataset.state = state;
  if (pulseText.textContent !== text) pulseText.textContent = text;
}

/** @param {Restart[]} all */
function showRestarts(all) {
  const key = JSON.stringify(all);
  if (key === restartsShown) return;
  restartsShown = key;
  if (!all.length) return fill(restarts, h("tr", {}, h("td", { colspan: "6", text: t("demo-no-restart") })));
  const lines = [...all].sort((a, b) => b.at.localeCompare(a.at));
  fill(restarts, lines.map((one) => h("tr", {}, h("td", { text: moment(one.at) }), ...FIGURES.map(([name, label]) => figure(name, t(label), one[name])))));
}

/**
 * @param {string} name
 * @param {string} label beside the figure where there is no room for the table's head
 * @param {number} value
 */
function figure(name, label, value) {
  const verdict = ZERO.includes(name) ? (value > 0 ? "wrong" : "right") : "";
  return h("td", { class: verdict, data: { name: label }, text: number(value) });
}

void poll();
