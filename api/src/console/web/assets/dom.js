// @ts-check
/**
 * Builds elements without ever parsing HTML, so that nothing a customer writes can become markup.
 */

/** @typedef {Node|string|number|null|undefined|false} Child */

/** Set as properties, because the attribute of the same name only holds the initial value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "htmlFor", "tabIndex"]);

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props] attributes; `class`, `text`, `data`, and `onclick`-like listeners are understood
 * @param {...(Child|Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  append(node, children.flat());
  return node;
}

/**
 * @param {HTMLElement} node
 * @param {string} name
 * @param {any} value
 */
function set(node, name, value) {
  if (value === undefined || value === null) return;
  if (PROPERTIES.has(name)) /** @type {any} */ (node)[name] = value;
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "class") node.className = value;
  else if (name === "text") node.textContent = String(value);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (value !== false || name.startsWith("aria-")) node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
}

/**
 * @param {Node & ParentNode} node
 * @param {Child[]} children
 */
function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/**
 * Replaces what `node` holds.
 * @param {Element} node
 * @param {...(Child|Child[])} children
 */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children.flat());
}

const SVG = "http://www.w3.org/2000/svg";
const SPRITE = new URL("./icons.svg", import.meta.url).pathname;

/**
 * A decorative icon of the sprite; its meaning is always given by text or a label beside it.
 * @param {string} name
 * @param {string} [className]
 * @returns {SVGSVGElement}
 */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${SPRITE}#${name}`);
  svg.append(use);
  return svg;
}

/**
 * Makes the children of `parent` match `items`, moving and reusing the elements of known keys, so that focus,
 * scrolling and half-finished clicks survive a new state.
 * @template I
 * @param {Element} parent
 * @param {readonly I[]} items
 * @param {(item: I) => string} key
 * @param {(item: I) => HTMLElement} build
 * @param {(node: HTMLElement, item: I) => void} [update] called for elements whose item changed
 */
export function reconcile(parent, items, key, build, update) {
  const held = /** @type {any} */ (parent);
  /** @type {Map<string, {node: HTMLElement, item: I}>} */
  const before = held.reconciled ?? new Map();
  /** @type {Map<string, {node: HTMLElement, item: I}>} */
  const after = new Map();
  if (!held.reconciled) parent.replaceChildren();
  const focused = document.activeElement;
  let cursor = parent.firstChild;
  for (const item of items) {
    const name = key(item);
    const known = before.get(name);
    const entry = known ? refreshed(known, item, build, update) : { node: build(item), item };
    if (known && cursor === known.node) cursor = entry.node;
    else if (known && entry.node !== known.node) known.node.remove();
    after.set(name, entry);
    if (cursor === entry.node) cursor = cursor.nextSibling;
    else parent.insertBefore(entry.node, cursor);
  }
  for (const [name, entry] of before) {
    const kept = after.get(name);
    if (!kept || kept.node !== entry.node) entry.node.remove();
  }
  held.reconciled = after;
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}

/**
 * Empties a list that `reconcile` filled, so that it starts afresh.
 * @param {Element} parent
 */
export function clear(parent) {
  parent.replaceChildren();
  /** @type {any} */ (parent).reconciled = undefined;
}

/**
 * @template I
 * @param {{node: HTMLElement, item: I}} entry
 * @param {I} item
 * @param {(item: I) => HTMLElement} build
 * @param {((node: HTMLElement, item: I) => void)|undefined} update
 */
function refreshed(entry, item, build, update) {
  if (entry.item === item) return entry;
  if (update) {
    update(entry.node, item);
    return { node: entry.node, item };
  }
  const node = build(item);
  entry.node.replaceWith(node);
  return { node, item };
}

/**
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
export function byId(id, type) {
  const node = document.getElementById(id);
  if (!(node instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return node;
}
