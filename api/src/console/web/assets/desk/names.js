// @ts-check
/** What people are called. A visitor of a live chat who has given no name is known only by a random one, which says nothing. */
import { t } from "../strings.js";

/** @typedef {import("../types.js").Conversation} Conversation */

/** @param {string} address @returns {string} enough of a random name to tell two visitors apart */
export function visitorName(address) {
  return t("desk-visitor", { mark: address.replace(/[^a-z0-9]/gi, "").slice(0, 4).toUpperCase() });
}

/** @param {Conversation} one */
export function contactName(one) {
  return one.channel.kind === "live_chat" && one.contact.name === one.address ? visitorName(one.address) : one.contact.name;
}

/** @param {Conversation} one @returns {string} where they write from, empty when that is only a random name */
export function addressText(one) {
  return one.channel.kind === "live_chat" || one.address === one.contact.name ? "" : one.address;
}
