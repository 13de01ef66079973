// @ts-check
/** The left of the desk: offers, my chats, those nobody has taken, and for supervisors all of them. */
import { h, icon, reconcile } from "../dom.js";
import { elapsed, listTime, number } from "../format.js";
import { now } from "../clock.js";
import { t } from "../strings.js";
import { avatar, channelIcon } from "../ui.js";
import { contactName } from "./names.js";
import { previewText } from "./content.js";
import { mine, offersPaused, supervised, supervises, unassigned, unseen, watchedQueues } from "./select.js";
import { isMine } from "./state.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../types.js").Offer} Offer */

/**
 * @typedef {object} Row What one line of a list shows.
 * @property {Conversation} conversation
 * @property {number} unseen
 * @property {boolean} active
 * @property {boolean} typing
 * @property {string} note waiting time or holder
 * @property {boolean} urgent
 * @property {boolean} mine
 */

/** Waiting longer than this is shown in the colour of warning. */
const URGENT_MS = 5 * 60_000;

/** How many lines of a long list are shown at once. */
const PAGE = 60;

/**
 * @param {{offers: HTMLElement, mine: HTMLElement, unassigned: HTMLElement, all: HTMLElement}} sections
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
export function createLists(sections, actions) {
  /** @type {string|null} */
  let queue = null;
  const shown = { mine: PAGE, unassigned: PAGE, all: PAGE };
  const listed = { mine: 0, unassigned: 0, all: 0 };
  /** @type {State|null} */
  let last = null;

  for (const part of /** @type {const} */ (["mine", "unassigned", "all"])) {
    sections[part].querySelector(".show-more")?.addEventListener("click", () => {
      shown[part] += PAGE;
      if (!last) return;
      render(last);
      if (part !== "mine" && goesOn(last, part) && shown[part] > listed[part]) actions.loadMore(part);
    });
  }
  const filter = sections.all.querySelector("select");
  filter?.addEventListener("change", () => {
    queue = filter.value || null;
    if (last) render(last);
  });

  /** @param {State} state */
  function render(state) {
    last = state;
    renderOffers(state);
    renderSection(state, "mine", mine(state));
    renderSection(state, "unassigned", unassigned(state));
    if (supervises(state)) {
      renderFilter(state);
      renderSection(state, "all", supervised(state, queue));
    }
  }

  /**
   * @param {State} state
   * @param {"mine"|"unassigned"|"all"} part
   * @param {Conversation[]} items
   */
  function renderSection(state, part, items) {
    const section = sections[part];
    const loading = state.epoch === null;
    const list = /** @type {HTMLElement} */ (section.querySelector("ul"));
    listed[part] = items.length;
    const isPart = goesOn(state, part);
    show(section, ".count-badge", !loading && items.length > 0, isPart ? t("desk-count-or-more", { count: items.length }) : number(items.length));
    show(section, ".section-empty", !loading && items.length === 0);
    const more = items.length - shown[part];
    show(section, ".show-more", more > 0 || isPart, isPart ? t("desk-show-more-of-many") : t("desk-show-more", { count: Math.max(more, 0) }));
    if (loading) return;
    reconcile(list, items.slice(0, shown[part]).map((one) => row(state, one, part)), (one) => one.conversation.id, build, update);
  }

  /** @param {State} state */
  function renderFilter(state) {
    if (!filter) return;
    const watched = watchedQueues(state);
    const key = watched.map((one) => one.id + one.name).join("|");
    filter.hidden = watched.length < 2;
    if (filter.dataset.key === key) return;
    filter.dataset.key = key;
    filter.replaceChildren(h("option", { value: "", text: t("desk-all-queues") }), ...watched.map((one) => h("option", { value: one.id, text: one.name })));
    if (!watched.some((one) => one.id === queue)) queue = null;
    filter.value = queue ?? "";
  }

  /** @param {State} state */
  function renderOffers(state) {
    const paused = offersPaused(state);
    sections.offers.hidden = state.offers.length === 0;
    sections.offers.classList.toggle("paused", paused);
    show(sections.offers, ".offers-paused", paused);
    show(sections.offers, ".count-badge", state.offers.length > 1, number(state.offers.length));
    const list = /** @type {HTMLElement} */ (sections.offers.querySelector("ul"));
    const named = state.offers.map((offer) => ({ offer, paused, queue: state.queues.find((one) => one.id === offer.queue_id)?.name ?? offer.conversation.queue?.name ?? "" }));
    reconcile(list, named, (one) => one.offer.id, (one) => offerView(one, actions), updateOffer);
  }

  return {
    render,
    /** The queue that all conversations are narrowed to, null for all of them. */
    queue: () => queue,
  };
}

