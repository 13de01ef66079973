// The desk's state: what must stay true whatever the order in which things arrive.
import assert from "node:assert/strict";
import { test } from "node:test";
import { badge, beginsToWait, blocked, isListed, lastShown, mine, newAfter, newLine, offersPaused, supervised, timeline, unassigned, unseen, windowOpen } from "../assets/desk/select.js";
import { TYPING_MS, initial, reduce } from "../assets/desk/state.js";

const USER = { id: "a1", name: "Ada", email: "ada@example.org", role: "agent", number: null, language: null };
const AT = "2026-03-01T10:00:00.000000Z";
const NOW = Date.parse("2026-03-01T12:00:00Z");

const conversation = (id, change = {}) => ({
  id, channel: { id: "c1", kind: "live_chat", name: "shop" }, contact: { id: `k-${id}`, name: `Contact ${id}` }, address: "x", state: "waiting",
  queue: { id: "q1", name: "Sales" }, agent: null, opened_at: AT, waiting_since: AT, last_seq: 1, last_message: { seq: 1, direction: "in", preview: "hi", at: AT },
  unread: 1, window: { closes_at: null, allowed: ["text"] }, previous_id: null, ...change,
});
const held = (id, change = {}) => conversation(id, { state: "assigned", agent: { id: "a1", name: "Ada" }, ...change });
const message = (id, seq, change = {}) => ({
  seq, conversation_id: id, direction: "in", author: { kind: "customer", id: `k-${id}` }, content: { type: "text", body: `m${seq}` }, at: AT, status: null, error: null, reply_to: null, provider_id: null, client_id: null, ...change,
});
const snapshot = (change = {}) => ({
  epoch: "e1", offset: 10, me: { id: "a1", name: "Ada", presence: "available", queues: ["q1"], strategy: "inbound", capacity: 100, used: 0 },
  queues: [], colleagues: [{ id: "a2", name: "Bo", presence: "away" }], mine: [], unassigned: [], unassigned_more: false, supervised: [], supervised_more: false, offers: [], ...change,
});
const run = (actions, state = initial(USER)) => actions.reduce(reduce, state);
const frame = (body) => ({ type: "frame", frame: body, now: NOW });
const event = (offset, row, messages = [], change = {}) => frame({ type: "event", offset, conversation: row, messages, ...change });
const page = (id, seqs, change = {}) => ({ type: "page", id, items: seqs.map((seq) => message(id, seq)), hasMore: false, older: false, ...change });
const ids = (list) => list.map((one) => one.id);
const seqs = (state, id) => timeline(state, id).items.map((one) => one.seq);
const pending = (key, id) => ({ key, conversation_id: id, body: "hello", reply_to: null, based_on_seq: 1, at: AT, phase: "sending", problem: null });

test("whoever must take a chat from a manual queue is called when it begins to wait, and not for each message", () => {
  const queue = (strategy) => ({ id: "q1", name: "Sales", strategy, waiting: 1, member: true });
  const at = (strategy, change) => run([{ type: "snapshot", snapshot: snapshot({ queues: [queue(strategy)], ...change }) }]);
  const news = (name) => [message("1", 1, { content: { type: "event", event: name } }), message("1", 2)];
  const rows = [
    [at("manual"), conversation("1"), news("opened"), true],
    [at("manual"), conversation("1"), news("requeued"), true],
    [at("manual"), conversation("1"), [message("1", 3)], false],
    [at("manual"), held("1"), news("opened"), false],
    [at("manual"), conversation("1", { queue: { id: "q2", name: "Other" } }), news("opened"), false],
    [at("longest_idle"), conversation("1"), news("opened"), false],
  ];
  for (const [state, one, items, called] of rows) assert.equal(beginsToWait(state, one, items), called);
});

test("a conversation is in exactly the lists that its row says", () => {
  const taken = run([{ type: "snapshot", snapshot: snapshot({ unassigned: [conversation("1")] }) }, event(11, held("1"))]);
  assert.deepEqual([ids(mine(taken)), ids(unassigned(taken))], [["1"], []]);
  const given = run([event(12, held("1", { agent: { id: "a2", name: "Bo" } }))], taken);
  assert.deepEqual([ids(mine(given)), ids(unassigned(given)), ids(supervised(given, null))], [[], [], ["1"]]);
  const back = run([event(13, conversation("1"))], given);
  assert.deepEqual(ids(unassigned(back)), ["1"]);
  const closed = run([event(14, conversation("1", { state: "closed" }))], back);
  assert.deepEqual([ids(unassigned(closed)), ids(supervised(closed, null))], [[], []]);
});

