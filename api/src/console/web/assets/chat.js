// @ts-check
/** The visitor's page: the form before the chat, the messages, the field; in a site's frame or on its own. */
import { byId, fill, h, icon, reconcile } from "./dom.js";
import { day, dayKey, moment, time } from "./format.js";
import { lang, load, t } from "./strings.js";
import { announce, confirmDialog, hush, iconButton, recall, remember } from "./ui.js";
import { createLink } from "./chat/link.js";
import { createHost } from "./chat/host.js";
import { createStore } from "./desk/store.js";
import { fieldError } from "./form.js";
import { LIMIT, answerable, initial, reduce } from "./chat/state.js";
import { createScroll } from "./desk/scroll.js";
import { textView } from "./desk/content.js";
import { uuid } from "./uuid.js";
import { applyTheme } from "./chat/theme-color.js";

/** @typedef {import("./chat/state.js").State} State */
/** @typedef {import("./types.js").VisitorMessage} VisitorMessage */

/** The count shows when fewer characters than this are left. */
const NEAR = 400;
const TYPING_EVERY_MS = 3000;
const TYPING_REST_MS = 5000;

load();
const body = document.body;
const channel = body.dataset.channel ?? "";
const VISITOR = `ecluse.visitor.${channel}`;
const OUTBOX = `ecluse.outbox.${channel}`;
const DRAFT = `ecluse.draft.${channel}`;

const main = byId("main", HTMLElement);
const stateLine = byId("state", HTMLElement);
const endButton = byId("end", HTMLButtonElement);
const minimise = byId("minimise", HTMLButtonElement);

const store = createStore(reduce, initial({ visitor: recall(VISITOR), outbox: keptOutbox() }));
const host = createHost({
  onVisible: () => {
    seen();
    // Before it draws, nothing in a frame that was hidden can take the keyboard's place.
    requestAnimationFrame(() => view.focus());
  },
});
const link = createLink(store, {
  openSocket: () => {
    const address = new URL(`/chat/${channel}/socket?lang=${lang()}`, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(address);
  },
  siteToken: host.token,
  now: Date.now,
  random: Math.random,
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer),
  onFrame: told,
});

const view = createView();
store.subscribe((state, before) => {
  view.render(state);
  persist(state, before);
});
view.render(store.get());
body.classList.toggle("standalone", !host.framed);
minimise.hidden = !host.framed;
minimise.addEventListener("click", () => host.minimise());
endButton.addEventListener("click", end);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) host.minimise();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  link.retryNow();
  seen();
});
addEventListener("online", () => link.retryNow());
addEventListener("focus", seen);
setInterval(() => store.dispatch({ type: "clock", now: Date.now() }), 1000);
void link.start();

/** @param {any} frame one that has just been applied */
function told(frame) {
  if (frame.type === "message" && frame.message.from === "agent") {
    const { name, body: said, choices } = /** @type {VisitorMessage} */ (frame.message);
    const text = [said, ...(choices ?? []).map((choice) => choice.label)].filter(Boolean).join(", ");
    announce(t("chat-announce", { name: name ?? t("chat-agent"), text }));
    if (host.hidden()) unread += 1;
  }
  if (frame.type === "closed") announce(t("chat-ended"));
  seen();
}

let unread = 0;
let readSeq = 0;

/** Tells the server what has been read, and the site what has not. */
function seen() {
  const state = store.get();
  const last = state.messages.filter((one) => one.from === "agent").at(-1);
  if (!host.hidden()) {
    unread = 0;
    if (last && last.seq > readSeq && state.online && link.sign({ type: "read", seq: last.seq })) readSeq = last.seq;
  }
  host.unread(unread);
}

async function end() {
  const sure = await confirmDialog({ title: t("chat-end-title"), body: t("chat-end-body"), confirm: t("chat-end") });
  if (sure) link.sign({ type: "end" });
}

/** @returns {import("./chat/state.js").Sending[]} */
function keptOutbox() {
  try {
    return JSON.parse(recall(OUTBOX, "session") ?? "[]");
  } catch {
    return [];
  }
}

/**
 * @param {State} state
 * @param {State} before
 */
function persist(state, before) {
  if (state.phase === "refused" && before.phase !== "refused") hush();
  else if (state.left && !before.left) announce(t("chat-left"));
  if (state.visitor !== before.visitor) remember(VISITOR, state.visitor);
  if (state.outbox !== before.outbox) remember(OUTBOX, state.outbox.length ? JSON.stringify(state.outbox) : null, "session");
}

