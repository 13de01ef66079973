// The desk's link: snapshot, resume, close codes and back-off, against a world without time or network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BASE_MS, CEILING_MS, delay } from "../assets/backoff.js";
import { SILENCE_MS, createLive } from "../assets/desk/live.js";
import { initial, reduce } from "../assets/desk/state.js";
import { createStore } from "../assets/desk/store.js";

const USER = { id: "a1", name: "Ada", email: "", role: "agent", number: null, language: null };
const SIGNED_OUT = new Error("signed out");
const settle = () => new Promise((resolve) => setImmediate(resolve));

function world() {
  const sockets = [];
  const timers = new Map();
  let next = 0;
  const it = {
    sockets, snapshots: 0, offset: 10, fail: null, frames: [], online: 0, random: 0.5,
    socket: () => sockets.at(-1),
    pending: () => [...timers.values()],
    async fire(pick = () => true) {
      for (const [id, timer] of [...timers]) if (pick(timer)) { timers.delete(id); timer.run(); }
      await settle();
    },
  };
  const store = createStore(reduce, initial(USER));
  const live = createLive(store, {
    loadSnapshot: async () => {
      it.snapshots += 1;
      if (it.fail) throw it.fail;
      return { epoch: "e1", offset: it.offset, me: { id: "a1", queues: [] }, queues: [], colleagues: [], mine: [], unassigned: [], unassigned_more: false, supervised: [], supervised_more: false, offers: [] };
    },
    openSocket: (epoch, offset) => {
      const socket = { epoch, offset, readyState: 1, sent: [], closed: false, send(text) { this.sent.push(JSON.parse(text)); }, close() { this.closed = true; }, say(frame) { this.onmessage({ data: JSON.stringify(frame) }); }, drop(code) { this.onclose({ code }); } };
      sockets.push(socket);
      return socket;
    },
    now: () => 1000,
    random: () => it.random,
    setTimer: (run, ms) => { timers.set(++next, { run, ms }); return next; },
    clearTimer: (id) => timers.delete(id),
    isSignedOut: (error) => error === SIGNED_OUT,
    onOnline: () => { it.online += 1; },
    onFrame: (frame) => it.frames.push(frame),
  });
  const row = (id) => ({ id, state: "waiting", contact: { id: "k", name: "" }, queue: null, agent: null, opened_at: "", last_seq: 0, unread: 0 });
  it.event = (offset) => ({ type: "event", offset, conversation: row(`c${offset}`), messages: [] });
  return { it, store, live };
}
const retry = (timer) => timer.ms < SILENCE_MS;

async function joined() {
  const all = world();
  await all.live.start();
  all.it.socket().say({ type: "hello", epoch: "e1", offset: 10, resumed: true });
  return all;
}

/** A desk whose server was gone for so many attempts, each of them as late as it may be. */
async function backAfter(attempts) {
  const { it } = await joined();
  it.random = 0.999;
  for (let round = 0; round < attempts; round += 1) {
    it.socket().drop(1006);
    await it.fire(retry);
  }
  return it;
}

test("the socket is opened with the epoch and offset of the snapshot", async () => {
  const { it, store } = await joined();
  assert.deepEqual([it.socket().epoch, it.socket().offset, it.snapshots, it.online], ["e1", 10, 1, 1]);
  assert.equal(store.get().link.phase, "online");
});

test("after a break it resumes from the last frame, without another snapshot", async () => {
  const { it, store, live } = await joined();
  it.socket().say(it.event(17));
  it.socket().say(it.event(11));
  assert.equal(it.frames.length, 2, "frames of one moment come in any order");
  it.socket().drop(1006);
  assert.equal(store.get().link.phase, "lost");
  assert.equal(live.send({ type: "typing" }), false);
  await it.fire(retry);
  assert.deepEqual([it.sockets.length, it.socket().offset, it.snapshots], [2, 17, 1]);
});

