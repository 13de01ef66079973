// @ts-check
/**
 * Fetches what the page shows but the snapshot does not hold: the open conversation's row, its messages, its contact and
 * that contact's other conversations. A timeline that is found to have a hole is asked for again.
 */
import { ApiError, request } from "../api.js";
import { now } from "../clock.js";
import { isListed, timeline, unassigned } from "./select.js";

const PAGE = 50;
/** What has failed is not asked for again before this, however often the page changes. */
const REST_MS = 10_000;

/** Conversations of a long list are asked for so many at once. */
const ROWS = 200;
/** When fewer of the waiting chats are here and the server has more, they are asked for. */
const UNASSIGNED_MIN = 50;
/** And not more often than this. */
const REFILL_MS = 5_000;

/** Conversations of one contact are asked for in so many pages at the most. */
const PAGES_MAX = 6;

/**
 * A contact's conversations on all channels, the newest first; the server lists them in order of opening.
 * @param {string} contact
 * @returns {Promise<import("../types.js").Conversation[]>}
 */
export async function conversationsOf(contact) {
  /** @type {import("../types.js").Conversation[]} */
  const items = [];
  let cursor = "";
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await request("GET", `/api/v1/contacts/${contact}/conversations?limit=${PAGE}${cursor}`);
    items.push(...answer.items);
    if (!answer.next_cursor) break;
    cursor = `&cursor=${encodeURIComponent(answer.next_cursor)}`;
  }
  return items.sort((a, b) => b.opened_at.localeCompare(a.opened_at));
}

/**
 * @param {import("./store.js").Store} store
 * @param {{signedOut: () => void}} parts
 */
export function createLoader(store, parts) {
  /** @type {Set<string>} */
  const running = new Set();
  /** @type {Map<string, number>} when a request last failed */
  const failed = new Map();
  let refilled = 0;

  /**
   * Runs one request of a name at a time, and lets a failed one rest.
   * @param {string} name
   * @param {() => Promise<void>} run
   */
  async function once(name, run) {
    if (running.has(name) || now() - (failed.get(name) ?? 0) < REST_MS) return;
    running.add(name);
    try {
      await run();
      failed.delete(name);
    } catch (error) {
      failed.set(name, now());
      if (error instanceof ApiError && error.status === 401) parts.signedOut();
    } finally {
      running.delete(name);
    }
  }

  /**
   * @param {string} id
   * @param {string} query
   * @param {boolean} older
   */
  function messages(id, query, older) {
    return once(`messages ${id}`, async () => {
      store.dispatch({ type: "page_loading", id });
      try {
        const page = await request("GET", `/api/v1/conversations/${id}/messages?limit=${PAGE}${query}`);
        store.dispatch({ type: "page", id, items: page.items, hasMore: page.has_more, older });
      } catch (error) {
        store.dispatch({ type: "page_failed", id });
        throw error;
      }
    });
  }

  /** @param {string} id */
  function row(id) {
    return once(`row ${id}`, async () => {
      try {
        store.dispatch({ type: "conversation", conversation: await request("GET", `/api/v1/conversations/${id}`) });
      } catch (error) {
        store.dispatch({ type: "page_failed", id });
        throw error;
      }
    });
  }

  /** @param {string} contact */
  function person(contact) {
    return once(`contact ${contact}`, async () => {
      store.dispatch({ type: "contact", contact: await request("GET", `/api/v1/contacts/${contact}`) });
    });
  }

  /** @param {string} contact */
  function history(contact) {
    return once(`history ${contact}`, async () => {
      const items = await conversationsOf(contact);
      store.dispatch({ type: "history", contact, items });
    });
  }

  return {
    /** Asks for whatever the open conversation lacks; called after every change. */
    open() {
      const state = store.get();
      const id = state.open;
      if (id === null || state.epoch === null) return;
      const known = timeline(state, id);
      if (known.phase === "absent") void messages(id, "", false);
      const conversation = state.conversations[id];
      if ((!conversation && known.phase !== "failed") || state.doubtful === id) void row(id);
      if (!conversation) return;
      const contact = state.contacts[conversation.contact.id];
      if (!contact || contact.outdated) void person(conversation.contact.id);
      if (!state.histories[conversation.contact.id]) void history(conversation.contact.id);
    },
    /** After a reconnection: the open conversation may belong to nobody who was told of its changes. */
    refresh() {
      const { open } = store.get();
      if (open === null) return;
      failed.clear();
      void messages(open, "", false);
      void row(open);
    },
    older() {
      const { open } = store.get();
      if (open === null) return;
      const known = timeline(store.get(), open);
      const first = known.items[0]?.seq;
      if (known.phase === "ready" && known.hasMore && first !== undefined) void messages(open, `&before=${first}`, true);
    },
    /** The use of the agent's capacity, which only the server can say. */
    capacity() {
      return once("capacity", async () => {
        const { epoch, offset, me } = await request("GET", "/api/v1/desk");
        if (epoch === store.get().epoch && offset >= store.get().offset) store.dispatch({ type: "frame", frame: { type: "me", me }, now: now() });
      });
    },
    /** The lists of other queues: after a change of the queues one works for, the waiting chats are others. */
    lists() {
      return once("lists", async () => {
        const snapshot = await request("GET", "/api/v1/desk");
        if (snapshot.epoch === store.get().epoch && snapshot.offset >= store.get().offset) store.dispatch({ type: "snapshot", snapshot });
      });
    },
    /** Of a long list the snapshot holds the beginning. When that has been taken, what comes next is asked for. */
    refill() {
      const state = store.get();
      if (state.more.unassigned === null || unassigned(state).length >= UNASSIGNED_MIN || now() - refilled < REFILL_MS) return;
      refilled = now();
      void once("refill", async () => {
        const { epoch, unassigned: items, unassigned_more } = await request("GET", "/api/v1/desk");
        const current = store.get();
        if (epoch !== current.epoch || current.snapshots !== state.snapshots) return;
        store.dispatch({ type: "more", part: "unassigned", items, cursor: unassigned_more ? (current.more.unassigned ?? "") : null });
      });
    },
    /**
     * Goes on in a list until something comes that was not here.
     * @param {"unassigned"|"all"} part
     */
    more(part) {
      return once(`more ${part}`, async () => {
        const { snapshots, more } = store.get();
        let cursor = more[part];
        for (let page = 0; cursor !== null && page < PAGES_MAX; page += 1) {
          const query = `state=${part === "all" ? "open" : "waiting"}&limit=${ROWS}&cursor=${encodeURIComponent(cursor)}`;
          const answer = await request("GET", `/api/v1/conversations?${query}`);
          const state = store.get();
          if (state.snapshots !== snapshots || state.more[part] !== cursor) return;
          // Of others no frame would ever tell what became of them.
          const items = answer.items.filter((/** @type {import("../types.js").Conversation} */ one) => isListed(state, part, one));
          const isNew = items.some((/** @type {import("../types.js").Conversation} */ one) => !(one.id in state.conversations));
          cursor = answer.next_cursor;
          store.dispatch({ type: "more", part, items, cursor });
          if (isNew) return;
        }
      });
    },
  };
}
