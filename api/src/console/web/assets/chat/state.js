// @ts-check
/**
 * What the visitor's page knows, and how each frame changes it. Pure. A message is either in `messages`, because the server
 * has given it a seq, or in `outbox`, because it has not; never in both.
 */

/** @typedef {import("../types.js").VisitorMessage} VisitorMessage */

/**
 * @typedef {object} Sending A message that the server has not acknowledged.
 * @property {string} client_id
 * @property {string} body
 * @property {string|null} choice of a menu, whose label the body is
 * @property {string} at
 * @property {"waiting"|"in_flight"|"refused"} phase
 * @property {string|null} code why it was refused
 *
 * @typedef {{name: string, label: string, required: boolean, type: string, choices?: string[]}} Field
 *
 * @typedef {object} State
 * @property {"connecting"|"form"|"open"|"ended"|"refused"} phase
 * @property {boolean} online
 * @property {string|null} visitor the token that names this visitor to the server
 * @property {string|null} epoch
 * @property {number|null} offset
 * @property {string|null} conversation
 * @property {Field[]|null} form what is asked before the chat, or instead of it
 * @property {"prechat"|"leave_message"|null} formPurpose which of the two
 * @property {string|null} formTitle
 * @property {string|null} formIntro what stands above its fields
 * @property {Record<string, string>|null} answers what the visitor gave and the server has not confirmed
 * @property {{client_id: string, phase: "waiting"|"in_flight"}|null} leaving the message that is left with the answers
 * @property {boolean} left a message was left, and nobody has answered yet
 * @property {boolean} waiting nobody has come to the conversation yet, so that a message may be left instead
 * @property {"asked"|"shown"|null} givingUp the visitor wants to do so: this link was asked for the form, or gave it
 * @property {Record<string, string>} given what the visitor said of themselves, so that it need not be typed again
 * @property {string|null} formError
 * @property {boolean} banned the visitor may not write any more: why the phase is `refused`
 * @property {boolean} gone the server refuses the page for good
 * @property {string|null} greeting
 * @property {string|null} theme
 * @property {VisitorMessage[]} messages ascending by seq
 * @property {number} read the visitor's own messages up to this one were read by an agent
 * @property {Sending[]} outbox in the order of writing
 * @property {number|null} holdUntil nothing is sent before this time
 * @property {number} window how many messages may be under way now: one after a `wait`, and one more with each `ack`
 * @property {number|null} typingUntil
 */

/** More messages than this are never under way at once. */
export const WINDOW = 8;
/** Longest message, in characters. */
export const LIMIT = 4096;
/** How long the agent is shown as typing without a new sign of it. */
export const TYPING_MS = 6000;

/**
 * @param {{visitor?: string|null, outbox?: Sending[]}} kept
 * @returns {State}
 */
export function initial(kept = {}) {
  return {
    phase: "connecting",
    online: false,
    visitor: kept.visitor ?? null,
    epoch: null,
    offset: null,
    conversation: null,
    form: null,
    formPurpose: null,
    formTitle: null,
    formIntro: null,
    answers: null,
    leaving: null,
    left: false,
    waiting: false,
    givingUp: null,
    given: {},
    formError: null,
    banned: false,
    gone: false,
    greeting: null,
    theme: null,
    messages: [],
    read: 0,
    outbox: (kept.outbox ?? []).map((one) => (one.phase === "in_flight" ? { ...one, phase: "waiting" } : one)),
    holdUntil: null,
    window: WINDOW,
    typingUntil: null,
  };
}

/**
 * @typedef {{type: "frame", frame: any, now: number}
 *   | {type: "offline"}
 *   | {type: "refused"}
 *   | {type: "start", answers: Record<string, string>, client_id?: string}
 *   | {type: "write", client_id: string, body: string, choice?: string, at: string}
 *   | {type: "left", client_id: string}
 *   | {type: "discard", client_id: string}
 *   | {type: "again"}
 *   | {type: "give_up"}
 *   | {type: "stay"}
 *   | {type: "clock", now: number}} Action
 */

/**
 * @param {State} state
 * @param {Action} action
 * @returns {State}
 */
