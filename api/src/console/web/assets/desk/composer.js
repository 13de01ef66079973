// @ts-check
/**
 * Where the agent writes. Drafts belong to their conversation and survive a change of chat and a reload; when an
 * answer is not possible the field says why and what to do instead.
 */
import { fill, h, icon } from "../dom.js";
import { elapsed, shortMoment, time } from "../format.js";
import { now } from "../clock.js";
import { t } from "../strings.js";
import { iconButton, recall, remember } from "../ui.js";
import { blocked, pendingOf, supervises } from "./select.js";
import { summary } from "./content.js";
import { authorName } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../types.js").Message} Message */

/** Longest text of one message, in characters. */
export const LIMIT = 4096;
/** The count shows when fewer characters than this are left. */
const NEAR = 400;
/** While writing, the customer is told so at most this often. */
const TYPING_EVERY_MS = 3000;
/** A pause longer than this ends it. */
const TYPING_REST_MS = 5000;
/** A window that closes sooner than this is announced above the field. */
const CLOSING_SOON_MS = 3 * 3_600_000;

/**
 * @typedef {object} Handlers
 * @property {(conversation: string, body: string, replyTo: string|null) => void} send
 * @property {(conversation: string, typing: boolean) => void} typing
 * @property {(conversation: Conversation) => void} take
 * @property {(key: string) => void} sendAnyway
 * @property {(key: string) => void} discard
 */

/**
 * @param {Handlers} handlers
 */