// ---- what it looks like --------------------------------------------------------------------------------------------

function createView() {
  const room = createRoom();
  /** @type {string} */
  let shown = "";
  /** @type {ReturnType<typeof createForm>|null} */
  let form = null;

  /** @param {State} state */
  function render(state) {
    const active = document.activeElement;
    body.dataset.phase = state.phase;
    applyTheme(state.theme);
    host.theme(state.theme);
    stateLine.textContent = statusText(state);
    stateLine.classList.toggle("away", !state.online || isAway(state));
    endButton.hidden = !(state.phase === "open" && (state.conversation !== null || state.messages.length > 0));
    const instead = state.givingUp ? " instead" : "";
    const face = state.phase === "ended" ? "open" : state.phase === "form" ? `form ${state.formPurpose}${instead}` : state.phase;
    const turned = face !== shown;
    if (turned) {
      shown = face;
      if (form && face === "open" && !state.left) room.carry(form.unsent());
      form = state.phase === "form" ? createForm(state) : null;
      fill(main, face === "connecting" ? waiting() : face === "refused" ? refused(state.banned) : (form?.node ?? room.node));
      if (!host.hidden()) focus();
    }
    if (form) form.render(state);
    else if (face === "open") room.render(state, turned);
    // What has just been hidden takes the keyboard's place with it.
    if (active?.closest("[hidden]") && !host.hidden()) focus();
  }

  function focus() {
    if (form) form.focus();
    else if (shown === "open") room.focus();
  }

  return { render, focus };
}

/** @param {State} state */
function statusText(state) {
  if (state.phase === "refused") return t("chat-unavailable");
  if (state.phase === "connecting") return t("chat-connecting");
  if (!state.online) return t("chat-reconnecting");
  if (state.phase === "ended") return t("chat-ended");
  if (state.left) return t("chat-left-status");
  return t(isAway(state) ? "chat-away" : "chat-online");
}

/** @param {State} state */
function isAway(state) {
  return state.left || (state.phase === "form" && state.formPurpose === "leave_message" && !state.givingUp);
}

function waiting() {
  return h("div", { class: "v-wait", "aria-hidden": "true" }, h("span", { class: "skeleton" }), h("span", { class: "skeleton" }), h("span", { class: "skeleton" }));
}

/** @param {boolean} banned */
function refused(banned) {
  const [title, body] = banned ? ["chat-banned-title", "chat-banned-body"] : ["chat-refused-title", "chat-refused-body"];
  return h("div", { class: "empty" }, icon("lock", "icon big"), h("h2", { text: t(title) }), h("p", { text: t(body) }));
}

/** @type {Record<string, string>} */
const LABELS = { name: "chat-name", email: "chat-email", phone: "chat-phone", subject: "chat-subject", message: "chat-message" };
/** @type {Record<string, string>} */
const INPUT_TYPES = { email: "email", phone: "tel", tel: "tel" };
/** @type {Record<string, string>} */
const COMPLETE = { name: "name", email: "email", phone: "tel" };

/** @param {State} state */
function createForm(state) {
  const leaves = state.formPurpose === "leave_message";
  const instead = state.givingUp !== null;
  let isLeaving = false;
  const fields = (state.form ?? []).map((field) => {
    const id = `field-${field.name}`;
    const known = LABELS[field.name];
    const input = control(field, id, leaves);
    input.value = state.given[field.name] ?? "";
    const label = field.label || (known ? t(known) : field.name);
    const optional = field.required ? null : h("span", { class: "optional", text: t("chat-optional") });
    return { field, input, node: h("div", { class: "input" }, h("label", { for: id }, label, optional), input, h("p", { class: "error", id: `${id}-error`, hidden: true })) };
  });
  const alertBox = h("p", { class: "alert", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary wide", text: t(leaves ? "chat-leave-send" : "chat-start") });
  const stay = h("button", { type: "button", class: "button wide", text: t("chat-stay"), hidden: !instead, onclick: () => store.dispatch({ type: "stay" }) });
  const help = instead ? "chat-give-up-help" : leaves ? "chat-leave-help" : "chat-form-help";
  const title = state.formTitle ?? (leaves ? t("chat-leave-title") : null);
  const greeting = leaves ? null : (state.greeting ?? (title ? null : t("chat-welcome")));
  const node = h("form", { class: "v-form", novalidate: true },
    greeting ? h("p", { class: "v-greeting", text: greeting }) : null,
    title ? h("h2", { class: "v-greeting", text: title }) : null,
    h("p", { class: "help", text: state.formIntro ?? t(help) }), alertBox, fields.map((one) => one.node), submit, stay);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = fields.filter(({ field, input }) => fieldError(input, problem(field, input.value.trim())));
    if (wrong[0]) return wrong[0].input.focus();
    const answers = Object.fromEntries(fields.map(({ field, input }) => [field.name, input.value.trim()]));
    if (leaves) link.leave(uuid(), answers);
    else link.begin(answers);
  });
  return {
    node,
    focus: () => (fields.find(({ input }) => input.value === "") ?? fields[0])?.input.focus(),
    /** What was typed to be left, unless it is on its way. */
    unsent: () => (leaves && !isLeaving ? (fields.find(({ field }) => field.name === "message")?.input.value.trim() ?? "") : ""),
    /** @param {State} now */
    render(now) {
      isLeaving = now.leaving !== null;
      alertBox.hidden = now.formError === null;
      if (now.formError !== null) alertBox.textContent = t(REFUSALS[now.formError] ?? "chat-form-refused");
      submit.disabled = !now.online || isLeaving;
      stay.disabled = isLeaving;
      for (const { input } of fields) input.disabled = isLeaving;
    },
  };
}