test("a page of a long list adds what is not here, and never an older view of what is", () => {
  const begun = run([{ type: "snapshot", snapshot: snapshot({ unassigned: [conversation("1")], unassigned_more: true }) }]);
  assert.deepEqual(begun.more, { unassigned: "", all: null });
  const later = run([event(11, held("1")), { type: "more", part: "unassigned", items: [conversation("1"), conversation("2")], cursor: "c2" }], begun);
  assert.deepEqual([ids(mine(later)), ids(unassigned(later))], [["1"], ["2"]]);
  assert.deepEqual(later.more, { unassigned: "c2", all: null });
  const whole = run([{ type: "more", part: "unassigned", items: [conversation("3")], cursor: null }], later);
  assert.deepEqual([ids(unassigned(whole)), whole.more.unassigned], [["2", "3"], null]);
});

test("of a page only what its list shows is kept", () => {
  const other = { queue: { id: "q2", name: "Other" } };
  const none = { queue: null };
  const listed = (role, part) => {
    const queues = [{ id: "q1", name: "Sales", strategy: "manual", waiting: 1, member: true }, { id: "q2", name: "Other", strategy: "manual", waiting: 1, member: false }];
    const state = run([{ type: "snapshot", snapshot: snapshot({ queues }) }], initial({ ...USER, role }));
    return [conversation("1"), conversation("2", other), conversation("3", none)].map((one) => isListed(state, part, one));
  };
  assert.deepEqual(listed("agent", "unassigned"), [true, false, false]);
  assert.deepEqual(listed("administrator", "unassigned"), [true, false, false]);
  assert.deepEqual(listed("supervisor", "all"), [true, false, false]);
  assert.deepEqual(listed("administrator", "all"), [true, true, true]);
});

test("a chat of a queue that I am not logged in to is not offered for taking", () => {
  const state = run([{ type: "snapshot", snapshot: snapshot({ supervised: [conversation("1", { queue: { id: "q2", name: "Other" } })] }) }]);
  assert.deepEqual(ids(unassigned(state)), []);
  assert.deepEqual(ids(supervised(state, "q2")), ["1"]);
});

test("the longest waiting comes first, my most recent first", () => {
  const row = (id, at) => conversation(id, { waiting_since: at, last_message: { seq: 1, direction: "in", preview: "", at } });
  const early = "2026-03-01T09:00:00Z";
  const late = "2026-03-01T11:00:00Z";
  const state = run([{ type: "snapshot", snapshot: snapshot({ unassigned: [row("late", late), row("early", early)], mine: [held("old", { last_message: { seq: 1, direction: "in", preview: "", at: early } }), held("new", { last_message: { seq: 1, direction: "in", preview: "", at: late } })] }) }]);
  assert.deepEqual(ids(unassigned(state)), ["early", "late"]);
  assert.deepEqual(ids(mine(state)), ["new", "old"]);
});

test("frames of one moment come in any order, and one that comes twice does no harm", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot() }]);
  const [one, two] = [event(14, held("1", { last_seq: 2 }), [message("1", 2)]), event(12, held("2"))];
  const state = run([page("1", [1]), one, two], base);
  assert.deepEqual([ids(mine(state)).sort(), state.offset], [["1", "2"], 14]);
  const again = run([one, two], state);
  assert.deepEqual([seqs(again, "1"), ids(mine(again)).sort(), again.offset], [[1, 2], ["1", "2"], 14]);
});

test("a snapshot is the truth about what is mine", () => {
  const before = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1"), held("2")] }) }, { type: "open", id: "2" }, page("2", [1])]);
  const after = run([{ type: "snapshot", snapshot: snapshot({ offset: 50, mine: [held("3")] }) }], before);
  assert.deepEqual([ids(mine(after)), after.conversations["1"], after.offset], [["3"], undefined, 50]);
  assert.ok(after.conversations["2"], "what is open stays in the middle until it is asked for again");
  const asked = run([{ type: "conversation", conversation: held("2") }], after);
  assert.deepEqual(ids(mine(asked)).sort(), ["2", "3"]);
});

