// @ts-check
/**
 * Turns a conversation's items into what the eye reads: days, groups of bubbles, event lines. Pure but for the building of
 * elements; where the reader is in the list is kept by `scroll.js`.
 */
import { h, icon } from "../dom.js";
import { day, dayKey, elapsed, moment, time } from "../format.js";
import { explainCode } from "../api.js";
import { t } from "../strings.js";
import { iconButton } from "../ui.js";
import { contentView, summary } from "./content.js";

/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("./state.js").Pending} Pending */

/**
 * @typedef {object} Entry One line of the timeline.
 * @property {"day"|"new"|"event"|"bubble"|"pending"} kind
 * @property {string} key
 * @property {Message} [message]
 * @property {Pending} [pending]
 * @property {string} [text]
 * @property {string} [at]
 * @property {boolean} [first] first bubble of its author's group
 * @property {boolean} [last] last bubble of its author's group
 * @property {string} [reactions]
 * @property {Message|null} [quoted] what it answers
 * @property {boolean} [answerable]
 * @property {boolean} [resendable]
 */

/** Bubbles of one author closer than this stand together. */
const GROUP_MS = 5 * 60_000;

/**
 * @param {Message[]} items
 * @param {Pending[]} pending
 * @param {number} newFrom items above this seq were not seen before the conversation was opened
 * @param {{answer: boolean, send: boolean}} may whether single messages may be answered here, and new ones sent
 * @returns {Entry[]}
 */
export function entries(items, pending, newFrom, may) {
  const byProviderId = new Map(items.filter((one) => one.provider_id).map((one) => [one.provider_id, one]));
  const reactions = reactionsOf(items, byProviderId);
  const shown = items.filter((one) => !(one.content.type === "reaction" && byProviderId.has(one.content.target ?? "")));
  /** @type {Entry[]} */
  const list = [];
  let marked = newFrom === 0;
  shown.forEach((message, index) => {
    const before = shown[index - 1];
    if (!before || dayKey(before.at) !== dayKey(message.at)) list.push({ kind: "day", key: `day ${dayKey(message.at)}`, text: day(message.at), at: message.at });
    if (!marked && message.direction === "in" && message.seq > newFrom) {
      marked = true;
      list.push({ kind: "new", key: "new" });
    }
    if (message.direction === "event") list.push({ kind: "event", key: `seq ${message.seq}`, message });
    else list.push(bubbleEntry(message, before, shown[index + 1], reactions, byProviderId, may));
  });
  return [...list, ...pending.map((one) => pendingEntry(one, byProviderId))];
}

/**
 * @param {Message} message
 * @param {Message|undefined} before
 * @param {Message|undefined} after
 * @param {Map<number, string>} reactions
 * @param {Map<string|null|undefined, Message>} byProviderId
 * @param {{answer: boolean, send: boolean}} may
 * @returns {Entry}
 */
function bubbleEntry(message, before, after, reactions, byProviderId, may) {
  return {
    kind: "bubble",
    key: `seq ${message.seq}`,
    message,
    first: !before || !together(before, message),
    last: !after || !together(message, after),
    reactions: reactions.get(message.seq) ?? "",
    quoted: message.reply_to ? (byProviderId.get(message.reply_to) ?? null) : undefined,
    answerable: may.answer && !!message.provider_id,
    resendable: may.send && message.status === "failed" && message.content.type === "text",
  };
}

/**
 * @param {Pending} pending
 * @param {Map<string|null|undefined, Message>} byProviderId
 * @returns {Entry}
 */
function pendingEntry(pending, byProviderId) {
  return { kind: "pending", key: `pending ${pending.key}`, pending, quoted: pending.reply_to ? (byProviderId.get(pending.reply_to) ?? null) : undefined };
}

/**
 * @param {Message} a
 * @param {Message} b
 */
function together(a, b) {
  if (a.direction === "event" || b.direction === "event" || a.direction !== b.direction) return false;
  if ((a.author.id ?? a.author.kind) !== (b.author.id ?? b.author.kind)) return false;
  return dayKey(a.at) === dayKey(b.at) && Date.parse(b.at) - Date.parse(a.at) < GROUP_MS;
}

/**
 * @param {Message[]} items
 * @param {Map<string|null|undefined, Message>} byProviderId
 * @returns {Map<number, string>} the emoji under a message, by its seq
 */
function reactionsOf(items, byProviderId) {
  /** @type {Map<number, Map<string, string>>} */
  const all = new Map();
  for (const one of items) {
    const target = one.content.type === "reaction" ? byProviderId.get(one.content.target ?? "") : undefined;
    if (!target) continue;
    const ofTarget = all.get(target.seq) ?? new Map();
    ofTarget.set(one.author.id ?? one.author.kind, one.content.emoji ?? "");
    all.set(target.seq, ofTarget);
  }
  return new Map([...all].map(([seq, byAuthor]) => [seq, [...byAuthor.values()].join("")]));
}

