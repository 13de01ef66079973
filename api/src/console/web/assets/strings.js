// @ts-check
/**
 * The texts of the page, in the reader's language. The catalogue's own patterns arrive as they are written in
 * `locales/*.ftl`; the two constructs that they use, `{ $name }` and one plural choice, are resolved here.
 */

/** @type {Record<string, string>} */
let catalogue = {};
let language = "en";
let region = "en";

/** Reads the texts from `<script type="application/json" id="strings">` of the page. */
export function load() {
  const source = document.getElementById("strings");
  catalogue = JSON.parse(source?.textContent || "{}");
  language = document.documentElement.lang || "en";
  region = navigator.languages.find((one) => one.split("-")[0] === language) ?? language;
}

/** @returns {string} the language of the page, `fr` or `en` */
export function lang() {
  return language;
}

/** @returns {string} the same language as the reader's country writes it, for times and numbers */
export function locale() {
  return region;
}

/**
 * @param {string} key
 * @param {Record<string, string|number>} [args]
 * @returns {string} the text, or the key itself when the catalogue lacks it
 */
export function t(key, args = {}) {
  const pattern = catalogue[key];
  return pattern === undefined ? key : format(pattern, args, language);
}

const CHOICE = /\{\s*\$(\w+)\s*->([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}/g;
const VARIANT = /(\*?)\[\s*([\w]+)\s*\]\s*([\s\S]*?)(?=\s*\*?\[\s*\w+\s*\]|$)/g;
const PLACEABLE = /\{\s*(?:\$(\w+)|"([^"]*)")\s*\}/g;

/**
 * @param {string} pattern as written in the catalogue
 * @param {Record<string, string|number>} args
 * @param {string} locale
 * @returns {string}
 */
export function format(pattern, args, locale) {
  return pattern
    .replace(CHOICE, (_, name, variants) => chosen(variants, args[name], locale))
    .replace(PLACEABLE, (_, name, literal) => literal ?? shown(args[name], locale));
}

/**
 * @param {string} variants
 * @param {string|number|undefined} value
 * @param {string} locale
 */
function chosen(variants, value, locale) {
  const category = typeof value === "number" ? new Intl.PluralRules(locale).select(value) : String(value);
  let fallback = "";
  for (const [, star, name, text] of variants.matchAll(VARIANT)) {
    if (name === category || name === String(value)) return (text ?? "").trim();
    if (star) fallback = (text ?? "").trim();
  }
  return fallback;
}

/**
 * @param {string|number|undefined} value
 * @param {string} locale
 */
function shown(value, locale) {
  return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : (value ?? "");
}