export function createComposer(handlers) {
  /** @type {string|null} */
  let current = null;
  /** @type {Message|null} */
  let answering = null;
  let toldTypingAt = 0;
  let restTimer = 0;

  const field = h("textarea", { id: "composer", rows: "1", "aria-label": t("desk-composer"), placeholder: t("desk-composer"), "aria-describedby": "composer-hint", autocomplete: "off" });
  const count = h("span", { class: "count", hidden: true });
  const sendButton = h("button", { type: "submit", class: "button primary send", title: t("desk-send"), "aria-label": t("desk-send") }, icon("send"));
  const quote = h("div", { class: "answering", hidden: true });
  const hint = h("p", { class: "hint", id: "composer-hint" }, h("span", { text: t("desk-composer-hint") }), count);
  const form = h("form", { class: "composer-form" }, quote, h("div", { class: "field" }, field, sendButton), hint);
  const notice = h("div", { class: "notice", hidden: true });
  const conflict = h("div", { class: "conflict", hidden: true, role: "alert" });
  const node = h("div", { class: "composer" }, conflict, notice, form);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && answering) {
      event.stopPropagation();
      answerTo(null);
    }
  });
  field.addEventListener("input", () => {
    changed();
    wrote();
  });

  function submit() {
    const body = field.value.trim();
    if (!current || !body || [...body].length > LIMIT || sendButton.disabled) return;
    handlers.send(current, body, answering?.provider_id ?? null);
    rest();
    field.value = "";
    answerTo(null);
    changed();
  }

  function changed() {
    if (current) remember(`ecluse.draft.${current}`, field.value || null, "session");
    const left = LIMIT - [...field.value].length;
    count.hidden = left > NEAR;
    count.textContent = left < 0 ? t("desk-characters-over", { count: -left }) : t("desk-characters-left", { count: left });
    count.classList.toggle("over", left < 0);
    sendButton.disabled = left < 0 || field.value.trim() === "";
    grow();
  }

  function grow() {
    field.style.setProperty("height", "auto");
    field.style.setProperty("height", `${Math.min(field.scrollHeight, 200)}px`);
  }

  function wrote() {
    if (!current || field.value === "") return rest();
    clearTimeout(restTimer);
    restTimer = window.setTimeout(rest, TYPING_REST_MS);
    if (now() - toldTypingAt < TYPING_EVERY_MS) return;
    toldTypingAt = now();
    handlers.typing(current, true);
  }

  function rest() {
    clearTimeout(restTimer);
    if (toldTypingAt && current) handlers.typing(current, false);
    toldTypingAt = 0;
  }

  /** @param {Message|null} message */
  function answerTo(message) {
    answering = message;
    quote.hidden = message === null;
    if (message) {
      fill(quote, icon("reply"), h("span", { class: "quote" }, h("strong", { text: authorName(message) }), h("span", { text: summary(message.content) })), iconButton("close", t("desk-reply-cancel"), { onclick: () => answerTo(null) }));
      field.focus();
    }
  }

  /** @param {string} id */
  function switchTo(id) {
    rest();
    current = id;
    answerTo(null);
    field.value = recall(`ecluse.draft.${id}`, "session") ?? "";
    changed();
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function render(state, conversation) {
    if (current !== conversation.id) switchTo(conversation.id);
    const why = blocked(state, conversation, now());
    form.hidden = why !== null;
    showNotice(state, conversation, why);
    showConflict(state, conversation);
  }

  /** What the notice was made from, so that a button in it keeps its focus. */
  let noticed = "";

  /**
   * @param {State} state
   * @param {Conversation} conversation
   * @param {ReturnType<typeof blocked>} why
   */
  function showNotice(state, conversation, why) {
    const closesAt = conversation.window?.closes_at ?? null;
    const left = closesAt === null ? Infinity : Date.parse(closesAt) - now();
    const soon = why === null && left < CLOSING_SOON_MS;
    const key = JSON.stringify([conversation.id, why, conversation.agent?.id, soon ? elapsed(left) : "", closesAt]);
    if (key === noticed) return;
    noticed = key;
    notice.hidden = why === null && !soon;
    notice.className = soon ? "notice slim" : "notice";
    if (soon) fill(notice, icon("clock"), h("p", { text: t("desk-window-closing", { left: elapsed(left) }) }));
    else if (why !== null) fill(notice, ...reasons(state, conversation, why, closesAt));
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   * @param {"closed"|"window"|"waiting"|"colleague"} why
   * @param {string|null} closesAt
   * @returns {(Node|null)[]}
   */
  function reasons(state, conversation, why, closesAt) {
    const take = (/** @type {string} */ label) => h("button", { type: "button", class: "button primary", onclick: () => handlers.take(conversation) }, icon("take"), label);
    switch (why) {
      case "closed":
        return [icon("lock"), h("p", {}, h("strong", { text: t("desk-blocked-closed") }), h("span", { text: t("desk-blocked-closed-help") })), currentLink(state, conversation)];
      case "window":
        return [icon("clock"), h("p", {}, h("strong", { text: t("desk-blocked-window") }), h("span", { text: closesAt ? t("desk-blocked-window-since", { at: shortMoment(closesAt) }) : t("desk-blocked-window-help") }), allowedView(conversation))];
      case "waiting":
        return [icon("inbox"), h("p", {}, h("strong", { text: t("desk-blocked-waiting") }), h("span", { text: t("desk-blocked-waiting-help") })), take(t("desk-take"))];
      case "colleague":
        return [icon("users"), h("p", {}, h("strong", { text: t("desk-blocked-colleague", { name: conversation.agent?.name ?? "" }) }), h("span", { text: t(supervises(state) ? "desk-blocked-colleague-supervisor" : "desk-blocked-colleague-help") })), supervises(state) ? take(t("desk-take-over")) : null];
    }
  }

  /** @type {string} */
  let conflicted = "";

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function showConflict(state, conversation) {
    const stale = pendingOf(state, conversation.id).find((one) => one.phase === "stale");
    if ((stale?.key ?? "") === conflicted) return;
    conflicted = stale?.key ?? "";
    conflict.hidden = !stale;
    if (stale) fill(conflict, ...conflictView(stale, state.me?.id));
  }

  /**
   * @param {import("./state.js").Pending} stale
   * @param {string|undefined} me
   */
  function conflictView(stale, me) {
    const missed = (stale.problem?.missed ?? []).filter((one) => one.direction !== "event" && one.author.id !== me);
    const lines = missed.map((one) => h("li", {}, h("strong", { text: authorName(one) }), h("time", { datetime: one.at, text: time(one.at) }), h("span", { text: summary(one.content) })));
    return [
      h("p", { class: "conflict-title" }, icon("alert"), h("strong", { text: t("desk-stale", { count: Math.max(1, missed.length) }) })),
      h("ol", { class: "missed" }, lines),
      h("p", { class: "yours" }, h("span", { text: t("desk-stale-yours") }), h("q", { text: stale.body })),
      h("div", { class: "conflict-actions" },
        h("button", { type: "button", class: "button", text: t("desk-edit"), onclick: () => edit(stale.key, stale.body) }),
        h("button", { type: "button", class: "button primary", text: t("desk-send-anyway"), onclick: () => handlers.sendAnyway(stale.key) })),
    ];
  }

  /**
   * Takes a message that did not leave back into the field.
   * @param {string} key
   * @param {string} body
   */
  function edit(key, body) {
    handlers.discard(key);
    field.value = field.value.trim() ? `${body}\n${field.value}` : body;
    changed();
    field.focus();
  }

  return { node, render, answerTo, edit, focus: () => (form.hidden ? notice.querySelector("button")?.focus() : field.focus()) };
}

/**
 * From a past conversation, the way to the one under way with the same contact.
 * @param {State} state
 * @param {Conversation} conversation
 */
function currentLink(state, conversation) {
  const current = Object.values(state.conversations).find((one) => one.contact.id === conversation.contact.id && one.state !== "closed");
  return current ? h("a", { class: "button", href: `#/c/${current.id}`, text: t("desk-to-current") }) : null;
}

/** @type {Record<string, string>} */
const ALLOWED = { template: "desk-allowed-template", reply_to: "desk-allowed-reply", human_agent: "desk-allowed-human-agent" };

/** @param {Conversation} conversation */
function allowedView(conversation) {
  const names = (conversation.window?.allowed ?? []).filter((one) => one in ALLOWED).map((one) => t(/** @type {string} */ (ALLOWED[one])));
  return names.length ? h("span", { text: t("desk-allowed", { list: names.join(", ") }) }) : null;
}