export function reduce(state, action) {
  switch (action.type) {
    case "frame": return frame(state, action.frame, action.now);
    case "offline": return { ...leaving(state, "waiting"), online: false, outbox: state.outbox.map((one) => (one.phase === "in_flight" ? { ...one, phase: "waiting" } : one)) };
    // What has ended stays to be read, and nothing new can begin.
    case "refused": return { ...state, phase: state.phase === "ended" ? "ended" : "refused", gone: true, online: false };
    case "start": return start(state, action.answers, action.client_id);
    case "write": return { ...state, phase: state.phase === "ended" ? "open" : state.phase, left: false, outbox: [...state.outbox, { client_id: action.client_id, body: action.body, choice: action.choice ?? null, at: action.at, phase: "waiting", code: null }] };
    case "left": return state.leaving?.client_id === action.client_id ? leaving(state, "in_flight") : sending(state, action.client_id, { phase: "in_flight" });
    case "discard": return { ...state, outbox: state.outbox.filter((one) => one.client_id !== action.client_id) };
    case "again": return { ...state, phase: state.form === null ? "open" : "form" };
    case "give_up": return state.waiting ? { ...state, givingUp: "asked" } : state;
    case "stay": return state.leaving ? state : stayed(state);
    case "clock": return clock(state, action.now);
  }
}

/**
 * A form before the chat is believed to be good until the server says otherwise. A message that is left stays before the eyes
 * until the server has it.
 * @param {State} state
 * @param {Record<string, string>} answers
 * @param {string|undefined} client_id
 * @returns {State}
 */
function start(state, answers, client_id) {
  const { message, ...given } = answers;
  if (state.formPurpose !== "leave_message" || !client_id) return { ...state, phase: "open", answers, given, formError: null };
  return { ...state, answers, given, formError: null, leaving: { client_id, phase: "waiting" } };
}

/**
 * The visitor waits on, or somebody has come: back to the conversation.
 * @param {State} state
 * @returns {State}
 */
function stayed(state) {
  if (state.givingUp === null) return state;
  const phase = state.phase === "form" ? "open" : state.phase;
  return { ...state, phase, form: null, formPurpose: null, formTitle: null, formIntro: null, formError: null, givingUp: null };
}

/**
 * @param {State} state
 * @param {"waiting"|"in_flight"} phase
 * @returns {State}
 */
function leaving(state, phase) {
  return state.leaving ? { ...state, leaving: { ...state.leaving, phase } } : state;
}

/**
 * @param {State} state
 * @param {number} now
 * @returns {State}
 */
function clock(state, now) {
  const typingUntil = state.typingUntil !== null && state.typingUntil <= now ? null : state.typingUntil;
  const holdUntil = state.holdUntil !== null && state.holdUntil <= now ? null : state.holdUntil;
  return typingUntil === state.typingUntil && holdUntil === state.holdUntil ? state : { ...state, typingUntil, holdUntil };
}

/**
 * @param {State} state
 * @param {any} message
 * @param {number} now
 * @returns {State}
 */
function frame(state, message, now) {
  if (typeof message.offset === "number" && message.type !== "welcome") {
    if (state.offset !== null && message.offset <= state.offset) return state;
    return { ...framed(state, message, now), offset: message.offset };
  }
  return framed(state, message, now);
}

/**
 * @param {State} state
 * @param {any} message
 * @param {number} now
 * @returns {State}
 */
function framed(state, message, now) {
  switch (message.type) {
    case "welcome": return welcome(state, message, now);
    case "started": return started(state, message);
    case "waiting": return waited(state, message.waiting === true, now);
    case "form": return shown(state, message);
    case "ack": return acknowledged(state, message);
    case "wait": return { ...sending(leaving(state, "waiting"), message.client_id, { phase: "waiting" }), window: 1, holdUntil: Math.max(state.holdUntil ?? 0, now + message.retry_after_ms) };
    case "refused": return refusal(state, message);
    case "message": return received(state, message.message);
    case "status": return message.status === "read" ? read(state, message.seq) : state;
    case "typing": return { ...state, typingUntil: message.typing ? now + TYPING_MS : null };
    case "closed": return { ...state, phase: "ended", conversation: null, waiting: false, typingUntil: null };
    default: return state;
  }
}

