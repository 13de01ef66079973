// The visitor's page: nothing lost, nothing twice, never more than the window, whatever the link does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SILENCE_MS, createLink } from "../assets/chat/link.js";
import { WINDOW, answerable, initial, reduce, sendable } from "../assets/chat/state.js";
import { inkOn } from "../assets/chat/theme-color.js";
import { createStore } from "../assets/desk/store.js";

const AT = "2026-03-01T10:00:00.000000Z";
const settle = () => new Promise((resolve) => setImmediate(resolve));
const frame = (body, now = 0) => ({ type: "frame", frame: body, now });
const welcome = (change = {}) => frame({ type: "welcome", visitor: "v1", epoch: "e1", offset: 0, resumed: false, form: null, conversation_id: null, messages: [], greeting: null, theme_color: null, ...change });
const write = (id) => ({ type: "write", client_id: id, body: `text ${id}`, at: AT });
const run = (actions, state = initial()) => actions.reduce(reduce, state);
const bodies = (state) => [...state.messages.map((one) => one.seq), ...state.outbox.map((one) => one.client_id)];

test("what was acknowledged is a message, what was not is still to be sent", () => {
  const state = run([welcome(), write("a"), write("b"), { type: "left", client_id: "a" }, frame({ type: "ack", client_id: "a", seq: 1, at: AT })]);
  assert.deepEqual(bodies(state), [1, "b"]);
});

test("a lost acknowledgement does not double the message, with or without its client id", () => {
  const lost = run([welcome(), write("a"), { type: "left", client_id: "a" }, { type: "offline" }]);
  const stored = { seq: 1, from: "me", body: "text a", at: AT };
  const replayed = run([welcome({ resumed: true, offset: 1, messages: [{ ...stored, client_id: "a" }] })], lost);
  assert.deepEqual(bodies(replayed), [1]);
  const nameless = run([welcome({ resumed: true, offset: 1, messages: [stored] }), frame({ type: "ack", client_id: "a", seq: 1, at: AT })], lost);
  assert.deepEqual(bodies(nameless), [1]);
});

test("never more under way than the window, in order, none while told to wait, then one by one", () => {
  const many = run([welcome(), ...Array.from({ length: 12 }, (_, index) => write(String(index)))]);
  const names = (state, now) => sendable(state, now).map((one) => one.client_id);
  const leave = (state) => sendable(state, 9999).reduce((all, one) => reduce(all, { type: "left", client_id: one.client_id }), state);
  const ack = (id) => frame({ type: "ack", client_id: id, seq: Number(id) + 1, at: AT });
  assert.deepEqual(names(many, 0), ["0", "1", "2", "3", "4", "5", "6", "7"]);
  const full = leave(many);
  assert.deepEqual(names(full, 0), []);
  const one = run([ack("0")], full);
  assert.deepEqual(names(one, 0), ["8"]);
  const held = run(["1", "2", "3", "4", "5", "6", "7"].map((id) => frame({ type: "wait", client_id: id, retry_after_ms: 500 }, 1000)), one);
  assert.deepEqual(names(held, 1499), []);
  assert.deepEqual(names(held, 1500), ["1"], "the first one that was told to wait goes first, alone");
  const wider = run([ack("1")], leave(held));
  assert.deepEqual(names(wider, 9999), ["2", "3"]);
  assert.equal(run(["2", "3", "4", "5", "6", "7", "8", "9"].map(ack), wider).window, WINDOW);
});

test("a broken link puts everything unacknowledged back, in order", () => {
  const state = run([welcome(), write("a"), write("b"), { type: "left", client_id: "a" }, { type: "left", client_id: "b" }, { type: "offline" }]);
  assert.deepEqual(sendable(state, 0), []);
  assert.deepEqual(sendable(run([welcome({ resumed: true })], state), 0).map((one) => one.client_id), ["a", "b"]);
});

