// @ts-check
/** What the agent can do, each as one request; failures are told where they happen and change nothing. */
import { ApiError, explain, request } from "../api.js";
import { t } from "../strings.js";
import { toast } from "../ui.js";
import { conversationsOf } from "./loader.js";
import { ownOf, supervises } from "./select.js";

/** @typedef {import("../types.js").Me} Me */
/** @typedef {import("../types.js").Offer} Offer */

const CONVERSATIONS = "/api/v1/conversations";

/**
 * @param {import("./store.js").Store} store
 * @param {{signedOut: () => void, live: () => {send: (frame: object) => boolean}, outbox: () => ReturnType<typeof import("./outbox.js").createOutbox>, loader: () => ReturnType<typeof import("./loader.js").createLoader>}} parts
 */
export function createActions(store, parts) {
  /**
   * @param {() => Promise<any>} run
   * @param {Record<string, string>} [words] other texts for some codes
   * @returns {Promise<any|undefined>} undefined when it failed, which has then been told
   */
  async function attempt(run, words = {}) {
    try {
      return (await run()) ?? null;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) parts.signedOut();
      else toast(words[error instanceof ApiError ? error.problem.code : ""] ?? explain(error), "error");
      return undefined;
    }
  }

  /**
   * @param {string} id
   * @param {string} verb
   * @param {object} [body]
   * @param {Record<string, string>} [words]
   */
  async function act(id, verb, body = {}, words = {}) {
    const answer = await attempt(() => request("POST", `${CONVERSATIONS}/${id}/${verb}`, body), words);
    if (answer?.id === id) store.dispatch({ type: "conversation", conversation: answer });
    return answer !== undefined;
  }

  return {
    /**
     * Takes what waits. What a colleague holds, or waits in a queue where a supervisor does not work, a supervisor gives to
     * themselves.
     * @param {import("../types.js").Conversation} one
     */
    async take(one) {
      const { me } = store.get();
      const works = one.state === "waiting" && one.queue !== null && (me?.queues ?? []).includes(one.queue.id);
      const done = works || !supervises(store.get()) || !me
        ? await act(one.id, "take", {}, { not_signed_in: t("desk-take-offline"), not_logged_in: t("desk-take-offline") })
        : await act(one.id, "assign", { agent: me.id });
      if (done) location.hash = `#/c/${one.id}`;
    },
    /** @param {string} id */
    async close(id) {
      if (await act(id, "close")) toast(t("desk-done-closed"));
    },
    /**
     * @param {string} id
     * @param {string} agent
     */
    async assign(id, agent) {
      const name = store.get().colleagues.find((one) => one.id === agent)?.name ?? "";
      if (await act(id, "assign", { agent })) toast(t("desk-done-assigned", { name }));
    },
    /**
     * @param {string} id
     * @param {{queue: string}|{agent: string}} target
     */
    async transfer(id, target) {
      if (await act(id, "transfer", target)) toast(t("desk-done-transferred"));
    },
    /** @param {Offer} offer */
    async accept(offer) {
      store.dispatch({ type: "offer_answered", id: offer.id });
      const answer = await attempt(() => request("POST", `/api/v1/desk/offers/${offer.id}/accept`, {}));
      if (answer !== undefined) location.hash = `#/c/${offer.conversation.id}`;
    },
    /** @param {Offer} offer */
    async refuse(offer) {
      store.dispatch({ type: "offer_answered", id: offer.id });
      await attempt(() => request("POST", `/api/v1/desk/offers/${offer.id}/refuse`, {}));
    },
    /** @param {Me} me the choice is shown at once, and taken back when it is refused */
    async presence(me) {
      const before = store.get().me;
      // One that was taken from the agent since they chose it would have the whole choice refused.
      const choice = { presence: me.presence, queues: ownOf(store.get(), me.queues), strategy: me.strategy };
      store.dispatch({ type: "presence", ...choice });
      const answer = await attempt(() => request("PUT", "/api/v1/desk/presence", choice), { validation: t("desk-queue-taken-away") });
      if (answer === undefined && before) store.dispatch({ type: "presence", presence: before.presence, queues: before.queues, strategy: before.strategy });
      else parts.loader().lists();
    },
    /**
     * @param {string} contact
     * @param {string} name
     * @returns {Promise<boolean>}
     */
    async rename(contact, name) {
      const answer = await attempt(() => request("PATCH", `/api/v1/contacts/${contact}`, { name }));
      if (answer === undefined) return false;
      const known = store.get().contacts[contact];
      store.dispatch({ type: "contact", contact: answer ?? { .../** @type {any} */ (known), name } });
      return true;
    },
    /**
     * @param {string} contact
     * @returns {Promise<void>}
     */
    async erase(contact) {
      const answer = await attempt(() => request("POST", `/api/v1/contacts/${contact}/erasure`));
      if (answer === undefined) return;
      const theirs = Object.values(store.get().conversations).filter((one) => one.contact.id === contact);
      location.hash = "#/";
      for (const one of theirs) store.dispatch({ type: "frame", frame: { type: "erased", conversation_id: one.id }, now: Date.now() });
      toast(t("desk-data-erased"));
    },
    /**
     * @param {string} contact
     * @returns {Promise<import("../types.js").Conversation[]|undefined>}
     */
    async historyOf(contact) {
      return attempt(() => conversationsOf(contact));
    },
    /**
     * @param {string} id
     * @param {boolean} typing
     */
    typing(id, typing) {
      parts.live().send({ type: "typing", conversation_id: id, typing });
    },
    /**
     * @param {string} id
     * @param {string} body
     * @param {string|null} replyTo
     */
    send(id, body, replyTo) {
      parts.outbox().submit(id, body, replyTo);
    },
    /** @param {string} key */
    sendAnyway: (key) => parts.outbox().sendAnyway(key),
    /** @param {string} key */
    discard: (key) => parts.outbox().discard(key),
    /** @param {"unassigned"|"all"} part */
    loadMore: (part) => void parts.loader().more(part),
    loadOlder: () => parts.loader().older(),
    reloadOpen: () => parts.loader().refresh(),
  };
}