/**
 * What is being left is not there before the server names it: another page of the visitor's may have begun a conversation.
 * @param {State} state
 * @param {any} message
 * @returns {State}
 */
function started(state, message) {
  const conversation = message.conversation_id ?? state.conversation;
  return state.leaving || state.givingUp ? { ...state, conversation } : { ...accepted(state), conversation };
}

/**
 * @param {State} state
 * @returns {State}
 */
function accepted(state) {
  const phase = state.phase === "form" ? "open" : state.phase;
  return { ...state, phase, form: null, formPurpose: null, formError: null, answers: null, leaving: null, givingUp: null };
}

/**
 * The server has a message; if it is the one that was left, nobody need wait any more.
 * @param {State} state
 * @param {string|null|undefined} client_id
 * @returns {State}
 */
function arrived(state, client_id) {
  return client_id && state.leaving?.client_id === client_id ? { ...accepted(state), left: true } : state;
}

/**
 * Where somebody has come, no form will; what is being left with one that is there still may.
 * @param {State} state
 * @param {boolean} waiting
 * @param {number} now
 * @returns {State}
 */
function waited(state, waiting, now) {
  const isBeingLeft = state.leaving !== null && state.givingUp === "shown";
  if (waiting || state.givingUp === null || isBeingLeft) return { ...state, waiting };
  return stayed({ ...state, waiting, answers: null, leaving: null, outbox: [...state.outbox, ...saidInstead(state, now)] });
}

/**
 * The form came for which the visitor asked.
 * @param {State} state
 * @param {any} message
 * @returns {State}
 */
function shown(state, message) {
  if (state.givingUp === null) return state;
  return { ...state, phase: "form", givingUp: "shown", form: message.form, formPurpose: "leave_message", formTitle: message.form_title ?? null, formIntro: message.form_intro ?? null };
}

/**
 * A resumed link only adds what was missed; any other is the whole truth, and what it does not hold is forgotten.
 * @param {State} state
 * @param {any} message
 * @param {number} now
 * @returns {State}
 */
function welcome(state, message, now) {
  const base = message.resumed ? state : { ...state, messages: [], read: 0, typingUntil: null };
  const waiting = message.waiting === true;
  // The form that is before the eyes stays there; this link is asked for it anew.
  const givingUp = waiting && state.givingUp !== null ? /** @type {const} */ ("asked") : null;
  const form = givingUp ? state.form : (message.form ?? null);
  const purpose = form === null ? null : givingUp ? state.formPurpose : (message.form_purpose ?? "prechat");
  const leaves = purpose === "leave_message";
  const asked = form !== null && (leaves || state.answers === null);
  const ended = message.resumed && state.phase === "ended";
  const missing = /** @type {VisitorMessage[]} */ (message.messages ?? []);
  const isLeft = state.leaving !== null && missing.some((one) => one.client_id === state.leaving?.client_id);
  const leaving = leaves && !isLeft ? state.leaving : null;
  const next = {
    ...base,
    phase: /** @type {State["phase"]} */ (ended ? "ended" : asked ? "form" : "open"),
    online: true,
    visitor: message.visitor ?? state.visitor,
    epoch: message.epoch,
    offset: message.offset,
    conversation: message.conversation_id ?? null,
    form,
    formPurpose: purpose,
    formTitle: givingUp ? state.formTitle : (message.form_title ?? null),
    formIntro: givingUp ? state.formIntro : (message.form_intro ?? null),
    waiting,
    givingUp,
    answers: form === null || (leaves && !leaving) ? null : state.answers,
    leaving,
    left: base.left || isLeft,
    outbox: leaves ? base.outbox : [...base.outbox, ...saidInstead(state, now)],
    greeting: message.greeting ?? null,
    theme: message.theme_color ?? null,
    holdUntil: null,
  };
  return read(missing.reduce(received, next), message.read ?? 0);
}

/**
 * What was to be left is said, under the same name, where somebody has come to answer meanwhile.
 * @param {State} state
 * @param {number} now
 * @returns {Sending[]}
 */
function saidInstead({ leaving, answers }, now) {
  const body = answers?.message ?? "";
  return leaving && body ? [{ client_id: leaving.client_id, body, choice: null, at: new Date(now).toISOString(), phase: "waiting", code: null }] : [];
}

