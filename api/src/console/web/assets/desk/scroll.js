// @ts-check
/**
 * Keeps the reader's place. At the bottom the list follows what arrives; anywhere else it does not move, not even when
 * older items are put above, and a button says that there is something new below.
 */

/** Closer to the end than this counts as being at the end. */
const NEAR_PX = 80;
/** Closer to the start than this asks for older items. */
const TOP_PX = 300;

/**
 * @param {HTMLElement} box the element that scrolls
 * @param {HTMLElement} toEnd the button that leads back to the end
 * @param {() => void} onTop
 */
export function createScroll(box, toEnd, onTop) {
  let atEnd = true;

  box.addEventListener("scroll", () => {
    atEnd = distance() < NEAR_PX;
    if (atEnd) toEnd.hidden = true;
    if (box.scrollTop < TOP_PX && box.scrollHeight > box.clientHeight) onTop();
  }, { passive: true });
  toEnd.addEventListener("click", () => {
    box.scrollTo({ top: box.scrollHeight, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
  new ResizeObserver(() => atEnd && end()).observe(box);

  function distance() {
    return box.scrollHeight - box.clientHeight - box.scrollTop;
  }

  function end() {
    box.scrollTop = box.scrollHeight;
    atEnd = true;
    toEnd.hidden = true;
  }

  return {
    end,
    isAtEnd: () => atEnd,
    /**
     * Changes the list and puts the reader back.
     * @param {() => void} change
     * @param {{grewAbove: boolean, isNew: boolean}} how
     */
    around(change, how) {
      const stay = atEnd;
      const below = box.scrollHeight - box.scrollTop;
      change();
      if (stay) end();
      else if (how.grewAbove) box.scrollTop = box.scrollHeight - below;
      else if (how.isNew) toEnd.hidden = false;
    },
  };
}
