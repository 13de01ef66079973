// @ts-check
/** The right of the desk: who the contact is, and what was said with them before, on any channel. */
import { fill, h, icon } from "../dom.js";
import { listTime, moment, shortMoment } from "../format.js";
import { t } from "../strings.js";
import { contactName, visitorName } from "./names.js";
import { previewText } from "./content.js";
import { avatar, channelIcon, channelName, confirmDialog, iconButton, openMenu, toast } from "../ui.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../types.js").Contact} Contact */
/** @typedef {import("../types.js").Conversation} Conversation */

/**
 * @param {HTMLElement} side
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
export function createProfile(side, actions) {
  const tabs = [...side.querySelectorAll("[role=tab]")].map((one) => /** @type {HTMLButtonElement} */ (one));
  const profile = /** @type {HTMLElement} */ (side.querySelector("#profile-panel"));
  const history = /** @type {HTMLElement} */ (side.querySelector("#history-panel"));
  let keyProfile = "";
  let keyHistory = "";
  let editing = false;

  tabs.forEach((tab, index) => {
    tab.addEventListener("click", () => select(index));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) select((index + step + tabs.length) % tabs.length, true);
    });
  });

  /**
   * @param {number} index
   * @param {boolean} [focus]
   */
  function select(index, focus = false) {
    tabs.forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === index));
      tab.tabIndex = at === index ? 0 : -1;
      if (focus && at === index) tab.focus();
    });
    profile.hidden = index !== 0;
    history.hidden = index !== 1;
  }

  /** @param {State} state */
  function render(state) {
    const conversation = state.open === null ? undefined : state.conversations[state.open];
    side.classList.toggle("blank", !conversation);
    if (!conversation) return blank();
    const contact = state.contacts[conversation.contact.id];
    renderProfile(conversation, contact, state.user.role === "administrator");
    renderHistory(conversation, state.histories[conversation.contact.id]);
  }

  function blank() {
    if (keyProfile === "blank") return;
    keyProfile = keyHistory = "blank";
    fill(profile, h("div", { class: "empty small" }, icon("user", "icon big"), h("p", { text: t("desk-profile-empty") })));
    fill(history, h("div", { class: "empty small" }, icon("history", "icon big"), h("p", { text: t("desk-history-empty-open") })));
  }

  /**
   * @param {Conversation} conversation
   * @param {Contact|undefined} contact
   * @param {boolean} administers
   */
  function renderProfile(conversation, contact, administers) {
    const key = JSON.stringify([conversation.contact, contact ?? null, conversation.id]);
    if (key === keyProfile || (editing && keyProfile !== "blank" && profile.contains(document.activeElement))) return;
    keyProfile = key;
    editing = false;
    const known = { ...conversation, contact: contact ?? conversation.contact };
    const name = contactName(known);
    fill(profile,
      h("div", { class: "profile-top" }, avatar(conversation.contact.id, name, "large"), nameView(conversation.contact.id, name)),
      contact ? identities(contact) : skeletonLines(),
      contact ? fields(contact) : null,
      contact ? matches(contact, actions) : null,
      about(conversation),
      contact && administers ? data(contact, name, actions) : null);
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  function nameView(id, name) {
    const box = h("div", { class: "profile-name" });
    const show = () => {
      editing = false;
      fill(box, h("h2", { text: name, dir: "auto" }), iconButton("edit", t("desk-rename"), { onclick: edit }));
    };
    const edit = () => {
      editing = true;
      const input = h("input", { type: "text", value: name, maxlength: "120", "aria-label": t("desk-name") });
      const form = h("form", {}, input, iconButton("check", t("common-save"), { type: "submit" }), iconButton("close", t("common-cancel"), { onclick: show }));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        editing = false;
        const wanted = input.value.trim();
        if (wanted && wanted !== name) void actions.rename(id, wanted).then((ok) => !ok && edit());
        else show();
      });
      form.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        show();
        box.querySelector("button")?.focus();
      });
      fill(box, form);
      input.focus();
      input.select();
    };
    show();
    return box;
  }

  /**
   * @param {Conversation} conversation
   * @param {Conversation[]|undefined} items
   */
  function renderHistory(conversation, items) {
    const key = JSON.stringify([conversation.id, items ?? null]);
    if (key === keyHistory) return;
    keyHistory = key;
    if (!items) return fill(history, skeletonLines());
    if (items.length < 2 && (items[0]?.id ?? conversation.id) === conversation.id) {
      return fill(history, h("div", { class: "empty small" }, icon("history", "icon big"), h("p", { text: t("desk-history-none") })));
    }
    fill(history, h("ul", { class: "history" }, items.map((one) => historyView(one, one.id === conversation.id))));
  }

  select(0);
  return { render, select };
}

/** @param {Contact} contact */
function identities(contact) {
  return h("section", { class: "profile-part" },
    h("h3", { text: t("desk-identities") }),
    h("ul", { class: "identities" }, contact.identities.map((one) =>
      h("li", {}, channelIcon(one.kind), h("span", { class: "identity" }, h("span", { class: "address", text: one.kind === "live_chat" ? visitorName(one.address) : one.address }), h("small", { text: channelName(one.kind) }), unreachable(one)),
        iconButton("copy", t("desk-copy"), { onclick: () => void copy(one.address) })))));
}