test("resumed: false means a new snapshot, then its offset", async () => {
  const { it } = await joined();
  it.socket().drop(4000);
  it.offset = 90;
  await it.fire(retry);
  it.socket().say({ type: "hello", epoch: "e2", offset: 90, resumed: false });
  assert.equal(it.socket().closed, true);
  await it.fire(retry);
  assert.deepEqual([it.snapshots, it.socket().offset, it.sockets.length], [2, 90, 3]);
});

test("the time that a restart took is not waited for once more", async () => {
  const it = await backAfter(5);
  it.socket().say({ type: "hello", epoch: "e2", offset: 0, resumed: false });
  assert.equal(it.pending().find(retry).ms, 499);
});

test("a socket that was left is not heard any more", async () => {
  const { it, store } = await joined();
  const left = it.socket();
  left.say({ type: "hello", epoch: "e2", offset: 10, resumed: false });
  left.say(it.event(14));
  left.drop(1006);
  assert.deepEqual([store.get().conversations.c14, it.frames.length, it.pending().filter(retry).length], [undefined, 0, 1]);
});

test("signed out is the end: by close code, by the snapshot, by word", async () => {
  const byCode = await joined();
  byCode.it.socket().drop(4001);
  const bySnapshot = world();
  bySnapshot.it.fail = SIGNED_OUT;
  await bySnapshot.live.start();
  const byWord = await joined();
  byWord.live.signedOut();
  for (const { it, store, live } of [byCode, bySnapshot, byWord]) {
    assert.equal(store.get().link.phase, "signed_out");
    const before = [it.sockets.length, it.snapshots];
    live.retryNow();
    await it.fire();
    assert.deepEqual([it.sockets.length, it.snapshots], before);
  }
});

test("a snapshot that fails is tried again, later each time", async () => {
  const { it, live } = world();
  it.fail = new Error("down");
  it.random = 0.999;
  await live.start();
  const waits = [];
  for (let round = 0; round < 9; round += 1) {
    waits.push(it.pending().find(retry).ms);
    await it.fire(retry);
  }
  assert.deepEqual(waits, [499, 999, 1998, 3996, 7992, 9990, 9990, 9990, 9990]);
});

test("a server that never resumes is not asked in a tight loop", async () => {
  const { it, live } = world();
  it.random = 0.999;
  await live.start();
  const waits = [];
  for (let round = 0; round < 4; round += 1) {
    it.socket().say({ type: "hello", epoch: "e1", offset: 10, resumed: false });
    waits.push(it.pending().find(retry).ms);
    await it.fire(retry);
  }
  assert.deepEqual(waits, [499, 999, 1998, 3996]);
});

test("a proven resume starts the delays anew", async () => {
  const it = await backAfter(3);
  it.socket().say({ type: "hello", epoch: "e1", offset: 10, resumed: true });
  it.socket().drop(1006);
  assert.equal(it.pending().find(retry).ms, 499);
});

test("silence is a dead connection; every frame breaks it; a ping is answered", async () => {
  const { it } = await joined();
  it.socket().say({ type: "ping" });
  assert.deepEqual(it.socket().sent, [{ type: "pong" }]);
  assert.equal(it.pending().filter((timer) => timer.ms === SILENCE_MS).length, 1);
  await it.fire((timer) => timer.ms === SILENCE_MS);
  assert.equal(it.socket().closed, true);
  await it.fire(retry);
  assert.equal(it.sockets.length, 2);
});

test("the reader may ask to try at once", async () => {
  const { it, live } = await joined();
  it.socket().drop(1006);
  live.retryNow();
  await settle();
  assert.equal(it.sockets.length, 2);
  live.retryNow();
  await settle();
  assert.equal(it.sockets.length, 2, "but not twice");
});

test("delays are drawn from zero to a ceiling that doubles and ends", () => {
  for (const [attempt, ceiling] of [[0, BASE_MS], [1, 2 * BASE_MS], [4, 16 * BASE_MS], [5, CEILING_MS], [1000, CEILING_MS]]) {
    assert.equal(delay(attempt, () => 0), 0);
    assert.equal(delay(attempt, () => 0.5), Math.min(ceiling, CEILING_MS) / 2);
    assert.ok(delay(attempt, () => 0.999999) < ceiling + 1);
  }
});
