// @ts-check
/**
 * The chat's launcher, for any site: one script tag with `data-channel`. It shows a bubble once the server has confirmed that
 * the chat may run on this site, and opens the chat in a frame. It leaves nothing in the page but one element with a closed
 * shadow root, needs no inline style or script, and asks of a strict site only `script-src` and `frame-src` for our origin.
 * @module
 */
(() => {
  "use strict";
  const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
  const channel = script?.dataset.channel;
  if (!script || !channel || document.querySelector(`[data-ecluse-chat="${CSS.escape(channel)}"]`)) return;

  const origin = new URL(script.src).origin;
  const KEPT = `ecluse.open.${channel}`;
  const BLUE = "#1c5fd4";

  /** The texts of every language, put in by the server. @type {Record<string, Record<string, string>>} */
  const TEXTS = /*%TEXTS%*/ {};
  const spoken = [script.dataset.lang, document.documentElement.lang, ...navigator.languages]
    .map((tag) => tag?.split(/[-_]/)[0].toLowerCase())
    .find((tag) => tag === "fr" || tag === "en");
  /** Where neither the site nor the visitor says one of ours, it becomes the channel's. */
  let lang = spoken ?? "en";
  /** @param {string} key */
  const text = (key) => TEXTS[lang]?.[key] ?? key;

  const STYLE = `
    :host { all: initial; }
    * { box-sizing: border-box; }
    .launcher { position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; display: grid; place-items: center; width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; background: var(--theme); color: var(--ink); cursor: pointer; box-shadow: 0 2px 6px rgb(0 0 0 / 18%), 0 10px 28px rgb(0 0 0 / 22%); transition: transform .16s ease; animation: arrive .25s ease-out; }
    .launcher:hover { transform: scale(1.05); }
    .launcher:focus-visible { outline: 3px solid var(--theme); outline-offset: 3px; }
    .launcher svg { width: 28px; height: 28px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
    .launcher .shut, .launcher[aria-expanded="true"] .bubble { display: none; }
    .launcher[aria-expanded="true"] .shut { display: block; }
    .badge { position: absolute; top: -2px; right: -2px; min-width: 22px; height: 22px; padding: 0 6px; border: 2px solid #fff; border-radius: 999px; background: #d42a3e; color: #fff; font: 700 12px/18px system-ui, sans-serif; text-align: center; }
    .panel { position: fixed; right: 20px; bottom: 94px; z-index: 2147483000; width: 390px; height: min(640px, calc(100vh - 114px)); overflow: hidden; border-radius: 18px; background: Canvas; box-shadow: 0 2px 8px rgb(0 0 0 / 14%), 0 18px 48px rgb(0 0 0 / 26%); transform-origin: bottom right; animation: open .18s ease-out; }
    iframe { display: block; width: 100%; height: 100%; border: 0; }
    [hidden] { display: none !important; }
    @keyframes arrive { from { opacity: 0; transform: scale(.6); } }
    @keyframes open { from { opacity: 0; transform: translateY(10px) scale(.98); } }
    @media (max-width: 480px) {
      .panel { inset: 0; width: 100%; height: 100%; border-radius: 0; }
      .launcher[aria-expanded="true"] { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { .launcher, .panel { animation: none; transition: none; } }
    @media print { .launcher, .panel { display: none; } }
  `;

  /**
   * The short-lived proof that the chat runs on this site. A site whose `connect-src` does not name us refuses the request
   * itself; the same answer is then loaded as a module, for which `script-src` is enough.
   * @returns {Promise<{token: string, expires_in: number, theme_color?: string|null, language?: string}>}
   */
  async function askToken() {
    const address = `${origin}/chat/${encodeURIComponent(/** @type {string} */ (channel))}/token`;
    /** @type {Response} */
    let answer;
    try {
      answer = await fetch(address, { method: "POST", mode: "cors", credentials: "omit", referrerPolicy: "strict-origin" });
    } catch {
      const module = await import(`${address}.js?at=${Date.now()}`);
      return module.default;
    }
    if (answer.status === 403 || answer.status === 404) throw new Refused();
    if (!answer.ok) throw new Error("unavailable");
    return answer.json();
  }

  class Refused extends Error {}

  const element = document.createElement("div");
  element.dataset.ecluseChat = channel;
  const root = element.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launcher";
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.append(drawing("bubble", "M5 4.8h14a1.7 1.7 0 0 1 1.7 1.7v9a1.7 1.7 0 0 1-1.7 1.7h-6.3L8 20.8v-3.6H5a1.7 1.7 0 0 1-1.7-1.7v-9A1.7 1.7 0 0 1 5 4.8z M8 9.3h8 M8 12.7h5"), drawing("shut", "m7 9.8 5 5 5-5"));
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.setAttribute("aria-hidden", "true");
  badge.hidden = true;
  launcher.append(badge);

  const panel = document.createElement("div");
  panel.className = "panel";
  panel.id = "panel";
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", text("widget-panel"));
  panel.hidden = true;
  launcher.setAttribute("aria-controls", panel.id);

  /** @type {HTMLIFrameElement|null} */
  let frame = null;
  /** @type {MessagePort|null} */
  let port = null;
  let unread = 0;
  let token = "";
  let tokenEnds = 0;

  /**
   * @param {string} className
   * @param {string} path
   */
  function drawing(className, path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", className);
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  /** @param {string|null|undefined} color */
  function paint(color) {
    const chosen = color && /^#[0-9a-f]{6}$/i.test(color) ? color : BLUE;
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(chosen.slice(at, at + 2), 16) / 255) ** 2.2);
    const luminance = 0.2126 * /** @type {number} */ (r) + 0.7152 * /** @type {number} */ (g) + 0.0722 * /** @type {number} */ (b);
    for (const node of [launcher, panel]) {
      node.style.setProperty("--theme", chosen);
      node.style.setProperty("--ink", luminance > 0.18 ? "#0b1413" : "#fff");
    }
  }

  function label() {
    const open = !panel.hidden;
    launcher.setAttribute("aria-expanded", String(open));
    launcher.setAttribute("aria-label", open ? text("widget-close") : unread ? text("widget-open-unread").replace("{ $count }", String(unread)) : text("widget-open"));
    badge.hidden = open || unread === 0;
    badge.textContent = unread > 9 ? "9+" : String(unread);
  }

  /** Asks for a proof and keeps it for as long as it is good. */
  async function renew() {
    const granted = await askToken();
    token = granted.token;
    tokenEnds = Date.now() + granted.expires_in * 1000;
    lang = spoken ?? granted.language ?? lang;
    return granted;
  }

  async function mount() {
    if (frame) return;
    if (Date.now() > tokenEnds - 10_000) await renew();
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = text("widget-panel");
    frame.referrerPolicy = "strict-origin";
    frame.allow = "clipboard-write";
    frame.src = `${origin}/chat/${encodeURIComponent(/** @type {string} */ (channel))}?lang=${lang}&token=${encodeURIComponent(token)}`;
    frame.addEventListener("load", connect);
    panel.append(frame);
  }

  /** Hands the frame its end of a channel; a reloaded frame gets a new one. */
  function connect() {
    const both = new MessageChannel();
    port?.close();
    port = both.port1;
    port.onmessage = (event) => heard(event.data);
    frame?.contentWindow?.postMessage({ ecluse: "port" }, origin, [both.port2]);
    port.postMessage({ type: panel.hidden ? "closed" : "opened" });
  }

  /** @param {any} message */
  function heard(message) {
    if (message?.type === "unread") {
      unread = Number(message.count) || 0;
      label();
    } else if (message?.type === "theme") {
      paint(message.color);
    } else if (message?.type === "minimise") {
      close();
    } else if (message?.type === "token") {
      renew().then((granted) => port?.postMessage({ type: "token", token: granted.token }), () => port?.postMessage({ type: "token", token: null }));
    }
  }

  function open() {
    panel.hidden = false;
    label();
    port?.postMessage({ type: "opened" });
    keep();
    mount().then(() => frame?.focus(), close);
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    label();
    port?.postMessage({ type: "closed" });
    launcher.focus();
  }

  /** Remembers that there is a chat, so that its badge goes on counting on the site's next page. */
  function keep() {
    try {
      sessionStorage.setItem(KEPT, "1");
    } catch {
      // Without storage the chat is there again when it is opened.
    }
  }

  function kept() {
    try {
      return sessionStorage.getItem(KEPT) === "1";
    } catch {
      return false;
    }
  }

  /** @param {number} attempt */
  async function start(attempt) {
    try {
      const granted = await renew();
      paint(script?.dataset.color ?? granted.theme_color);
      label();
      root.append(panel, launcher);
      document.body.append(element);
      if (kept()) mount().catch(() => undefined);
    } catch (error) {
      if (error instanceof Refused) return console.warn(text("widget-refused").replace("{ $origin }", location.origin));
      if (attempt < 8) setTimeout(() => void start(attempt + 1), Math.random() * Math.min(60_000, 1000 * 2 ** attempt));
    }
  }

  launcher.addEventListener("click", () => (panel.hidden ? open() : close()));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close();
  });
  if (document.body) void start(0);
  else addEventListener("DOMContentLoaded", () => void start(0), { once: true });
})();
