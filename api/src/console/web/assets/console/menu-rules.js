// @ts-check
/**
 * What a chatbot answers: the same rules as the server's, over the options as they are typed. Pure.
 * @typedef {{label: string, queue?: string, text?: string, menu?: Menu}} Option
 * @typedef {{text: string, options: Option[]}} Menu
 * @typedef {{greeting: string, invalid: string, handover: string, invalidMax: number, fallback: string, options: Option[]}} Script
 * @typedef {{at: Menu, wrong: number, over: boolean}} State
 * @typedef {{says: string[], queue?: string, closed?: boolean}} Answer
 */

/**
 * @param {Script} script
 * @returns {{state: State, answer: Answer}}
 */
export function begin(script) {
  const at = { text: script.greeting, options: script.options };
  return { state: { at, wrong: 0, over: false }, answer: { says: [shown(at)] } };
}

/**
 * @param {Script} script
 * @param {State} state
 * @param {string} said
 * @returns {{state: State, answer: Answer}}
 */
export function answer(script, state, said) {
  const chosen = choice(state.at.options, said);
  if (!chosen) return refuse(script, state);
  if (chosen.queue !== undefined) return hand(state, chosen.queue, script.handover);
  if (chosen.menu) return { state: { at: chosen.menu, wrong: 0, over: false }, answer: { says: [shown(chosen.menu)] } };
  return { state: { ...state, wrong: 0 }, answer: { says: [chosen.text ?? "", shown({ text: "", options: state.at.options })].filter(Boolean) } };
}

/**
 * By the number of the option, or by its text without regard to case.
 * @param {Option[]} options
 * @param {string} said
 */
export function choice(options, said) {
  const wanted = said.trim().toLocaleLowerCase();
  const number = /^\d+$/.test(wanted) ? Number(wanted) : 0;
  return options[number - 1] ?? options.find((one) => one.label.trim().toLocaleLowerCase() === wanted);
}

/**
 * @param {Script} script
 * @param {State} state
 */
function refuse(script, state) {
  const wrong = state.wrong + 1;
  if (wrong >= script.invalidMax && script.fallback) return hand(state, script.fallback, script.handover);
  return { state: { ...state, wrong }, answer: { says: [script.invalid, shown({ text: "", options: state.at.options })].filter(Boolean) } };
}

/**
 * @param {State} state
 * @param {string} queue
 * @param {string} handover
 */
function hand(state, queue, handover) {
  return { state: { ...state, over: true }, answer: { says: [handover].filter(Boolean), queue } };
}

/**
 * @param {Menu} menu
 * @returns {string} the text above, then one numbered line for each option
 */
export function shown(menu) {
  return [menu.text, ...menu.options.map((one, at) => `${at + 1}. ${one.label}`)].filter(Boolean).join("\n");
}
