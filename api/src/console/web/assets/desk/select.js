// @ts-check
/** What the page asks of the state: lists in their order, badges, and why a thing is not possible. Pure. */
import { isMine } from "./state.js";
import { NO_TIMELINE } from "./timelines.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("./state.js").Pending} Pending */
/** @typedef {import("./timelines.js").Timeline} Timeline */
/** @typedef {import("../types.js").Conversation} Conversation */

/**
 * @param {State} state
 * @param {string} id
 * @returns {Timeline}
 */
export function timeline(state, id) {
  return state.timelines[id] ?? NO_TIMELINE;
}

/**
 * @param {Conversation} a
 * @param {Conversation} b
 */
function newestFirst(a, b) {
  return lastAt(b).localeCompare(lastAt(a)) || a.id.localeCompare(b.id);
}

/** @param {Conversation} one */
function lastAt(one) {
  return one.last_message?.at ?? one.opened_at;
}

/**
 * @param {Conversation} a
 * @param {Conversation} b
 */
function longestWaitingFirst(a, b) {
  return (a.waiting_since ?? a.opened_at).localeCompare(b.waiting_since ?? b.opened_at) || a.id.localeCompare(b.id);
}

/** @param {State} state @returns {Conversation[]} every row that is known to be true */
function sure(state) {
  return Object.values(state.conversations).filter((one) => one.id !== state.doubtful);
}

/** @param {State} state @returns {Conversation[]} assigned to me, the most recently active first */
export function mine(state) {
  return sure(state).filter((one) => isMine(state, one)).sort(newestFirst);
}

/**
 * @param {State} state
 * @param {string[]} ids
 * @returns {string[]} those of these queues of which I am a member now
 */
export function ownOf(state, ids) {
  const own = new Set(state.queues.filter((one) => one.member).map((one) => one.id));
  return ids.filter((id) => own.has(id));
}

/** @param {State} state @returns {string[]} the queues I am logged in to, or before that all of mine */
export function workQueues(state) {
  const own = state.queues.filter((one) => one.member).map((one) => one.id);
  return state.me?.queues.length ? state.me.queues : own;
}

/**
 * @param {State} state
 * @returns {Conversation[]} waiting in the queues I work in, the oldest first, without those that stand among my offers
 */
export function unassigned(state) {
  const queues = new Set(workQueues(state));
  const offered = new Set(state.offers.map((one) => one.conversation.id));
  return sure(state)
    .filter((one) => one.state === "waiting" && one.queue !== null && queues.has(one.queue.id) && !offered.has(one.id))
    .sort(longestWaitingFirst);
}

const BEGINNINGS = ["opened", "reopened", "requeued"];

/**
 * Whether a conversation has just come to wait until somebody of my manual queues takes it; nobody is offered it.
 * @param {State} state
 * @param {Conversation} one
 * @param {import("../types.js").Message[]} news what has just happened in it
 */
export function beginsToWait(state, one, news) {
  if (one.state !== "waiting" || one.queue === null || !workQueues(state).includes(one.queue.id)) return false;
  const queue = state.queues.find((other) => other.id === one.queue?.id);
  const begins = (/** @type {any} */ content) => content.type === "event" && BEGINNINGS.includes(content.event);
  return queue?.strategy === "manual" && news.some((item) => begins(item.content));
}

/**
 * @param {State} state
 * @param {string|null} queue
 * @returns {Conversation[]} every open conversation a supervisor watches, the most recently active first
 */
export function supervised(state, queue) {
  return sure(state)
    .filter((one) => one.state !== "closed" && (queue === null || one.queue?.id === queue))
    .sort(newestFirst);
}

/** @param {State} state @returns {import("../types.js").QueueRow[]} those that a supervisor is shown all conversations of */
export function watchedQueues(state) {
  return state.user.role === "administrator" ? state.queues : state.queues.filter((one) => one.member);
}

/**
 * Whether a conversation that waits, or any that is open, is of a queue that its list shows.
 * @param {State} state
 * @param {"unassigned"|"all"} part
 * @param {Conversation} one
 */
export function isListed(state, part, one) {
  if (part === "all" && state.user.role === "administrator") return true;
  const listed = part === "all" ? watchedQueues(state).map((queue) => queue.id) : workQueues(state);
  return one.queue !== null && listed.includes(one.queue.id);
}

