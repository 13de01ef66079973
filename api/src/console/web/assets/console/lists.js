// @ts-check
/**
 * Lists: a filter that is chosen by a pointer acts at once, and the choice of a channel's kind opens over the list. By the
 * keyboard each choice on the way to the wanted one is a change, so that it is the button that acts.
 */

export function filters() {
  for (const form of document.querySelectorAll("form[data-filters]")) {
    let byKeys = false;
    form.addEventListener("keydown", () => (byKeys = true));
    form.addEventListener("pointerdown", () => (byKeys = false));
    form.addEventListener("change", (event) => {
      if (form instanceof HTMLFormElement && event.target instanceof HTMLSelectElement && !byKeys) form.requestSubmit();
    });
  }
}

export function dialogs() {
  for (const link of document.querySelectorAll("a[data-dialog]")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const dialog = document.getElementById(link.dataset.dialog ?? "");
    if (!(dialog instanceof HTMLDialogElement)) continue;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      dialog.showModal();
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    // It is no submit button: the form's first one is what Enter presses.
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  }
}
