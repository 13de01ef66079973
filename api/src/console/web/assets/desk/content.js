// @ts-check
/**
 * Shows what a message holds, whatever it is. Nothing here trusts the content: links open only over http(s), files are
 * embedded only from our own origin, and what is not known is shown as it came.
 */
import { h, icon } from "../dom.js";
import { t } from "../strings.js";

/** @typedef {import("../types.js").Content} Content */
/** @typedef {import("../types.js").Message} Message */

/** @type {Record<string, {icon: string, label: string}>} */
const MEDIA = {
  image: { icon: "image", label: "desk-media-image" },
  audio: { icon: "mic", label: "desk-media-audio" },
  voice: { icon: "mic", label: "desk-media-voice" },
  video: { icon: "video", label: "desk-media-video" },
  document: { icon: "file", label: "desk-media-document" },
  sticker: { icon: "image", label: "desk-media-sticker" },
};

/**
 * @param {Content} content
 * @returns {HTMLElement}
 */
export function contentView(content) {
  switch (content.type) {
    case "text": return textView(content.body ?? "");
    case "media": return mediaView(content);
    case "location": return locationView(content);
    case "contacts": return contactsView(content);
    case "interactive": return interactiveView(content);
    case "reaction": return h("p", { class: "body", text: t("desk-reacted", { emoji: content.emoji || "∅" }) });
    default: return unknownView(content);
  }
}

/**
 * One line that stands for a message in a quotation or an announcement.
 * @param {Content} content
 * @returns {string}
 */
export function summary(content) {
  switch (content.type) {
    case "text": return content.body ?? "";
    case "media": return [t(media(content).label), content.caption || content.filename].filter(Boolean).join(" · ");
    case "location": return [t("desk-location"), content.name].filter(Boolean).join(" · ");
    case "contacts": return t("desk-contacts");
    case "interactive": return content.title ?? t("desk-choice");
    case "reaction": return t("desk-reacted", { emoji: content.emoji || "∅" });
    default: return t("desk-unknown", { kind: content.kind ?? content.type });
  }
}

const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/** @param {string} body */
export function textView(body) {
  const node = h("p", { class: "body", dir: "auto" });
  let from = 0;
  for (const match of body.matchAll(LINK)) {
    node.append(body.slice(from, match.index), h("a", { href: match[0], target: "_blank", rel: "noopener noreferrer", text: match[0] }));
    from = match.index + match[0].length;
  }
  node.append(body.slice(from));
  return node;
}

/** @param {Content} content */
function media(content) {
  return MEDIA[content.kind ?? ""] ?? { icon: "file", label: "desk-media-document" };
}

/**
 * @param {string|undefined} url
 * @returns {string|null} the address when it is ours
 */
function ours(url) {
  if (!url) return null;
  const at = new URL(url, location.href);
  return at.origin === location.origin ? at.href : null;
}

/** @param {Content} content */
function mediaView(content) {
  const url = ours(content.url);
  const label = t(media(content).label);
  const shown = url ? embedded(content, url, label) : fileView(content, null, label);
  return h("div", { class: "media" }, shown, content.caption ? textView(content.caption) : null);
}

/**
 * @param {Content} content
 * @param {string} url
 * @param {string} label
 */
function embedded(content, url, label) {
  const name = content.caption || content.filename || label;
  switch (content.kind) {
    case "image":
    case "sticker":
      return h("a", { href: url, target: "_blank", rel: "noopener", class: `picture ${content.kind}` }, h("img", { src: url, alt: name, loading: "lazy", decoding: "async" }));
    case "audio":
    case "voice":
      return h("div", { class: "sound" }, icon("mic"), h("audio", { src: url, controls: true, preload: "none", "aria-label": name }));
    case "video":
      return h("video", { src: url, controls: true, preload: "metadata", class: "film", "aria-label": name });
    default:
      return fileView(content, url, label);
  }
}

/**
 * @param {Content} content
 * @param {string|null} url
 * @param {string} label
 */
function fileView(content, url, label) {
  const lines = h("span", { class: "card-lines" },
    h("strong", { text: content.filename || label }),
    h("small", { text: url ? (content.mime_type ?? label) : t("desk-media-pending") }));
  const lead = h("span", { class: "card-icon" }, icon(media(content).icon));
  return url ? h("a", { class: "card", href: url, download: content.filename ?? "" }, lead, lines, icon("download")) : h("div", { class: "card" }, lead, lines);
}

/** @param {Content} content */
function locationView(content) {
  const at = `${content.latitude ?? "?"}, ${content.longitude ?? "?"}`;
  const map = `https://www.openstreetmap.org/?mlat=${Number(content.latitude)}&mlon=${Number(content.longitude)}#map=16/${Number(content.latitude)}/${Number(content.longitude)}`;
  return h("a", { class: "card", href: map, target: "_blank", rel: "noopener noreferrer" },
    h("span", { class: "card-icon" }, icon("pin")),
    h("span", { class: "card-lines" }, h("strong", { text: content.name || t("desk-location") }), h("small", { text: content.address || at })),
    icon("external"));
}

/** @param {Content} content */
function contactsView(content) {
  const cards = (content.cards ?? []).map((card) =>
    h("div", { class: "card" },
      h("span", { class: "card-icon" }, icon("user")),
      h("span", { class: "card-lines" },
        h("strong", { text: card.name || t("desk-contacts") }),
        ...[...(card.phones ?? []), ...(card.emails ?? [])].map((line) => h("small", { text: line })))));
  return h("div", { class: "media" }, cards.length ? cards : textView(t("desk-contacts")));
}

/** @param {Content} content */
function interactiveView(content) {
  return h("div", { class: "choice" },
    h("small", {}, icon("list"), t("desk-choice")),
    h("p", { class: "body", dir: "auto", text: content.title ?? content.id ?? "" }),
    content.description ? h("small", { text: content.description }) : null);
}

/**
 * A list's one line for the newest message; the server names in brackets what has no words.
 * @param {string} preview
 * @returns {string}
 */
export function previewText(preview) {
  const [, word] = /^\[(\w+)\]$/.exec(preview) ?? [];
  if (word === undefined) return preview;
  if (word === "location") return t("desk-location");
  if (word === "contacts") return t("desk-contacts");
  const kind = MEDIA[word];
  return kind ? t(kind.label) : t("desk-unknown-short");
}

/** @param {unknown} raw what the provider sent, as JSON or as its text */
function pretty(raw) {
  if (typeof raw !== "string") return JSON.stringify(raw, null, 2);
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

/** @param {Content} content */
function unknownView(content) {
  return h("div", { class: "unknown" },
    h("p", { class: "body" }, icon("alert"), t("desk-unknown", { kind: content.kind ?? content.type })),
    h("details", {}, h("summary", { text: t("desk-unknown-raw") }), h("pre", { tabindex: "0", text: pretty(content.raw ?? content) })));
}
