// @ts-check
/** Where the agent says whether, for which queues and in which strategy they work. */
import { fill, h, icon } from "../dom.js";
import { number } from "../format.js";
import { t } from "../strings.js";
import { avatar, openMenu } from "../ui.js";
import { presenceName } from "./conversation.js";
import { mine, supervises } from "./select.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../types.js").Me} Me */
/** @typedef {import("../types.js").Presence} Presence */
/** @typedef {import("../types.js").Strategy} Strategy */

/** @type {{value: Presence, help: string}[]} */
const PRESENCES = [
  { value: "available", help: "desk-presence-available-help" },
  { value: "busy", help: "desk-presence-busy-help" },
  { value: "away", help: "desk-presence-away-help" },
  { value: "offline", help: "desk-presence-offline-help" },
];

/** @type {{value: Strategy, label: string, help: string}[]} */
const STRATEGIES = [
  { value: "inbound", label: "desk-strategy-inbound", help: "desk-strategy-inbound-help" },
  { value: "outbound", label: "desk-strategy-outbound", help: "desk-strategy-outbound-help" },
  { value: "blended", label: "desk-strategy-blended", help: "desk-strategy-blended-help" },
];

/**
 * @param {HTMLElement} card
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
export function createPresence(card, actions) {
  const trigger = h("button", { type: "button", class: "presence-button", "aria-haspopup": "menu", "aria-expanded": "false" });
  const summary = h("summary", {});
  const queues = h("fieldset", { class: "queues" });
  const strategy = h("fieldset", {});
  const help = h("p", { class: "help" });
  const details = h("details", { class: "work", open: matchMedia("(max-width: 47.5rem)").matches }, summary, h("div", { class: "work-body" }, queues, strategy, help));
  const meter = h("div", { class: "capacity" });
  const goOnline = h("button", { type: "button", class: "button primary wide go-online", hidden: true, text: t("desk-go-online") });
  /** @type {Me|null} */
  let me = null;
  let key = "";

  trigger.addEventListener("click", () => {
    if (!me) return;
    const current = me;
    openMenu(trigger, PRESENCES.map((one) => ({
      label: presenceName(one.value),
      detail: t(one.help),
      lead: h("span", { class: `dot ${one.value}` }),
      checked: one.value === current.presence,
      choose: () => void actions.presence(chosen(current, one.value)),
    })), { label: t("desk-presence") });
  });

  goOnline.addEventListener("click", () => me && void actions.presence(chosen(me, "available")));

  /** @type {string[]} */
  let own = [];

  /**
   * Who begins to work without having chosen queues works in all of theirs.
   * @param {Me} now
   * @param {Presence} value
   */
  function chosen(now, value) {
    const still = now.queues.filter((id) => own.includes(id));
    return { ...now, presence: value, queues: still.length ? still : own };
  }

  /** @param {State} state */
  function render(state) {
    me = state.me;
    if (!me) return;
    const next = JSON.stringify([me, state.queues, mine(state).length, state.offers.length]);
    if (next === key) return;
    if (key === "") fill(card, trigger, goOnline, meter, details);
    key = next;
    own = state.queues.filter((one) => one.member).map((one) => one.id);
    // A supervisor who belongs to no queue only watches: there is nothing to start, and nothing to measure.
    const watches = supervises(state) && own.length === 0;
    goOnline.hidden = me.presence !== "offline" || watches;
    card.classList.toggle("watches", watches);
    meter.hidden = watches && mine(state).length === 0;
    fill(trigger, avatar(me.id, me.name), h("span", { class: "presence-lines" }, h("strong", { text: me.name }), h("span", { class: "presence-now" }, h("span", { class: `dot ${me.presence}` }), presenceName(me.presence))), icon("chevron"));
    fill(summary, h("span", { text: t("desk-work-summary", { queues: me.queues.length, of: state.queues.filter((one) => one.member).length, strategy: t(/** @type {any} */ (STRATEGIES.find((one) => one.value === me?.strategy)).label) }) }), icon("chevron"));
    renderQueues(state, me);
    renderStrategy(me);
    renderCapacity(state, me);
  }

  /**
   * @param {State} state
   * @param {Me} now
   */
  function renderQueues(state, now) {
    const held = queues.contains(document.activeElement) ? /** @type {HTMLInputElement} */ (document.activeElement).value : null;
    const own = state.queues.filter((one) => one.member);
    fill(queues, h("legend", { text: t("desk-my-queues") }), own.length ? null : h("p", { class: "help", text: t("desk-no-queue") }), own.map((one) => queueLine(one, now)));
    if (held) /** @type {HTMLElement|null} */ (queues.querySelector(`input[value="${CSS.escape(held)}"]`))?.focus();
  }

  /**
   * @param {import("../types.js").QueueRow} one
   * @param {Me} now
   */
  function queueLine(one, now) {
    const box = h("input", { type: "checkbox", value: one.id, checked: now.queues.includes(one.id) });
    box.addEventListener("change", () => {
      const others = now.queues.filter((id) => id !== one.id);
      void actions.presence({ ...now, queues: box.checked ? [...others, one.id] : others });
    });
    return h("label", { class: "check" }, box, h("span", { class: "check-label", text: one.name }), one.waiting ? h("span", { class: "waiting-badge", title: t("desk-waiting-count", { count: one.waiting }), text: number(one.waiting) }) : null);
  }

  /** @param {Me} now */
  function renderStrategy(now) {
    const held = strategy.contains(document.activeElement);
    fill(strategy, h("legend", { text: t("desk-strategy") }), h("div", { class: "segmented" }, STRATEGIES.map((one) => {
      const radio = h("input", { type: "radio", name: "strategy", value: one.value, checked: one.value === now.strategy, class: "visually-hidden" });
      radio.addEventListener("change", () => void actions.presence({ ...now, strategy: one.value }));
      return h("label", {}, radio, h("span", { text: t(one.label) }));
    })));
    help.textContent = t(/** @type {any} */ (STRATEGIES.find((one) => one.value === now.strategy)).help);
    if (held) /** @type {HTMLElement|null} */ (strategy.querySelector("input:checked"))?.focus();
  }

  /**
   * The use of the agent's capacity is shown only while it is known to be up to date.
   * @param {State} state
   * @param {Me} now
   */
  function renderCapacity(state, now) {
    const [used, known] = [now.used ?? 0, now.used !== null && now.used !== undefined && now.capacity > 0];
    meter.classList.toggle("unknown", !known);
    const words = t("desk-capacity", { used, capacity: now.capacity });
    const [chats, offers] = [mine(state).length, state.offers.length];
    const held = [chats || !offers ? t("desk-my-open", { count: chats }) : "", offers ? t("desk-my-offers", { count: offers }) : ""].filter(Boolean).join(" · ");
    meter.title = known ? words : "";
    fill(meter, h("span", { class: "capacity-text" }, h("span", { text: held }), h("span", { text: `${number(used)} / ${number(now.capacity)}` })),
      h("meter", { min: "0", max: String(now.capacity), high: String(now.capacity * 0.8), value: String(used), "aria-label": words }));
  }

  return { render };
}
