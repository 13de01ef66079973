// @ts-check
/**
 * Everything that the desk knows, and how each thing that happens changes it. Pure: no clock, no network, no page.
 * A conversation is held once, by id; every list is computed from that one copy, so no two places can disagree.
 */
import { NO_TIMELINE, appended, confirmed, paged, reached } from "./timelines.js";

/** @typedef {import("./timelines.js").Timeline} Timeline */
/** @typedef {import("../types.js").Conversation} Conversation */
/** @typedef {import("../types.js").Message} Message */
/** @typedef {import("../types.js").Offer} Offer */
/** @typedef {import("../types.js").Snapshot} Snapshot */
/** @typedef {import("../types.js").Contact} Contact */
/** @typedef {import("../types.js").Problem} Problem */

/**
 * @typedef {object} Pending A message on its way to the server.
 * @property {string} key the Idempotency-Key, the same for every try
 * @property {string} conversation_id
 * @property {string} body
 * @property {string|null} reply_to
 * @property {number} based_on_seq the newest item that its author had before their eyes
 * @property {string} at
 * @property {"sending"|"retrying"|"stale"|"refused"} phase
 * @property {Problem|null} problem why it is stale or refused
 *
 * @typedef {object} Typist
 * @property {"customer"|"agent"} kind
 * @property {string} id
 * @property {string} name
 * @property {number} until
 *
 * @typedef {object} Link
 * @property {"connecting"|"online"|"lost"|"signed_out"} phase
 * @property {number|null} retryAt
 *
 * @typedef {object} State
 * @property {import("../types.js").User} user
 * @property {Link} link
 * @property {string|null} epoch null until the first snapshot
 * @property {number} offset
 * @property {import("../types.js").Me|null} me
 * @property {import("../types.js").QueueRow[]} queues
 * @property {import("../types.js").Colleague[]} colleagues
 * @property {Record<string, Conversation>} conversations
 * @property {string|null} doubtful the open conversation when the last snapshot did not name it: shown, but in no list
 * @property {number} snapshots how many there were: an answer that was asked for before the last one is out of date
 * @property {{unassigned: string|null, all: string|null}} more where each list goes on at the server: a cursor, empty for the
 *   first page; null where all of it is here
 * @property {Offer[]} offers
 * @property {Record<string, Timeline>} timelines
 * @property {Record<string, number>} seen newest seq that this reader has looked at, by conversation
 * @property {Record<string, Typist[]>} typing
 * @property {Pending[]} outbox
 * @property {string|null} open the conversation in the middle
 * @property {number|null} openedAtSeq what had been seen of it when it was opened, null when it never was
 * @property {number} openedUnread how many messages of the customer were unanswered then
 * @property {Record<string, Contact>} contacts
 * @property {Record<string, Conversation[]>} histories by contact
 */

/**
 * @param {import("../types.js").User} user
 * @param {{outbox?: Pending[], seen?: Record<string, number>}} [kept] what an earlier page of this tab left
 * @returns {State}
 */
export function initial(user, kept = {}) {
  return {
    user,
    link: { phase: "connecting", retryAt: null },
    epoch: null,
    offset: 0,
    me: null,
    queues: [],
    colleagues: [],
    conversations: {},
    doubtful: null,
    snapshots: 0,
    more: { unassigned: null, all: null },
    offers: [],
    timelines: {},
    seen: kept.seen ?? {},
    typing: {},
    outbox: kept.outbox ?? [],
    open: null,
    openedAtSeq: null,
    openedUnread: 0,
    contacts: {},
    histories: {},
  };
}

