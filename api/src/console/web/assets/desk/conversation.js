// @ts-check
/** The middle of the desk: who is being spoken with, what was said, and what can be done about it. */
import { clear, fill, h, icon, reconcile } from "../dom.js";
import { elapsed, moment } from "../format.js";
import { now } from "../clock.js";
import { t } from "../strings.js";
import { avatar, channelIcon, channelName, confirmDialog, iconButton, openMenu } from "../ui.js";
import { createComposer } from "./composer.js";
import { createScroll } from "./scroll.js";
import { blocked, newLine, pendingOf, supervises, timeline, unassigned } from "./select.js";
import { addressText, contactName } from "./names.js";
import { isMine } from "./state.js";
import { entries, entryView, sameEntry } from "./timeline.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../types.js").Conversation} Conversation */

/**
 * @param {HTMLElement} centre
 * @param {import("./store.js").Store} store
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
export function createConversation(centre, store, actions) {
  const head = h("header", { class: "conv-head" });
  const list = h("ol", { class: "timeline", "aria-label": t("desk-timeline") });
  const older = h("p", { class: "older" }, h("span", { class: "spinner", "aria-hidden": "true" }), h("span", { text: t("desk-loading-older") }));
  const failed = h("div", { class: "empty" }, icon("alert", "icon big"), h("p", { text: t("desk-timeline-failed") }), h("button", { type: "button", class: "button", text: t("common-retry"), onclick: () => actions.reloadOpen() }));
  const skeleton = h("div", { class: "skeleton-bubbles", "aria-hidden": "true" }, [1, 2, 3, 4, 5].map((one) => h("span", { class: `skeleton bubble-${one}` })));
  const box = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("desk-timeline") }, older, skeleton, failed, list);
  const toEnd = h("button", { type: "button", class: "to-end", hidden: true }, icon("down"), h("span", { text: t("desk-new-below") }));
  const typing = h("p", { class: "typing" });
  const composer = createComposer({
    send: actions.send,
    typing: actions.typing,
    take: actions.take,
    sendAnyway: actions.sendAnyway,
    discard: actions.discard,
  });
  const view = h("div", { class: "conv", hidden: true }, head, h("div", { class: "scroll-frame" }, box, toEnd), typing, composer.node);
  const empty = emptyView();
  fill(centre, empty, view);
  const scroll = createScroll(box, toEnd, () => actions.loadOlder());

  /** @type {string|null} */
  let shown = null;
  /** @type {Map<string, import("./timeline.js").Entry>} */
  let lastEntries = new Map();
  let firstSeq = 0;
  let lastSeq = 0;
  let newFrom = 0;
  let headKey = "";

  /** @type {import("./timeline.js").Handlers} */
  const handlers = {
    answer: (message) => composer.answerTo(message),
    resend: (message) => actions.send(message.conversation_id, message.content.body ?? "", null),
    retry: (key) => actions.sendAnyway(key),
    edit: (key) => {
      const pending = store.get().outbox.find((one) => one.key === key);
      if (pending) composer.edit(key, pending.body);
    },
    discard: (key) => actions.discard(key),
  };

  /** @param {State} state */
  function render(state) {
    const conversation = state.open === null ? undefined : state.conversations[state.open];
    empty.hidden = state.open !== null;
    view.hidden = state.open === null;
    view.setAttribute("aria-busy", String(state.open !== null && !conversation));
    if (state.open !== shown) {
      shown = state.open;
      lastEntries = new Map();
      firstSeq = lastSeq = newFrom = 0;
      headKey = "";
      clear(list);
      typing.textContent = "";
      scroll.end();
    }
    if (state.open === null) return renderEmpty(state);
    if (!conversation) return renderLoading(state);
    renderHead(state, conversation);
    renderTimeline(state, conversation);
    renderTyping(state, conversation);
    composer.node.hidden = false;
    composer.render(state, conversation);
  }

  /** @param {State} state */
  function renderEmpty(state) {
    const waiting = unassigned(state).length;
    const line = /** @type {HTMLElement} */ (empty.querySelector("p"));
    line.textContent = waiting ? t(state.more.unassigned === null ? "desk-empty-waiting" : "desk-empty-waiting-more", { count: waiting }) : t("desk-empty-help");
  }

  /** @param {State} state */
  function renderLoading(state) {
    const gone = state.open !== null && timeline(state, state.open).phase === "failed";
    if (headKey === "") fill(head, backLink(), h("span", { class: "skeleton head" }));
    headKey = "loading";
    skeleton.hidden = gone;
    failed.hidden = !gone;
    older.hidden = true;
    composer.node.hidden = true;
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function renderHead(state, conversation) {
    const key = JSON.stringify([conversation.id, conversation.contact, conversation.channel, conversation.address, conversation.queue, conversation.agent, conversation.state, isMine(state, conversation), conversation.state === "waiting" ? elapsed(now() - Date.parse(conversation.waiting_since ?? conversation.opened_at)) : ""]);
    if (key === headKey) return;
    headKey = key;
    const held = head.contains(document.activeElement) ? document.activeElement?.getAttribute("data-action") : null;
    fill(head, backLink(), avatar(conversation.contact.id, contactName(conversation)),
      h("div", { class: "conv-who" },
        h("h2", { text: contactName(conversation), dir: "auto" }),
        h("p", {}, channelIcon(conversation.channel.kind), h("span", { class: "conv-channel", text: conversation.channel.name || channelName(conversation.channel.kind) }), addressText(conversation) ? h("span", { class: "conv-address", text: addressText(conversation) }) : null)),
      h("div", { class: "conv-state" }, conversation.queue ? h("span", { class: "chip", title: t("desk-queue") }, icon("queue"), h("span", { text: conversation.queue.name })) : null, stateChip(state, conversation)),
      h("div", { class: isMine(state, conversation) ? "conv-actions" : "conv-actions many" }, actionButtons(state, conversation), moreButton(state, conversation), profileLink(conversation)));
    if (held) /** @type {HTMLElement|null} */ (head.querySelector(`[data-action="${held}"]`))?.focus();
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function actionButtons(state, conversation) {
    const may = allowed(state, conversation);
    const button = (/** @type {string} */ action, /** @type {string} */ name, /** @type {string} */ label, /** @type {(event: Event) => void} */ onclick, extra = "") =>
      h("button", { type: "button", class: `button ${extra}`, data: { action }, onclick, title: label, "aria-label": label, "aria-haspopup": action === "assign" || action === "transfer" ? "menu" : undefined }, icon(name), h("span", { text: label }));
    return [
      may.take ? button("take", "take", t(conversation.state === "waiting" ? "desk-take" : "desk-take-over"), () => actions.take(conversation), "primary") : null,
      may.assign ? button("assign", "user", t("desk-assign"), (event) => assignMenu(event, conversation)) : null,
      may.transfer ? button("transfer", "transfer", t("desk-transfer"), (event) => transferMenu(event, conversation)) : null,
      may.close ? button("close", "check", t("desk-close"), () => close(conversation)) : null,
    ].filter((one) => one !== null);
  }

  /**
   * The same actions for a narrow screen, behind one button.
   * @param {State} state
   * @param {Conversation} conversation
   */
  function moreButton(state, conversation) {
    const may = allowed(state, conversation);
    if (!Object.values(may).some(Boolean)) return null;
    const more = iconButton("more", t("desk-more"), { class: "icon-button narrow-only", "aria-haspopup": "menu", data: { action: "more" } });
    more.addEventListener("click", () =>
      openMenu(more, [
        ...(may.take ? [{ label: t(conversation.state === "waiting" ? "desk-take" : "desk-take-over"), lead: icon("take"), choose: () => void actions.take(conversation) }] : []),
        ...(may.assign ? [{ label: t("desk-assign"), lead: icon("user"), choose: () => openMenu(more, people(conversation, actions.assign), { label: t("desk-assign"), empty: t("desk-no-colleague") }) }] : []),
        ...(may.transfer ? [{ label: t("desk-transfer"), lead: icon("transfer"), choose: () => openMenu(more, targets(conversation), { label: t("desk-transfer") }) }] : []),
        ...(may.close ? [{ label: t("desk-close"), lead: icon("check"), choose: () => void close(conversation) }] : []),
      ], { label: t("desk-more") }));
    return more;
  }

  /** @param {Conversation} conversation */
  function profileLink(conversation) {
    return h("a", { class: "icon-button profile-link", href: `#/c/${conversation.id}/profile`, title: t("desk-profile"), "aria-label": t("desk-profile"), data: { action: "profile" } }, icon("panel"));
  }

  /**
   * @param {Event} event
   * @param {Conversation} conversation
   */
  function assignMenu(event, conversation) {
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), people(conversation, actions.assign), { label: t("desk-assign"), empty: t("desk-no-colleague") });
  }

  /**
   * @param {Event} event
   * @param {Conversation} conversation
   */
  function transferMenu(event, conversation) {
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), targets(conversation), { label: t("desk-transfer"), empty: t("desk-no-colleague") });
  }

  /**
   * @param {Conversation} conversation
   * @param {(conversation: string, agent: string) => void} choose
   * @returns {import("../ui.js").MenuItem[]}
   */
  function people(conversation, choose) {
    const order = { available: 0, busy: 1, away: 2, offline: 3 };
    return store.get().colleagues
      .filter((one) => one.id !== conversation.agent?.id && one.id !== store.get().me?.id)
      .sort((a, b) => order[a.presence] - order[b.presence] || a.name.localeCompare(b.name))
      .map((one, index) => ({
        label: one.name,
        detail: presenceName(one.presence),
        disabled: one.presence === "offline",
        lead: h("span", { class: "avatar-presence" }, avatar(one.id, one.name, "small"), h("span", { class: `dot ${one.presence}` })),
        heading: index === 0 ? t("desk-colleagues") : undefined,
        choose: () => choose(conversation.id, one.id),
      }));
  }

  /**
   * @param {Conversation} conversation
   * @returns {import("../ui.js").MenuItem[]}
   */
  function targets(conversation) {
    const queues = store.get().queues.map((one, index) => ({
      label: one.name,
      detail: t("desk-waiting-count", { count: one.waiting }),
      lead: icon("queue"),
      heading: index === 0 ? t("desk-queues") : undefined,
      choose: () => actions.transfer(conversation.id, { queue: one.id }),
    }));
    return [...queues, ...people(conversation, (id, agent) => actions.transfer(id, { agent }))];
  }

  /** @param {Conversation} conversation */
  async function close(conversation) {
    const sure = await confirmDialog({ title: t("desk-close-title"), body: t("desk-close-body", { name: contactName(conversation) }), confirm: t("desk-close") });
    if (sure) void actions.close(conversation.id);
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function renderTimeline(state, conversation) {
    const known = timeline(state, conversation.id);
    const pending = pendingOf(state, conversation.id);
    const send = blocked(state, conversation, now()) === null;
    const may = { send, answer: send && (conversation.window?.allowed ?? []).includes("reply_to") };
    if (known.items.length) newFrom = newLine(state, known.items, { from: newFrom, last: lastSeq, looking: isLooking() });
    const built = entries(known.items, pending, newFrom, may).map((entry) => kept(entry));
    const first = known.items[0]?.seq ?? 0;
    const last = known.items.at(-1)?.seq ?? 0;
    const blank = known.items.length === 0;
    const how = { grewAbove: firstSeq !== 0 && first < firstSeq, isNew: lastSeq !== 0 && last > lastSeq };
    scroll.around(() => {
      skeleton.hidden = !(blank && (known.phase === "loading" || known.phase === "absent"));
      failed.hidden = !(blank && known.phase === "failed");
      older.hidden = !known.hasMore;
      reconcile(list, built, (entry) => entry.key, (entry) => entryView(entry, handlers));
    }, how);
    if (lastSeq === 0 && last !== 0) scroll.end();
    firstSeq = first;
    lastSeq = last;
    lastEntries = new Map(built.map((entry) => [entry.key, entry]));
  }

  /**
   * @param {import("./timeline.js").Entry} entry
   * @returns {import("./timeline.js").Entry} the one already shown when nothing of it changed
   */
  function kept(entry) {
    const before = lastEntries.get(entry.key);
    return before && sameEntry(before, entry) ? before : entry;
  }

  /**
   * @param {State} state
   * @param {Conversation} conversation
   */
  function renderTyping(state, conversation) {
    const who = state.typing[conversation.id] ?? [];
    const colleagues = who.filter((one) => one.kind === "agent");
    const customer = who.some((one) => one.kind === "customer");
    const parts = [customer ? t("desk-typing", { name: contactName(conversation) }) : "", colleagues.length ? t("desk-typing-colleague", { name: colleagues.map((one) => one.name).join(", ") }) : ""];
    const text = parts.filter(Boolean).join(" · ");
    if (typing.dataset.text === text) return;
    typing.dataset.text = text;
    typing.classList.toggle("warning", colleagues.length > 0);
    fill(typing, text ? [h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span", { text })] : []);
  }

  /** Whether the reader really has the newest item before their eyes. */
  function isLooking() {
    return !document.hidden && document.hasFocus() && box.offsetParent !== null && scroll.isAtEnd();
  }

  return {
    render,
    focusComposer: () => composer.focus(),
    isLooking,
    box,
  };
}

/**
 * What this reader may do with a conversation. Its holder hands it over, members give what nobody has, supervisors do all.
 * @param {State} state
 * @param {Conversation} one
 */
function allowed(state, one) {
  if (one.state === "closed") return { take: false, assign: false, transfer: false, close: false };
  const [mine, waiting, all] = [isMine(state, one), one.state === "waiting", supervises(state)];
  return { take: !mine && (waiting || all), assign: !mine && (waiting || all), transfer: mine || all, close: mine || waiting || all };
}

function backLink() {
  return h("a", { class: "icon-button back", href: "#/", title: t("common-back"), "aria-label": t("common-back"), data: { action: "back" } }, icon("back"));
}

function emptyView() {
  return h("div", { class: "empty centre-empty" },
    h("span", { class: "empty-art", "aria-hidden": "true" }, icon("lockgate", "icon art")),
    h("h2", { text: t("desk-empty") }),
    h("p", { text: t("desk-empty-help") }),
    h("p", { class: "empty-keys" }, h("span", {}, h("kbd", { text: "j" }), h("kbd", { text: "k" }), t("desk-empty-keys")), h("span", {}, h("kbd", { text: "?" }), t("desk-empty-keys-all"))));
}

/** @type {Record<import("../types.js").Presence, string>} */
const PRESENCES = { available: "desk-presence-available", busy: "desk-presence-busy", away: "desk-presence-away", offline: "desk-presence-offline" };

/** @param {import("../types.js").Presence} presence */
export function presenceName(presence) {
  return t(PRESENCES[presence]);
}

/**
 * @param {State} state
 * @param {Conversation} conversation
 */
function stateChip(state, conversation) {
  switch (conversation.state) {
    case "waiting": {
      const since = conversation.waiting_since ?? conversation.opened_at;
      return h("span", { class: "chip waiting", title: moment(since) }, icon("clock"), h("span", { text: t("desk-waiting-for", { time: elapsed(now() - Date.parse(since)) }) }));
    }
    case "assigned":
      return h("span", { class: "chip assigned" }, icon("user"), h("span", { text: isMine(state, conversation) ? t("desk-state-mine") : (conversation.agent?.name ?? "") }));
    case "closed":
      return h("span", { class: "chip", title: conversation.closed_at ? moment(conversation.closed_at) : "" }, icon("check"), h("span", { text: t("desk-state-closed") }));
  }
}