/**
 * Whether the server has more of a list than is here.
 * @param {State} state
 * @param {"mine"|"unassigned"|"all"} part
 */
function goesOn(state, part) {
  return part !== "mine" && state.more[part] !== null;
}

/**
 * @param {HTMLElement} section
 * @param {string} selector
 * @param {boolean} visible
 * @param {string} [text]
 */
function show(section, selector, visible, text) {
  const node = /** @type {HTMLElement|null} */ (section.querySelector(selector));
  if (!node) return;
  node.hidden = !visible;
  if (text !== undefined && node.textContent !== text) node.textContent = text;
}

/**
 * @param {State} state
 * @param {Conversation} one
 * @param {"mine"|"unassigned"|"all"} part
 * @returns {Row}
 */
function row(state, one, part) {
  const waited = now() - Date.parse(one.waiting_since ?? one.opened_at);
  const note = one.state === "waiting" ? t("desk-waiting-for", { time: elapsed(waited) }) : part === "all" ? (isMine(state, one) ? t("desk-state-mine") : (one.agent?.name ?? "")) : "";
  return {
    conversation: one,
    unseen: part === "all" && !isMine(state, one) ? 0 : unseen(state, one),
    active: one.id === state.open,
    typing: (state.typing[one.id] ?? []).some((who) => who.kind === "customer"),
    note,
    urgent: one.state === "waiting" && waited > URGENT_MS,
    mine: isMine(state, one),
  };
}

/** @type {WeakMap<HTMLElement, Row>} */
const drawn = new WeakMap();

