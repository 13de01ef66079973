// What the form that waits for a sign-on makes of the server's answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOf, tellUnfinished, watchSignOn } from "../assets/console/sign-on.js";

/** @param {() => Promise<Response>} answer */
async function stateAfter(answer) {
  const before = globalThis.fetch;
  globalThis.fetch = answer;
  try {
    return await stateOf("0197");
  } finally {
    globalThis.fetch = before;
  }
}

const json = (state) => async () => new Response(JSON.stringify({ state }), { status: 200 });
const status = (code) => async () => new Response("<!doctype html>", { status: code });

test("a sign-on is as the server says, and one that is over has failed", async () => {
  const rows = [
    [json("started"), "started"],
    [json("ready"), "ready"],
    [json("failed"), "failed"],
    [status(404), "failed"],
  ];
  for (const [answer, state] of rows) assert.equal(await stateAfter(answer), state);
});

test("a server in trouble ends nothing", async () => {
  for (const answer of [status(503), status(429), () => Promise.reject(new TypeError("offline"))]) {
    assert.equal(await stateAfter(answer), "started");
  }
});

/** What a page has of an element, for as much as the script asks of it. */
class Element {
  constructor(properties) {
    Object.assign(this, { isConnected: true, closest: () => null }, properties);
  }
}

test("whoever comes back before the end is told that it is not finished and how to go on", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const heard = new Map();
  const globals = { HTMLElement: Element, HTMLInputElement: Element, HTMLButtonElement: Element, addEventListener: (name, heed) => heard.set(name, heed), fetch: json("started") };
  const before = Object.fromEntries(Object.keys(globals).map((name) => [name, globalThis[name]]));
  Object.assign(globalThis, globals);
  t.after(() => Object.assign(globalThis, before));
  const outcome = { textContent: "" };
  const check = new Element({ parentElement: { querySelector: () => outcome }, click: () => assert.fail("it is not over") });
  const link = new Element({ dataset: { unfinished: "open it again" } });
  const form = { querySelector: () => new Element({ value: "0197" }), querySelectorAll: (selector) => [selector === "a[data-window]" ? link : check] };
  watchSignOn(form);
  const look = async () => {
    t.mock.timers.tick(2000);
    for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
  };
  await look();
  assert.equal(outcome.textContent, "", "nobody came back");
  heard.get("focus")();
  await look();
  assert.equal(outcome.textContent, "open it again");
});

test("what came of a try is not written over", () => {
  const outcome = { textContent: " The company refused. " };
  tellUnfinished(outcome, "open it again");
  assert.equal(outcome.textContent, " The company refused. ");
});
