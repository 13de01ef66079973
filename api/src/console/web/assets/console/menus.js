// @ts-check
/** Menus made of `<details data-menu>`: one is open at a time; Escape, a click or the focus elsewhere closes it. */

export function menus() {
  for (const kind of ["click", "focusin"]) {
    document.addEventListener(kind, (event) => {
      const inside = event.target instanceof Element ? event.target.closest("details[data-menu]") : null;
      closeAll(inside);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details[data-menu][open]");
    if (!(open instanceof HTMLDetailsElement)) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
}

/** @param {Element|null} but */
function closeAll(but) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== but && menu instanceof HTMLDetailsElement) menu.open = false;
  }
}
