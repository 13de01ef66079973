// @ts-check
/**
 * How a conversation's items come together from frames and fetched pages, in any order, with nothing left out between two
 * of them and without a status ever falling back. Pure.
 */

/** @typedef {import("../types.js").Message} Message */

/**
 * @typedef {object} Timeline
 * @property {Message[]} items ascending by seq
 * @property {boolean} hasMore whether older items exist on the server
 * @property {"absent"|"loading"|"ready"|"failed"} phase
 */

/** @type {Timeline} */
export const NO_TIMELINE = { items: [], hasMore: false, phase: "absent" };

/**
 * Adds what a frame brought. Numbers rise along a timeline but leave some out, so they do not tell whether one is missing.
 * @param {Timeline} known
 * @param {Message[]} messages
 * @returns {Timeline}
 */
export function appended(known, messages) {
  return messages.length ? { ...known, items: merged(known.items, messages, true) } : known;
}

/**
 * Checks a timeline against the newest message that its conversation says it has: one that lacks it is asked for again.
 * @param {Timeline} known
 * @param {import("../types.js").Conversation} conversation
 * @returns {Timeline}
 */
export function reached(known, conversation) {
  const last = known.items.at(-1)?.seq;
  const behind = last !== undefined && last < (conversation.last_message?.seq ?? 0);
  return behind ? { ...known, phase: "absent" } : known;
}

const RANK = { queued: 0, sent: 1, failed: 2, delivered: 3, read: 4 };

/**
 * @param {Message[]} items
 * @param {Message[]} messages
 * @param {boolean} live frames come in order and always win; a page fetched beside them never lowers a status
 * @returns {Message[]} ascending, one per seq
 */
function merged(items, messages, live) {
  const bySeq = new Map(items.map((one) => [one.seq, one]));
  for (const message of messages) {
    const known = bySeq.get(message.seq);
    if (live || !known || rank(message) >= rank(known)) bySeq.set(message.seq, message);
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** @param {Message} message */
function rank(message) {
  return message.status ? RANK[message.status] : -1;
}

/**
 * Adds a page that was asked for. The newest page must overlap what is held, or be all there is; else something may lie
 * between the two, and the page takes the place of what was held before it.
 * @param {Timeline} known
 * @param {Message[]} items
 * @param {boolean} hasMore
 * @param {boolean} older whether the page was asked for from above, so that it ends where what is held begins
 * @returns {Timeline}
 */
export function paged(known, items, hasMore, older) {
  const [first, last] = [items[0]?.seq, items.at(-1)?.seq];
  if (first === undefined || last === undefined) return { ...known, hasMore: older ? false : known.hasMore, phase: "ready" };
  const [top, bottom] = [known.items[0]?.seq ?? first, known.items.at(-1)?.seq ?? last];
  const joined = older || !hasMore || first <= bottom;
  const kept = joined ? known.items : known.items.filter((one) => one.seq > last);
  return { items: merged(kept, items, false), hasMore: !joined || first <= top ? hasMore : known.hasMore, phase: "ready" };
}

/**
 * Adds the answer to a send, which may arrive before or after the frame that tells everybody of it.
 * @param {Timeline} known
 * @param {Message} message
 * @returns {Timeline}
 */
export function confirmed(known, message) {
  return { ...known, items: merged(known.items, [message], false) };
}