test("the open timeline is asked for again after a snapshot, and keeps what it shows meanwhile", () => {
  const before = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, { type: "open", id: "1" }, page("1", [1])]);
  const after = run([{ type: "snapshot", snapshot: snapshot({ offset: 20, mine: [held("1")] }) }], before);
  assert.deepEqual([timeline(after, "1").phase, seqs(after, "1")], ["absent", [1]]);
});

const last = (seq) => ({ last_seq: seq, last_message: { seq, direction: "in", preview: "", at: AT } });

test("numbers may be left out, but a timeline without its newest message is asked for again", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, page("1", [1, 4])]);
  const cases = [
    { name: "the next item", row: last(9), items: [9], phase: "ready", seqs: [1, 4, 9] },
    { name: "two at once, out of order", row: last(8), items: [8, 6], phase: "ready", seqs: [1, 4, 6, 8] },
    { name: "nothing that shows", row: { ...last(4), last_seq: 7 }, items: [], phase: "ready", seqs: [1, 4] },
    { name: "a row ahead of its items", row: last(9), items: [6], phase: "absent", seqs: [1, 4, 6] },
  ];
  for (const one of cases) {
    const state = run([event(11, held("1", one.row), one.items.map((seq) => message("1", seq)))], base);
    assert.deepEqual([timeline(state, "1").phase, seqs(state, "1")], [one.phase, one.seqs], one.name);
  }
});

test("what arrives while a page is being fetched is kept", () => {
  const arriving = [{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, { type: "page_loading", id: "1" }, event(11, held("1", last(30)), [message("1", 30)])];
  assert.deepEqual(seqs(run([...arriving, page("1", [1, 2])]), "1"), [1, 2, 30]);
  assert.deepEqual(seqs(run([...arriving, page("1", [8, 9], { hasMore: true })]), "1"), [8, 9, 30]);
});

test("a chat that becomes mine is asked for again: its past was told to others", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot({ unassigned: [conversation("1")] }) }, page("1", [1])]);
  assert.equal(timeline(run([event(11, held("1"))], base), "1").phase, "absent");
  assert.equal(timeline(run([event(11, conversation("1", { unread: 2 }))], base), "1").phase, "ready");
});

test("older pages go above and keep the newer ones", () => {
  const state = run([page("1", [50, 60], { hasMore: true }), page("1", [30, 40], { hasMore: true, older: true })]);
  assert.deepEqual([seqs(state, "1"), timeline(state, "1").hasMore], [[30, 40, 50, 60], true]);
  const all = run([page("1", [1, 2], { older: true })], state);
  assert.deepEqual([seqs(all, "1"), timeline(all, "1").hasMore], [[1, 2, 30, 40, 50, 60], false]);
  assert.deepEqual(timeline(run([page("1", [], { older: true })], state), "1").hasMore, false);
});

test("a newest page joins what it overlaps, and replaces what something may be missing after", () => {
  const cases = [
    { name: "overlapping", items: [20, 30], hasMore: true, seqs: [10, 20, 30], more: false },
    { name: "all there is", items: [10, 40], hasMore: false, seqs: [10, 20, 40], more: false },
    { name: "far ahead", items: [40, 50], hasMore: true, seqs: [40, 50], more: true },
  ];
  for (const one of cases) {
    const state = run([page("1", [10, 20]), page("1", one.items, { hasMore: one.hasMore })]);
    assert.deepEqual([seqs(state, "1"), timeline(state, "1").hasMore], [one.seqs, one.more], one.name);
  }
});

test("a fetched page never lowers a status, a frame always tells the newest", () => {
  const out = (status) => message("1", 2, { direction: "out", status });
  const base = run([{ type: "snapshot", snapshot: snapshot() }, { type: "page", id: "1", items: [message("1", 1), out("delivered")], hasMore: false, older: false }]);
  const status = (state) => timeline(state, "1").items.at(-1).status;
  assert.equal(status(run([{ type: "page", id: "1", items: [out("sent")], hasMore: false, older: false }], base)), "delivered");
  assert.equal(status(run([event(11, conversation("1", last(2)), [out("read")])], base)), "read");
  assert.equal(status(run([event(11, conversation("1", last(2)), [out("queued")])], base)), "queued", "a message sent again starts anew");
});

