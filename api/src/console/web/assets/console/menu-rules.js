// @ts-check
/**
 * What a chatbot answers: the same rules as the server's (`engine/src/chatbot/menu.rs`), over the options as they are typed.
 * Pure. A label that is there in both languages is an answer in both.
 * @typedef {{label: string, labels: string[], queue?: string, text?: string, menu?: Menu}} Option
 * @typedef {{text: string, options: Option[]}} Menu
 * @typedef {{greeting: string, invalid: string, handover: string, invalidMax: number, fallback: string, options: Option[]}} Script
 * @typedef {{at: Menu, wrong: number, over: boolean}} State
 * @typedef {{says: string[], queue?: string}} Answer
 * @typedef {{state: State, answer: Answer}} Step
 */

/** Rounds of wrong answers after which a menu that leads nowhere else falls silent. */
const ROUNDS_MAX = 3;

/**
 * @param {Script} script
 * @returns {Step}
 */
export function begin(script) {
  return show({ text: script.greeting, options: script.options }, script.greeting);
}

/**
 * @param {Script} script
 * @param {State} state
 * @param {string} said
 * @returns {Step}
 */
export function answer(script, state, said) {
  const chosen = choice(state.at.options, said);
  if (!chosen) return refuse(script, state);
  if (chosen.queue !== undefined) return hand(state, chosen.queue, script.handover);
  return chosen.menu ? show(chosen.menu, chosen.menu.text) : show(state.at, chosen.text ?? "");
}

/**
 * By the number of the option, else by its text; case, accents and spaces do not count.
 * @param {Option[]} options
 * @param {string} said
 */
export function choice(options, said) {
  const digits = said.trim().replace(/[.) ]+$/, "");
  const numbered = /^\d+$/.test(digits) ? options[Number(digits) - 1] : undefined;
  const wanted = folded(said);
  return numbered ?? (wanted ? options.find((one) => one.labels.some((label) => folded(label) === wanted)) : undefined);
}

/** @param {string} text */
function folded(text) {
  return text.toLowerCase().normalize("NFD").replace(/[\p{M}\s]/gu, "").replace(/œ/g, "oe").replace(/æ/g, "ae").replace(/ß/g, "ss").replace(/’/g, "'");
}

/**
 * @param {Script} script
 * @param {State} state
 * @returns {Step}
 */
function refuse(script, state) {
  const wrong = state.wrong + 1;
  if (wrong >= script.invalidMax && script.fallback) return hand(state, script.fallback, script.handover);
  if (wrong > script.invalidMax * ROUNDS_MAX) return { state, answer: { says: [] } };
  return show(state.at, script.invalid, wrong);
}

/**
 * @param {State} state
 * @param {string} queue
 * @param {string} said
 * @returns {Step}
 */
function hand(state, queue, said) {
  return { state: { ...state, over: true }, answer: { says: said ? [said] : [], queue } };
}

/**
 * @param {Menu} at
 * @param {string} text said above the options
 * @param {number} [wrong]
 * @returns {Step}
 */
function show(at, text, wrong = 0) {
  const lines = [text, ...at.options.map((one, place) => `${place + 1}. ${one.label}`)];
  return { state: { at, wrong, over: false }, answer: { says: [lines.filter(Boolean).join("\n")] } };
}