test("resumed adds what was missed; not resumed replaces everything", () => {
  const known = run([welcome({ messages: [{ seq: 1, from: "agent", body: "x", at: AT }], offset: 5 })]);
  const more = [{ seq: 2, from: "agent", body: "y", at: AT }];
  assert.deepEqual(bodies(run([welcome({ resumed: true, offset: 6, messages: more })], known)), [1, 2]);
  assert.deepEqual(bodies(run([welcome({ resumed: false, epoch: "e2", offset: 1, messages: more })], known)), [2]);
});

test("a replayed frame changes nothing", () => {
  const state = run([welcome({ offset: 5 })]);
  assert.equal(run([frame({ type: "message", offset: 5, message: { seq: 9, from: "agent", body: "old", at: AT } })], state), state);
});

test("what an agent has read covers all that came before it, and never falls", () => {
  const mine = [1, 2, 3].map((seq) => ({ seq, from: "me", body: "x", at: AT }));
  const statuses = (state) => state.messages.map((one) => one.status);
  const state = run([welcome({ messages: mine, read: 1 }), frame({ type: "status", offset: 1, seq: 2, status: "read" }), frame({ type: "status", offset: 2, seq: 1, status: "read" })]);
  assert.deepEqual(statuses(state), ["read", "read", undefined]);
  assert.deepEqual(statuses(run([welcome({ resumed: true, offset: 3, read: 3 })], state)), ["read", "read", "read"], "read while the link was down");
  assert.deepEqual(statuses(run([welcome({ messages: mine })], state)), [undefined, undefined, undefined], "another epoch knows better");
  assert.deepEqual(statuses(run([frame({ type: "status", offset: 3, seq: 4, status: "read" }), frame({ type: "ack", client_id: "a", seq: 4, at: AT })], { ...state, outbox: [{ client_id: "a", body: "y", at: AT, phase: "in_flight", code: null }] })), ["read", "read", "read", "read"], "before its ack");
});

test("the form comes first when asked for, and comes back when it is refused", () => {
  const form = [{ name: "name", label: "", required: true, type: "text" }];
  const asked = run([welcome({ form })]);
  assert.equal(asked.phase, "form");
  const given = run([{ type: "start", answers: { name: "Ada" } }], asked);
  assert.equal(given.phase, "open");
  assert.equal(run([{ type: "offline" }, welcome({ form })], given).phase, "open", "a break does not ask twice");
  const refused = run([frame({ type: "refused", client_id: null, code: "invalid" })], given);
  assert.deepEqual([refused.phase, refused.formError, refused.answers], ["form", "invalid", null]);
  assert.deepEqual([run([frame({ type: "started", conversation_id: "c" })], given).form], [null]);
});

test("nothing is sent before the form is filled", () => {
  const state = run([write("kept from before"), welcome({ form: [{ name: "name", label: "", required: true, type: "text" }] })]);
  assert.deepEqual(sendable(state, 0), []);
});

test("a refused message is shown as such and sent no more", () => {
  const state = run([welcome(), write("a"), { type: "left", client_id: "a" }, frame({ type: "refused", client_id: "a", code: "too_long" })]);
  assert.deepEqual([state.outbox[0].phase, state.outbox[0].code, sendable(state, 0)], ["refused", "too_long", []]);
  assert.deepEqual(run([{ type: "discard", client_id: "a" }], state).outbox, []);
});

test("the end is the end until somebody writes again", () => {
  const ended = run([welcome({ conversation_id: "c" }), frame({ type: "closed", offset: 1 })]);
  assert.equal(ended.phase, "ended");
  assert.equal(run([welcome({ resumed: true, offset: 1 })], ended).phase, "ended");
  assert.equal(run([frame({ type: "message", offset: 2, message: { seq: 1, from: "system", body: "bye", at: AT } })], ended).phase, "ended");
  assert.equal(run([frame({ type: "message", offset: 2, message: { seq: 1, from: "agent", body: "one more thing", at: AT } })], ended).phase, "open");
  assert.equal(run([write("a")], ended).phase, "open");
});