test("a sent message shows once, whichever of its answer and its frame comes first", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, page("1", [1]), { type: "queued", pending: pending("key", "1") }]);
  const stored = message("1", 2, { direction: "out", status: "queued", client_id: "key", author: { kind: "agent", id: "a1" } });
  const answer = { type: "answered", key: "key", message: stored };
  const told = event(11, held("1", last(2)), [{ ...stored, status: "sent" }]);
  for (const [name, actions] of [["answer first", [answer, told]], ["frame first", [told, answer]]]) {
    const state = run(actions, base);
    assert.deepEqual([seqs(state, "1"), state.outbox.length, timeline(state, "1").items.at(-1).status], [[1, 2], 0, "sent"], name);
  }
});

test("a stale answer is held with what its author has not read, and the timeline is asked for", () => {
  const problem = { code: "stale", last_seq: 3, missed: [message("1", 3)] };
  const state = run([page("1", [1]), { type: "queued", pending: pending("key", "1") }, { type: "refused", key: "key", problem }]);
  assert.deepEqual([state.outbox[0].phase, state.outbox[0].problem, timeline(state, "1").phase], ["stale", problem, "absent"]);
  const other = run([{ type: "queued", pending: pending("key", "1") }, { type: "refused", key: "key", problem: { code: "closed" } }]);
  assert.equal(other.outbox[0].phase, "refused");
});

test("an offer lives from its frame to its end, its answer or its deadline", () => {
  const offer = { id: "o1", conversation: conversation("1"), queue_id: "q1", expires_at: new Date(NOW + 1000).toISOString(), timeout_secs: 30 };
  const base = run([{ type: "snapshot", snapshot: snapshot() }, frame({ type: "offer", offset: 11, offer })]);
  assert.deepEqual(ids(base.offers), ["o1"]);
  assert.deepEqual(ids(run([frame({ type: "offer", offset: 12, offer })], base).offers), ["o1"], "told twice");
  assert.deepEqual(run([frame({ type: "offer_ended", offset: 12, offer_id: "o1", end: "withdrawn" })], base).offers, []);
  assert.deepEqual(run([{ type: "offer_answered", id: "o1" }], base).offers, []);
  assert.deepEqual(run([event(12, held("1"))], base).offers, [], "somebody has it");
  assert.deepEqual(ids(run([{ type: "clock", now: NOW + 2000 }], base).offers), ["o1"], "a little late is left to the server");
  assert.deepEqual(run([{ type: "clock", now: NOW + 10_000 }], base).offers, []);
  assert.deepEqual([ids(unassigned(base)), ids(unassigned(run([{ type: "offer_answered", id: "o1" }], base)))], [[], ["1"]], "what stands among my offers waits nowhere else");
});

test("without a connection an offer is paused, and its end is not guessed", () => {
  const offer = { id: "o1", conversation: conversation("1"), queue_id: "q1", expires_at: new Date(NOW + 1000).toISOString(), timeout_secs: 30 };
  const link = (phase) => ({ type: "link", link: { phase, retryAt: null } });
  const late = { type: "clock", now: NOW + 60_000 };
  const base = run([{ type: "snapshot", snapshot: snapshot() }, frame({ type: "offer", offset: 11, offer }), link("online")]);
  assert.equal(offersPaused(base), false);
  const lost = run([link("lost"), late], base);
  assert.deepEqual([offersPaused(lost), ids(lost.offers)], [true, ["o1"]]);
  const back = run([link("online"), late], lost);
  assert.deepEqual([offersPaused(back), ids(back.offers)], [false, []]);
});

test("typing ends by word, by speaking, or by silence; mine is not shown", () => {
  const typing = (who, on = true) => frame({ type: "typing", conversation_id: "1", who, typing: on });
  const customer = { kind: "customer", id: "k-1", name: "C" };
  const base = run([{ type: "snapshot", snapshot: snapshot() }, typing(customer)]);
  const who = (state) => (state.typing["1"] ?? []).map((one) => one.id);
  assert.deepEqual(who(base), ["k-1"]);
  assert.deepEqual(who(run([typing(customer)], base)), ["k-1"], "again is still one");
  assert.deepEqual(who(run([typing(customer, false)], base)), []);
  assert.deepEqual(who(run([event(11, held("1"), [message("1", 1)])], base)), []);
  assert.deepEqual(who(run([{ type: "clock", now: NOW + TYPING_MS }], base)), []);
  assert.deepEqual(who(run([typing({ kind: "agent", id: "a1", name: "Ada" })], base)), ["k-1"]);
});