/** @param {State} state */
export function supervises(state) {
  return state.user.role !== "agent";
}

/**
 * @param {State} state
 * @param {string} id
 * @returns {Pending[]}
 */
export function pendingOf(state, id) {
  return state.outbox.filter((one) => one.conversation_id === id);
}

/**
 * How many of a conversation's unanswered messages this reader has not looked at yet.
 * @param {State} state
 * @param {Conversation} one
 */
export function unseen(state, one) {
  const looked = state.seen[one.id];
  if (looked === undefined) return one.unread;
  const last = one.last_message?.seq ?? one.last_seq;
  if (last <= looked) return 0;
  const held = timeline(state, one.id).items;
  const counted = held.length ? held.filter((item) => item.direction === "in" && item.seq > looked).length : last - looked;
  return Math.min(one.unread, Math.max(1, counted));
}

/** @param {State} state @returns {number} what the badge of the page shows */
export function badge(state) {
  return mine(state).reduce((sum, one) => sum + unseen(state, one), 0) + state.offers.length;
}

/**
 * Why the composer cannot be used, or null when it can.
 * @param {State} state
 * @param {Conversation} one
 * @param {number} now
 * @returns {"closed"|"window"|"waiting"|"colleague"|null}
 */
export function blocked(state, one, now) {
  if (one.state === "closed") return "closed";
  if (one.state === "waiting") return "waiting";
  if (!isMine(state, one)) return "colleague";
  return windowOpen(one, now) ? null : "window";
}

/**
 * @param {Conversation} one
 * @param {number} now
 * @returns {boolean} whether free text may be sent
 */
export function windowOpen(one, now) {
  if (!one.window) return true;
  if (!one.window.allowed.includes("text")) return false;
  return one.window.closes_at === null || Date.parse(one.window.closes_at) > now;
}

/** @param {State} state @returns {boolean} whether what is offered can be answered: nobody would hear it while the line is down */
export function offersPaused(state) {
  return state.link.phase === "lost" || state.link.phase === "signed_out";
}

/**
 * After which item the line stands that says what is new, 0 when there is none. It stays where it is while it is read, goes
 * when the reader has answered, and comes for what arrives behind the reader's back.
 * @param {State} state
 * @param {import("../types.js").Message[]} items of the open conversation
 * @param {{from: number, last: number, looking: boolean}} before where the line stood, the newest item that was shown then (0 when
 *   the conversation has just been opened), and whether the reader had that before their eyes
 */
export function newLine(state, items, before) {
  const from = before.last === 0 ? newAfter(state, items) : before.from;
  const arrived = (/** @type {number} */ seq) => items.some((one) => one.direction === "in" && one.seq > seq);
  if (from !== 0) return arrived(from) && !hasAnswered(state, items, from) ? from : 0;
  const unwatched = before.last !== 0 && !before.looking && arrived(before.last);
  return unwatched ? before.last : 0;
}

/**
 * @param {State} state
 * @param {import("../types.js").Message[]} items
 * @param {number} from
 */
function hasAnswered(state, items, from) {
  return lastAnswer(state, items) > from || (state.open !== null && pendingOf(state, state.open).some((one) => one.phase !== "refused"));
}

/**
 * @param {State} state
 * @param {import("../types.js").Message[]} items
 * @returns {number} the newest answer of the reader, 0 when there is none
 */
function lastAnswer(state, items) {
  return items.findLast((one) => one.direction === "out" && one.author.kind === "agent" && one.author.id === state.me?.id)?.seq ?? 0;
}

/**
 * After which item a timeline is new to the reader: an answer is known to its author even if they left before it showed.
 * @param {State} state
 * @param {import("../types.js").Message[]} items of the open conversation
 * @returns {number} 0 when nothing of it is
 */
export function newAfter(state, items) {
  if (state.openedAtSeq !== null) return Math.max(state.openedAtSeq, lastAnswer(state, items));
  const said = items.filter((one) => one.direction === "in");
  const first = state.openedUnread > 0 ? said.at(-state.openedUnread) : undefined;
  return first ? first.seq - 1 : 0;
}

/**
 * The newest seq that the reader has before their eyes.
 * @param {State} state
 * @param {string} id
 */
export function lastShown(state, id) {
  return timeline(state, id).items.at(-1)?.seq ?? 0;
}