test("messages kept from an earlier page are sent again, none as if still under way", () => {
  const kept = [{ client_id: "a", body: "x", at: AT, phase: "in_flight", code: null }];
  assert.deepEqual(sendable(run([welcome()], initial({ visitor: "v0", outbox: kept })), 0).map((one) => one.client_id), ["a"]);
});

function joinedWorld() {
  const sockets = [];
  const timers = [];
  const world = { now: 0 };
  const store = createStore(reduce, initial({ visitor: "v0" }));
  const link = createLink(store, {
    openSocket: () => {
      const socket = { readyState: 1, sent: [], closed: false, send(text) { this.sent.push(JSON.parse(text)); }, close() { this.closed = true; }, say(body) { this.onmessage({ data: JSON.stringify(body) }); }, drop(code) { this.onclose({ code }); } };
      sockets.push(socket);
      return socket;
    },
    siteToken: async () => "site",
    now: () => world.now,
    random: () => 0.5,
    setTimer: (callback, ms) => timers.push({ run: callback, ms, on: true }),
    clearTimer: (id) => { if (timers[id - 1]) timers[id - 1].on = false; },
    onFrame: () => {},
  });
  const fire = async (pick) => { for (const timer of [...timers]) if (timer.on && pick(timer)) { timer.on = false; timer.run(); } await settle(); };
  return Object.assign(world, { store, link, sockets, timers, fire, socket: () => sockets.at(-1) });
}

test("hello names the visitor and where they were; a break resends with the same client ids", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().onopen();
  assert.deepEqual(world.socket().sent, [{ type: "hello", token: "site", visitor: "v0", epoch: null, offset: null }]);
  world.socket().say({ ...welcome().frame, offset: 3 });
  world.store.dispatch(write("a"));
  world.link.pump();
  world.socket().drop(1006);
  await world.fire((timer) => timer.ms < SILENCE_MS);
  world.socket().onopen();
  world.socket().say({ ...welcome().frame, resumed: true, offset: 3 });
  assert.deepEqual(world.socket().sent.map((one) => one.type), ["hello", "send"]);
  assert.deepEqual([world.socket().sent[0].epoch, world.socket().sent[0].offset, world.socket().sent[1].client_id], ["e1", 3, "a"]);
});

test("told to wait, it sends on when the time is over, even if a timer was early", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say(welcome().frame);
  world.store.dispatch(write("a"));
  world.link.pump();
  world.socket().say({ type: "wait", client_id: "a", retry_after_ms: 500 });
  const sends = () => world.socket().sent.filter((one) => one.type === "send").length;
  world.now = 499;
  await world.fire((timer) => timer.ms === 500);
  assert.equal(sends(), 1);
  world.now = 500;
  await world.fire((timer) => timer.ms < SILENCE_MS);
  assert.equal(sends(), 2);
});

test("a refusal is final, a ping is answered, silence is a break", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say({ type: "ping" });
  assert.deepEqual(world.socket().sent, [{ type: "pong" }]);
  await world.fire((timer) => timer.ms === SILENCE_MS);
  await world.fire((timer) => timer.ms < SILENCE_MS);
  assert.equal(world.sockets.length, 2);
  world.socket().drop(4003);
  await world.fire(() => true);
  assert.deepEqual([world.store.get().phase, world.sockets.length], ["refused", 2]);
});

test("a chat that ended is still read when its channel is gone", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say({ type: "closed", offset: 9 });
  world.socket().drop(4003);
  await world.fire(() => true);
  const { phase, gone, online } = world.store.get();
  assert.deepEqual([phase, gone, online, world.sockets.length], ["ended", true, false, 1]);
});