/**
 * @param {import("./chat/state.js").Field} field
 * @param {string} id
 * @param {boolean} leaves
 * @returns {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement}
 */
function control(field, id, leaves) {
  const shared = { id, name: field.name, "aria-required": String(field.required) };
  const isMessage = leaves && field.name === "message";
  if (field.type === "multiline") return h("textarea", { ...shared, rows: isMessage ? "5" : "3", maxlength: isMessage ? String(LIMIT) : "1000" });
  if (field.type === "choice") return h("select", shared, h("option", { value: "" }), (field.choices ?? []).map((choice) => h("option", { value: choice, text: choice })));
  return h("input", { ...shared, type: INPUT_TYPES[field.type] ?? "text", autocomplete: COMPLETE[field.name] ?? "off", maxlength: field.type === "email" || field.name === "name" ? "254" : "1000" });
}

/**
 * @param {import("./chat/state.js").Field} field
 * @param {string} value
 * @returns {string} what is wrong, empty when nothing is
 */
function problem(field, value) {
  if (field.required && value === "") return t("common-field-empty");
  if (field.type === "email" && value !== "" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)) return t("chat-email-wrong");
  if (field.type === "phone" && value !== "" && !/^(?=(\D*\d){3})[\d\s+().\/-]+$/.test(value)) return t("chat-phone-wrong");
  return "";
}

/**
 * @typedef {object} Line
 * @property {string} key
 * @property {VisitorMessage} [message]
 * @property {import("./chat/state.js").Sending} [sending]
 * @property {string} [text]
 * @property {boolean} [first]
 * @property {boolean} [live] whether its choices may be answered
 */

function createRoom() {
  const list = h("ol", { class: "v-lines", "aria-label": t("chat-messages") });
  const box = h("div", { class: "v-scroll", tabindex: "0", role: "region", "aria-label": t("chat-messages") }, list);
  const toEnd = h("button", { type: "button", class: "to-end", hidden: true }, icon("down"), h("span", { text: t("chat-new-below") }));
  const typing = h("p", { class: "v-typing" });
  const composer = createComposer();
  const again = h("button", { type: "button", class: "button", text: t("chat-again"), onclick: () => store.dispatch({ type: "again" }) });
  const thanks = h("p", { text: t("chat-ended-help") });
  const ended = h("div", { class: "v-ended", hidden: true }, thanks, again);
  const giveUp = h("button", { type: "button", class: "link-button", id: "give-up", text: t("chat-give-up"), onclick: () => link.giveUp() });
  const queued = h("div", { class: "v-queued", hidden: true }, h("span", { text: t("chat-waiting") }), giveUp);
  const node = h("div", { class: "v-room" }, h("div", { class: "v-frame" }, box, toEnd), typing, queued, ended, composer.node);
  const scroll = createScroll(box, toEnd, () => {});
  /** @type {Map<string, Line>} */
  let last = new Map();
  let lastSeq = 0;

  /**
   * @param {State} state
   * @param {boolean} turned whether it was not shown before
   */
  function render(state, turned) {
    const lines = linesOf(state).map((one) => {
      const before = last.get(one.key);
      return before && before.message === one.message && before.sending === one.sending && before.text === one.text && before.first === one.first && before.live === one.live ? before : one;
    });
    const seq = state.messages.at(-1)?.seq ?? 0;
    const wrote = state.outbox.some((one) => !last.has(`out ${one.client_id}`));
    scroll.around(() => reconcile(list, lines, (one) => one.key, lineView, redraw), { grewAbove: false, isNew: seq > lastSeq });
    if (wrote || turned || lastSeq === 0) scroll.end();
    last = new Map(lines.map((one) => [one.key, one]));
    lastSeq = seq;
    const text = state.typingUntil === null ? "" : t("chat-typing");
    if (typing.dataset.text !== text) {
      typing.dataset.text = text;
      fill(typing, text ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text })] : []);
    }
    queued.hidden = !state.waiting || state.phase !== "open";
    ended.hidden = state.phase !== "ended";
    again.hidden = state.gone;
    if (state.gone) thanks.textContent = t("chat-ended-for-good");
    composer.node.hidden = state.phase === "ended";
  }

  return { node, render, carry: composer.carry, focus: () => (ended.hidden ? composer.focus() : again.focus()) };
}

