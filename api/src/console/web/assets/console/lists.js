// @ts-check
/** Lists: a chosen filter acts at once, and the choice of a channel's kind opens over the list. */

export function filters() {
  for (const form of document.querySelectorAll("form[data-filters]")) {
    form.addEventListener("change", (event) => {
      if (form instanceof HTMLFormElement && event.target instanceof HTMLSelectElement) form.requestSubmit();
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
  }
}
