// @ts-check
/** The few moving parts that every page shares: menus, dialogs, passing notes and announcements to screen readers. */
import { fill, h, icon } from "./dom.js";
import { initials, tint } from "./format.js";
import { t } from "./strings.js";

/**
 * @param {string} id decides the colour
 * @param {string} name
 * @param {string} [className]
 */
export function avatar(id, name, className = "") {
  const letters = initials(name);
  return h("span", { class: `avatar tint-${tint(id)} ${className}`, "aria-hidden": "true" }, letters || icon("user"));
}

/** @type {Record<import("./types.js").ChannelKind, string>} */
const CHANNELS = {
  live_chat: "common-channel-live-chat",
  sms: "common-channel-sms",
  email: "common-channel-email",
  facebook: "common-channel-facebook",
  whatsapp: "common-channel-whatsapp",
};

/** @param {string} kind @returns {string} the channel's name in the reader's language */
export function channelName(kind) {
  return kind in CHANNELS ? t(CHANNELS[/** @type {import("./types.js").ChannelKind} */ (kind)]) : kind;
}

/** @param {string} kind */
export function channelIcon(kind) {
  const known = kind in CHANNELS ? kind.replace("_", "") : "livechat";
  return h("span", { class: `channel channel-${known}`, role: "img", "aria-label": channelName(kind), title: channelName(kind) }, icon(`ch-${known}`));
}

/**
 * @param {string} name
 * @param {string} label
 * @param {Record<string, any>} [props]
 */
export function iconButton(name, label, props = {}) {
  return h("button", { type: "button", class: "icon-button", title: label, "aria-label": label, ...props }, icon(name));
}

/**
 * @typedef {object} MenuItem
 * @property {string} label
 * @property {string} [detail]
 * @property {HTMLElement|SVGElement} [lead]
 * @property {boolean} [checked]
 * @property {boolean} [danger]
 * @property {boolean} [disabled]
 * @property {string} [heading] starts a new group
 * @property {() => void} choose
 */

/** Longer menus get a field that filters them. */
const FILTER_FROM = 9;

/**
 * Opens a menu beside the button that asked for it; Escape or a click elsewhere closes it, and focus returns.
 * @param {HTMLElement} trigger
 * @param {MenuItem[]} items
 * @param {{label: string, empty?: string}} options
 */
export function openMenu(trigger, items, options) {
  const list = h("div", { class: "menu-items", role: "menu", "aria-label": options.label });
  const filter = items.length >= FILTER_FROM ? h("input", { type: "search", class: "menu-filter", placeholder: t("common-filter"), "aria-label": t("common-filter") }) : null;
  const panel = h("div", { class: "menu", popover: "auto" }, filter, list);
  const show = () => {
    const wanted = (filter?.value ?? "").trim().toLocaleLowerCase();
    const kept = items.filter((one) => one.label.toLocaleLowerCase().includes(wanted));
    fill(list, kept.length ? kept.flatMap((one) => menuItem(one, panel)) : h("p", { class: "menu-empty", text: options.empty ?? t("common-nothing-found") }));
  };
  filter?.addEventListener("input", show);
  show();
  panel.addEventListener("keydown", (event) => menuKey(event, panel));
  panel.addEventListener("toggle", (event) => /** @type {ToggleEvent} */ (event).newState === "closed" && closeMenu(panel, trigger));
  document.body.append(panel);
  panel.showPopover();
  place(panel, trigger);
  trigger.setAttribute("aria-expanded", "true");
  (filter ?? stops(panel)[0])?.focus();
}

/**
 * @param {MenuItem} item
 * @param {HTMLElement} panel
 * @returns {HTMLElement[]}
 */
function menuItem(item, panel) {
  const role = item.checked === undefined ? "menuitem" : "menuitemradio";
  const button = h(
    "button",
    {
      type: "button",
      class: item.danger ? "menu-item danger" : "menu-item",
      role,
      tabindex: "-1",
      disabled: item.disabled ?? false,
      "aria-checked": item.checked === undefined ? undefined : String(item.checked),
      onclick: () => {
        panel.hidePopover();
        item.choose();
      },
    },
    item.lead,
    h("span", { class: "menu-label" }, h("span", { text: item.label }), item.detail ? h("small", { text: item.detail }) : null),
    item.checked ? icon("check", "icon menu-check") : null,
  );
  return item.heading ? [h("p", { class: "menu-heading", text: item.heading }), button] : [button];
}