/**
 * @typedef {object} Handlers
 * @property {(message: Message) => void} answer
 * @property {(message: Message) => void} resend
 * @property {(key: string) => void} retry
 * @property {(key: string) => void} edit
 * @property {(key: string) => void} discard
 */

/**
 * @param {Entry} entry
 * @param {Handlers} handlers
 * @returns {HTMLElement}
 */
export function entryView(entry, handlers) {
  switch (entry.kind) {
    case "day": return h("li", { class: "day" }, h("time", { datetime: entry.at, text: entry.text }));
    case "new": return h("li", { class: "newline" }, h("span", { text: t("desk-new-messages") }));
    case "event": return eventView(/** @type {Message} */ (entry.message));
    case "bubble": return bubbleView(entry, /** @type {Message} */ (entry.message), handlers);
    case "pending": return pendingView(entry, /** @type {Pending} */ (entry.pending), handlers);
  }
}

/**
 * Two entries that would look the same keep their element.
 * @param {Entry} a
 * @param {Entry} b
 */
export function sameEntry(a, b) {
  return a.message === b.message && a.pending === b.pending && a.text === b.text && a.first === b.first && a.last === b.last && a.reactions === b.reactions && a.quoted === b.quoted && a.answerable === b.answerable && a.resendable === b.resendable;
}

/** @type {Record<string, {icon: string, key: string}>} */
const EVENTS = {
  opened: { icon: "inbox", key: "desk-event-opened" },
  reopened: { icon: "refresh", key: "desk-event-reopened" },
  assigned: { icon: "user", key: "desk-event-assigned" },
  requeued: { icon: "transfer", key: "desk-event-requeued" },
  first_answered: { icon: "reply", key: "desk-event-first-answered" },
  closed: { icon: "check", key: "desk-event-closed" },
  erased: { icon: "file", key: "desk-event-erased" },
  form_filled: { icon: "form", key: "desk-event-form-filled" },
  bot_ended: { icon: "bot", key: "desk-event-bot-ended" },
};

/** @param {Message} message */
function eventView(message) {
  const what = message.content;
  const known = EVENTS[what.event ?? ""];
  const text = known ? eventText(message, known.key) : t("desk-event-other");
  return h("li", { class: "event" },
    h("span", {}, icon(known?.icon ?? "list"), h("span", { text }), h("time", { datetime: message.at, title: moment(message.at), text: time(message.at) })),
    collected(what));
}

/**
 * What the customer told before anybody was there: the answers of a form, or the way through a menu.
 * @param {Message["content"]} what
 */
function collected(what) {
  if (what.answers?.length) return h("dl", { class: "collected" }, what.answers.map(({ label, value }) => h("div", {}, h("dt", { text: label }), h("dd", { text: value }))));
  if (what.chosen?.length) return h("ol", { class: "collected path" }, what.chosen.map((label) => h("li", { text: label })));
  return null;
}

/** @type {Record<string, string>} */
const REASONS = { customer_left: "desk-reason-customer", idle: "desk-reason-idle", channel_deleted: "desk-reason-channel-deleted" };

/**
 * @param {Message} message
 * @param {string} key
 */
function eventText(message, key) {
  const { agent, queue, by, reason, event, after_ms, offline } = message.content;
  const name = by?.name ?? message.author.name ?? "";
  if (event === "assigned" && name && by?.id !== agent?.id) return t("desk-event-assigned-by", { agent: agent?.name ?? "", by: name });
  if (event === "requeued" && by?.name) return t("desk-event-requeued-by", { queue: queue?.name ?? "", by: by.name });
  if (event === "opened" && offline) return t("desk-event-opened-offline");
  if (event === "first_answered" && after_ms !== undefined) return t("desk-event-first-answered-after", { time: elapsed(after_ms) });
  if (event === "erased") return name ? t("desk-event-erased-by", { by: name }) : t(key);
  if (event === "closed") {
    const why = REASONS[reason ?? ""];
    if (why) return t("desk-event-closed-why", { why: t(why) });
    return name ? t("desk-event-closed-by", { by: name }) : t(key);
  }
  return t(key, { agent: agent?.name ?? "", queue: queue?.name ?? "", form: message.content.form ?? "" });
}

/** @type {Record<string, {icon: string, key: string}>} */
const STATUS = {
  queued: { icon: "clock", key: "desk-status-queued" },
  sent: { icon: "check", key: "desk-status-sent" },
  delivered: { icon: "checks", key: "desk-status-delivered" },
  read: { icon: "checks", key: "desk-status-read" },
  failed: { icon: "alert", key: "desk-status-failed" },
};

