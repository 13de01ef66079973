// @ts-check
/** The agents' page: builds its parts and connects them. Who talks to whom is all here. */
import { ApiError, request } from "./api.js";
import { now } from "./clock.js";
import { byId, fill, h, icon } from "./dom.js";
import { initials } from "./format.js";
import { lang, load, t } from "./strings.js";
import { announce, avatar, openMenu, recall, remember, setTheme, theme, toast } from "./ui.js";
import { createActions } from "./desk/actions.js";
import { uuid } from "./uuid.js";
import { passwordDialog } from "./password.js";
import { createAlerts } from "./desk/alerts.js";
import { summary } from "./desk/content.js";
import { createConversation } from "./desk/conversation.js";
import { createKeyboard } from "./desk/keyboard.js";
import { createLists } from "./desk/lists.js";
import { createLive } from "./desk/live.js";
import { createLoader } from "./desk/loader.js";
import { contactName } from "./desk/names.js";
import { createOutbox } from "./desk/outbox.js";
import { createPresence } from "./desk/presence.js";
import { createProfile } from "./desk/profile.js";
import { badge, beginsToWait, lastShown, mine, offersPaused, supervised, supervises, unassigned } from "./desk/select.js";
import { initial, isMine, reduce } from "./desk/state.js";
import { createStore } from "./desk/store.js";

/** @typedef {import("./desk/state.js").State} State */

load();
const user = /** @type {import("./types.js").User} */ (JSON.parse(byId("user", HTMLScriptElement).textContent || "{}"));
const KEPT = `ecluse.desk.${user.id}`;
const body = document.body;

const store = createStore(reduce, initial(user, kept()));
const alerts = createAlerts({ open: (id) => void (location.hash = `#/c/${id}`) });
const loader = createLoader(store, { signedOut });
const outbox = createOutbox(store, {
  post: (one) =>
    request("POST", `/api/v1/conversations/${one.conversation_id}/messages`,
      { content: { type: "text", body: one.body }, reply_to: one.reply_to ?? undefined, based_on_seq: one.based_on_seq }, { "Idempotency-Key": one.key }),
  key: uuid,
  now,
  random: Math.random,
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer),
  onSignedOut: signedOut,
});
const live = createLive(store, {
  loadSnapshot: () => request("GET", "/api/v1/desk"),
  openSocket: (epoch, offset) => {
    const address = new URL(`/desk/socket?epoch=${encodeURIComponent(epoch)}&offset=${offset}`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(address);
  },
  now,
  random: Math.random,
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer),
  isSignedOut: (error) => error instanceof ApiError && error.status === 401,
  onOnline() {
    live.send({ type: "watch", conversation_id: store.get().open });
    loader.refresh();
    outbox.pumpAll();
  },
  onFrame: told,
});
const actions = createActions(store, { signedOut, live: () => live, outbox: () => outbox, loader: () => loader });

const lists = createLists({ offers: byId("offers", HTMLElement), mine: byId("mine", HTMLElement), unassigned: byId("unassigned", HTMLElement), all: byId("all", HTMLElement) }, actions);
const presence = createPresence(byId("presence", HTMLElement), actions);
const conversation = createConversation(byId("centre", HTMLElement), store, actions);
const profile = createProfile(byId("right", HTMLElement), actions);
const banner = byId("banner", HTMLElement);
const keyboard = createKeyboard({
  step,
  accept: () => first(answerable(), (offer) => void actions.accept(offer)),
  refuse: () => first(answerable(), (offer) => void actions.refuse(offer)),
  take() {
    const { open, conversations } = store.get();
    const one = open === null ? undefined : conversations[open];
    if (one?.state === "waiting") void actions.take(one);
  },
  composer: () => conversation.focusComposer(),
  escape,
});