test("answers that the server has not confirmed are given again after a break", async () => {
  const world = joinedWorld();
  const form = [{ name: "name", label: "", required: true, type: "text" }];
  await world.link.start();
  world.socket().say({ ...welcome({ form }).frame });
  world.link.begin({ name: "Ada", email: "ada@example.org" });
  world.socket().drop(1006);
  await world.fire((timer) => timer.ms < SILENCE_MS);
  world.socket().say({ ...welcome({ form }).frame });
  assert.deepEqual(world.socket().sent, [{ type: "start", name: "Ada", email: "ada@example.org" }]);
});

test("the ink on the site's colour can be read", () => {
  for (const [color, ink] of [["#1c5fd4", "#ffffff"], ["#0d6a6f", "#ffffff"], ["#f2c14e", "#0b1413"], ["#ffffff", "#0b1413"], ["#000000", "#ffffff"]]) assert.equal(inkOn(color), ink, color);
});

test("who is banned is told so and does not come back by itself", () => {
  for (const client_id of [null, "a"]) {
    const state = run([welcome(), write("a"), frame({ type: "refused", client_id, code: "banned" }), { type: "refused" }]);
    assert.deepEqual([state.phase, state.banned, state.online], ["refused", true, false]);
    assert.deepEqual(sendable(state, 9999), []);
  }
  const thanked = { ...run([welcome()]), left: true };
  assert.equal(reduce(thanked, frame({ type: "refused", client_id: null, code: "banned" })).left, false, "nobody is thanked any more");
  const elsewhere = run([welcome(), { type: "refused" }]);
  assert.deepEqual([elsewhere.phase, elsewhere.banned], ["refused", false]);
});

const menu = (seq, ...labels) => ({ seq, from: "agent", body: "Which one?", at: AT, choices: labels.map((label, index) => ({ id: String(index + 1), label })) });
const choose = (id, label) => ({ type: "write", client_id: id, body: label, choice: "1", at: AT });

test("a menu is answered once, and not any more when something newer was said", () => {
  const asked = run([welcome({ conversation_id: "c", messages: [menu(3, "My order", "Other")] })]);
  assert.equal(answerable(asked), 3);
  assert.equal(answerable(run([choose("a", "My order")], asked)), null, "while the answer is on its way");
  const refused = [choose("a", "My order"), { type: "left", client_id: "a" }, frame({ type: "refused", client_id: "a", code: "too_fast" })];
  assert.equal(answerable(run(refused, asked)), 3, "what was refused answers nothing");
  assert.equal(answerable(run([choose("a", "My order"), { type: "left", client_id: "a" }, frame({ type: "ack", client_id: "a", seq: 4, at: AT })], asked)), null);
  for (const from of ["me", "agent", "system"]) assert.equal(answerable(run([frame({ type: "message", offset: 4, message: { seq: 4, from, body: "x", at: AT } })], asked)), null, from);
  const next = run([frame({ type: "message", offset: 4, message: { seq: 4, from: "me", body: "My order", at: AT } }), frame({ type: "message", offset: 5, message: menu(5, "Delivery") })], asked);
  assert.equal(answerable(next), 5);
  assert.equal(answerable(run([frame({ type: "closed", offset: 6 })], next)), null);
});

test("a choice leaves with its id, and its label is the visitor's line", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say({ ...welcome({ messages: [menu(3, "My order")] }).frame });
  world.store.dispatch(choose("a", "My order"));
  world.link.pump();
  assert.deepEqual(world.socket().sent, [{ type: "send", client_id: "a", body: "My order", choice: "1" }]);
  world.socket().say({ type: "ack", client_id: "a", seq: 4, at: AT });
  assert.deepEqual(world.store.get().messages.at(-1), { seq: 4, from: "me", body: "My order", at: AT, status: "sent", client_id: "a" });
});

const LEAVE = { form: [{ name: "message", label: "", required: true, type: "multiline" }], form_purpose: "leave_message", form_title: "Write to us" };
const left = (id) => ({ type: "start", answers: { name: "Ada", email: "a@b.fr", message: "Call me" }, client_id: id });