/** @type {VisitorMessage} */
let greeting = { seq: 0, from: "agent", body: "", at: "" };

/** @type {Line} */
const LEFT = { key: "left", message: { seq: 0, from: "system", body: t("chat-left"), at: "" } };

/** @param {string} text @returns {VisitorMessage} the same one as long as the text is the same */
function greetingOf(text) {
  if (greeting.body !== text) greeting = { ...greeting, body: text };
  return greeting;
}

/**
 * @param {State} state
 * @returns {Line[]}
 */
function linesOf(state) {
  /** @type {Line[]} */
  const lines = [];
  const live = answerable(state);
  if (state.greeting) lines.push({ key: "greeting", message: greetingOf(state.greeting), first: true });
  state.messages.forEach((message, index) => {
    const before = state.messages[index - 1];
    if (!before || dayKey(before.at) !== dayKey(message.at)) lines.push({ key: `day ${dayKey(message.at)}`, text: day(message.at) });
    lines.push({ key: message.client_id ? `out ${message.client_id}` : `seq ${message.seq}`, message, first: !before || before.from !== message.from || before.name !== message.name, live: message.seq === live });
  });
  const sent = state.outbox.map((sending) => ({ key: `out ${sending.client_id}`, sending }));
  return [...lines, ...sent, ...(state.left ? [LEFT] : [])];
}

/**
 * A line that is already there changes its mark or its words in place, without arriving again.
 * @param {HTMLElement} node
 * @param {Line} line
 */
function redraw(node, line) {
  const fresh = lineView(line);
  node.className = `${fresh.className} settled`;
  node.replaceChildren(...fresh.childNodes);
}

/** @param {Line} line */
function lineView(line) {
  if (line.text !== undefined) return h("li", { class: "v-day", text: line.text });
  if (line.sending) return sendingView(line.sending);
  return messageView(/** @type {VisitorMessage} */ (line.message), line.first ?? false, line.live ?? false);
}

/** @type {Record<string, {icon: string, key: string}>} */
const MARKS = {
  sending: { icon: "clock", key: "chat-status-sending" },
  sent: { icon: "check", key: "chat-status-sent" },
  read: { icon: "checks", key: "chat-status-read" },
  refused: { icon: "alert", key: "chat-status-refused" },
};

/** @param {string} status */
function mark(status) {
  const known = MARKS[status];
  return known ? h("span", { class: `mark ${status}`, role: "img", "aria-label": t(known.key), title: t(known.key) }, icon(known.icon)) : null;
}

/**
 * @param {VisitorMessage} message
 * @param {boolean} first
 * @param {boolean} live
 */
function messageView(message, first, live) {
  if (message.from === "system") return h("li", { class: "v-system", text: message.body });
  const mine = message.from === "me";
  const who = mine ? t("chat-you") : (message.name ?? t("chat-agent"));
  return h("li", { class: `v-line ${mine ? "out" : "in"} ${first ? "first" : ""}` },
    h("span", { class: !mine && first && message.name ? "v-author" : "visually-hidden", text: who }),
    message.body || !message.choices?.length
      ? h("div", { class: "v-bubble" }, textView(message.body),
          message.at ? h("span", { class: "v-meta" }, h("time", { datetime: message.at, title: moment(message.at), text: time(message.at) }), mine ? mark(message.status ?? "sent") : null) : null)
      : null,
    message.choices?.length ? choicesView(message, message.choices, live) : null);
}