store.subscribe((state, before) => {
  render(state);
  if (before.epoch === null && state.epoch !== null) land(state);
  persist(state, before);
  loader.open();
  loader.refill();
  look();
  if (capacityUnknown(state) && !capacityUnknown(before)) setTimeout(askCapacity, 500);
});
render(store.get());
route();
addEventListener("hashchange", route);
addEventListener("online", () => live.retryNow());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  live.retryNow();
  look();
});
addEventListener("beforeunload", (event) => {
  if (store.get().outbox.some((one) => one.phase === "sending" || one.phase === "retrying")) event.preventDefault();
});
conversation.box.addEventListener("scroll", look, { passive: true });
// Waiting times grow, deadlines pass and typing fades without any frame.
setInterval(() => {
  store.dispatch({ type: "clock", now: now() });
}, 1000);
setInterval(() => {
  render(store.get());
  loader.refill();
  askCapacity();
}, 15_000);
setInterval(renderBanner, 500);
topbar();
void live.start();
outbox.pumpAll();

// ---- what each state looks like ---------------------------------------------------------------------------------

/** @param {State} state */
function render(state) {
  presence.render(state);
  lists.render(state);
  conversation.render(state);
  profile.render(state);
  renderTabs(state);
  alerts.badge(badge(state));
}

/** @param {State} state */
function renderTabs(state) {
  /** @type {[string, number][]} */
  const counts = [["mine", badge(state)], ["unassigned", unassigned(state).length]];
  for (const [tab, count] of counts) {
    const node = document.querySelector(`.tabs [data-tab="${tab}"] .tab-badge`);
    if (!(node instanceof HTMLElement)) continue;
    node.hidden = count === 0;
    node.textContent = count > 99 ? "99+" : String(count);
  }
}

/** @param {State} state */
function capacityUnknown(state) {
  return state.me !== null && state.me.used === null;
}

/** What a chat weighs is the server's to say, so the use is asked for after one has come or gone. */
function askCapacity() {
  if (capacityUnknown(store.get())) void loader.capacity();
}

let lostAt = 0;
let bannerKey = "";

function renderBanner() {
  const { link } = store.get();
  lostAt = link.phase === "lost" || link.phase === "connecting" ? lostAt || now() : 0;
  const visible = link.phase === "signed_out" || (lostAt !== 0 && now() - lostAt > 1500);
  const seconds = link.retryAt === null ? 0 : Math.max(0, Math.ceil((link.retryAt - now()) / 1000));
  const key = visible ? `${link.phase} ${seconds > 2 ? seconds : 0}` : "";
  if (key === bannerKey) return;
  const changed = key.split(" ")[0] !== bannerKey.split(" ")[0];
  bannerKey = key;
  banner.hidden = !visible;
  banner.className = `banner ${link.phase}`;
  if (!visible) return;
  if (link.phase === "signed_out") {
    const next = `/login?next=${encodeURIComponent(location.pathname + location.hash)}`;
    fill(banner, icon("lock"), h("span", { text: t("desk-signed-out") }), h("a", { class: "button", href: next, text: t("desk-sign-in-again") }));
  } else {
    const next = seconds > 2 ? t("desk-lost-retry", { seconds }) : t("desk-lost-connecting");
    fill(banner, h("span", { class: "spinner", "aria-hidden": "true" }), h("strong", { text: t("desk-lost") }), h("span", { class: "banner-more", text: next }), h("button", { type: "button", class: "button", text: t("desk-lost-now"), onclick: () => live.retryNow() }));
  }
  if (changed) announce(t(link.phase === "signed_out" ? "desk-signed-out" : "desk-lost"), "assertive");
}

// ---- where the reader is ---------------------------------------------------------------------------------------------

/** The address says what is open: `#/c/ID`, `#/c/ID/profile`, or a tab of the lists on a narrow screen. */
function route() {
  const [, place, id, part] = location.hash.split("/");
  const open = place === "c" && id ? id : null;
  if (store.get().open !== open) {
    store.dispatch({ type: "open", id: open });
    live.send({ type: "watch", conversation_id: open });
  }
  const tab = place && place !== "c" ? place : (body.dataset.tab ?? "mine");
  body.dataset.tab = ["mine", "unassigned", "all", "me"].includes(tab) ? tab : "mine";
  body.dataset.view = open === null ? "lists" : part === "profile" ? "profile" : "conversation";
  for (const link of document.querySelectorAll(".tabs a")) current(link, link.getAttribute("data-tab") === body.dataset.tab);
  for (const link of document.querySelectorAll(".side-tabs a")) current(link, (link.getAttribute("data-tab") === "all") === (body.dataset.tab === "all"));
  byId("right-back", HTMLAnchorElement).href = open === null ? "#/" : `#/c/${open}`;
  if (part === "profile") profile.select(0);
  if (open !== null && matchMedia("(max-width: 47.5rem)").matches) byId(part === "profile" ? "right" : "centre", HTMLElement).focus({ preventScroll: true });
}

