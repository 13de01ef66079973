// @ts-check
/**
 * One way to talk to the server's HTTP interface: JSON both ways, every failure one kind of error.
 */
import { observe } from "./clock.js";
import { t } from "./strings.js";

/** @typedef {import("./types.js").Problem} Problem */

/** What the server answered, or that it did not answer. */
export class ApiError extends Error {
  /**
   * @param {number} status HTTP status, 0 when no answer came
   * @param {Problem} problem
   * @param {number|null} retryAfterMs what the server asked us to wait
   */
  constructor(status, problem, retryAfterMs = null) {
    super(problem.code);
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same request may succeed later: no answer, too many, or the server's own trouble. */
  get temporary() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** @returns {HTMLMetaElement|null} */
function csrf() {
  return document.querySelector('meta[name="csrf-token"]');
}

/** @param {string} token */
export function setCsrf(token) {
  csrf()?.setAttribute("content", token);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {Record<string, string>} [headers]
 * @returns {Promise<any>} the decoded answer, null when it has none
 * @throws {ApiError}
 */
export async function request(method, path, body, headers = {}) {
  const answer = await fetched(method, path, body, headers);
  observe(answer.headers.get("Date"));
  if (answer.ok) return answer.status === 204 || answer.status === 202 ? null : decoded(answer);
  throw new ApiError(answer.status, await problem(answer), retryAfter(answer));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} headers
 */
async function fetched(method, path, body, headers) {
  /** @type {Record<string, string>} */
  const all = { Accept: "application/json", ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (method !== "GET") all["X-CSRF-Token"] = csrf()?.content ?? "";
  try {
    return await fetch(path, { method, headers: all, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin" });
  } catch {
    throw new ApiError(0, { code: "network" });
  }
}

/** @param {Response} answer */
async function decoded(answer) {
  try {
    return await answer.json();
  } catch {
    throw new ApiError(0, { code: "network" });
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<Problem>}
 */
async function problem(answer) {
  try {
    const found = await answer.json();
    return typeof found?.code === "string" ? found : { code: "unexpected" };
  } catch {
    return { code: answer.status >= 500 ? "unavailable" : "unexpected" };
  }
}

/** @param {Response} answer */
function retryAfter(answer) {
  const seconds = Number(answer.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}

/** The stable codes of the contract that have a text of their own. */
const TEXTS = new Map(
  Object.entries({
    network: "error-network",
    unavailable: "error-unavailable",
    too_many_attempts: "error-too-many-attempts",
    too_many_requests: "error-too-many-requests",
    sign_in_refused: "error-sign-in-refused",
    pin_required: "error-pin-required",
    forbidden: "error-forbidden",
    not_found: "error-not-found",
    stale: "error-stale",
    closed: "error-closed",
    window_closed: "error-window-closed",
    offer_ended: "error-offer-ended",
    already_taken: "error-already-taken",
    agent_unavailable: "error-agent-unavailable",
    too_long: "error-too-long",
    password_too_short: "error-password-too-short",
    password_too_common: "error-password-too-common",
    invitation_ended: "error-invitation-ended",
    csrf: "error-csrf",
  }),
);

/**
 * What to tell the reader about a failure.
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (!(error instanceof ApiError)) return t("error-unexpected");
  return explainCode(error.problem);
}

/**
 * @param {{code: string, title?: string, detail?: string, message?: string}} problem
 * @returns {string}
 */
export function explainCode(problem) {
  const key = TEXTS.get(problem.code);
  return key ? t(key) : (problem.detail ?? problem.message ?? problem.title ?? t("error-unexpected"));
}