/** @param {import("../types.js").Identity} one */
function unreachable(one) {
  if (!one.unreachable) return null;
  const { since, error } = one.unreachable;
  const words = [error.title, error.detail].filter(Boolean).join(": ");
  return h("small", { class: "unreachable", title: `${words} (${error.code})` }, icon("alert"), h("span", { text: t("desk-unreachable", { since: shortMoment(since) }) }));
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("desk-copied"));
  } catch {
    toast(t("desk-copy-failed"), "error");
  }
}

/** @param {Contact} contact */
function fields(contact) {
  const known = Object.entries(contact.fields ?? {}).filter(([, value]) => value);
  if (!known.length) return null;
  return h("section", { class: "profile-part" }, h("h3", { text: t("desk-fields") }), h("dl", {}, known.flatMap(([name, value]) => [h("dt", { text: fieldName(name) }), h("dd", { text: String(value) })])));
}

/** @type {Record<string, string>} */
const FIELDS = { email: "desk-field-email", phone: "desk-field-phone", name: "desk-name", company: "desk-field-company", subject: "desk-field-subject" };

/** @param {string} name */
function fieldName(name) {
  const key = FIELDS[name];
  return key ? t(key) : name;
}

/** @type {Record<string, string>} */
const WHYS = { typed_email: "desk-match-email", same_phone: "desk-match-phone", same_name: "desk-match-name" };

/**
 * @param {Contact} contact
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
function matches(contact, actions) {
  const found = contact.possible_matches ?? [];
  if (!found.length) return null;
  return h("section", { class: "profile-part" },
    h("h3", { text: t("desk-matches", { count: found.length }) }),
    h("ul", { class: "identities" }, found.map((one) => {
      const key = WHYS[one.why];
      const more = iconButton("history", t("desk-match-history", { name: one.name }), { "aria-haspopup": "menu" });
      more.addEventListener("click", () => void matchMenu(more, one.id, actions));
      return h("li", {}, avatar(one.id, one.name, "small"), h("span", { class: "identity" }, h("span", { text: one.name }), h("small", { text: key ? t(key) : one.why })), more);
    })),
    h("p", { class: "help", text: t("desk-matches-help") }));
}

/**
 * @param {HTMLElement} trigger
 * @param {string} contact
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
async function matchMenu(trigger, contact, actions) {
  const items = await actions.historyOf(contact);
  if (!items) return;
  openMenu(trigger, items.map((one) => ({
    label: [one.channel.name || channelName(one.channel.kind), listTime(one.last_message?.at ?? one.opened_at)].join(" · "),
    detail: previewText(one.last_message?.preview ?? ""),
    lead: channelIcon(one.channel.kind),
    choose: () => void (location.hash = `#/c/${one.id}`),
  })), { label: t("desk-history"), empty: t("desk-history-none") });
}

/**
 * A copy of all that is kept about a contact, and its end.
 * @param {Contact} contact
 * @param {string} name
 * @param {ReturnType<typeof import("./actions.js").createActions>} actions
 */
function data(contact, name, actions) {
  const ask = async () => {
    const sure = await confirmDialog({ title: t("desk-data-erase-title"), body: t("desk-data-erase-body", { name }), confirm: t("desk-data-erase"), danger: true });
    if (sure) void actions.erase(contact.id);
  };
  return h("section", { class: "profile-part" },
    h("h3", { text: t("desk-data") }),
    h("div", { class: "profile-data" },
      h("a", { class: "button", href: `/api/v1/contacts/${contact.id}/export`, download: "" }, icon("download"), h("span", { text: t("desk-data-export") })),
      h("button", { type: "button", class: "button danger", text: t("desk-data-erase"), onclick: () => void ask() })));
}

/** @param {Conversation} conversation */
function about(conversation) {
  /** @type {[string, string|null|undefined][]} */
  const lines = [
    [t("desk-about-channel"), conversation.channel.name],
    [t("desk-queue"), conversation.queue?.name],
    [t("desk-about-opened"), shortMoment(conversation.opened_at)],
    [t("desk-about-first-answer"), conversation.first_answer_at ? shortMoment(conversation.first_answer_at) : null],
    [t("desk-about-closed"), conversation.closed_at ? shortMoment(conversation.closed_at) : null],
  ];
  return h("section", { class: "profile-part" }, h("h3", { text: t("desk-about") }), h("dl", {}, lines.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", { text: name }), h("dd", { text: value })])));
}

/**
 * @param {Conversation} one
 * @param {boolean} current
 */
function historyView(one, current) {
  const state = one.state === "closed" ? t("desk-state-closed") : one.state === "waiting" ? t("desk-state-waiting") : (one.agent?.name ?? "");
  return h("li", {}, h("a", { href: `#/c/${one.id}`, class: current ? "active" : "", "aria-current": current ? "true" : undefined },
    channelIcon(one.channel.kind),
    h("span", { class: "history-lines" },
      h("span", { class: "history-title" }, h("strong", { text: one.channel.name || channelName(one.channel.kind) }), h("time", { datetime: one.opened_at, title: moment(one.opened_at), text: listTime(one.last_message?.at ?? one.opened_at) })),
      h("span", { class: "history-preview", dir: "auto", text: previewText(one.last_message?.preview ?? "") }),
      h("small", { text: [current ? t("desk-history-current") : state, one.queue?.name].filter(Boolean).join(" · ") }))));
}

function skeletonLines() {
  return h("div", { class: "skeleton-lines", "aria-hidden": "true" }, h("span", { class: "skeleton" }), h("span", { class: "skeleton" }), h("span", { class: "skeleton" }));
}
