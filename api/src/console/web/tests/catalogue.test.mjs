// The texts as the scripts read them: both languages, every pattern, every icon.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { format } from "../assets/strings.js";

const at = (path) => new URL(path, import.meta.url);

/** The same reading as the server's: a key begins a line, everything until the next key or comment is its pattern. */
function catalogue(lang) {
  const found = {};
  let key = null;
  for (const line of readFileSync(at(`../../../../locales/${lang}.ftl`), "utf8").split("\n")) {
    const match = /^([a-z][a-z0-9-]*) = ?(.*)$/.exec(line);
    if (match) found[(key = match[1])] = match[2];
    else if (line.startsWith("#")) key = null;
    else if (key) found[key] += `\n${line}`;
  }
  return Object.fromEntries(Object.entries(found).map(([name, text]) => [name, text.trim()]));
}

const VALUES = { count: 2, queues: 1, of: 3, used: 5, capacity: 100, seconds: 4 };
/** What the server alone shows: braces that a person types as they are. */
const TYPED = /\{"\{\w+\}"\}/g;
const names = (pattern) => [...new Set([...pattern.matchAll(/\$(\w+)/g)].map((one) => one[1]))].sort();

test("every pattern becomes words in both languages, and both use the same values", () => {
  const [fr, en] = [catalogue("fr"), catalogue("en")];
  assert.ok(Object.keys(en).length > 300);
  for (const [key, pattern] of Object.entries(en)) {
    assert.deepEqual(names(fr[key]), names(pattern), key);
    for (const [lang, text] of [["en", pattern], ["fr", fr[key]]]) {
      const args = Object.fromEntries(names(text).map((name) => [name, VALUES[name] ?? "Zoé"]));
      const words = format(text.replace(TYPED, "…"), args, lang);
      assert.ok(words.length > 0 && !/[{}$]|\*\[/.test(words), `${lang} ${key}: ${words}`);
    }
  }
});

test("a count chooses its form, and zero may have its own", () => {
  const [fr, en] = [catalogue("fr"), catalogue("en")];
  const cases = [
    [en, "en", "desk-unread", 1, "1 unread message"],
    [en, "en", "desk-unread", 2, "2 unread messages"],
    [fr, "fr", "desk-unread", 1, "1 message non lu"],
    [fr, "fr", "desk-unread", 21, "21 messages non lus"],
    [en, "en", "desk-my-open", 0, "No open chat"],
    [fr, "fr", "desk-my-open", 0, "Aucune discussion ouverte"],
  ];
  for (const [texts, lang, key, count, words] of cases) assert.equal(format(texts[key], { count }, lang), words);
  const summary = { queues: 2, of: 3, strategy: "Mixte" };
  assert.equal(format(fr["desk-work-summary"], summary, "fr"), "2 files d’attente sur 3 · Mixte");
  assert.equal(format(en["desk-work-summary"], { ...summary, strategy: "Blended" }, "en"), "2 of 3 queues · Blended");
});

test("a customer's words stay theirs, braces and all", () => {
  assert.equal(format("{ $name } says: { $text }", { name: "A", text: "{ $name } -> [one]" }, "en"), "A says: { $name } -> [one]");
});

test("every icon that a page or a script names is drawn", () => {
  const drawn = new Set([...readFileSync(at("../assets/icons.svg"), "utf8").matchAll(/id="([\w-]+)"/g)].map((one) => one[1]));
  const sources = [...files("../assets/"), ...files("../demo/"), ...files("../../../../templates/")].filter((path) => /\.(js|html)$/.test(path)).map((path) => readFileSync(path, "utf8"));
  const named = sources.flatMap((text) => [...text.matchAll(/(?:icons\.svg#|\bicon\("|iconButton\("|\bicon: ")([a-z-]*[a-z])(?![a-z-]*\{\{)/g)].map((one) => one[1]));
  assert.ok(named.length > 60);
  assert.deepEqual([...new Set(named)].filter((name) => !drawn.has(name)), []);
});

function files(folder) {
  return readdirSync(at(folder), { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(`${folder}${one.name}/`) : [at(`${folder}${one.name}`).pathname]));
}
