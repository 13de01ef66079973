// @ts-check
/**
 * Sends the agent's messages. Each shows at once, keeps one Idempotency-Key for all its tries, and is tried until it is
 * answered; within a conversation the next one leaves only after the one before it, so their order is the author's.
 */
import { ApiError } from "../api.js";
import { delay } from "../backoff.js";
import { lastShown } from "./select.js";

/** @typedef {import("./state.js").Pending} Pending */

/**
 * @typedef {object} World
 * @property {(pending: Pending) => Promise<import("../types.js").Message>} post
 * @property {() => string} key a new unique key
 * @property {() => number} now
 * @property {() => number} random
 * @property {(run: () => void, ms: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {() => void} onSignedOut
 */

/**
 * @param {import("./store.js").Store} store
 * @param {World} world
 */
export function createOutbox(store, world) {
  /** @type {Set<string>} conversations with a request under way */
  const busy = new Set();
  /** @type {Map<string, {attempt: number, timer: any}>} conversations waiting to try again */
  const waiting = new Map();

  /** @param {string} conversation */
  async function pump(conversation) {
    const next = store.get().outbox.find((one) => one.conversation_id === conversation);
    if (!next || busy.has(conversation) || next.phase === "stale" || next.phase === "refused") return;
    world.clearTimer(waiting.get(conversation)?.timer);
    busy.add(conversation);
    const goOn = await attempt(next);
    busy.delete(conversation);
    if (goOn) void pump(conversation);
  }

  /**
   * @param {Pending} one
   * @returns {Promise<boolean>} whether the next one may leave
   */
  async function attempt(one) {
    try {
      const message = await world.post(one);
      waiting.delete(one.conversation_id);
      store.dispatch({ type: "answered", key: one.key, message });
      return true;
    } catch (error) {
      return failed(one, error);
    }
  }

  /**
   * @param {Pending} one
   * @param {unknown} error
   * @returns {boolean}
   */
  function failed(one, error) {
    if (error instanceof ApiError && error.status === 401) world.onSignedOut();
    else if (error instanceof ApiError && !error.temporary) store.dispatch({ type: "refused", key: one.key, problem: error.problem });
    else again(one, error instanceof ApiError ? error.retryAfterMs : null);
    return false;
  }

  /**
   * @param {Pending} one
   * @param {number|null} askedMs
   */
  function again(one, askedMs) {
    const tries = waiting.get(one.conversation_id)?.attempt ?? 0;
    const ms = Math.max(askedMs ?? 0, delay(tries, world.random));
    const timer = world.setTimer(() => void pump(one.conversation_id), ms);
    waiting.set(one.conversation_id, { attempt: tries + 1, timer });
    store.dispatch({ type: "retrying", key: one.key });
  }

  return {
    /**
     * @param {string} conversation
     * @param {string} body
     * @param {string|null} replyTo
     */
    submit(conversation, body, replyTo) {
      const pending = {
        key: world.key(),
        conversation_id: conversation,
        body,
        reply_to: replyTo,
        based_on_seq: lastShown(store.get(), conversation),
        at: new Date(world.now()).toISOString(),
        phase: /** @type {const} */ ("sending"),
        problem: null,
      };
      store.dispatch({ type: "queued", pending });
      void pump(conversation);
    },
    /**
     * Sends a message that its author has confirmed after reading what had come in the meantime. It is a new
     * request, because the first one has been answered.
     * @param {string} key
     */
    sendAnyway(key) {
      const known = store.get().outbox.find((one) => one.key === key);
      if (!known) return;
      const seq = Math.max(lastShown(store.get(), known.conversation_id), known.problem?.last_seq ?? 0);
      store.dispatch({ type: "resent", key, pending: { ...known, key: world.key(), based_on_seq: seq, phase: "sending", problem: null } });
      void pump(known.conversation_id);
    },
    /** @param {string} key */
    discard(key) {
      const known = store.get().outbox.find((one) => one.key === key);
      store.dispatch({ type: "discarded", key });
      if (known) void pump(known.conversation_id);
    },
    /** Tries everything that waits, at once: after a reconnection, or when the page opens with kept messages. */
    pumpAll() {
      for (const id of new Set(store.get().outbox.map((one) => one.conversation_id))) void pump(id);
    },
  };
}
