// @ts-check
/**
 * Holds the state and tells the page of its changes, once per turn of the event loop however many there were.
 */

/**
 * @template S, A
 * @param {(state: S, action: A) => S} reduce
 * @param {S} first
 */
export function createStore(reduce, first) {
  let state = first;
  let told = first;
  let scheduled = false;
  /** @type {((state: S, before: S) => void)[]} */
  const listeners = [];

  function tell() {
    scheduled = false;
    const before = told;
    told = state;
    if (told !== before) for (const listener of listeners) listener(told, before);
  }

  return {
    get: () => state,
    /** @param {A} action */
    dispatch(action) {
      state = reduce(state, action);
      if (!scheduled) {
        scheduled = true;
        queueMicrotask(tell);
      }
    },
    /** @param {(state: S, before: S) => void} listener */
    subscribe(listener) {
      listeners.push(listener);
    },
  };
}

/** @typedef {ReturnType<typeof createStore<import("./state.js").State, import("./state.js").Action>>} Store */