/** @param {string} status */
function mark(status) {
  const known = STATUS[status];
  return known ? h("span", { class: `mark ${status}`, role: "img", "aria-label": t(known.key), title: t(known.key) }, icon(known.icon)) : null;
}

/**
 * @param {Entry} entry
 * @param {Message} message
 * @param {Handlers} handlers
 */
function bubbleView(entry, message, handlers) {
  const out = message.direction === "out";
  const classes = ["line", out ? "out" : "in", entry.first ? "first" : "", entry.last ? "last" : "", message.status === "failed" ? "failed" : ""];
  const bubble = h("div", { class: "bubble" },
    entry.first && out ? authorView(message) : null,
    quoteView(entry.quoted),
    contentView(message.content),
    h("span", { class: "meta" }, h("time", { datetime: message.at, title: moment(message.sent_at ?? message.at), text: time(message.at) }), out && message.status ? mark(message.status) : null));
  if (entry.reactions) bubble.append(h("span", { class: "reactions", title: t("desk-reacted", { emoji: entry.reactions }), text: entry.reactions }));
  const answer = entry.answerable ? iconButton("reply", t("desk-reply-to"), { class: "icon-button answer", onclick: () => handlers.answer(message) }) : null;
  const said = h("span", { class: "visually-hidden", text: t("desk-said-by", { name: authorName(message) }) });
  return h("li", { class: classes.filter(Boolean).join(" "), data: { seq: String(message.seq) } }, said, h("div", { class: "bubble-row" }, bubble, answer), message.status === "failed" ? failureView(entry, message, handlers) : null,
    message.content.offline ? h("p", { class: "failure quiet" }, h("span", { text: t("desk-left") })) : null,
    message.possible_duplicate ? h("p", { class: "failure quiet" }, h("span", { text: t("desk-possible-duplicate") })) : null);
}

/** @param {Message} message */
export function authorName(message) {
  if (message.author.name) return message.author.name;
  switch (message.author.kind) {
    case "customer": return t("desk-author-customer");
    case "chatbot": return t("desk-author-chatbot");
    case "program": return t("desk-author-program");
    case "system": return t("desk-author-system");
    case "agent": return t("desk-author-agent");
  }
}

/** @param {Message} message */
function authorView(message) {
  return h("span", { class: "author" }, message.author.kind === "chatbot" ? icon("bot") : null, authorName(message));
}

/**
 * @param {Entry} entry
 * @param {Message} message
 * @param {Handlers} handlers
 */
function failureView(entry, message, handlers) {
  const text = message.error ? t("desk-not-delivered", { why: explainCode(message.error) }) : t("desk-status-failed");
  const again = entry.resendable ? h("button", { type: "button", class: "link-button", text: t("desk-send-again"), onclick: () => handlers.resend(message) }) : null;
  return h("p", { class: "failure" }, icon("alert"), h("span", { text }), again);
}

/** @param {Message|null|undefined} quoted */
function quoteView(quoted) {
  if (quoted === undefined) return null;
  if (quoted === null) return h("span", { class: "quote" }, h("span", { text: t("desk-quote-earlier") }));
  return h("span", { class: "quote" }, h("strong", { text: authorName(quoted) }), h("span", { text: summary(quoted.content) }));
}

/**
 * @param {Entry} entry
 * @param {Pending} pending
 * @param {Handlers} handlers
 */
function pendingView(entry, pending, handlers) {
  const refused = pending.phase === "refused";
  const bubble = h("div", { class: "bubble" },
    quoteView(entry.quoted),
    contentView({ type: "text", body: pending.body }),
    h("span", { class: "meta" }, h("time", { datetime: pending.at, text: time(pending.at) }), mark(refused ? "failed" : "queued")));
  return h("li", { class: `line out first last pending ${refused ? "failed" : pending.phase === "stale" ? "held" : ""}` }, h("div", { class: "bubble-row" }, bubble), pendingNote(pending, handlers));
}

/**
 * @param {Pending} pending
 * @param {Handlers} handlers
 */
function pendingNote(pending, handlers) {
  if (pending.phase === "sending") return null;
  if (pending.phase === "retrying") return h("p", { class: "failure quiet" }, h("span", { text: t("desk-retrying") }));
  if (pending.phase === "stale") return h("p", { class: "failure quiet" }, h("span", { text: t("desk-stale-held") }));
  return h("p", { class: "failure" }, icon("alert"), h("span", { text: pending.problem ? explainCode(pending.problem) : t("error-unexpected") }),
    h("button", { type: "button", class: "link-button", text: t("desk-send-again"), onclick: () => handlers.retry(pending.key) }),
    h("button", { type: "button", class: "link-button", text: t("desk-edit"), onclick: () => handlers.edit(pending.key) }),
    h("button", { type: "button", class: "link-button", text: t("desk-discard"), onclick: () => handlers.discard(pending.key) }));
}
