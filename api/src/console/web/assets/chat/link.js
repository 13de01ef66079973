// @ts-check
/**
 * Keeps the visitor's page joined to the server. What was written while the link was down leaves when it is back, with the
 * same client ids, so that a message sent twice is stored once.
 */
import { delay } from "../backoff.js";
import { leavable, sendable } from "./state.js";

/** The server pings at least this often; a longer silence means that the connection is dead. */
export const SILENCE_MS = 60_000;
/** Close code: the channel, the site or the token is refused; coming back would change nothing. */
export const CLOSE_REFUSED = 4003;

/**
 * @typedef {object} World
 * @property {() => WebSocket} openSocket
 * @property {() => Promise<string|null>} siteToken proof of the site that holds the chat, null when opened on its own
 * @property {() => number} now
 * @property {() => number} random
 * @property {(run: () => void, ms: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {(frame: any) => void} onFrame called after a frame has been applied
 */

/**
 * @param {{get: () => import("./state.js").State, dispatch: (action: import("./state.js").Action) => void}} store
 * @param {World} world
 */
export function createLink(store, world) {
  let attempt = 0;
  /** @type {WebSocket|null} */
  let socket = null;
  /** @type {any} */
  let retryTimer = null;
  /** @type {any} */
  let silenceTimer = null;
  /** @type {any} */
  let holdTimer = null;

  async function start() {
    world.clearTimer(retryTimer);
    retryTimer = null;
    const token = await world.siteToken();
    const opened = world.openSocket();
    socket = opened;
    opened.onopen = () => {
      const { visitor, epoch, offset } = store.get();
      write({ type: "hello", token, visitor, epoch, offset });
    };
    opened.onmessage = (event) => opened === socket && received(event.data);
    opened.onclose = (event) => opened === socket && closed(event.code);
    listen();
  }

  function listen() {
    world.clearTimer(silenceTimer);
    silenceTimer = world.setTimer(drop, SILENCE_MS);
  }

  /** @param {string} data */
  function received(data) {
    listen();
    const frame = JSON.parse(data);
    if (frame.type === "ping") return void write({ type: "pong" });
    store.dispatch({ type: "frame", frame, now: world.now() });
    if (frame.type === "welcome") welcomed();
    if (frame.type === "wait") hold();
    pump();
    world.onFrame(frame);
  }

  function welcomed() {
    attempt = 0;
    const { form, answers, leaving, givingUp } = store.get();
    if (form && answers && !leaving) write(startFrame(answers));
    if (givingUp) write({ type: "give_up" });
  }

  /** Sends on when the time that the server asked for is over; a timer may be early, so the clock decides. */
  function hold() {
    world.clearTimer(holdTimer);
    store.dispatch({ type: "clock", now: world.now() });
    const { holdUntil } = store.get();
    if (holdUntil === null) pump();
    else holdTimer = world.setTimer(hold, Math.max(1, holdUntil - world.now()));
  }

  function pump() {
    const left = leavable(store.get(), world.now());
    if (left && write({ ...startFrame(left.answers), client_id: left.client_id })) store.dispatch({ type: "left", client_id: left.client_id });
    for (const one of sendable(store.get(), world.now())) {
      if (!write(sendFrame(one))) return;
      store.dispatch({ type: "left", client_id: one.client_id });
    }
  }

  function drop() {
    const dropped = socket;
    socket = null;
    dropped?.close();
    closed(0);
  }

  /** @param {number} code */
  function closed(code) {
    socket = null;
    world.clearTimer(silenceTimer);
    world.clearTimer(holdTimer);
    if (code === CLOSE_REFUSED) return store.dispatch({ type: "refused" });
    store.dispatch({ type: "offline" });
    retryTimer = world.setTimer(() => void start(), delay(attempt, world.random));
    attempt += 1;
  }

  /** @param {object} frame @returns {boolean} whether it left */
  function write(frame) {
    if (!socket || socket.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  return {
    start,
    pump,
    /** @param {object} frame signs that are worth nothing later: typing, read, end */
    sign: (frame) => store.get().online && write(frame),
    /** @param {Record<string, string>} answers */
    begin(answers) {
      store.dispatch({ type: "start", answers });
      write(startFrame(answers));
      pump();
    },
    /**
     * @param {string} client_id the page's own name of what is left
     * @param {Record<string, string>} answers
     */
    leave(client_id, answers) {
      store.dispatch({ type: "start", answers, client_id });
      pump();
    },
    /** The visitor would rather leave a message than wait. */
    giveUp() {
      if (store.get().online && write({ type: "give_up" })) store.dispatch({ type: "give_up" });
    },
    retryNow() {
      if (retryTimer !== null) void start();
    },
  };
}

/** @param {Record<string, string>} answers */
function startFrame(answers) {
  const { name, email, ...others } = answers;
  return Object.keys(others).length ? { type: "start", name, email, fields: others } : { type: "start", name, email };
}

/** @param {import("./state.js").Sending} one */
function sendFrame({ client_id, body, choice }) {
  return choice ? { type: "send", client_id, body, choice } : { type: "send", client_id, body };
}
