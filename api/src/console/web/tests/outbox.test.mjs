// The agent's answers: shown at once, tried with one key until answered, in their author's order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../assets/api.js";
import { createOutbox } from "../assets/desk/outbox.js";
import { initial, reduce } from "../assets/desk/state.js";
import { createStore } from "../assets/desk/store.js";

const settle = () => new Promise((resolve) => setImmediate(resolve));

function world() {
  const posts = [];
  const timers = [];
  let keys = 0;
  const store = createStore(reduce, initial({ id: "a1", name: "Ada", email: "", role: "agent", number: null, language: null }));
  const it = { posts, timers, signedOut: 0, store };
  it.outbox = createOutbox(store, {
    post: (one) => new Promise((resolve, reject) => posts.push({ ...one, resolve: async (seq) => { resolve({ seq, conversation_id: one.conversation_id, client_id: one.key, direction: "out", author: {}, content: {}, at: "" }); await settle(); }, reject: async (error) => { reject(error); await settle(); } })),
    key: () => `key${++keys}`,
    now: () => 0,
    random: () => 0.5,
    setTimer: (run, ms) => timers.push({ run, ms }),
    clearTimer: () => {},
    onSignedOut: () => { it.signedOut += 1; },
  });
  it.phases = () => store.get().outbox.map((one) => one.phase);
  return it;
}
const error = (status, code, extra = {}, retryAfter = null) => new ApiError(status, { code, ...extra }, retryAfter);

test("the next message leaves only after the answer to the one before", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  it.outbox.submit("c1", "two", null);
  it.outbox.submit("c2", "elsewhere", null);
  assert.deepEqual(it.posts.map((one) => one.body), ["one", "elsewhere"]);
  await it.posts[0].resolve(1);
  assert.deepEqual(it.posts.map((one) => one.body), ["one", "elsewhere", "two"]);
});

test("no answer, a full server and its own trouble are tried again with the same key", async () => {
  for (const failure of [error(0, "network"), error(429, "too_many_requests"), error(503, "unavailable"), new TypeError("?")]) {
    const it = world();
    it.outbox.submit("c1", "one", null);
    await it.posts[0].reject(failure);
    assert.deepEqual(it.phases(), ["retrying"]);
    it.timers[0].run();
    assert.equal(it.posts[1].key, it.posts[0].key);
    await it.posts[1].resolve(1);
    assert.deepEqual(it.phases(), []);
  }
});

test("the server's Retry-After is respected", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  await it.posts[0].reject(error(503, "unavailable", {}, 7000));
  assert.equal(it.timers[0].ms, 7000);
});

test("a final refusal is kept for its author, and holds back what follows", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  it.outbox.submit("c1", "two", null);
  await it.posts[0].reject(error(422, "window_closed"));
  assert.deepEqual([it.phases(), it.posts.length], [["refused", "sending"], 1]);
  it.outbox.discard("key1");
  assert.equal(it.posts[1].body, "two");
});

test("a stale answer leaves only on its author's word, as a new request based on what was missed", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  await it.posts[0].reject(error(409, "stale", { last_seq: 12, missed: [] }));
  assert.deepEqual([it.phases(), it.timers.length], [["stale"], 0]);
  it.outbox.sendAnyway("key1");
  assert.notEqual(it.posts[1].key, it.posts[0].key);
  assert.equal(it.posts[1].based_on_seq, 12);
});

test("signed out keeps the message for after the next sign-in", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  await it.posts[0].reject(error(401, "signed_out"));
  assert.deepEqual([it.signedOut, it.phases()], [1, ["sending"]]);
});

test("kept messages leave when the page is back, each once", async () => {
  const it = world();
  it.outbox.submit("c1", "one", null);
  it.outbox.pumpAll();
  assert.equal(it.posts.length, 1);
  await it.posts[0].reject(error(0, "network"));
  it.outbox.pumpAll();
  assert.deepEqual(it.posts.map((one) => one.key), ["key1", "key1"]);
});
