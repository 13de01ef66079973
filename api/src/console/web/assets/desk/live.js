// @ts-check
/**
 * Keeps the desk's state true: one snapshot, then the frames of the socket. After a break the socket resumes from the last
 * offset; when the server cannot prove that nothing is missing, the snapshot is loaded again.
 */
import { delay } from "../backoff.js";

/** @typedef {import("./store.js").Store} Store */

/** The server pings at least this often; a longer silence means that the connection is dead. */
export const SILENCE_MS = 60_000;
/** Close code: the session is over. */
export const CLOSE_SIGNED_OUT = 4001;

/**
 * What the layer needs of the world; tests give it another one.
 * @typedef {object} World
 * @property {() => Promise<import("../types.js").Snapshot>} loadSnapshot
 * @property {(epoch: string, offset: number) => WebSocket} openSocket
 * @property {() => number} now
 * @property {() => number} random
 * @property {(run: () => void, ms: number) => any} setTimer
 * @property {(timer: any) => void} clearTimer
 * @property {(error: unknown) => boolean} isSignedOut
 * @property {() => void} onOnline called after each hello that resumed
 * @property {(frame: any) => void} onFrame called after a frame has been applied
 */

/**
 * @param {Store} store
 * @param {World} world
 */
export function createLive(store, world) {
  let attempt = 0;
  /** Snapshots asked for since the last proven resume: the server was there, so what it cost to find it does not count. */
  let reloads = 0;
  let mustReload = true;
  let over = false;
  /** @type {WebSocket|null} */
  let socket = null;
  let greeted = false;
  /** @type {any} */
  let retryTimer = null;
  /** @type {any} */
  let silenceTimer = null;

  async function start() {
    world.clearTimer(retryTimer);
    retryTimer = null;
    if (over) return;
    if (mustReload && !(await reload())) return;
    connect();
  }

  /** @returns {Promise<boolean>} whether the desk has a snapshot */
  async function reload() {
    try {
      store.dispatch({ type: "snapshot", snapshot: await world.loadSnapshot() });
      mustReload = false;
      return !over;
    } catch (error) {
      if (world.isSignedOut(error)) end();
      else later();
      return false;
    }
  }

  function connect() {
    const { epoch, offset } = store.get();
    const opened = world.openSocket(/** @type {string} */ (epoch), offset);
    socket = opened;
    greeted = false;
    opened.onmessage = (event) => opened === socket && received(event.data);
    opened.onclose = (event) => opened === socket && closed(event.code);
    listen();
  }

  function listen() {
    world.clearTimer(silenceTimer);
    silenceTimer = world.setTimer(() => drop(), SILENCE_MS);
  }

  /** @param {string} data */
  function received(data) {
    listen();
    const frame = JSON.parse(data);
    if (frame.type === "hello") return hello(frame);
    if (frame.type === "ping") return void send({ type: "pong" });
    store.dispatch({ type: "frame", frame, now: world.now() });
    world.onFrame(frame);
  }

  /** @param {{resumed: boolean}} frame */
  function hello(frame) {
    if (!frame.resumed) return reloadAfter();
    greeted = true;
    attempt = 0;
    reloads = 0;
    store.dispatch({ type: "link", link: { phase: "online", retryAt: null } });
    world.onOnline();
  }

  function reloadAfter() {
    mustReload = true;
    attempt = reloads;
    reloads += 1;
    drop();
  }

  /** Leaves the socket without waiting for its closing, which a dead connection never tells. */
  function drop() {
    const dropped = socket;
    socket = null;
    greeted = false;
    world.clearTimer(silenceTimer);
    dropped?.close();
    later();
  }

  /** @param {number} code */
  function closed(code) {
    socket = null;
    greeted = false;
    world.clearTimer(silenceTimer);
    if (code === CLOSE_SIGNED_OUT) end();
    else later();
  }

  function later() {
    const ms = delay(attempt, world.random);
    attempt += 1;
    const phase = store.get().epoch === null ? "connecting" : "lost";
    store.dispatch({ type: "link", link: { phase, retryAt: world.now() + ms } });
    retryTimer = world.setTimer(() => void start(), ms);
  }

  function end() {
    over = true;
    world.clearTimer(retryTimer);
    store.dispatch({ type: "link", link: { phase: "signed_out", retryAt: null } });
  }

  /** @param {object} frame @returns {boolean} whether it left */
  function send(frame) {
    if (!socket || socket.readyState !== 1) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  return {
    start,
    /** @param {object} frame */
    send: (frame) => greeted && send(frame),
    /** Tries at once, for a reader who asks or a network that is back. */
    retryNow() {
      if (retryTimer !== null && !over) void start();
    },
    /** The session has ended elsewhere. */
    signedOut() {
      const dropped = socket;
      socket = null;
      dropped?.close();
      end();
    },
  };
}