test("a message that is left stays before the eyes until the server has it", () => {
  const asked = run([welcome(LEAVE)]);
  assert.deepEqual([asked.phase, asked.formTitle, asked.formPurpose], ["form", "Write to us", "leave_message"]);
  const leaving = run([left("a"), { type: "left", client_id: "a" }], asked);
  assert.deepEqual([leaving.phase, leaving.leaving], ["form", { client_id: "a", phase: "in_flight" }]);
  const refused = run([frame({ type: "refused", client_id: null, code: "empty" })], leaving);
  assert.deepEqual([refused.phase, refused.formError, refused.leaving], ["form", "empty", null]);
  const other = run([frame({ type: "started", conversation_id: "c" })], leaving);
  assert.deepEqual([other.phase, other.leaving, other.left, other.conversation], ["form", leaving.leaving, false, "c"], "another page of theirs began a conversation");
  const done = run([frame({ type: "ack", client_id: "a", seq: 2, at: AT }), frame({ type: "started", conversation_id: "c" })], leaving);
  assert.deepEqual([done.phase, done.form, done.leaving, done.left], ["open", null, null, true]);
  assert.equal(run([frame({ type: "message", offset: 9, message: { seq: 9, from: "agent", body: "Hello", at: AT } })], done).left, false);
});

test("a break leaves the message again under the same name, and a wait holds it back", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say({ ...welcome(LEAVE).frame });
  const { answers } = left("a");
  world.link.leave("a", answers);
  const expected = { type: "start", name: "Ada", email: "a@b.fr", fields: { message: "Call me" }, client_id: "a" };
  assert.deepEqual(world.socket().sent, [expected]);
  world.socket().drop(1006);
  await world.fire((timer) => timer.ms < SILENCE_MS);
  world.socket().say({ ...welcome(LEAVE).frame });
  assert.deepEqual(world.socket().sent, [expected]);
  world.socket().say({ type: "wait", client_id: "a", retry_after_ms: 500 });
  assert.equal(world.socket().sent.length, 1);
  world.now = 500;
  await world.fire((timer) => timer.ms === 500);
  assert.deepEqual(world.socket().sent, [expected, expected]);
});

test("what was to be left is said where somebody came meanwhile, once", () => {
  const leaving = run([welcome(LEAVE), left("a"), { type: "left", client_id: "a" }, { type: "offline" }]);
  const said = run([welcome({ resumed: true })], leaving);
  assert.deepEqual([said.phase, said.leaving, said.outbox.map((one) => [one.client_id, one.body])], ["open", null, [["a", "Call me"]]]);
  const arrived = { seq: 2, from: "me", body: "Call me", at: AT, client_id: "a" };
  assert.deepEqual(bodies(run([welcome({ resumed: true, conversation_id: "c", messages: [arrived] })], leaving)), [2]);
});

test("whoever reads the end of a chat is asked for a message only when they write again", () => {
  const ended = run([welcome({ conversation_id: "c" }), frame({ type: "closed", offset: 1 })]);
  const back = run([welcome({ ...LEAVE, resumed: true, offset: 1 })], ended);
  assert.equal(back.phase, "ended");
  assert.equal(run([{ type: "again" }], back).phase, "form");
  assert.equal(run([welcome({ ...LEAVE, resumed: true })]).phase, "form");
});

test("answers to a form before the chat are none to the one that leaves a message", () => {
  const form = [{ name: "name", label: "", required: true, type: "text" }];
  const given = run([welcome({ form }), { type: "start", answers: { name: "Ada" } }]);
  const asked = run([{ type: "offline" }, welcome(LEAVE)], given);
  assert.deepEqual([asked.phase, asked.answers], ["form", null]);
});

const FORM = frame({ type: "form", ...LEAVE });
const WAITS = frame({ type: "waiting", waiting: true });
const COMES = frame({ type: "waiting", waiting: false });
const waits = () => run([welcome({ conversation_id: "c" }), WAITS]);

