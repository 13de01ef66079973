// @ts-check
/**
 * How long to wait before trying again. Full jitter: every delay is drawn between zero and a ceiling that
 * doubles, so that a thousand pages cut off by one restart do not come back in the same instant.
 */

export const BASE_MS = 500;
export const CEILING_MS = 10_000;

/**
 * @param {number} attempt failures so far, 0 for the first
 * @param {() => number} random uniform in [0, 1)
 * @returns {number} milliseconds
 */
export function delay(attempt, random) {
  const ceiling = Math.min(CEILING_MS, BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.floor(random() * ceiling);
}
