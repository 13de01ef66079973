// What the try-out of a chatbot answers: the rules are the server's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, begin, choice } from "../assets/console/menu-rules.js";

const option = (label, rest) => ({ label, labels: [label], ...rest });
const SCRIPT = {
  greeting: "Hello!",
  invalid: "Please choose.",
  handover: "One moment.",
  invalidMax: 2,
  fallback: "",
  options: [
    option("My order", { menu: { text: "Which one?", options: [option("Delivery", { queue: "Shipping" })] } }),
    option("Opening hours", { text: "9 to 6" }),
    { label: "Réclamation", labels: ["Réclamation", "Complaint"], queue: "Support" },
  ],
};

const talk = (script, ...said) => {
  let step = begin(script);
  for (const words of said) step = answer(script, step.state, words);
  return step;
};

test("a menu is shown with its options numbered", () => {
  assert.deepEqual(begin(SCRIPT).answer.says, ["Hello!\n1. My order\n2. Opening hours\n3. Réclamation"]);
});

test("case, accents and spaces do not count in a label, nor what people put behind a number", () => {
  for (const said of ["3", " 3. ", "3)", "reclamation", "RÉCLA MATION", "complaint"]) assert.equal(choice(SCRIPT.options, said)?.queue, "Support", said);
  for (const said of ["0", "4", "-1", "1 2", "", " "]) assert.equal(choice(SCRIPT.options, said), undefined, said);
});

test("an option leads to a queue, to more options, or to an answer with the same options", () => {
  assert.deepEqual(talk(SCRIPT, "3").answer, { says: ["One moment."], queue: "Support" });
  assert.deepEqual(talk(SCRIPT, "1").answer.says, ["Which one?\n1. Delivery"]);
  assert.equal(talk(SCRIPT, "1", "delivery").answer.queue, "Shipping");
  assert.deepEqual(talk(SCRIPT, "2").answer.says, ["9 to 6\n1. My order\n2. Opening hours\n3. Réclamation"]);
});

test("after too many wrong answers the default queue takes over, or the menu falls silent", () => {
  const led = { ...SCRIPT, fallback: "Support" };
  assert.match(talk(led, "x").answer.says[0], /^Please choose\./);
  assert.deepEqual(talk(led, "x", "y").answer, { says: ["One moment."], queue: "Support" });
  assert.equal(talk(led, "x", "2", "y").answer.queue, undefined, "a good answer begins the count anew");
  const wrong = Array.from({ length: 6 }, () => "x");
  assert.match(talk(SCRIPT, ...wrong).answer.says[0], /^Please choose\./);
  assert.deepEqual(talk(SCRIPT, ...wrong, "x").answer.says, []);
});
