// @ts-check
/** Times, names and numbers the way the reader's language writes them. */
import { lang, locale, t } from "./strings.js";
import { now } from "./clock.js";

const DAY_MS = 86_400_000;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {Intl.DateTimeFormatOptions} options
 */
function dates(options) {
  const key = locale() + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  formats.set(key, known);
  return known;
}

/** @param {string} at @returns {string} such as `14:32` */
export function time(at) {
  return dates({ hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** @param {string} at @returns {string} date and time, for a tooltip */
export function moment(at) {
  return dates({ dateStyle: "long", timeStyle: "medium" }).format(new Date(at));
}

/** @param {string} at @returns {string} date and time, short */
export function shortMoment(at) {
  return dates({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(at));
}

/** @param {string} at @returns {number} whole days between that day and today, 0 for today */
function daysAgo(at) {
  const today = new Date(now()).setHours(0, 0, 0, 0);
  return Math.round((today - new Date(at).setHours(0, 0, 0, 0)) / DAY_MS);
}

/** @param {string} at @returns {string} the name of a day in a timeline */
export function day(at) {
  const ago = daysAgo(at);
  if (ago === 0) return t("common-today");
  if (ago === 1) return t("common-yesterday");
  const year = new Date(at).getFullYear() === new Date(now()).getFullYear() ? undefined : "numeric";
  return dates({ weekday: "long", day: "numeric", month: "long", year }).format(new Date(at));
}

/** @param {string} at @returns {string} how a list writes a time: an hour, a weekday or a date */
export function listTime(at) {
  const ago = daysAgo(at);
  if (ago <= 0) return time(at);
  if (ago === 1) return t("common-yesterday");
  if (ago < 7) return dates({ weekday: "short" }).format(new Date(at));
  return dates({ day: "numeric", month: "short" }).format(new Date(at));
}

/** @param {string} at @returns {string} the calendar day of a time, to compare */
export function dayKey(at) {
  return new Date(at).toDateString();
}

/** @param {number} ms @returns {string} such as `4 min`, rounded down */
export function elapsed(ms) {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return t("common-moment");
  if (minutes < 60) return unit(minutes, "minute");
  if (minutes < 180 && minutes % 60) return `${unit(Math.floor(minutes / 60), "hour")} ${unit(minutes % 60, "minute")}`;
  if (minutes < 48 * 60) return unit(Math.floor(minutes / 60), "hour");
  return unit(Math.floor(minutes / 1440), "day");
}

/**
 * @param {number} value
 * @param {string} name
 */
function unit(value, name) {
  return new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "short" }).format(value);
}

/** @param {number} value */
export function number(value) {
  return new Intl.NumberFormat(locale()).format(value);
}

/** @param {string} name @returns {string} one or two letters */
export function initials(name) {
  const words = name.trim().split(/[\s.@_-]+/).filter((word) => /\p{L}/u.test(word));
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined].map((word) => (word ? [...word][0] : ""));
  return letters.join("").toLocaleUpperCase(lang());
}

/** @param {string} id @returns {number} which of the eight tints of an avatar */
export function tint(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return sum % 8;
}
