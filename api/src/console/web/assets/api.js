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
    busy: "error-unavailable",
    internal: "error-unexpected",
    unexpected: "error-unexpected",
    too_many_attempts: "error-too-many-attempts",
    too_many_requests: "error-too-many-requests",
    sign_in_refused: "error-sign-in-refused",
    unauthenticated: "error-signed-out",
    csrf: "error-csrf",
    forbidden: "error-forbidden",
    not_allowed: "error-forbidden",
    not_found: "error-not-found",
    unknown_agent: "error-not-found",
    unknown_queue: "error-not-found",
    channel_deleted: "error-channel-deleted",
    link_gone: "error-link-gone",
    closed: "error-closed",
    conversation_not_open: "error-closed",
    conversation_open: "error-conversation-open",
    banned: "error-banned",
    window_closed: "error-window-closed",
    stale: "error-stale",
    offer_ended: "error-offer-ended",
    not_your_offer: "error-offer-ended",
    already_assigned: "error-already-taken",
    being_assigned: "error-already-taken",
    no_seat: "error-no-seat",
    no_capacity: "error-no-capacity",
    queue_limit: "error-no-capacity",
    not_a_member: "error-not-a-member",
    not_logged_in: "error-not-logged-in",
    not_signed_in: "error-not-signed-in",
    outbound_only: "error-outbound-only",
    blank: "common-field-empty",
    required: "common-field-empty",
    too_short: "error-too-short",
    too_long: "error-too-long",
    too_easy: "error-too-easy",
    wrong_password: "error-wrong-password",
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
 * @param {{code: string|number, title?: string, detail?: string|null, message?: string, errors?: {code: string, message?: string}[]}} problem
 * @returns {string}
 */
export function explainCode(problem) {
  const [field] = problem.errors ?? [];
  if (problem.code === "validation" && field) return explainCode(field);
  const key = TEXTS.get(String(problem.code));
  return key ? t(key) : (problem.detail ?? problem.message ?? problem.title ?? t("error-unexpected"));
}