test("who waits may leave a message instead, and go back to waiting", () => {
  assert.equal(run([{ type: "give_up" }], run([welcome()])).givingUp, null, "nobody waits");
  assert.equal(run([FORM], waits()).phase, "open", "nobody asked for it");
  const asked = run([{ type: "give_up" }, FORM], waits());
  assert.deepEqual([asked.phase, asked.givingUp, asked.formPurpose, asked.formTitle], ["form", "shown", "leave_message", "Write to us"]);
  for (const back of [{ type: "stay" }, COMES]) {
    const stayed = run([back], asked);
    assert.deepEqual([stayed.phase, stayed.givingUp, stayed.form], ["open", null, null]);
  }
  const leaving = run([left("a"), { type: "left", client_id: "a" }], asked);
  assert.equal(run([{ type: "stay" }], leaving).phase, "form", "it is on its way");
  assert.equal(run([COMES], leaving).phase, "form", "and goes to whoever has come");
  const stored = { seq: 4, from: "me", body: "Call me", at: AT, client_id: "a" };
  const done = run([frame({ type: "message", offset: 4, message: stored }), COMES], leaving);
  assert.deepEqual([done.phase, done.left, done.leaving, done.givingUp, done.form, bodies(done)], ["open", true, null, null, null, [4]]);
  assert.deepEqual(done.given, { name: "Ada", email: "a@b.fr" });
  const refused = run([frame({ type: "refused", client_id: "a", code: "too_fast" })], leaving);
  assert.deepEqual([refused.phase, refused.formError, refused.leaving], ["form", "too_fast", null]);
});

test("what is left instead of waiting comes behind what was said, and a break asks for the form anew", async () => {
  const world = joinedWorld();
  await world.link.start();
  world.socket().say({ ...welcome({ conversation_id: "c", waiting: true }).frame });
  world.link.giveUp();
  assert.deepEqual(world.socket().sent, [{ type: "give_up" }]);
  world.socket().say(FORM.frame);
  world.store.dispatch(write("early"));
  world.link.leave("a", left("a").answers);
  const kinds = () => world.socket().sent.map((one) => one.type);
  assert.deepEqual(kinds(), ["give_up", "send"]);
  world.socket().say({ type: "ack", client_id: "early", seq: 3, at: AT });
  assert.deepEqual(kinds(), ["give_up", "send", "start"]);
  world.socket().drop(1006);
  await world.fire((timer) => timer.ms < SILENCE_MS);
  world.socket().say({ ...welcome({ conversation_id: "c", waiting: true, resumed: true, offset: 3 }).frame });
  assert.deepEqual(kinds(), ["give_up"], "a form of another link counts for nothing");
  assert.equal(world.store.get().phase, "form", "and stays before the eyes");
  world.socket().say(FORM.frame);
  assert.deepEqual(kinds(), ["give_up", "start"]);
  assert.equal(world.socket().sent[1].client_id, "a");
});

test("what was to be left instead of waiting is said where somebody came meanwhile", () => {
  const leaving = run([{ type: "give_up" }, FORM, left("a"), { type: "left", client_id: "a" }, { type: "offline" }], waits());
  const said = (state) => [state.phase, state.leaving, state.givingUp, state.outbox.map((one) => [one.client_id, one.body])];
  const expected = ["open", null, null, [["a", "Call me"]]];
  const still = welcome({ resumed: true, conversation_id: "c", waiting: true });
  assert.deepEqual(said(run([welcome({ resumed: true, conversation_id: "c" })], leaving)), expected);
  assert.deepEqual(said(run([still, COMES], leaving)), expected, "before the form came again");
  const arrived = { seq: 4, from: "me", body: "Call me", at: AT, client_id: "a" };
  const back = run([welcome({ resumed: true, conversation_id: "c", messages: [arrived] })], leaving);
  assert.deepEqual([back.left, bodies(back)], [true, [4]]);
});
