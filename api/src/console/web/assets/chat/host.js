// @ts-check
/**
 * The page's side of the talk with the site that holds it in a frame. The site's script hands over one end of a channel as
 * soon as the frame has loaded; everything goes through it, so nobody else on the site's page can listen or speak.
 */

/** How long the site is given to answer a request for a token. */
const TOKEN_MS = 5000;

/**
 * @param {{onVisible: () => void}} handlers
 */
export function createHost(handlers) {
  const framed = window.parent !== window;
  /** @type {string|null} */
  let token = new URLSearchParams(location.search).get("token");
  let fresh = token !== null;
  /** @type {MessagePort|null} */
  let port = null;
  /** @type {((token: string|null) => void)[]} */
  let asking = [];
  let opened = !framed;
  let told = -1;
  let color = /** @type {string|null|undefined} */ (undefined);

  addEventListener("message", (event) => {
    if (port || event.source !== window.parent || event.data?.ecluse !== "port" || !event.ports[0]) return;
    port = event.ports[0];
    port.onmessage = (message) => heard(message.data);
    port.postMessage({ type: "ready" });
    if (color !== undefined) port.postMessage({ type: "theme", color });
    if (asking.length) port.postMessage({ type: "token" });
  });

  /** @param {any} message */
  function heard(message) {
    if (message?.type === "token") {
      token = typeof message.token === "string" ? message.token : token;
      for (const answer of asking) answer(token);
      asking = [];
    } else if (message?.type === "opened") {
      opened = true;
      handlers.onVisible();
    } else if (message?.type === "closed") {
      opened = false;
    }
  }

  return {
    framed,
    /** Whether the visitor cannot see the chat now. */
    hidden: () => !opened || document.hidden,
    /** The first connection uses the token that the page came with; later ones ask the site for another. */
    async token() {
      if (!framed) return null;
      if (fresh) {
        fresh = false;
        return token;
      }
      return new Promise((/** @type {(token: string|null) => void} */ answer) => {
        asking.push(answer);
        port?.postMessage({ type: "token" });
        setTimeout(() => answer(token), TOKEN_MS);
      });
    },
    /** @param {number} count */
    unread(count) {
      if (count !== told) port?.postMessage({ type: "unread", count });
      if (port) told = count;
    },
    /** @param {string|null} chosen */
    theme(chosen) {
      if (chosen !== color) port?.postMessage({ type: "theme", color: chosen });
      color = chosen;
    },
    minimise() {
      if (framed) port?.postMessage({ type: "minimise" });
    },
  };
}