/**
 * @typedef {{type: "snapshot", snapshot: Snapshot}
 *   | {type: "frame", frame: any, now: number}
 *   | {type: "link", link: Link}
 *   | {type: "open", id: string|null}
 *   | {type: "conversation", conversation: Conversation}
 *   | {type: "more", part: "unassigned"|"all", items: Conversation[], cursor: string|null}
 *   | {type: "page_loading", id: string}
 *   | {type: "page_failed", id: string}
 *   | {type: "page", id: string, items: Message[], hasMore: boolean, older: boolean}
 *   | {type: "seen", id: string, seq: number}
 *   | {type: "clock", now: number}
 *   | {type: "queued", pending: Pending}
 *   | {type: "retrying", key: string}
 *   | {type: "answered", key: string, message: Message}
 *   | {type: "refused", key: string, problem: Problem}
 *   | {type: "discarded", key: string}
 *   | {type: "resent", key: string, pending: Pending}
 *   | {type: "presence", presence: import("../types.js").Presence, queues: string[], strategy: import("../types.js").Strategy}
 *   | {type: "offer_answered", id: string}
 *   | {type: "contact", contact: Contact}
 *   | {type: "history", contact: string, items: Conversation[]}} Action
 */

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "snapshot": return snapshot(state, action.snapshot);
    case "frame": return frame(state, action.frame, action.now);
    case "link": return { ...state, link: action.link };
    case "open": return open(state, action.id);
    case "conversation": return withConversation(state, action.conversation);
    case "more": return more(state, action.part, action.items, action.cursor);
    case "page_loading": return withTimeline(state, action.id, { ...timeline(state, action.id), phase: "loading" });
    case "page_failed": return withTimeline(state, action.id, { ...timeline(state, action.id), phase: "failed" });
    case "page": return withTimeline(state, action.id, paged(timeline(state, action.id), action.items, action.hasMore, action.older));
    case "seen": return seen(state, action.id, action.seq);
    case "clock": return clock(state, action.now);
    case "queued": return { ...state, outbox: [...state.outbox, action.pending] };
    case "retrying": return pending(state, action.key, { phase: "retrying" });
    case "answered": return answered(state, action.key, action.message);
    case "refused": return refused(state, action.key, action.problem);
    case "resent": return { ...state, outbox: state.outbox.map((one) => (one.key === action.key ? action.pending : one)) };
    case "discarded": return { ...state, outbox: state.outbox.filter((one) => one.key !== action.key) };
    case "presence": return presenceChosen(state, action);
    case "offer_answered": return withoutOffer(state, action.id);
    case "contact": return contact(state, action.contact);
    case "history": return { ...state, histories: { ...state.histories, [action.contact]: action.items } };
  }
}

/**
 * A snapshot is the truth: what it does not name is not ours any more. Timelines may have missed something in the
 * meantime, so all but the open one are forgotten, and that one is asked for again.
 * @param {State} state
 * @param {Snapshot} snap
 * @returns {State}
 */
function snapshot(state, snap) {
  /** @type {Record<string, Conversation>} */
  const conversations = {};
  for (const one of [...snap.supervised, ...snap.unassigned, ...snap.mine, ...snap.offers.map((offer) => offer.conversation)]) {
    conversations[one.id] = one;
  }
  const kept = state.open !== null && !conversations[state.open] ? state.conversations[state.open] : undefined;
  if (kept) conversations[kept.id] = kept;
  const openTimeline = state.open !== null ? state.timelines[state.open] : undefined;
  return {
    ...state,
    epoch: snap.epoch,
    offset: snap.offset,
    me: snap.me,
    queues: snap.queues,
    colleagues: snap.colleagues,
    conversations,
    doubtful: kept ? kept.id : null,
    snapshots: state.snapshots + 1,
    more: { unassigned: snap.unassigned_more ? "" : null, all: snap.supervised_more ? "" : null },
    offers: snap.offers,
    timelines: state.open !== null && openTimeline ? { [state.open]: { ...openTimeline, phase: "absent" } } : {},
    typing: {},
    histories: {},
  };
}

/**
 * A page of a list that the snapshot did not hold whole. What is known was told by the socket and may be newer.
 * @param {State} state
 * @param {"unassigned"|"all"} part
 * @param {Conversation[]} items
 * @param {string|null} cursor of the next page
 * @returns {State}
 */
function more(state, part, items, cursor) {
  const found = Object.fromEntries(items.map((one) => [one.id, one]));
  return { ...state, conversations: { ...found, ...state.conversations }, more: { ...state.more, [part]: cursor } };
}

/** How long somebody is shown as typing without a new sign of it. */
export const TYPING_MS = 6000;

/**
 * A frame tells how things are now, not what to add to them, so one that comes twice does no harm.
 * @param {State} state
 * @param {any} message one frame of the socket
 * @param {number} now
 * @returns {State}
 */
function frame(state, message, now) {
  const next = framed(state, message, now);
  return typeof message.offset === "number" ? { ...next, offset: Math.max(state.offset, message.offset) } : next;
}

/**
 * @param {State} state
 * @param {any} message
 * @param {number} now
 * @returns {State}
 */
function framed(state, message, now) {
  switch (message.type) {
    case "event": return event(state, message.conversation, message.messages ?? []);
    case "offer": return offered(state, message.offer);
    case "offer_ended": return withoutOffer(state, message.offer_id);
    case "presence": return presence(state, message.agent_id, message.presence);
    case "typing": return typing(state, message, now);
    case "queues": return { ...state, queues: message.queues };
    case "me": return { ...state, me: message.me };
    case "erased": return erased(state, message.conversation_id);
    default: return state;
  }
}

/**
 * @param {State} state
 * @param {Conversation} conversation
 * @param {Message[]} messages
 * @returns {State}
 */
