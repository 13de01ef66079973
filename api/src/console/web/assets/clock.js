// @ts-check
/**
 * The server's time, so that deadlines are right on a computer whose clock is wrong.
 */
let skewMs = 0;

/** @returns {number} milliseconds since 1970, by the server's clock */
export function now() {
  return Date.now() + skewMs;
}

/**
 * Learns from the `Date` header of an answer, which has whole seconds: a difference below two is noise.
 * @param {string|null} date
 */
export function observe(date) {
  const server = date ? Date.parse(date) : NaN;
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  skewMs = Math.abs(difference) < 2000 ? 0 : difference;
}