/**
 * Who watches over queues without working in any begins with all conversations: a desk of their own has nothing to show.
 * @param {State} state
 */
function land(state) {
  const works = state.queues.some((one) => one.member) || mine(state).length > 0;
  if (location.hash === "" && supervises(state) && !works) location.replace("#/all");
}

/**
 * @param {Element} link
 * @param {boolean} is
 */
function current(link, is) {
  if (is) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

/** @returns {import("./types.js").Conversation[]} the lists in the order of the page */
function ordered() {
  const state = store.get();
  if (body.dataset.tab === "all" && supervises(state)) return supervised(state, lists.queue());
  return [...mine(state), ...unassigned(state)];
}

/** @returns {import("./types.js").Offer[]} */
function answerable() {
  const state = store.get();
  return offersPaused(state) ? [] : state.offers;
}

/** @param {1|-1} by */
function step(by) {
  const all = ordered();
  if (!all.length) return;
  const at = all.findIndex((one) => one.id === store.get().open);
  const target = at < 0 ? (by === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  location.hash = `#/c/${all[target]?.id}`;
  const row = document.querySelector(`.row[data-id="${all[target]?.id}"]`);
  row?.scrollIntoView({ block: "nearest" });
}

function escape() {
  const active = document.activeElement;
  if (active instanceof HTMLElement && active.id === "composer") return active.blur();
  if (body.dataset.view === "profile") location.hash = `#/c/${store.get().open}`;
  else if (store.get().open !== null) location.hash = "#/";
}

/**
 * @template T
 * @param {T[]} list
 * @param {(one: T) => void} run
 */
function first(list, run) {
  const [one] = list;
  if (one) run(one);
}

/** Marks the open conversation as seen while the reader really has it before their eyes. */
function look() {
  const state = store.get();
  if (state.open === null || !conversation.isLooking()) return;
  const seq = lastShown(state, state.open);
  if (seq > (state.seen[state.open] ?? 0)) store.dispatch({ type: "seen", id: state.open, seq });
  markRead(state.open);
}

/** @type {Map<string, number>} how far the customers know that they were read */
const marked = new Map();

/**
 * Tells the customer, as soon as the conversation that is looked at is the reader's own: it may become so afterwards.
 * @param {string} id
 */
function markRead(id) {
  const state = store.get();
  const one = state.conversations[id];
  const said = (state.timelines[id]?.items ?? []).filter((item) => item.direction === "in");
  const newest = said.at(-1)?.seq ?? 0;
  const before = marked.get(id) ?? 0;
  if (!one || !isMine(state, one) || newest <= before) return;
  marked.set(id, newest);
  request("POST", `/api/v1/conversations/${one.id}/read`, { seq: newest }).catch(() => marked.set(id, before));
}
addEventListener("focus", look);

// ---- what calls for attention ----------------------------------------------------------------------------------------

/** @param {any} frame one that has just been applied */
function told(frame) {
  if (frame.type === "offer") return offerTold(frame.offer);
  if (frame.type === "erased" && frame.conversation_id === store.get().open) return void (location.hash = "#/");
  if (frame.type !== "event") return;
  const state = store.get();
  const one = /** @type {import("./types.js").Conversation} */ (frame.conversation);
  const said = (frame.messages ?? []).filter((/** @type {import("./types.js").Message} */ item) => item.direction === "in");
  if (beginsToWait(state, one, frame.messages ?? [])) return waitingTold(one);
  const concerned = isMine(state, one) || one.id === state.open;
  if (!said.length || !concerned) return;
  const text = summary(said.at(-1).content);
  announce(t("desk-announce-message", { name: contactName(one), text }));
  if (document.hidden || one.id !== state.open) alerts.message();
  alerts.notify({ title: contactName(one), body: text, conversation: one.id });
}

/** @param {import("./types.js").Conversation} one */
function waitingTold(one) {
  const text = t("desk-announce-waiting", { name: contactName(one), queue: one.queue?.name ?? "" });
  announce(text);
  alerts.message();
  alerts.notify({ title: t("desk-unassigned"), body: text, conversation: one.id });
}

/** @param {import("./types.js").Offer} offer */
function offerTold(offer) {
  const text = t("desk-announce-offer", { name: contactName(offer.conversation), count: offer.timeout_secs });
  announce(text, "assertive");
  alerts.offer();
  alerts.notify({ title: t("desk-offer-title"), body: text, conversation: offer.conversation.id });
}

// ---- the bar at the top ----------------------------------------------------------------------------------------------

function topbar() {
  const bell = byId("notify", HTMLButtonElement);
  bell.hidden = !alerts.canAsk();
  bell.addEventListener("click", async () => {
    const granted = await alerts.ask();
    bell.hidden = true;
    toast(t(granted ? "desk-notifications-on" : "desk-notifications-off"), granted ? "info" : "error");
  });
  const speaker = byId("sound", HTMLButtonElement);
  const showSound = () => {
    speaker.setAttribute("aria-pressed", String(alerts.sound));
    fill(speaker, icon(alerts.sound ? "sound" : "mute"));
  };
  speaker.addEventListener("click", () => {
    alerts.setSound(!alerts.sound);
    showSound();
  });
  showSound();
  byId("help", HTMLButtonElement).addEventListener("click", () => keyboard.help());
  const account = byId("account", HTMLButtonElement);
  fill(account, avatar(user.id, user.name, "small"));
  account.setAttribute("aria-label", `${initials(user.name)} ${t("common-account")}`);
  account.addEventListener("click", () => accountMenu(account));
}

/** @param {HTMLElement} trigger */
function accountMenu(trigger) {
  /** @type {["auto"|"light"|"dark", string, string][]} */
  const themes = [["auto", "common-theme-auto", "contrast"], ["light", "common-theme-light", "sun"], ["dark", "common-theme-dark", "moon"]];
  /** @type {["fr"|"en", string][]} */
  const languages = [["fr", "Français"], ["en", "English"]];
  openMenu(trigger, [
    ...themes.map(([value, label, name], index) => ({ heading: index === 0 ? t("common-theme") : undefined, label: t(label), lead: icon(name), checked: theme() === value, choose: () => setTheme(value) })),
    ...languages.map(([value, label], index) => ({ heading: index === 0 ? t("common-language") : undefined, label, lead: icon("globe"), checked: lang() === value, choose: () => void setLanguage(value) })),
    { heading: user.name, label: t("common-password-change"), lead: icon("key"), choose: () => passwordDialog() },
    { label: t("common-sign-out"), lead: icon("logout"), choose: () => void signOut() },
  ], { label: t("common-account") });
}

/** @param {"fr"|"en"} language */
async function setLanguage(language) {
  if (language === lang()) return;
  try {
    await request("PATCH", "/api/v1/session", { language });
    location.reload();
  } catch {
    toast(t("error-unexpected"), "error");
  }
}

async function signOut() {
  try {
    await request("DELETE", "/api/v1/session");
  } finally {
    location.href = "/login";
  }
}

function signedOut() {
  live.signedOut();
}

// ---- what outlives a reload ----------------------------------------------------------------------------------------

/** @returns {{outbox?: import("./desk/state.js").Pending[], seen?: Record<string, number>}} */
function kept() {
  try {
    return JSON.parse(recall(KEPT, "session") ?? "{}");
  } catch {
    return {};
  }
}

/**
 * @param {State} state
 * @param {State} before
 */
function persist(state, before) {
  if (state.outbox === before.outbox && state.seen === before.seen) return;
  remember(KEPT, JSON.stringify({ outbox: state.outbox, seen: state.seen }), "session");
}