function event(state, conversation, messages) {
  let next = withConversation(state, conversation);
  const known = next.timelines[conversation.id];
  if (known && known.phase !== "failed") next = withTimeline(next, conversation.id, reached(appended(known, messages), conversation));
  const said = messages.filter((one) => one.direction !== "event");
  const outbox = next.outbox.filter((one) => !said.some((message) => message.client_id === one.key));
  if (outbox.length !== next.outbox.length) next = { ...next, outbox };
  if (said.length) next = silenced(next, conversation.id, said);
  return doubted(next, conversation.contact.id, said);
}

/**
 * A conversation is gone for good, and what is known of its contact may be too.
 * @param {State} state
 * @param {string} id
 * @returns {State}
 */
function erased(state, id) {
  const { [id]: gone, ...conversations } = state.conversations;
  const { [id]: _said, ...timelines } = state.timelines;
  if (!gone) return { ...state, timelines };
  const { [gone.contact.id]: _contact, ...contacts } = state.contacts;
  const { [gone.contact.id]: _history, ...histories } = state.histories;
  return { ...state, conversations, timelines, contacts, histories, doubtful: state.doubtful === id ? null : state.doubtful };
}

/**
 * A message that failed may say that nobody is reached at the contact's address, one that came says that somebody is.
 * @param {State} state
 * @param {string} id
 * @param {Message[]} said
 * @returns {State}
 */
function doubted(state, id, said) {
  const known = state.contacts[id];
  if (!known) return state;
  const marked = known.identities.some((one) => one.unreachable);
  const tells = said.some((one) => (marked ? one.direction === "in" || one.status === "delivered" || one.status === "read" : one.status === "failed"));
  return tells ? { ...state, contacts: { ...state.contacts, [id]: { ...known, outdated: true } } } : state;
}

/**
 * Replaces the row everywhere it shows. A change of who holds it makes the known use of my capacity out of date.
 * @param {State} state
 * @param {Conversation} conversation
 * @returns {State}
 */
function withConversation(state, conversation) {
  const before = state.conversations[conversation.id];
  const doubtful = state.doubtful === conversation.id ? null : state.doubtful;
  const next = { ...state, doubtful, conversations: { ...state.conversations, [conversation.id]: conversation } };
  // What somebody has is offered no more, whoever it was offered to.
  const offers = state.offers.map((one) => (one.conversation.id === conversation.id ? { ...one, conversation } : one));
  next.offers = offers.filter((one) => one.conversation.id !== conversation.id || conversation.state === "waiting");
  const histories = state.histories[conversation.contact.id];
  if (histories) {
    const items = histories.map((one) => (one.id === conversation.id ? conversation : one));
    next.histories = { ...state.histories, [conversation.contact.id]: items };
  }
  const moved = isMine(state, before) !== isMine(state, conversation);
  if (moved && state.me) next.me = { ...state.me, used: null };
  // What was said before it was mine may not have been told to me.
  const known = state.timelines[conversation.id];
  if (moved && known && isMine(state, conversation)) next.timelines = { ...state.timelines, [conversation.id]: { ...known, phase: "absent" } };
  return next;
}

/**
 * @param {State} state
 * @param {Conversation|undefined} conversation
 */
export function isMine(state, conversation) {
  return !!conversation && conversation.state === "assigned" && conversation.agent?.id === state.me?.id;
}

/**
 * @param {State} state
 * @param {string} id
 * @returns {Timeline}
 */
function timeline(state, id) {
  return state.timelines[id] ?? NO_TIMELINE;
}

/**
 * @param {State} state
 * @param {string} id
 * @param {Timeline} one
 * @returns {State}
 */
function withTimeline(state, id, one) {
  return { ...state, timelines: { ...state.timelines, [id]: one } };
}

/**
 * @param {State} state
 * @param {string|null} id
 * @returns {State}
 */
function open(state, id) {
  if (id === state.open) return state;
  const row = id === null ? undefined : state.conversations[id];
  return { ...state, open: id, openedAtSeq: id === null ? null : (state.seen[id] ?? null), openedUnread: row?.unread ?? 0 };
}

/**
 * @param {State} state
 * @param {string} id
 * @param {number} seq
 * @returns {State}
 */
function seen(state, id, seq) {
  if ((state.seen[id] ?? 0) >= seq) return state;
  return { ...state, seen: { ...state.seen, [id]: seq } };
}

/**
 * @param {State} state
 * @param {Offer} offer
 * @returns {State}
 */
function offered(state, offer) {
  const others = state.offers.filter((one) => one.id !== offer.id);
  const next = { ...withConversation(state, offer.conversation), offers: [...others, offer] };
  return others.length === state.offers.length ? measuredAnew(next) : next;
}

/**
 * @param {State} state
 * @param {string} id
 * @returns {State}
 */