/** @param {Row} one */
function build(one) {
  const node = h("li", {});
  draw(node, one);
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {Row} one
 */
function update(node, one) {
  const before = drawn.get(node);
  const same = before && /** @type {(keyof Row)[]} */ (Object.keys(one)).every((name) => before[name] === one[name]);
  if (!same) draw(node, one);
}

/**
 * @param {HTMLElement} node
 * @param {Row} one
 */
function draw(node, one) {
  drawn.set(node, one);
  const held = node.contains(document.activeElement);
  node.replaceChildren(rowView(one));
  if (held) /** @type {HTMLElement|null} */ (node.firstElementChild)?.focus({ preventScroll: true });
}

/** @param {Row} one */
function rowView(one) {
  const { conversation } = one;
  const said = conversation.last_message;
  return h("a", { class: `row ${one.active ? "active" : ""} ${one.unseen ? "unseen" : ""}`, href: `#/c/${conversation.id}`, data: { id: conversation.id }, "aria-current": one.active ? "true" : undefined },
    h("span", { class: "row-avatar" }, avatar(conversation.contact.id, contactName(conversation)), channelIcon(conversation.channel.kind)),
    h("span", { class: "row-name", dir: "auto", text: contactName(conversation) }),
    h("time", { class: "row-time", datetime: said?.at ?? conversation.opened_at, text: listTime(said?.at ?? conversation.opened_at) }),
    one.typing ? h("span", { class: "row-preview typing-now", text: t("desk-row-typing") }) : h("span", { class: "row-preview", dir: "auto" }, said?.direction === "out" ? icon("reply", "icon tiny") : null, (said && previewText(said.preview)) || t("desk-no-preview")),
    one.unseen ? h("span", { class: "unread", "aria-label": t("desk-unread", { count: one.unseen }), text: one.unseen > 99 ? "99+" : number(one.unseen) }) : null,
    rowNote(one));
}

/** @param {Row} one */
function rowNote(one) {
  const { conversation } = one;
  if (!one.note && !(one.mine && conversation.queue)) return null;
  return h("span", { class: `row-note ${one.urgent ? "urgent" : ""}` },
    conversation.queue ? h("span", { text: conversation.queue.name }) : null,
    one.note ? h("span", { text: one.note }) : null);
}

/** @param {Offer} offer */
function offerPreview(offer) {
  return previewText(offer.conversation.last_message?.preview ?? "");
}

const RING = 2 * Math.PI * 15;

/**
 * @typedef {object} Offered What one card shows.
 * @property {Offer} offer
 * @property {string} queue
 * @property {boolean} paused whether it cannot be answered for want of a connection
 */

/**
 * @param {Offered} one
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
function offerView({ offer, queue, paused }, actions) {
  const { conversation } = offer;
  const name = contactName(conversation);
  return h("li", { class: "offer", data: { id: offer.id, paused: String(paused) } },
    h("a", { class: "offer-top", href: `#/c/${conversation.id}` },
      h("span", { class: "row-avatar" }, avatar(conversation.contact.id, name), channelIcon(conversation.channel.kind)),
      h("span", { class: "offer-who" }, h("strong", { text: name, dir: "auto" }), h("span", { class: "offer-preview", dir: "auto", text: offerPreview(offer) }))),
    ring(offer, paused),
    h("div", { class: "offer-actions" },
      h("span", { class: "offer-queue", text: queue }),
      h("button", { type: "button", class: "button", disabled: paused, "aria-keyshortcuts": "r", onclick: () => actions.refuse(offer) }, h("span", { text: t("desk-refuse") }), h("kbd", { text: "R" })),
      h("button", { type: "button", class: "button primary", disabled: paused, "aria-keyshortcuts": "a", onclick: () => actions.accept(offer) }, h("span", { text: t("desk-accept") }), h("kbd", { text: "A" }))));
}

/**
 * @param {HTMLElement} node
 * @param {Offered} one
 */
function updateOffer(node, { offer, paused }) {
  show(node, ".offer-preview", true, offerPreview(offer));
  if (node.dataset.paused === String(paused)) return;
  node.dataset.paused = String(paused);
  for (const button of node.querySelectorAll("button")) button.disabled = paused;
  node.querySelector(".ring")?.replaceWith(ring(offer, paused));
}

/**
 * The time left, as a ring that empties and a number of seconds in it. A paused one stands still: what is left is not known.
 * @param {Offer} offer
 * @param {boolean} paused
 */
function ring(offer, paused) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 36 36");
  svg.setAttribute("aria-hidden", "true");
  const circles = ["track", "rest"].map((name) => {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [key, value] of Object.entries({ cx: 18, cy: 18, r: 15, class: name })) circle.setAttribute(key, String(value));
    return circle;
  });
  svg.append(...circles);
  const seconds = h("span", {});
  const node = h("span", { class: "ring", role: "timer", "aria-live": "off" }, svg, seconds);
  if (paused) {
    seconds.setAttribute("aria-label", t("desk-offers-paused"));
    return node;
  }
  const ends = Date.parse(offer.expires_at);
  const whole = Math.max(1, offer.timeout_secs * 1000);
  const left = Math.max(0, Math.min(whole, ends - now()));
  const gone = RING * (1 - left / whole);
  circles[1]?.animate([{ strokeDasharray: `${RING}`, strokeDashoffset: `${gone}` }, { strokeDasharray: `${RING}`, strokeDashoffset: `${RING}` }], { duration: left, fill: "forwards" });
  const tick = () => {
    const secondsLeft = Math.max(0, Math.ceil((ends - now()) / 1000));
    seconds.textContent = String(secondsLeft);
    seconds.setAttribute("aria-label", t("desk-seconds-left", { count: secondsLeft }));
    node.classList.toggle("hurry", secondsLeft <= 5);
    if (secondsLeft > 0 && (node.isConnected || secondsLeft * 1000 >= left - 1000)) setTimeout(tick, 250);
  };
  tick();
  return node;
}