/**
 * @param {VisitorMessage} message
 * @param {{id: string, label: string}[]} choices
 * @param {boolean} live
 */
function choicesView(message, choices, live) {
  const button = (/** @type {{id: string, label: string}} */ choice) => h("button", { type: "button", class: "v-choice", dir: "auto", disabled: !live, text: choice.label, onclick: () => choose(message, choice) });
  return h("div", { class: "v-choices", role: "group", "aria-label": message.body || t("chat-choices") }, choices.map(button));
}

/**
 * @param {VisitorMessage} message
 * @param {{id: string, label: string}} choice
 */
function choose(message, choice) {
  if (answerable(store.get()) !== message.seq) return;
  store.dispatch({ type: "write", client_id: uuid(), body: choice.label, choice: choice.id, at: new Date().toISOString() });
  link.pump();
  // The button can be pressed no more; what comes to it appears here, where the next key finds it.
  /** @type {HTMLElement|null} */ (main.querySelector(".v-scroll"))?.focus();
}

/** @param {import("./chat/state.js").Sending} sending */
function sendingView(sending) {
  const refused = sending.phase === "refused";
  return h("li", { class: `v-line out first ${refused ? "failed" : "pending"}` },
    h("span", { class: "visually-hidden", text: t("chat-you") }),
    h("div", { class: "v-bubble" }, textView(sending.body), h("span", { class: "v-meta" }, h("time", { datetime: sending.at, text: time(sending.at) }), mark(refused ? "refused" : "sending"))),
    refused ? h("p", { class: "v-failure" }, h("span", { text: t(REFUSALS[sending.code ?? ""] ?? "chat-refused-other") }), h("button", { type: "button", class: "link-button", text: t("chat-discard"), onclick: () => store.dispatch({ type: "discard", client_id: sending.client_id }) })) : null);
}

/** @type {Record<string, string>} */
const REFUSALS = { too_long: "chat-refused-too-long", empty: "chat-refused-empty", too_fast: "chat-refused-too-fast", closed_channel: "chat-refused-closed", form_required: "chat-refused-form", invalid_email: "chat-email-wrong", invalid_phone: "chat-phone-wrong" };

function createComposer() {
  const field = h("textarea", { id: "composer", rows: "1", "aria-label": t("chat-write"), placeholder: t("chat-write"), value: recall(DRAFT, "session") ?? "", enterkeyhint: "send" });
  const count = h("span", { class: "count", role: "status", hidden: true });
  const send = iconButton("send", t("chat-send"), { type: "submit", class: "icon-button v-send" });
  const node = h("form", { class: "v-composer" }, h("div", { class: "v-field" }, field, send), count);
  let toldAt = 0;
  let restTimer = 0;

  node.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  field.addEventListener("input", () => {
    changed();
    wrote();
  });

  function submit() {
    const text = field.value.trim();
    if (!text || [...text].length > LIMIT) return;
    store.dispatch({ type: "write", client_id: uuid(), body: text, at: new Date().toISOString() });
    field.value = "";
    rest();
    changed();
    link.pump();
    field.focus();
  }

  function changed() {
    remember(DRAFT, field.value || null, "session");
    const left = LIMIT - [...field.value].length;
    count.hidden = left > NEAR;
    count.textContent = left < 0 ? t("chat-characters-over", { count: -left }) : t("chat-characters-left", { count: left });
    count.classList.toggle("over", left < 0);
    send.disabled = left < 0 || field.value.trim() === "";
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${Math.min(field.scrollHeight, 140)}px`);
  }

  function wrote() {
    clearTimeout(restTimer);
    if (field.value === "") return rest();
    restTimer = window.setTimeout(rest, TYPING_REST_MS);
    if (Date.now() - toldAt < TYPING_EVERY_MS) return;
    toldAt = Date.now();
    link.sign({ type: "typing", typing: true });
  }

  function rest() {
    clearTimeout(restTimer);
    if (toldAt) link.sign({ type: "typing", typing: false });
    toldAt = 0;
  }

  /** @param {string} text what was typed elsewhere, and is not lost */
  function carry(text) {
    if (!text || field.value.trim() !== "") return;
    field.value = text;
    changed();
  }

  changed();
  return { node, carry, focus: () => field.focus() };
}