function withoutOffer(state, id) {
  const offers = state.offers.filter((one) => one.id !== id);
  return offers.length === state.offers.length ? state : measuredAnew({ ...state, offers });
}

/**
 * What is offered takes of my capacity as what I hold does.
 * @param {State} state
 * @returns {State}
 */
function measuredAnew(state) {
  return state.me ? { ...state, me: { ...state.me, used: null } } : state;
}

/**
 * @param {State} state
 * @param {string} agent
 * @param {import("../types.js").Presence} value
 * @returns {State}
 */
function presence(state, agent, value) {
  const colleagues = state.colleagues.map((one) => (one.id === agent ? { ...one, presence: value } : one));
  const me = state.me && state.me.id === agent ? { ...state.me, presence: value } : state.me;
  return { ...state, colleagues, me };
}

/**
 * @param {State} state
 * @param {{presence: import("../types.js").Presence, queues: string[], strategy: import("../types.js").Strategy}} choice
 * @returns {State}
 */
function presenceChosen(state, choice) {
  if (!state.me) return state;
  return { ...state, me: { ...state.me, presence: choice.presence, queues: choice.queues, strategy: choice.strategy } };
}

/**
 * @param {State} state
 * @param {{conversation_id: string, who: {kind: "customer"|"agent", id: string, name: string}, typing: boolean}} message
 * @param {number} now
 * @returns {State}
 */
function typing(state, message, now) {
  if (message.who.kind === "agent" && message.who.id === state.me?.id) return state;
  const others = (state.typing[message.conversation_id] ?? []).filter((one) => one.id !== message.who.id || one.kind !== message.who.kind);
  const list = message.typing ? [...others, { ...message.who, until: now + TYPING_MS }] : others;
  return { ...state, typing: { ...state.typing, [message.conversation_id]: list } };
}

/** An offer whose end nobody told is taken away this long after it. */
const OFFER_GRACE_MS = 5000;

/**
 * @param {State} state
 * @param {number} now
 * @returns {State} the same one when nothing has ended
 */
function clock(state, now) {
  // Without a connection nobody knows what has become of them.
  const known = state.link.phase === "online" || state.link.phase === "connecting";
  const offers = known ? state.offers.filter((one) => Date.parse(one.expires_at) + OFFER_GRACE_MS > now) : state.offers;
  const ended = Object.values(state.typing).some((list) => list.some((one) => one.until <= now));
  if (!ended && offers.length === state.offers.length) return state;
  const typing = Object.entries(state.typing).map(([id, list]) => /** @type {const} */ ([id, list.filter((one) => one.until > now)]));
  return { ...state, offers, typing: Object.fromEntries(typing.filter(([, list]) => list.length)) };
}

/**
 * Whoever has just spoken is not typing any more.
 * @param {State} state
 * @param {string} id
 * @param {Message[]} said
 * @returns {State}
 */
function silenced(state, id, said) {
  const list = state.typing[id];
  if (!list?.length) return state;
  const left = list.filter((one) => !said.some((message) => message.author.kind === one.kind && (one.kind === "customer" || message.author.id === one.id)));
  return left.length === list.length ? state : { ...state, typing: { ...state.typing, [id]: left } };
}

/**
 * @param {State} state
 * @param {string} key
 * @param {Partial<Pending>} change
 * @returns {State}
 */
function pending(state, key, change) {
  return { ...state, outbox: state.outbox.map((one) => (one.key === key ? { ...one, ...change } : one)) };
}

/**
 * @param {State} state
 * @param {string} key
 * @param {Message} message
 * @returns {State}
 */
function answered(state, key, message) {
  const next = { ...state, outbox: state.outbox.filter((one) => one.key !== key) };
  const known = state.timelines[message.conversation_id];
  return known ? withTimeline(next, message.conversation_id, confirmed(known, message)) : next;
}

/**
 * @param {State} state
 * @param {string} key
 * @param {Problem} problem
 * @returns {State}
 */
function refused(state, key, problem) {
  const sent = state.outbox.find((one) => one.key === key);
  const phase = problem.code === "stale" ? "stale" : "refused";
  const next = pending(state, key, { phase, problem });
  const known = sent ? state.timelines[sent.conversation_id] : undefined;
  return sent && known && phase === "stale" ? withTimeline(next, sent.conversation_id, { ...known, phase: "absent" }) : next;
}

/**
 * @param {State} state
 * @param {Contact} one
 * @returns {State}
 */
function contact(state, one) {
  const conversations = Object.fromEntries(
    Object.entries(state.conversations).map(([id, row]) => [id, row.contact.id === one.id && row.contact.name !== one.name ? { ...row, contact: { id: one.id, name: one.name } } : row]),
  );
  return { ...state, conversations, contacts: { ...state.contacts, [one.id]: one } };
}