/** @param {HTMLElement} panel @returns {HTMLElement[]} */
function stops(panel) {
  return [...panel.querySelectorAll("button:not(:disabled)")].map((one) => /** @type {HTMLElement} */ (one));
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} panel
 */
function menuKey(event, panel) {
  const all = stops(panel);
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const target = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (event.key === "Tab") panel.hidePopover();
  if (target === undefined || (at < 0 && (event.key === "Home" || event.key === "End"))) return;
  event.preventDefault();
  event.stopPropagation();
  all[(target + all.length) % all.length]?.focus();
}

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} trigger
 */
function closeMenu(panel, trigger) {
  const held = panel.contains(document.activeElement) || document.activeElement === document.body;
  panel.remove();
  trigger.setAttribute("aria-expanded", "false");
  if (held && trigger.isConnected) trigger.focus();
}

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} trigger
 */
function place(panel, trigger) {
  const at = trigger.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left), innerWidth - size.width - 8);
  const below = at.bottom + 6;
  const top = below + size.height + 8 > innerHeight ? Math.max(8, at.top - size.height - 6) : below;
  panel.style.setProperty("left", `${at.left + size.width > innerWidth - 8 ? Math.max(8, at.right - size.width) : left}px`);
  panel.style.setProperty("top", `${top}px`);
}

/**
 * Asks for a decision in a modal dialog.
 * @param {{title: string, body: string, confirm: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirmDialog(question) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" },
      h("form", { method: "dialog" },
        h("h2", { id: "dialog-title", text: question.title }),
        h("p", { text: question.body }),
        h("div", { class: "dialog-actions" },
          h("button", { class: "button", value: "no", text: t("common-cancel") }),
          h("button", { class: question.danger ? "button danger" : "button primary", value: "yes", text: question.confirm }))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Screen readers tell what changes in a region that is there already, so these exist from the start.
const toasts = document.body.appendChild(h("div", { class: "toasts", role: "status" }));
const announcements = {
  polite: document.body.appendChild(h("div", { class: "visually-hidden", "aria-live": "polite" })),
  assertive: document.body.appendChild(h("div", { class: "visually-hidden", "aria-live": "assertive" })),
};

/**
 * A note that passes, for the outcome of an action.
 * @param {string} text
 * @param {"info"|"error"} [kind]
 */
export function toast(text, kind = "info") {
  const note = h("div", { class: `toast ${kind}` }, icon(kind === "error" ? "alert" : "check"), h("span", { text }));
  // The newest of a kind is enough to read, and a failure outlives what went well before it.
  for (const older of toasts.querySelectorAll(kind === "error" ? ".toast" : ".toast.info")) older.remove();
  toasts.append(note);
  setTimeout(() => note.remove(), kind === "error" ? 8000 : 4000);
}

/**
 * Tells a screen reader, without moving anything on the page.
 * @param {string} text
 * @param {"polite"|"assertive"} [urgency]
 */
export function announce(text, urgency = "polite") {
  const line = h("p", { text });
  announcements[urgency].append(line);
  setTimeout(() => line.remove(), 10_000);
}

/** Takes back what was announced and is not true any more. */
export function hush() {
  for (const region of Object.values(announcements)) fill(region);
}

/** @returns {"auto"|"light"|"dark"} */
export function theme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

/** @param {"auto"|"light"|"dark"} choice */
export function setTheme(choice) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  remember("ecluse.theme", choice === "auto" ? null : choice);
}

/**
 * @param {string} key
 * @param {string|null} value
 * @param {"local"|"session"} [where]
 */
export function remember(key, value, where = "local") {
  try {
    const storage = where === "local" ? localStorage : sessionStorage;
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Storage may be refused or full; the page works without it.
  }
}

/**
 * @param {string} key
 * @param {"local"|"session"} [where]
 * @returns {string|null}
 */
export function recall(key, where = "local") {
  try {
    return (where === "local" ? localStorage : sessionStorage).getItem(key);
  } catch {
    return null;
  }
}