/**
 * An agent has read the visitor's messages up to `seq`; those that are not acknowledged yet too, once they are.
 * @param {State} state
 * @param {number} seq
 * @returns {State}
 */
function read(state, seq) {
  if (seq <= state.read) return state;
  return { ...state, read: seq, messages: state.messages.map((one) => marked(one, seq)) };
}

/**
 * @param {VisitorMessage} message
 * @param {number} seq
 * @returns {VisitorMessage}
 */
function marked(message, seq) {
  return message.from === "me" && message.seq <= seq ? { ...message, status: "read" } : message;
}

/**
 * @param {State} state
 * @param {{client_id: string, seq: number, at: string}} message
 * @returns {State}
 */
function acknowledged(state, message) {
  const sent = state.outbox.find((one) => one.client_id === message.client_id);
  const wider = { ...arrived(state, message.client_id), window: Math.min(WINDOW, state.window + 1) };
  if (!sent) return wider;
  return received(wider, { seq: message.seq, from: "me", body: sent.body, at: message.at, status: "sent", client_id: message.client_id });
}

/**
 * @param {State} state
 * @param {{client_id?: string|null, code: string}} message
 * @returns {State}
 */
function refusal(state, message) {
  // The server hangs up behind it, and coming back would change nothing.
  if (message.code === "banned") return { ...state, phase: "refused", online: false, banned: true, left: false };
  if (message.client_id && message.client_id !== state.leaving?.client_id) return sending(state, message.client_id, { phase: "refused", code: message.code });
  return { ...state, phase: state.form ? "form" : state.phase, answers: null, leaving: null, formError: message.code };
}

/**
 * @param {State} state
 * @param {VisitorMessage} message
 * @returns {State}
 */
function received(state, message) {
  const known = state.messages.find((one) => one.seq === message.seq);
  const merged = marked(message, state.read);
  const messages = [...state.messages.filter((one) => one.seq !== message.seq), merged].sort((a, b) => a.seq - b.seq);
  const outbox = message.client_id ? state.outbox.filter((one) => one.client_id !== message.client_id) : state.outbox;
  const phase = state.phase === "ended" && message.from !== "system" && !known ? "open" : state.phase;
  const answered = message.from === "agent";
  return arrived({ ...state, phase, messages, outbox, left: state.left && !answered, typingUntil: answered ? null : state.typingUntil }, message.client_id);
}

/**
 * @param {State} state
 * @param {string} id
 * @param {Partial<Sending>} change
 * @returns {State}
 */
function sending(state, id, change) {
  return { ...state, outbox: state.outbox.map((one) => (one.client_id === id ? { ...one, ...change } : one)) };
}

/**
 * Which messages may leave now, in order: never more than the window holds, none while the server asked for patience, and
 * none before one that must be sent again.
 * @param {State} state
 * @param {number} now
 * @returns {Sending[]}
 */
export function sendable(state, now) {
  if (!state.online || (state.form !== null && state.givingUp === null) || (state.holdUntil !== null && state.holdUntil > now)) return [];
  const underWay = state.outbox.filter((one) => one.phase === "in_flight").length;
  return state.outbox.filter((one) => one.phase === "waiting").slice(0, Math.max(0, state.window - underWay));
}

/**
 * The message that is to be left now, if there is one. In a conversation it comes behind what was said there before.
 * @param {State} state
 * @param {number} now
 * @returns {{client_id: string, answers: Record<string, string>}|null}
 */
export function leavable({ online, form, leaving, answers, givingUp, outbox, holdUntil }, now) {
  if (!online || form === null || leaving?.phase !== "waiting" || answers === null || (holdUntil !== null && holdUntil > now)) return null;
  if (givingUp === "asked" || (givingUp && outbox.some((one) => one.phase === "waiting"))) return null;
  return { client_id: leaving.client_id, answers };
}

/**
 * The message whose choices may be answered: the newest one, as long as nothing was said to it.
 * @param {State} state
 * @returns {number|null} its seq
 */
export function answerable({ phase, messages, outbox }) {
  const last = messages.at(-1);
  if (phase !== "open" || !last?.choices?.length || outbox.some((one) => one.phase !== "refused")) return null;
  return last.seq;
}
