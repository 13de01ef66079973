// @ts-check
/**
 * How a conversation's items come together from frames and fetched pages, in any order, without holes and without a
 * status ever falling back. Pure.
 */

/** @typedef {import("../types.js").Message} Message */

/**
 * @typedef {object} Timeline
 * @property {Message[]} items ascending by seq, without holes
 * @property {boolean} hasMore whether older items exist on the server
 * @property {"absent"|"loading"|"ready"|"failed"} phase
 */

/** @type {Timeline} */
export const NO_TIMELINE = { items: [], hasMore: false, phase: "absent" };

/**
 * Adds what a frame brought. An item that does not follow the last one shows that something between was missed: the
 * timeline is then no longer whole, and is asked for again.
 * @param {Timeline} known
 * @param {Message[]} messages
 * @returns {Timeline}
 */
export function appended(known, messages) {
  const last = known.items.at(-1)?.seq;
  const fresh = messages.filter((one) => last === undefined || one.seq > last).sort((a, b) => a.seq - b.seq);
  const expected = fresh.every((one, index) => last === undefined || one.seq === last + 1 + index);
  if (!expected) return { ...known, phase: "absent" };
  return { ...known, items: merged(known.items, messages, true) };
}

/**
 * Checks a timeline against the newest seq that its conversation says it has.
 * @param {Timeline} known
 * @param {number} lastSeq
 * @returns {Timeline}
 */
export function reached(known, lastSeq) {
  const last = known.items.at(-1)?.seq;
  return last !== undefined && last < lastSeq ? { ...known, phase: "absent" } : known;
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
 * Adds a page that was asked for. The newest page must touch what is held, or else it replaces it.
 * @param {Timeline} known
 * @param {Message[]} items
 * @param {boolean} hasMore
 * @param {boolean} older whether the page was asked for from above
 * @returns {Timeline}
 */
export function paged(known, items, hasMore, older) {
  const [first, last] = [items[0]?.seq, items.at(-1)?.seq];
  if (first === undefined || last === undefined) return { ...known, hasMore: older ? false : known.hasMore, phase: "ready" };
  const [top, bottom] = [known.items[0]?.seq ?? first, known.items.at(-1)?.seq ?? last];
  if (first > bottom + 1) return { items, hasMore, phase: "ready" };
  if (last < top - 1) return older ? { ...known, phase: "ready" } : { items, hasMore, phase: "absent" };
  return { items: merged(known.items, items, false), hasMore: first <= top ? hasMore : known.hasMore, phase: "ready" };
}

/**
 * Adds the answer to a send, which may arrive before or after the frame that tells everybody of it.
 * @param {Timeline} known
 * @param {Message} message
 * @returns {Timeline}
 */
export function confirmed(known, message) {
  const last = known.items.at(-1)?.seq ?? message.seq - 1;
  if (message.seq > last + 1) return { ...known, phase: "absent" };
  return { ...known, items: merged(known.items, [message], false) };
}
