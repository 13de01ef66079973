// Whatever the server refuses at the desk has words of ours.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explainCode } from "../assets/api.js";

const source = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

/** The stable words of `kinds.rs`, by the names that the program has for them. */
function codes() {
  const found = [...source("error/kinds.rs").matchAll(/const (\w+): Kind = Kind \{[^}]*?code: "(\w+)"/g)];
  return new Map(found.map(([, name, code]) => [name, code]));
}

/** What the router refuses. */
function routing() {
  const [, rest] = source("error.rs").split("fn routing_kind");
  const [body] = rest.split("\n}\n");
  return [...body.matchAll(/kinds::(\w+)/g)].map(([, name]) => name);
}

test("every conflict of the desk is told in the reader's language", () => {
  const known = codes();
  const conflicts = [...routing(), "STALE", "CLOSED", "CHANNEL_DELETED", "BANNED", "CONVERSATION_OPEN"];
  assert.ok(conflicts.includes("NO_SEAT") && known.size > 40);
  for (const name of conflicts) {
    const code = known.get(name);
    assert.ok(code, name);
    assert.match(explainCode({ code, detail: "as the server says it" }), /^error-[a-z-]+$/, code);
  }
});