test("presence frames move colleagues and me", () => {
  const state = run([{ type: "snapshot", snapshot: snapshot() }, frame({ type: "presence", agent_id: "a2", presence: "busy" }), frame({ type: "presence", agent_id: "a1", presence: "away" })]);
  assert.deepEqual([state.colleagues[0].presence, state.me.presence], ["busy", "away"]);
});

test("the use of my capacity is not shown once it is out of date", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot({ unassigned: [conversation("1")] }) }]);
  assert.equal(run([event(11, conversation("1", { unread: 2 }))], base).me.used, 0);
  const taken = run([event(11, held("1"))], base);
  assert.equal(taken.me.used, null);
  assert.equal(run([frame({ type: "me", me: { ...taken.me, used: 25 } })], taken).me.used, 25);
  const offer = { id: "o1", conversation: conversation("2"), queue_id: "q1", expires_at: new Date(NOW + 1000).toISOString(), timeout_secs: 30 };
  const offered = run([frame({ type: "offer", offset: 11, offer })], base);
  assert.equal(offered.me.used, null);
  const measured = run([frame({ type: "me", me: { ...offered.me, used: 10 } })], offered);
  assert.equal(run([frame({ type: "offer", offset: 12, offer })], measured).me.used, 10, "told twice");
  assert.equal(run([frame({ type: "offer_ended", offset: 13, offer_id: "o1", end: "timeout" })], measured).me.used, null);
});

test("the badge counts what I have not looked at, and offers", () => {
  const row = held("1", { unread: 3, ...last(7) });
  const base = run([{ type: "snapshot", snapshot: snapshot({ mine: [row] }) }]);
  assert.equal(badge(base), 3);
  assert.equal(badge(run([{ type: "seen", id: "1", seq: 6 }], base)), 1);
  const looked = run([{ type: "seen", id: "1", seq: 7 }], base);
  assert.equal(badge(looked), 0);
  assert.equal(run([{ type: "seen", id: "1", seq: 5 }], looked).seen["1"], 7, "never backwards");
  assert.equal(unseen(looked, { ...row, unread: 4, ...last(8) }), 1);
  const counted = run([page("1", [2, 5, 7, 19])], looked);
  assert.equal(unseen(counted, { ...row, unread: 4, ...last(19) }), 1, "numbers that were left out are no messages");
});

test("new messages begin after what was seen, or else with the first unanswered one", () => {
  const row = held("1", { unread: 2, ...last(9) });
  const items = [message("1", 2), message("1", 3, { direction: "out" }), message("1", 6), message("1", 9)];
  const base = run([{ type: "snapshot", snapshot: snapshot({ mine: [row] }) }]);
  assert.equal(newAfter(run([{ type: "open", id: "1" }], base), items), 5);
  assert.equal(newAfter(run([{ type: "seen", id: "1", seq: 6 }, { type: "open", id: "1" }], base), items), 6);
  const answered = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1", { unread: 0 })] }) }, { type: "open", id: "1" }]);
  assert.equal(newAfter(answered, items), 0);
});

test("the line above what is new goes with the answer, and comes only for what was not looked at", () => {
  const row = held("1", { unread: 2, ...last(9) });
  const asked = [message("1", 2), message("1", 6), message("1", 9)];
  const answer = (author) => message("1", 12, { direction: "out", author: { kind: "agent", id: author } });
  const base = run([{ type: "snapshot", snapshot: snapshot({ mine: [row] }) }, { type: "seen", id: "1", seq: 2 }, { type: "open", id: "1" }]);
  const read = run([{ type: "seen", id: "1", seq: 9 }, { type: "open", id: null }, { type: "open", id: "1" }], base);
  const opening = { from: 0, last: 0, looking: true };
  const standing = { from: 2, last: 9, looking: true };
  const none = { from: 0, last: 9, looking: true };
  const cases = [
    { name: "opened with something new", state: base, items: asked, before: opening, at: 2 },
    { name: "opened after I answered and left at once", state: base, items: [...asked, answer("a1"), message("1", 15)], before: opening, at: 12 },
    { name: "opened after I answered and nothing came", state: base, items: [...asked, answer("a1")], before: opening, at: 0 },
    { name: "opened after a colleague answered", state: base, items: [...asked, answer("a2"), message("1", 15)], before: opening, at: 2 },
    { name: "opened again after reading", state: read, items: asked, before: opening, at: 0 },
    { name: "more arrives while it is read", state: base, items: [...asked, message("1", 11)], before: standing, at: 2 },
    { name: "I answered", state: base, items: [...asked, answer("a1")], before: standing, at: 0 },
    { name: "my answer is under way", state: run([{ type: "queued", pending: pending("key", "1") }], base), items: asked, before: standing, at: 0 },
    { name: "a colleague answered", state: base, items: [...asked, answer("a2")], before: standing, at: 2 },
    { name: "arrives before my eyes", state: read, items: [...asked, message("1", 11)], before: none, at: 0 },
    { name: "arrives behind my back", state: read, items: [...asked, message("1", 11)], before: { ...none, looking: false }, at: 9 },
    { name: "nothing arrives behind my back", state: read, items: asked, before: { ...none, looking: false }, at: 0 },
    { name: "older items are put above", state: base, items: [message("1", 1), ...asked], before: standing, at: 2 },
  ];
  for (const { name, state, items, before, at } of cases) assert.equal(newLine(state, items, before), at, name);
});

