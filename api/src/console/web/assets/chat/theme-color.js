// @ts-check
/** The site's colour, with the ink that can be read on it. */

/** Blue, when the channel has no colour of its own. */
export const BLUE = "#1c5fd4";

let applied = "";

/** @param {string|null} color as `#rrggbb`; anything else is the blue */
export function applyTheme(color) {
  const chosen = color && /^#[0-9a-f]{6}$/i.test(color) ? color : BLUE;
  if (chosen === applied) return;
  applied = chosen;
  document.documentElement.style.setProperty("--theme", chosen);
  document.documentElement.style.setProperty("--on-theme", inkOn(chosen));
}

/**
 * @param {string} color `#rrggbb`
 * @returns {string} white or near black, whichever contrasts more (WCAG 2 relative luminance)
 */
export function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(color.slice(at, at + 2), 16) / 255));
  const luminance = 0.2126 * /** @type {number} */ (r) + 0.7152 * /** @type {number} */ (g) + 0.0722 * /** @type {number} */ (b);
  return 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.055 ? "#ffffff" : "#0b1413";
}

/** @param {number} value */
function linear(value) {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
