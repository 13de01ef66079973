// What the form that waits for a sign-on makes of the server's answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stateOf } from "../assets/console/sign-on.js";

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