test("before I log in to queues, all of mine are shown", () => {
  const queues = [{ id: "q1", name: "Sales", strategy: "manual", waiting: 1, member: true }, { id: "q2", name: "Other", strategy: "manual", waiting: 1, member: false }];
  const waiting = [conversation("1"), conversation("2", { queue: { id: "q2", name: "Other" } })];
  const me = { ...snapshot().me, queues: [] };
  assert.deepEqual(ids(unassigned(run([{ type: "snapshot", snapshot: snapshot({ me, queues, supervised: waiting }) }]))), ["1"]);
});

test("the composer says why it cannot be used", () => {
  const base = run([{ type: "snapshot", snapshot: snapshot() }]);
  const cases = [
    [held("1"), null],
    [conversation("1"), "waiting"],
    [conversation("1", { state: "closed" }), "closed"],
    [held("1", { agent: { id: "a2", name: "Bo" } }), "colleague"],
    [held("1", { window: { closes_at: "2026-03-01T11:59:59Z", allowed: ["text"] } }), "window"],
    [held("1", { window: { closes_at: "2026-03-01T12:00:01Z", allowed: ["text"] } }), null],
    [held("1", { window: { closes_at: null, allowed: ["template"] } }), "window"],
  ];
  for (const [row, expected] of cases) assert.equal(blocked(base, row, NOW), expected, JSON.stringify(row.window));
  assert.equal(windowOpen(held("1", { window: null }), NOW), true);
});

test("an answer is based on the newest item before its author's eyes", () => {
  assert.equal(lastShown(run([page("1", [4, 5])]), "1"), 5);
  assert.equal(lastShown(initial(USER), "1"), 0);
});

test("a renamed contact is renamed in every row", () => {
  const state = run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, { type: "contact", contact: { id: "k-1", name: "New", identities: [] } }]);
  assert.equal(state.conversations["1"].contact.name, "New");
});

test("what a message tells about the contact's address has the contact asked for again", () => {
  const contact = (unreachable) => ({ type: "contact", contact: { id: "k-1", name: "Zoé", identities: [{ kind: "whatsapp", address: "33", ...(unreachable ? { unreachable: { since: AT, error: { code: 131026, title: "Undeliverable" } } } : {}) }] } });
  const at = (marked) => run([{ type: "snapshot", snapshot: snapshot({ mine: [held("1")] }) }, contact(marked)]);
  const told = (marked, change) => run([event(11, held("1"), [message("1", 2, change)])], at(marked)).contacts["k-1"].outdated ?? false;
  const rows = [
    [false, { direction: "out", status: "failed" }, true],
    [false, { direction: "out", status: "delivered" }, false],
    [false, { direction: "in" }, false],
    [true, { direction: "in" }, true],
    [true, { direction: "out", status: "read" }, true],
    [true, { direction: "out", status: "failed" }, false],
  ];
  for (const [marked, change, asked] of rows) assert.equal(told(marked, change), asked, JSON.stringify([marked, change]));
  const again = run([event(11, held("1"), [message("1", 2, { direction: "out", status: "failed" })]), contact(true)], at(false));
  assert.equal(again.contacts["k-1"].outdated, undefined);
});
